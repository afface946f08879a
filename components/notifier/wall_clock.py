"""Times of day and days of the week at a place, as instants: right on the days its clocks change.

All comparisons are between instants (UTC); local time only finds them.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

DAY = timedelta(days=1)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time in UTC: of one that comes twice the first; one that is skipped, as if it were not."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def spans(
    weekdays: Collection[str], since: time, until: time, first: date, last: date, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end (UTC) of each span that begins on such a day, from `first` to `last`.

    `until` not after `since` means the next day's.
    """
    for day in days(first, last):
        if WEEKDAYS[day.weekday()] in weekdays:
            end_day = day if until > since else day + DAY
            yield instant(day, since, zone), instant(end_day, until, zone)
