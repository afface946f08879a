"""Trading hours: weekdays and times of day of some place, right on the days its clocks change."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from components.notifier.wall_clock import DAY, WEEKDAYS, spans

WORKDAYS = (0, 1, 2, 3, 4)
_NUMBERS: dict[str, int] = {name: number for number, name in enumerate(WEEKDAYS)}

_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DAYS = re.compile(rf"({'|'.join(WEEKDAYS)})(?:-({'|'.join(WEEKDAYS)}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

FORM = "[mon-fri] 09:00-17:30 [Europe/Berlin]"


class NoHours(ValueError):
    """What was given are no hours; the text says what would be."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When quotes are looked at: on these days, from one time of day up to, not including, another.

    The end may lie on the next day: 22:00-04:00 on a Friday ends on Saturday.
    """

    days: tuple[int, ...]  # sorted, 0 is Monday
    begin: time
    end: time
    zone: str

    def text(self) -> str:
        """As it is written; `read` reads it again."""
        return f"{_shown_days(self.days)} {self.begin:%H:%M}-{self.end:%H:%M} {self.zone}"

    def around(self, moment: int) -> tuple[bool, int]:
        """Whether they are open at `moment`, and the next moment at which that may change.

        Moments are microseconds since 1970 in UTC. Of a time that the clock shows twice in autumn the
        first is meant; one that it leaves out in spring comes as much later as it jumps.
        """
        zone = ZoneInfo(self.zone)
        today = (_EPOCH + moment * _MICROSECOND).astimezone(zone).date()
        changes = []
        weekdays = [WEEKDAYS[day] for day in self.days]
        # A span of yesterday may be open still; the next is within a week.
        for since, until in spans(weekdays, self.begin, self.end, today - 2 * DAY, today + 8 * DAY, zone):
            begin, end = _moment(since), _moment(until)
            if begin <= moment < end:
                return True, end
            changes.append(begin)
        return False, min(begin for begin in changes if begin > moment)


def _moment(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(1024)
def read(text: str, zone: str) -> Hours:
    """Hours as people write them, with `zone` for the case that none is given. Raises `NoHours`."""
    days: tuple[int, ...] = WORKDAYS
    times, named = None, zone
    for word in text.split():
        if match := _TIMES.fullmatch(word):
            times = match
        elif all(_DAYS.fullmatch(part) for part in word.lower().split(",")):
            days = _read_days(word.lower())
        elif "/" in word or word == "UTC":
            named = word
        else:
            raise NoHours(f"{word!r} is neither days, times nor a time zone; the form is {FORM}")
    if times is None:
        raise NoHours(f"the times are missing; the form is {FORM}")
    if named.lower() not in _zones():
        raise NoHours(f"there is no time zone {named!r}; one is Europe/Berlin")
    try:
        begin, end = time(int(times[1]), int(times[2])), time(int(times[3]), int(times[4]))
    except ValueError:
        raise NoHours(f"{times[0]} are no times of day; the form is {FORM}") from None
    if begin == end:
        raise NoHours(f"{times[0]} is no time at all; 00:00-00:00 is written by leaving hours out")
    return Hours(days, begin, end, _zones()[named.lower()])


def _read_days(word: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        at = _NUMBERS[first]
        count = (_NUMBERS[last or first] - at) % 7 + 1
        days |= {(at + n) % 7 for n in range(count)}
    return tuple(sorted(days))


def _shown_days(days: tuple[int, ...]) -> str:
    """In runs: mon-wed,fri."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(WEEKDAYS[run[0]] + (f"-{WEEKDAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)


@lru_cache(1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
