"""XEP-0045 §7.2.13 and §7.2.14: discussion history."""

import pytest

from tests.components.muc.conference import ROOM, Conference, Person

MUC = "http://jabber.org/protocol/muc"


def bodies(person: Person) -> list[str]:
    """What was said, as far as it has arrived."""
    texts = [stanza.findtext("{jabber:client}body") for stanza in person.inbox]
    return [text for text in texts if text is not None]


@pytest.fixture
def talk(conference: Conference, alice: Person) -> None:
    """Five messages, a minute apart; the last one a minute ago."""
    for number in range(5):
        alice.says(f"message {number}")
        conference.later(minutes=1)


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("maxstanzas='2'", [3, 4]),
        ("maxstanzas='0'", []),
        ("maxchars='0'", []),
        ("seconds='130'", [3, 4]),
        ("since='2026-05-04T12:02:00Z'", [2, 3, 4]),
        ("since='1970-01-01T00:00:00Z'", [0, 1, 2, 3, 4]),
        ("since='2026-05-04T12:02:00Z' maxstanzas='1'", [4]),
    ],
)
def test_limits(carol: Person, wish: str, expected: list[int]) -> None:
    """§7.2.14: the smallest amount that meets all criteria, in whole stanzas, the newest ones."""
    carol.enters("carol", x=f"<x xmlns='{MUC}'><history {wish}/></x>" if wish else f"<x xmlns='{MUC}'/>")
    assert bodies(carol) == [f"message {number}" for number in expected]


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(("spare", "expected"), [(0, ["message 3", "message 4"]), (-1, ["message 4"])])
def test_maxchars(conference: Conference, carol: Person, spare: int, expected: list[str]) -> None:
    """§7.2.14: the most whole stanzas whose characters, tags and all, are within the limit."""
    carol.enters("carol").ignores()
    two_newest = [len(stanza) for stanza in conference.sent if "<body>" in stanza][-2:]
    limit = sum(two_newest) + spare
    carol.enters("carol", x=f"<x xmlns='{MUC}'><history maxchars='{limit}'/></x>")
    assert bodies(carol) == expected


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize("wish", ["maxstanzas='many'", "seconds='-1'", "since='yesterday'", "maxchars='٣'"])
def test_impossible_wishes(carol: Person, wish: str) -> None:
    """A wish that is none is a bad request, and nobody has entered."""
    carol.enters("carol", x=f"<x xmlns='{MUC}'><history {wish}/></x>")
    carol.receives(
        "<presence type='error'><error>"
        "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )


@pytest.mark.usefixtures("talk")
def test_length_by_configuration(conference: Conference, alice: Person, carol: Person) -> None:
    """§7.2.14, §10.1.3, muc#maxhistoryfetch: as many as configured, in the store too."""
    alice.configures(maxhistoryfetch="2").says("message 5")
    carol.enters("carol")
    assert bodies(carol) == ["message 4", "message 5"]
    assert sum(table == "history" for table, _ in conference.rows) == 2


def test_only_what_was_said(alice: Person, carol: Person) -> None:
    """§7.2.13: neither chat states nor subjects are history."""
    alice.sends(
        f"<message type='groupchat' to='{ROOM}'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
        f"<message type='groupchat' to='{ROOM}'><subject>old</subject></message>",
        f"<message type='groupchat' to='{ROOM}'><subject>new</subject></message>",
    )
    carol.enters("carol").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/carol'/>",
        "<message><subject>new</subject></message>",
    )
    carol.receives_nothing()


PRIOR = (
    f"<message type='groupchat' to='{ROOM}'><body>before</body>"
    "<delay xmlns='urn:xmpp:delay' from='hecate@example' stamp='2026-05-04T09:00:00Z'/></message>"
)


def delays(person: Person) -> list[str]:
    """Who has put stamps on the message that was said."""
    [said] = [stanza for stanza in person.inbox if stanza.findtext("{jabber:client}body") == "before"]
    return [str(stamp.get("from")) for stamp in said.iter("{urn:xmpp:delay}delay")]


def test_prior_chat_keeps_its_time(alice: Person, carol: Person) -> None:
    """§7.9: what an owner puts in from a chat of before has the stamp of that chat alone."""
    alice.sends(PRIOR)
    carol.enters("carol")
    assert delays(carol) == ["hecate@example"]


def test_stamps_of_others_do_not_replace_the_rooms(alice: Person, bob: Person, carol: Person) -> None:
    """§7.2.13: everybody else's messages have the room's own stamp, whatever they claim."""
    bob.sends(PRIOR)
    carol.enters("carol")
    assert delays(carol) == ["hecate@example", ROOM]


def test_a_stamp_inside_something_else(alice: Person, carol: Person) -> None:
    """§7.2.13: a forwarded message's stamp is that message's."""
    inner = (
        "<f xmlns='urn:f'><delay xmlns='urn:xmpp:delay' from='x@example' stamp='2026-05-04T09:00:00Z'/></f>"
    )
    alice.sends(f"<message type='groupchat' to='{ROOM}'><body>before</body>{inner}</message>")
    carol.enters("carol")
    assert delays(carol) == ["x@example", ROOM]
