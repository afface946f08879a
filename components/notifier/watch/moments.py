"""Moments as microseconds since 1970 in UTC, and lengths of time as people write them."""

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {"s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_LENGTH = re.compile(r"(\d{1,6})\s*([a-z]+)")


def moment_of(time: datetime) -> int:
    """The moment of an aware datetime."""
    return (time - _EPOCH) // _MICROSECOND


def time_of(moment: int) -> datetime:
    """The datetime, in UTC."""
    return _EPOCH + moment * _MICROSECOND


def stamp(moment: int) -> str:
    """For people: UTC, to the second."""
    return time_of(moment).strftime("%Y-%m-%d %H:%M:%S UTC")


def length(text: str) -> int:
    """Microseconds of 90s, 15m, 15 min, 2h, 3d, 1w. Raises `ValueError` for anything else."""
    match = _LENGTH.fullmatch(text)
    unit = _UNITS.get(match[2]) or _UNITS.get(match[2][:1]) if match else None
    if match is None or unit is None or not _is_unit(match[2]):
        raise ValueError(f"{text!r} is no length of time such as 90s, 15m, 2h, 3d")
    if not int(match[1]):
        raise ValueError(f"{text!r} is no time at all")
    return int(match[1]) * unit


def _is_unit(word: str) -> bool:
    names = ("seconds", "secs", "minutes", "mins", "hours", "days", "weeks")
    return word in _UNITS or word in names or word + "s" in names


def shown_length(microseconds: int) -> str:
    """As `length` reads it."""
    for unit, size in (("w", 7 * DAY), ("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if microseconds % size == 0:
            return f"{microseconds // size}{unit}"
    return f"{microseconds // SECOND}s"
