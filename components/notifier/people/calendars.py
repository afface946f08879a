"""iCalendar (RFC 5545): schedules as calendars other programs subscribe to, calendars as overrides."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from components.notifier.people import recurrence
from components.notifier.people.schedule import Shift

MOST_EVENTS = 5000  # of one calendar, with all their repetitions
MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One time somebody is on duty, as a calendar says."""

    uid: str
    begin: datetime  # UTC
    end: datetime
    person: str


def exported(name: str, shifts: Iterable[Shift], stamp: datetime, address: Callable[[str], str]) -> bytes:
    """A calendar of the shifts; `address` gives a person's bare JID."""
    calendar = Calendar()
    calendar.add("prodid", "-//Stellwerk//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for shift in shifts:
        event = Event()
        event.add("uid", f"{shift.begin:%Y%m%dT%H%M%SZ}-{name}@{address(shift.person).partition('@')[2]}")
        event.add("dtstamp", stamp)
        event.add("dtstart", shift.begin)
        event.add("dtend", shift.end)
        event.add("summary", shift.person)
        event.add("attendee", f"xmpp:{address(shift.person)}")
        calendar.add_component(event)
    rendered: bytes = calendar.to_ical()
    return rendered


def imported(
    content: bytes,
    person_of: Callable[[str], str | None],
    begin: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Entry]:
    """What a calendar says about a time; times without a zone are in `zone`.

    `person_of` finds a person by name, address or mail address. Who is on duty stands in ATTENDEE, else in
    SUMMARY. Raises `ValueError` with every event that is not understood: part of a calendar helps nobody.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"the calendar has more than {MOST_BYTES} bytes")
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise ValueError(f"not a calendar: {error}") from None
    events = calendar.walk("VEVENT")
    moved = {_moved(event, zone) for event in events if "recurrence-id" in event}
    entries: list[Entry] = []
    problems: list[str] = []
    for event in events:
        if str(event.get("status", "")).upper() == "CANCELLED":
            continue
        try:
            person, uid = _person(event, person_of), _uid(event)
            entries += (
                Entry(uid, since, until, person)
                for since, until in recurrence.occurrences(event, begin, end, zone)
                if "recurrence-id" in event or (uid, since) not in moved
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{event.get('summary', event.get('uid', 'an event'))}: {error}")
        if len(entries) > MOST_EVENTS:
            raise ValueError(f"more than {MOST_EVENTS} events in this time")
    if problems:
        raise ValueError("; ".join(problems[:20]))
    return entries


def _person(event: Any, person_of: Callable[[str], str | None]) -> str:
    attendees = event.get("attendee", [])
    for value in attendees if isinstance(attendees, list) else [attendees]:
        uri = str(value)
        found = person_of(uri.partition(":")[2] if ":" in uri else uri)
        if found is not None:
            return found
    summary = str(event.get("summary", "")).strip()
    found = person_of(summary)
    if found is None:
        raise ValueError("neither an ATTENDEE nor the SUMMARY is a person known here")
    return found


def _uid(event: Any) -> str:
    uid = str(event.get("uid", ""))
    if not uid:
        raise ValueError("no UID")
    return uid


def _moved(event: Any, zone: ZoneInfo) -> tuple[str, datetime]:
    """The occurrence of another event that this one stands for (RFC 5545 §3.8.4.4)."""
    return str(event.get("uid", "")), recurrence.in_utc(event["recurrence-id"].dt, zone)
