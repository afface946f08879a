"""Lengths of time as people write and read them: `2h`, `1h30m`, `45 min`."""

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d{1,6})\s*([smhdw])[a-z]*")
_WHOLE = re.compile(r"(?:\d{1,6}\s*[smhdw][a-z]{0,6}\s*)+")
LONGEST = timedelta(days=366)


def duration(text: str) -> timedelta | None:
    """The length of time; None if the text is none, is zero or more than a year."""
    text = text.strip().lower()
    if len(text) > 60 or not _WHOLE.fullmatch(text):
        return None
    length = timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    return length if timedelta(0) < length <= LONGEST else None


def shown(length: timedelta) -> str:
    """In the two largest units that matter: `2 h 5 min`."""
    left = int(length.total_seconds())
    parts = []
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, unit)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts[:2]) or "0 s"
