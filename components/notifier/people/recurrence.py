"""When an event of a calendar takes place (RFC 5545 §3.8.5): by the wall clock of its own time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr

# Rules are run through from their first day on. These bounds keep a hostile calendar to milliseconds.
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
EARLIEST = 1990  # year


def occurrences(
    event: Any, begin: datetime, end: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end (UTC) of each that touches a time; local times without a zone are in `zone`.

    Raises `ValueError` for what is not understood, and `KeyError` for an event without DTSTART.
    """
    start = event["dtstart"].dt
    own = start.tzinfo if isinstance(start, datetime) and start.tzinfo is not None else zone
    high = _wall(end, own)
    excluded = {_wall(moment, own) for moment in _dates(event, "exdate")}
    starts = {*_repeated(event, _wall(start, own), high, own)}
    starts |= {_wall(moment, own) for moment in _dates(event, "rdate")}
    for at in sorted(starts - excluded):
        since, until = _span(event, start, at, own)
        if since < end and until > begin:
            yield since, until


def in_utc(value: date | datetime, zone: tzinfo) -> datetime:
    """An instant; a day is its first moment."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(0))
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def _repeated(event: Any, first: datetime, high: datetime, zone: tzinfo) -> Iterator[datetime]:
    if "rrule" not in event:
        yield first
        return
    rule = event["rrule"]
    if isinstance(rule, list):
        raise ValueError("more than one RRULE")  # RFC 5545 §3.8.5.3: SHOULD NOT
    if rule["freq"][0].upper() not in FREQUENCIES:
        raise ValueError(f"RRULE: expected one of {', '.join(FREQUENCIES)}, found {rule['freq'][0]}")
    if first.year < EARLIEST:
        raise ValueError(f"RRULE: begins before {EARLIEST}")
    if "until" in rule:
        high = min(high, _wall(rule["until"][0], zone))
    # COUNT is counted here, since a rule that never holds would otherwise be run through to its end.
    kept = (part for part in rule.to_ical().decode().split(";") if part[:6] not in ("UNTIL=", "COUNT="))
    repeated = rrulestr(";".join((*kept, f"UNTIL={high:%Y%m%dT%H%M%S}")), dtstart=first)
    yield from islice(repeated, *rule.get("count", [None]))


def _dates(event: Any, name: str) -> Iterator[Any]:
    found = event.get(name, [])
    for dates in found if isinstance(found, list) else [found]:
        for item in dates.dts:
            if isinstance(item.dt, tuple):
                raise ValueError(f"{name.upper()} with a period")
            yield item.dt


def _span(event: Any, start: date | datetime, at: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    since = in_utc(at, zone)
    if "duration" in event:
        length: timedelta = event["duration"].dt
        until = since + length
    elif "dtend" in event:
        # DTEND of a repeated event keeps its exact length (§3.8.5.3); of whole days, their number.
        end = event["dtend"].dt
        if isinstance(start, datetime):
            until = since + (in_utc(end, zone) - in_utc(start, zone))
        else:
            until = in_utc(at + (end - start), zone)
    elif isinstance(start, datetime):
        raise ValueError("it has no duration")  # §3.6.1: it ends when it begins
    else:
        until = in_utc(at + timedelta(days=1), zone)
    if until <= since:
        raise ValueError("it ends before it begins")
    return since, until


def _wall(value: date | datetime, zone: tzinfo) -> datetime:
    """As local time without a zone."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0))
    return (value.astimezone(zone) if value.tzinfo is not None else value).replace(tzinfo=None)
