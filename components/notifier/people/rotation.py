"""Rotations: whose turn it is, by the wall clock of one time zone.

Turns change at a time of day, so a turn over the change to summer time has an hour less, and one over
the change back an hour more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from components.notifier.wall_clock import DAY, WEEKDAYS, Weekday, days, instant, spans


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of some days of the week; `until` not after `since` means the next day's."""

    since: time = time(0)
    until: time = time(0)
    weekdays: list[Weekday] = field(default_factory=lambda: list(WEEKDAYS))

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("weekdays: expected at least one of " + ", ".join(WEEKDAYS))

    def contains(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether the instant lies in them."""
        today = at.astimezone(zone).date()
        return any(begin <= at < end for begin, end in self.spans(today - DAY, today, zone))

    def spans(self, first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Begin and end (UTC) of each that begins on the days from `first` to `last`."""
        return spans(self.weekdays, self.since, self.until, first, last, zone)


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns; with `hours`, only then."""

    people: list[str]
    start: date  # of the first person's turn
    days: int = 7  # of one turn
    handover: time = time(9)
    hours: Hours | None = None

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError("people: expected at least one name")
        if self.days < 1:
            raise ValueError(f"days: expected 1 or more, found {self.days}")

    def on_duty(self, at: datetime, zone: ZoneInfo) -> str | None:
        """Whose turn it is at an instant; None before the start and outside the hours."""
        if self.hours is not None and not self.hours.contains(at, zone):
            return None
        day = at.astimezone(zone).date()
        if at < instant(day, self.handover, zone):
            day -= DAY
        since_start = (day - self.start).days
        return self.people[since_start // self.days % len(self.people)] if since_start >= 0 else None

    def edges(self, begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """All instants at which the answer may change."""
        first, last = begin.astimezone(zone).date() - DAY, end.astimezone(zone).date()
        for day in days(first, last):
            if (day - self.start).days % self.days == 0:
                yield instant(day, self.handover, zone)
        if self.hours is not None:
            for span in self.hours.spans(first, last, zone):
                yield from span
