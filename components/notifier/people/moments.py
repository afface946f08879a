"""Points of time as people write them, in the time zone of a schedule."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from components.common.errors import StanzaError
from components.notifier.wall_clock import WEEKDAYS, instant

FORMS = "2026-05-06, 2026-05-06 18:00, 18:00, today, tomorrow or a weekday such as mon"

_DAYS = {"today": 0, "tomorrow": 1}


def moment(written: str, zone: ZoneInfo, now: datetime, after: datetime | None = None) -> datetime:
    """In UTC; a day is its first moment. Raises `bad-request` with the forms.

    A time of day, or a weekday, is the next one from `after` on, or from now on.
    """
    words = written.lower().replace("t", " ", written[:4].isdecimal()).split()
    today, base = now.astimezone(zone).date(), after or now
    try:
        if len(words) == 1 and ":" in words[0]:
            return _next(time.fromisoformat(words[0]), base.astimezone(zone).date(), zone, base)
        if words[0] not in _DAYS:
            today = base.astimezone(zone).date()
        day, at = _day(words[0], today), time.fromisoformat(words[1]) if len(words) > 1 else time(0)
        if len(words) > 2:
            raise ValueError
    except (ValueError, IndexError):
        raise StanzaError("bad-request", f"{written!r} is no point of time: expected {FORMS}") from None
    return instant(day, at.replace(tzinfo=None), zone)


def _next(at: time, today: date, zone: ZoneInfo, now: datetime) -> datetime:
    found = instant(today, at, zone)
    return found if found > now else instant(today + timedelta(days=1), at, zone)


def _day(word: str, today: date) -> date:
    if word in _DAYS:
        return today + timedelta(days=_DAYS[word])
    for number, weekday in enumerate(WEEKDAYS):
        if word.startswith(weekday):
            return today + timedelta(days=(number - today.weekday()) % 7)
    return date.fromisoformat(word)


def shown(at: datetime, zone: ZoneInfo) -> str:
    """For people: `Wed 6 May 18:00`."""
    local = at.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local.day} {local:%b %H:%M}"
