"""On-call schedules: rotations one above the other, and above them what was agreed otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from components.notifier.people.rotation import Rotation

LONGEST = timedelta(days=400)  # of what is listed at a time


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """One table `[notifier.schedules.NAME]`; of the rotations, the first with somebody on duty counts."""

    rotations: list[Rotation]
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.rotations:
            raise ValueError("rotations: expected at least one")
        zone_of(self.time_zone)


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes over for a while; of several at one time, the one agreed last counts."""

    number: int  # given in the order of agreeing
    begin: datetime  # UTC
    end: datetime
    person: str  # empty: nobody
    by: str = ""  # who entered it
    uid: str = ""  # of the calendar entry it came with (RFC 5545 §3.8.4.7)

    def __post_init__(self) -> None:
        if self.end <= self.begin:
            raise ValueError("it ends before it begins")


@dataclass(frozen=True, slots=True)
class Shift:
    """A time without change of who is on duty."""

    begin: datetime  # UTC
    end: datetime
    person: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who is on duty when."""

    name: str
    rotations: Sequence[Rotation]
    zone: ZoneInfo
    overrides: Sequence[Override] = field(default=())

    def on_duty(self, at: datetime) -> str | None:
        """The person at an instant, if there is one."""
        agreed = [override for override in self.overrides if override.begin <= at < override.end]
        if agreed:
            return max(agreed, key=lambda override: override.number).person or None
        turns = (rotation.on_duty(at, self.zone) for rotation in self.rotations)
        return next((person for person in turns if person is not None), None)

    def shifts(self, begin: datetime, end: datetime) -> list[Shift]:
        """All shifts that touch a time, cut to it.

        Raises `ValueError` if that is longer than `LONGEST`.
        """
        if end - begin > LONGEST:
            raise ValueError(f"ask for {LONGEST.days} days at most")
        shifts: list[Shift] = []
        edges = sorted({begin, *self._edges(begin, end), end})
        for since, until in pairwise(edges):
            person = self.on_duty(since)
            if person is None:
                continue
            if shifts and shifts[-1].person == person and shifts[-1].end == since:
                shifts[-1] = Shift(shifts[-1].begin, until, person)
            else:
                shifts.append(Shift(since, until, person))
        return shifts

    def _edges(self, begin: datetime, end: datetime) -> Iterable[datetime]:
        found = [edge for rotation in self.rotations for edge in rotation.edges(begin, end, self.zone)]
        found += [edge for override in self.overrides for edge in (override.begin, override.end)]
        return (edge for edge in found if begin < edge < end)

    def shift_of(self, person: str, at: datetime) -> Shift:
        """The shift somebody has at an instant. Raises `ValueError` if they have none then."""
        for shift in self.shifts(at - LONGEST / 2, at + LONGEST / 2):
            if shift.person == person and shift.begin <= at < shift.end:
                return shift
        other, local = self.on_duty(at) or "nobody", at.astimezone(self.zone)
        raise ValueError(
            f"{person} is not on duty at {local:%Y-%m-%d %H:%M} ({self.zone.key}): {other} is, in {self.name}"
        )

    def swapped(self, first: Shift, second: Shift) -> tuple[tuple[datetime, datetime, str], ...]:
        """What two overrides must say so that two people have each other's shifts: begin, end, person."""
        return (first.begin, first.end, second.person), (second.begin, second.end, first.person)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises `ValueError` if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"time_zone: expected a name such as Europe/Berlin, found {name!r}") from None
