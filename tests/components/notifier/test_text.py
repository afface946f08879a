"""What people say: verbs, numbers, mistakes."""

import pytest

from tests.components.notifier.alerts.conftest import furnished
from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import Office


@pytest.fixture
def office() -> Office:
    office = furnished(tell=["ann"])
    Machines(office).fire()
    office.person("ann@example").ignores()
    return office


@pytest.mark.parametrize(
    "said", ["ack 1", "ACK 1", " ack  1 ", "ack #1", "/ack 1", "!ack 1", "ack 1 on my way"]
)
def test_ways_to_say_it(office: Office, said: str) -> None:
    assert office.person("ann@example").says(said) == "1 is yours: disk is full"


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("ack", "ack what? Say its number, as in: ack 17"),
        ("ack 2", "there is nothing to ack with the number 2"),
        ("ack one", "there is nothing to ack with the number one"),
        ("akc 1", "I do not know 'akc'; did you mean ack?"),
        ("greetings all", "I do not know 'greetings'; say: help"),
        ("snooze 1 soon", "how long? As in: snooze 1 2h, not 'soon'"),
        ("ack " + "9" * 30, "there is nothing to ack with the number " + "9" * 30),
        ("unsilence x", "unsilence what? Say the number of a silence; say: silences"),
    ],
)
def test_mistakes_are_answered_with_what_would_be_right(office: Office, said: str, reply: str) -> None:
    assert office.person("ann@example").says(said) == reply
    assert office.rows("answer") == []


def test_a_message_without_text_is_no_mistake(office: Office) -> None:
    """Chat states (XEP-0085), receipts."""
    ann = office.person("ann@example")
    ann.sends("<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    ann.receives_nothing()


def test_help_has_a_line_for_everything(office: Office) -> None:
    said = office.person("ann@example").says("help")
    for verb in (
        "ack NUMBER [comment]",
        "snooze NUMBER [2h]",
        "list",
        "history [words]",
        "silence label=value… [2h] [comment]",
    ):
        assert f"\n{verb} – " in said
