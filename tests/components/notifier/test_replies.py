"""XEP-0461: who replies to a message needs not say its number; quotes are not theirs."""

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


def replies(somebody: Somebody, body: str, to: str = "1.1") -> str:
    """What they hear then."""
    reply = f"<reply xmlns='urn:xmpp:reply:0' to='alerts@alerts.example' id='{to}'/>"
    somebody.sends(f"<message type='chat'><body>{body}</body>{reply}</message>")
    [heard] = [one.findtext(BODY) or "" for one in somebody.inbox if one.get("id") is None]
    somebody.ignores()
    return heard


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ("ack", "1 is yours: disk is full"),
        ("ack\non my way", "1 is yours: disk is full"),
        ("ack 1\non my way", "1 is yours: disk is full"),
        ("Ack on my way", "1 is yours: disk is full"),
        ("&gt; CRITICAL: disk is full\n&gt; 1 · since 12:00 UTC\nack", "1 is yours: disk is full"),
        ("&gt; CRITICAL: disk is full\n\nack 1", "1 is yours: disk is full"),
        ("ack 2", "there is nothing to ack with the number 2"),
        ("oncall", "There are no schedules"),
        ("&gt; CRITICAL: disk is full", "I do not know ''"),
    ],
)
def test_replies(ann: Somebody, body: str, reply: str) -> None:
    """§3.1: the quote is the fallback, for those who do not know replies."""
    assert replies(ann, body).startswith(reply)


def test_a_comment_is_kept_whole(office: Office, ann: Somebody) -> None:
    """The number is not part of it, nor the quote."""
    replies(ann, "&gt; CRITICAL: disk is full\nack 3 of 4 disks, really")
    replies(ann, "ack opening the window")
    assert [row["rest"] for row in office.rows("answer")] == ["opening the window"]


def test_the_message_of_somebody_else(office: Office, ann: Somebody) -> None:
    """A number that was not told to bob is not guessed from an id."""
    assert replies(office.person("bob@example"), "ack").startswith("ack what? Say its number")
