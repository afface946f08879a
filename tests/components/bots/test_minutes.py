"""Minutes of a meeting: who may have them, what is in them, where they go."""

import pytest

from components.bots import minutes
from components.bots.config import RoomSettings
from tests.components.bots.company import Company
from tests.components.bots.test_questions import asks
from tests.components.muc.conference import ROOM, Conference, Person


@pytest.fixture
def bob(company: Company, alice: Person) -> Person:
    """In the room, too."""
    person = company.person("bob").enters("bob")
    company.settle()
    alice.ignores()
    return person.ignores()


def says(company: Company, person: Person, words: str) -> None:
    person.says(words)
    company.settle()


def last_of_helper(person: Person) -> str:
    """What the bot has said last to all, as somebody has received it."""
    said = [stanza for stanza in person.inbox if stanza.get("from") == f"{ROOM}/Helper"]
    return said[-1].findtext("{*}body") or ""


def test_a_meeting(company: Company, alice: Person, bob: Person) -> None:
    """From start to stop: who took part, and what was said to all, with times; commands are left out."""
    assert asks(company, alice, "!minutes start The biscuits") == (
        "I keep the minutes of The biscuits from now on, as alice wishes. !minutes stop ends them."
    )
    says(company, bob, "We need &lt;more&gt;.")
    company.conference.later(minutes=7)
    says(company, alice, "!who")
    says(company, alice, "Agreed.")
    company.person("carol").enters("carol")
    company.settle()
    assert last_of_helper(alice) == "Welcome, carol! Minutes are being kept."
    assert asks(company, bob, "!minutes stop").splitlines() == [
        "Minutes of The biscuits",
        f"Room: {ROOM}",
        "Date: 2026-05-04, 12:00 UTC",
        "Participants: alice, bob, carol",
        "[12:00] bob: We need <more>.",
        "[12:07] alice: Agreed.",
    ]
    assert not [name for name in company.rows if name[0] in ("meeting", "participant", "line")]
    assert asks(company, bob, "!minutes stop").startswith("I keep no minutes now.")


def test_minutes_survive_a_restart(company: Company, alice: Person, bob: Person) -> None:
    asks(company, alice, "!minutes start")
    says(company, bob, "before")
    company.restart()
    says(company, bob, "after")
    assert asks(company, alice, "!minutes") == "I keep minutes since 12:00 UTC; 2 lines so far."
    written = asks(company, alice, "!minutes stop")
    assert written.startswith(f"Minutes of {ROOM}\n")
    assert written.endswith("[12:00] bob: before\n[12:00] bob: after")


def test_to_the_participants(conference: Conference, alice: Person) -> None:
    """Each at their own address, which the bot knows as a moderator or in a non-anonymous room."""
    alice.configures(whois="anyone", persistentroom="1")
    company = Company(conference, rooms={ROOM: RoomSettings(greeting="", minutes_to="participants")})
    company.person("bob").enters("bob")
    company.settle()
    asks(company, alice, "!minutes start Plans")
    leaving = f"<presence type='unavailable' to='{ROOM}/bob'/>"
    company.person("bob").sends(leaving)
    company.settle()
    assert asks(company, alice, "!minutes stop") == "The minutes are on their way to 2 participants."
    for name in ("alice", "bob"):
        conference.person(f"{name}@example").receives(
            "<message type='normal'><subject>Minutes of Plans</subject><body/></message>"
        )


def test_to_the_participants_of_a_semi_anonymous_room(conference: Conference, alice: Person) -> None:
    """In private, to those who are still there."""
    company = Company(conference, rooms={ROOM: RoomSettings(greeting="", minutes_to="participants")})
    asks(company, alice, "!minutes start Plans", privately=True)
    assert asks(company, alice, "!minutes stop", privately=True).startswith("Minutes of Plans\n")


def test_who_may(company: Company, alice: Person, bob: Person) -> None:
    """No visitors; and only one meeting at a time."""
    alice.administers("<item nick='bob' role='visitor'/>")
    company.settle()
    assert asks(company, bob, "!minutes start", privately=True) == "Visitors cannot do that."
    asks(company, alice, "!minutes start")
    assert asks(company, alice, "!minutes start").startswith("I keep minutes already, since alice")
    assert asks(company, alice, "!minutes pause").startswith("Say !minutes start")


def test_rooms_without_minutes(conference: Conference, alice: Person) -> None:
    company = Company(conference, rooms={ROOM: RoomSettings(minutes=False)})
    assert asks(company, alice, "!minutes start") == "No minutes are kept in this room."


def test_long_meetings(company: Company, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come in parts; with so many lines they end by themselves."""
    monkeypatch.setattr(minutes, "MOST_LINES", 3)
    monkeypatch.setattr(minutes, "LONGEST_PART", 130)
    asks(company, alice, "!minutes start")
    alice.ignores()
    for words in ("one", "two", "three" * 20):
        says(company, bob, words)
    parts = [
        stanza.findtext("{*}body") or "" for stanza in alice.inbox if stanza.get("from") == f"{ROOM}/Helper"
    ]
    assert len(parts) == 2
    assert "\n".join(parts).endswith(f"[12:00] bob: one\n[12:00] bob: two\n[12:00] bob: {'three' * 20}")
    assert company.bot.rooms[ROOM].meeting is None
