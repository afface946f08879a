"""Whose turn it is: by the wall clock, also over the changes of summer time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier.people.rotation import Hours, Rotation
from components.notifier.wall_clock import instant

BERLIN = ZoneInfo("Europe/Berlin")
# In 2026 clocks go forward on 29 March at 01:00 UTC, back on 25 October at 01:00 UTC.


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKLY = Rotation(["ann", "bob", "cleo"], date(2026, 3, 16))


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-03-16 07:59", None),  # nobody before the start
        ("2026-03-16 08:00", "ann"),  # 9:00 in Berlin
        ("2026-03-23 07:59", "ann"),
        ("2026-03-23 08:00", "bob"),
        ("2026-03-30 06:59", "bob"),
        ("2026-03-30 07:00", "cleo"),  # still 9:00 in Berlin
        ("2026-04-06 07:00", "ann"),
        ("2026-10-26 07:59", "bob"),
        ("2026-10-26 08:00", "cleo"),  # back to winter time
    ],
)
def test_turns_change_at_the_same_time_of_day(at: str, person: str | None) -> None:
    assert WEEKLY.on_duty(utc(at), BERLIN) == person


def test_a_handover_in_the_hour_that_is_skipped() -> None:
    """02:30 does not exist on 29 March: the turn changes once, at 03:30."""
    daily = Rotation(["ann", "bob"], date(2026, 3, 28), days=1, handover=time(2, 30))
    assert daily.on_duty(utc("2026-03-29 01:29"), BERLIN) == "ann"
    assert daily.on_duty(utc("2026-03-29 01:30"), BERLIN) == "bob"


def test_a_handover_in_the_hour_that_comes_twice() -> None:
    """02:30 comes twice on 25 October: the turn changes the first time and does not change back."""
    daily = Rotation(["ann", "bob"], date(2026, 10, 24), days=1, handover=time(2, 30))
    assert daily.on_duty(utc("2026-10-25 00:29"), BERLIN) == "ann"
    assert daily.on_duty(utc("2026-10-25 00:30"), BERLIN) == "bob"
    assert daily.on_duty(utc("2026-10-25 01:10"), BERLIN) == "bob"  # 02:10 again


def test_hours_over_midnight_on_some_days() -> None:
    """A night that begins on Friday goes on into Saturday."""
    nights = Rotation(["ann"], date(2026, 6, 1), hours=Hours(time(20), time(8), ["mon", "fri"]))
    assert nights.on_duty(utc("2026-06-05 17:59"), BERLIN) is None
    assert nights.on_duty(utc("2026-06-05 18:00"), BERLIN) == "ann"
    assert nights.on_duty(utc("2026-06-06 05:59"), BERLIN) == "ann"
    assert nights.on_duty(utc("2026-06-06 06:00"), BERLIN) is None
    assert nights.on_duty(utc("2026-06-06 19:00"), BERLIN) is None


@given(
    at=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    days=st.integers(1, 30),
    handover=st.times().map(lambda found: found.replace(second=0, microsecond=0)),
)
def test_a_turn_lasts_its_days_by_the_calendar(at: date, days: int, handover: time) -> None:
    """Between two edges the person never changes; at each the next one follows."""
    rotation = Rotation(["ann", "bob", "cleo"], date(2024, 12, 1), days, handover)
    moment = datetime.combine(at, time(12), UTC)
    edges = sorted(rotation.edges(moment, moment + timedelta(days=2 * days + 2), BERLIN))
    people = [rotation.on_duty(edge, BERLIN) for edge in edges]
    for edge, person, following in zip(edges, people, people[1:], strict=False):
        assert person is not None
        assert following == rotation.people[(rotation.people.index(person) + 1) % 3]
        assert rotation.on_duty(edge - timedelta(microseconds=1), BERLIN) != person


@pytest.mark.parametrize(("people", "days"), [([], 7), (["ann"], 0)])
def test_impossible_rotations(people: list[str], days: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Rotation(people, date(2026, 1, 1), days)


def test_an_instant_is_utc() -> None:
    assert instant(date(2026, 7, 1), time(9), BERLIN) == utc("2026-07-01 07:00")
