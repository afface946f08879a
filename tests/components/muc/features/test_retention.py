"""XEP-0313 §3.2: what was said is deleted when its time is over."""

import pytest

from components.muc.config import MucSettings
from components.muc.features import retention
from tests.components.muc.conference import DOMAIN, OPEN, ROOM, Conference, Person
from tests.components.muc.features.test_archive import asks, bodies


def history(person: Person) -> list[str]:
    """What a newcomer is shown."""
    person.ignores().enters(person.bare)
    found = [stanza.findtext("{jabber:client}body") for stanza in person.inbox]
    person.sends(f"<presence type='unavailable' to='{ROOM}/{person.bare}'/>")
    return [body for body in found if body is not None]


def passes(conference: Conference, **time: float) -> None:
    """Time passes, and the service makes its rounds."""
    conference.later(**time)
    conference.makes_rounds()


@pytest.mark.parametrize(
    ("service", "room", "kept"), [(0, "0", 2), (2, "0", 1), (0, "2", 1), (9, "2", 1), (2, "9", 1)]
)
def test_by_age(
    conference: Conference, alice: Person, carol: Person, service: int, room: str, kept: int
) -> None:
    """The shorter one of the service's limit and the room's counts, in archive and history."""
    conference.reconfigure(MucSettings(archive_days=service))
    alice.configures(archive_days=room).says("old")
    passes(conference, days=1)
    alice.says("new")
    assert history(carol) == bodies(asks(alice)) == ["old", "new"]
    passes(conference, days=1, minutes=1)
    assert history(carol) == bodies(asks(alice)) == ["old", "new"][-kept:]
    conference.restart()
    assert history(carol) == ["old", "new"][-kept:]


def test_every_hour(conference: Conference, alice: Person) -> None:
    """Archives are looked at once an hour, not in every round."""
    alice.configures(archive_days="1").says("old")
    passes(conference, hours=23, minutes=30)
    passes(conference, minutes=31)
    assert bodies(asks(alice)) == ["old"]
    passes(conference, minutes=30)
    assert bodies(asks(alice)) == []


def test_some_rooms_a_round(conference: Conference, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many rooms, their archives are looked at one after the other."""
    monkeypatch.setattr(retention, "ROOMS_A_ROUND", 1)
    rooms = [f"{name}@{DOMAIN}" for name in ("one", "two", "three")]
    for room in rooms:
        alice.enters("alice", room).sends(OPEN.replace(ROOM, room)).configures(room, archive_days="1")
        alice.says("old", room)
    conference.later(days=2)
    lengths = []
    for _ in range(4):
        conference.makes_rounds()
        lengths.append(sum(len(room.history) for room in conference.service.rooms.values()))
    assert lengths == [3, 2, 1, 0]  # the first one is `tea`, which keeps everything


def test_a_room_that_has_ended(
    conference: Conference, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two rounds rooms may end."""
    monkeypatch.setattr(retention, "ROOMS_A_ROUND", 1)
    other = f"other@{DOMAIN}"
    alice.enters("alice", other).sends(OPEN.replace(ROOM, other)).configures(other, archive_days="1")
    conference.makes_rounds()
    alice.sends(f"<presence type='unavailable' to='{other}/alice'/>")
    conference.makes_rounds()
    assert [*conference.service.rooms] == ["tea"]
