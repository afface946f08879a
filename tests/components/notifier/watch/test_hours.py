"""Trading hours over weekends, midnights and changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from components.notifier.watch.hours import NoHours, read
from components.notifier.watch.moments import moment_of, time_of


def at(text: str) -> int:
    """A moment, in UTC."""
    return moment_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("hours", "moment", "is_open", "until"),
    [
        ("09:00-17:30 Europe/Berlin", "2026-05-04 07:00", True, "2026-05-04 15:30"),
        ("09:00-17:30 Europe/Berlin", "2026-05-04 06:59:59", False, "2026-05-04 07:00"),
        ("09:00-17:30 Europe/Berlin", "2026-05-04 15:30", False, "2026-05-05 07:00"),
        # Friday evening to Monday, over the change to summer time on the 29th of March.
        ("09:00-17:30 Europe/Berlin", "2026-03-27 16:30", False, "2026-03-30 07:00"),
        # …and to winter time on the 25th of October.
        ("09:00-17:30 Europe/Berlin", "2026-10-23 15:30", False, "2026-10-26 08:00"),
        # A night that is an hour shorter, and one that is an hour longer.
        ("sat 22:00-06:00 Europe/Berlin", "2026-03-28 21:00", True, "2026-03-29 04:00"),
        ("sat 22:00-06:00 Europe/Berlin", "2026-10-24 20:00", True, "2026-10-25 05:00"),
        # A beginning that does not exist that day; an end that the clock shows twice.
        ("sun 02:30-12:00 Europe/Berlin", "2026-03-29 01:29", False, "2026-03-29 01:30"),
        ("sun 00:00-02:30 Europe/Berlin", "2026-10-25 00:29", True, "2026-10-25 00:30"),
        # Monday in Tokyo begins on Sunday in UTC.
        ("09:00-15:00 Asia/Tokyo", "2026-05-03 23:59", False, "2026-05-04 00:00"),
        ("fri 22:00-04:00 America/New_York", "2026-05-09 07:59", True, "2026-05-09 08:00"),
    ],
)
def test_when_they_are_open(hours: str, moment: str, is_open: bool, until: str) -> None:
    """Open or not, and until when at least."""
    assert read(hours, "UTC").around(at(moment)) == (is_open, at(until))


def test_every_hour_of_a_year() -> None:
    """What is said to hold until a moment does, and is what the local clock shows."""
    hours = read("mon,wed-fri 08:00-20:00 America/New_York", "UTC")
    moment, until, was_open = datetime(2026, 1, 1, tzinfo=UTC), 0, False
    for _ in range(365 * 24):
        now = moment_of(moment)
        is_open, next_until = hours.around(now)
        local = time_of(now).astimezone(ZoneInfo("America/New_York"))
        assert is_open == (local.weekday() in (0, 2, 3, 4) and 8 <= local.hour < 20)
        if now < until:
            assert is_open == was_open
        until, was_open = next_until, is_open
        moment += timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("9:00-17:30", "mon-fri 09:00-17:30 UTC"),
        ("Sat,Sun 10:00-12:00 europe/berlin", "sat-sun 10:00-12:00 Europe/Berlin"),
        ("fri-mon,wed 22:00-02:00", "mon,wed,fri-sun 22:00-02:00 UTC"),
    ],
)
def test_how_they_are_written(text: str, canonical: str) -> None:
    """And written again."""
    assert read(text, "UTC").text() == canonical
    assert read(canonical, "Europe/Paris") == read(text, "UTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the times are missing"),
        ("mon-fri", "the times are missing"),
        ("09:00-25:00", "no times of day"),
        ("09:00-17:30 Europe/Bonn", "no time zone 'Europe/Bonn'"),
        ("montag 09:00-17:30", "'montag' is neither days"),
        ("09:00-09:00", "no time at all"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    """With what would be right."""
    with pytest.raises(NoHours, match=told):
        read(text, "UTC")
