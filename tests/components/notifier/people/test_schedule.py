"""Rotations one above the other, and what was agreed otherwise."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from components.notifier.people.rotation import Hours, Rotation
from components.notifier.people.schedule import Override, Schedule, ScheduleSettings, Shift

ZONE = ZoneInfo("UTC")
NIGHTS = Rotation(["nora"], date(2026, 6, 1), hours=Hours(time(20), time(6)))
WEEKS = Rotation(["ann", "bob"], date(2026, 6, 1), handover=time(0))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(*overrides: Override) -> Schedule:
    return Schedule("ops", [NIGHTS, WEEKS], ZONE, overrides)


def test_the_first_rotation_with_somebody_counts() -> None:
    assert schedule().on_duty(utc("2026-06-02 12:00")) == "ann"
    assert schedule().on_duty(utc("2026-06-02 21:00")) == "nora"
    assert schedule().on_duty(utc("2026-05-30 12:00")) is None


def test_what_was_agreed_last_counts() -> None:
    ops = schedule(
        Override(1, utc("2026-06-02 00:00"), utc("2026-06-03 00:00"), "bob"),
        Override(2, utc("2026-06-02 12:00"), utc("2026-06-02 13:00"), "cleo"),
    )
    assert ops.on_duty(utc("2026-06-02 11:59")) == "bob"
    assert ops.on_duty(utc("2026-06-02 12:00")) == "cleo"
    assert ops.on_duty(utc("2026-06-02 13:00")) == "bob"
    assert ops.on_duty(utc("2026-06-02 21:00")) == "bob"


def test_an_override_may_say_that_nobody_is() -> None:
    ops = schedule(Override(1, utc("2026-06-02 00:00"), utc("2026-06-03 00:00"), ""))
    assert ops.on_duty(utc("2026-06-02 11:59")) is None


def test_shifts_are_joined_and_cut() -> None:
    ops = schedule(Override(1, utc("2026-06-02 10:00"), utc("2026-06-02 12:00"), "bob"))
    assert ops.shifts(utc("2026-06-02 05:00"), utc("2026-06-02 22:00")) == [
        Shift(utc("2026-06-02 05:00"), utc("2026-06-02 06:00"), "nora"),
        Shift(utc("2026-06-02 06:00"), utc("2026-06-02 10:00"), "ann"),
        Shift(utc("2026-06-02 10:00"), utc("2026-06-02 12:00"), "bob"),
        Shift(utc("2026-06-02 12:00"), utc("2026-06-02 20:00"), "ann"),
        Shift(utc("2026-06-02 20:00"), utc("2026-06-02 22:00"), "nora"),
    ]


def test_a_shift_that_continues_is_one() -> None:
    """Turns of one person that follow each other are not cut at the handover."""
    alone = Schedule("ops", [Rotation(["ann"], date(2026, 6, 1))], ZONE)
    assert len(alone.shifts(utc("2026-06-02 00:00"), utc("2026-07-02 00:00"))) == 1


def test_a_swap() -> None:
    ops = schedule()
    mine = ops.shift_of("ann", utc("2026-06-02 12:00"))
    yours = ops.shift_of("bob", utc("2026-06-10 12:00"))
    assert ops.swapped(mine, yours) == (
        (utc("2026-06-02 06:00"), utc("2026-06-02 20:00"), "bob"),
        (utc("2026-06-10 06:00"), utc("2026-06-10 20:00"), "ann"),
    )
    with pytest.raises(ValueError, match="ann is not on duty"):
        ops.shift_of("ann", utc("2026-06-10 12:00"))


def test_listing_is_bounded() -> None:
    with pytest.raises(ValueError, match="400 days"):
        schedule().shifts(utc("2026-01-01 00:00"), utc("2028-01-01 00:00"))


def test_mistakes_in_the_configuration() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        ScheduleSettings([WEEKS], "Europe/Nowhere")
    with pytest.raises(ValueError, match="rotations"):
        ScheduleSettings([])
    with pytest.raises(ValueError, match="ends before"):
        Override(1, utc("2026-06-02 10:00"), utc("2026-06-02 10:00"), "bob")
