"""XEP-0444: an emoji on a message answers it."""

import pytest

from tests.components.notifier.alerts.conftest import furnished
from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import BODY, Office, Somebody


@pytest.fixture
def office() -> Office:
    return furnished(tell=["policy:servers"])


@pytest.fixture
def ann(office: Office) -> Somebody:
    """She is told of an alert, with the message 1.1."""
    Machines(office).fire()
    return office.person("ann@example").ignores()


def reacts(somebody: Somebody, *emojis: str, to: str = "1.1", body: str = "") -> list[str]:
    """What they hear then; corrections of the message are not counted."""
    reactions = "".join(f"<reaction>{emoji}</reaction>" for emoji in emojis)
    somebody.sends(
        f"<message type='chat' id='r1'>{body}<reactions xmlns='urn:xmpp:reactions:0' id='{to}'>{reactions}"
        "</reactions><store xmlns='urn:xmpp:hints'/></message>"
    )
    heard = [one.findtext(BODY) or "" for one in somebody.inbox if one.get("id") is None]
    somebody.ignores()
    return [body for body in heard if body]


def answers(office: Office) -> list[tuple[str, str]]:
    return [(row["via"], row["verb"]) for row in office.rows("answer")]


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "👍\ufe0f"])
def test_an_emoji_answers(office: Office, ann: Somebody, emoji: str) -> None:
    """UTS #51: the colour of the skin makes no difference."""
    assert reacts(ann, emoji) == ["1 is yours: disk is full"]
    assert answers(office) == [("reaction", "ack")]


def test_those_before_are_listed_again(office: Office, ann: Somebody) -> None:
    """§3.2: what was answered is not answered once more; also after a restart."""
    reacts(ann, "👍")
    office.restart()
    assert reacts(ann, "👍", "👍") == []
    assert reacts(ann, "👍", "✅") == ["1 is over: disk is full"]
    assert answers(office) == [("reaction", "ack"), ("reaction", "resolve")]


def test_taking_it_away_takes_nothing_back(office: Office, ann: Somebody) -> None:
    """§3.2: all are removed; who has answered has answered."""
    reacts(ann, "👍")
    assert reacts(ann) == []
    assert answers(office) == [("reaction", "ack")]


def test_it_counts_again_after_another_answer(office: Office, ann: Somebody) -> None:
    """Removed and set again, when somebody has taken the answer back."""
    reacts(ann, "👍")
    office.person("ann@example").says("unack 1")
    reacts(ann)
    assert reacts(ann, "👍") == ["1 is yours: disk is full"]


def test_the_correction_can_be_named_too(office: Office, ann: Somebody) -> None:
    """§4: clients should name the original message, and some name its correction."""
    reacts(ann, "👍")
    assert reacts(ann, "✅", to="1.1.2") == ["1 is over: disk is full"]


def test_a_body_beside_it_is_not_heard(office: Office, ann: Somebody) -> None:
    """XEP-0428: it is for those who do not know reactions."""
    body = "<body>&gt; CRITICAL: disk is full\n👍</body>"
    assert reacts(ann, "👍", body=body) == ["1 is yours: disk is full"]


@pytest.mark.parametrize(
    ("emoji", "to", "why"),
    [
        ("😂", "1.1", "😂 is no answer; there are: 👍 Acknowledge, 💤 Snooze 1 h, ✅ Resolve"),
        ("👍", "1.2", "nothing can be answered at this message"),
        ("👍", "abc", "nothing can be answered at this message"),
        ("👍", "", "nothing can be answered at this message"),
        ("x" * 5000, "1.1", "that is no answer"),
    ],
)
def test_what_answers_nothing_is_refused(
    office: Office, ann: Somebody, emoji: str, to: str, why: str
) -> None:
    """§3.3: not-acceptable, so that the client takes the reaction back."""
    ann.sends(
        f"<message type='chat' id='r1'><reactions xmlns='urn:xmpp:reactions:0' id='{to}'>"
        f"<reaction>{emoji}</reaction></reactions></message>"
    )
    error = ann.receives(
        "<message type='error' id='r1'><error type='modify'>"
        "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text"
        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>*</text></error></message>"
    )
    text = "".join(error.itertext())
    assert why in text
    assert len(text) < 200
    assert answers(office) == []


def test_one_wrong_among_several_changes_nothing(office: Office, ann: Somebody) -> None:
    """All or none."""
    reacts(ann, "👍", "😂")
    assert answers(office) == []


def test_messages_to_others_cannot_be_answered(office: Office, ann: Somebody) -> None:
    """§4.1: bob was not sent this one."""
    assert reacts(office.person("bob@example"), "👍") == []
    assert answers(office) == []


def test_who_is_too_late_is_told_so(office: Office, ann: Somebody) -> None:
    """By a message, since few clients show the text of an error."""
    office.later(minutes=5)
    reacts(ann, "👍")
    bob = office.person("bob@example").ignores()
    [said] = reacts(bob, "👍", to="1.2")
    assert said.startswith("1 was acknowledged by ann")


def test_discovery(office: Office) -> None:
    """§2.2: which emojis mean something."""
    ann = (
        office.person("ann@example")
        .ignores()
        .sends("<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    )
    found = ann.receives("<iq type='result' id='1'/>")
    assert found.find(".//*[@var='urn:xmpp:reactions:0']") is not None
    allowed = found.find(".//{jabber:x:data}field[@var='allowlist']")
    assert allowed is not None
    assert ["".join(value.itertext()) for value in allowed] == ["👍", "💤", "✅", "👎"]
