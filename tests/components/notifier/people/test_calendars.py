"""Schedules as iCalendar and back (RFC 5545)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from components.notifier.people.calendars import Entry, exported, imported
from components.notifier.people.rotation import Rotation
from components.notifier.people.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = {"ann": "ann", "ann@example.org": "ann", "bob": "bob", "bob@mail.example": "bob"}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(*lines: str, begin: str = "2026-03-01", end: str = "2026-05-01") -> list[Entry]:
    """The entries of a calendar with one event of these lines, or more with `BEGIN:VEVENT` in between."""
    text = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", *lines))
    content = f"{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()
    return imported(content, PEOPLE.get, utc(begin), utc(end), BERLIN)


def test_what_is_exported_can_be_imported() -> None:
    ops = Schedule("ops", [Rotation(["ann", "bob"], date(2026, 3, 2), handover=time(9))], BERLIN)
    shifts = ops.shifts(utc("2026-03-02 08:00"), utc("2026-04-20 07:00"))
    content = exported("ops", shifts, utc("2026-03-01"), lambda person: f"{person}@example.org")
    people = {"xmpp:ann@example.org": "ann", **PEOPLE, "bob@example.org": "bob"}
    entries = imported(content, people.get, utc("2026-03-01"), utc("2026-05-01"), BERLIN)
    assert [(e.begin, e.end, e.person) for e in entries] == [(s.begin, s.end, s.person) for s in shifts]
    assert len({entry.uid for entry in entries}) == len(entries)


def test_the_attendee_is_on_duty() -> None:
    [entry] = read(
        "UID:1",
        "DTSTART:20260310T080000Z",
        "DTEND:20260310T160000Z",
        "SUMMARY:Early",
        "ATTENDEE;CN=Bob:mailto:bob@mail.example",
    )
    assert entry == Entry("1", utc("2026-03-10 08:00"), utc("2026-03-10 16:00"), "bob")


def test_repeated_by_the_wall_clock() -> None:
    """§3.3.10: Monday 9:00 stays Monday 9:00 when summer time begins."""
    entries = read(
        "UID:1",
        "DTSTART;TZID=Europe/Berlin:20260323T090000",
        "DTEND;TZID=Europe/Berlin:20260323T170000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "SUMMARY:ann",
    )
    assert [entry.begin for entry in entries] == [
        utc("2026-03-23 08:00"),
        utc("2026-03-30 07:00"),
        utc("2026-04-06 07:00"),
    ]


def test_exceptions_and_until() -> None:
    """§3.8.5.1: what is excluded does not take place; UNTIL is in UTC and included."""
    entries = read(
        "UID:1",
        "DTSTART;TZID=Europe/Berlin:20260330T090000",
        "DURATION:PT8H",
        "RRULE:FREQ=DAILY;UNTIL=20260402T070000Z",
        "EXDATE;TZID=Europe/Berlin:20260331T090000",
        "SUMMARY:ann",
    )
    assert [entry.begin.day for entry in entries] == [30, 1, 2]


def test_an_occurrence_that_was_moved() -> None:
    """§3.8.4.4: RECURRENCE-ID replaces one of them."""
    entries = read(
        "UID:1",
        "DTSTART:20260401T080000Z",
        "DTEND:20260401T100000Z",
        "RRULE:FREQ=DAILY;COUNT=2",
        "SUMMARY:ann",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:1",
        "RECURRENCE-ID:20260402T080000Z",
        "DTSTART:20260402T120000Z",
        "DTEND:20260402T130000Z",
        "SUMMARY:bob",
    )
    assert [(entry.begin.hour, entry.person) for entry in entries] == [(8, "ann"), (12, "bob")]


def test_whole_days_are_days_of_the_schedules_zone() -> None:
    [entry] = read("UID:1", "DTSTART;VALUE=DATE:20260328", "DTEND;VALUE=DATE:20260330", "SUMMARY:ann")
    assert (entry.begin, entry.end) == (utc("2026-03-27 23:00"), utc("2026-03-29 22:00"))


def test_cancelled_events_do_not_take_place() -> None:
    assert not read("UID:1", "DTSTART;VALUE=DATE:20260328", "STATUS:CANCELLED", "SUMMARY:ann")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("UID:1", "DTSTART;VALUE=DATE:20260328", "SUMMARY:dan"), "dan: neither"),
        (("UID:1", "SUMMARY:ann"), "ann"),
        (("DTSTART;VALUE=DATE:20260328", "SUMMARY:ann"), "no UID"),
        (("UID:1", "DTSTART:20260328T080000Z", "SUMMARY:ann"), "no duration"),
        (
            ("UID:1", "DTSTART:20260328T080000Z", "DTEND:20260328T070000Z", "SUMMARY:ann"),
            "ends before it begins",
        ),
        (
            ("UID:1", "DTSTART:20260328T080000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY", "SUMMARY:ann"),
            "found SECONDLY",
        ),
        (
            ("UID:1", "DTSTART:15000328T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "SUMMARY:ann"),
            "begins before 1990",
        ),
    ],
)
def test_what_is_not_understood(lines: tuple[str, ...], problem: str) -> None:
    """Nothing of a calendar is taken if part of it is not understood."""
    with pytest.raises(ValueError, match=problem):
        read(*lines)


def test_a_rule_that_never_holds_ends() -> None:
    assert not read(
        "UID:1",
        "DTSTART:20260328T080000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "SUMMARY:ann",
    )


@pytest.mark.parametrize("content", [b"", b"no calendar", b"BEGIN:VCALENDAR\r\n", b"\xff\xfe" * 50])
def test_no_calendar(content: bytes) -> None:
    with pytest.raises(ValueError, match="calendar"):
        imported(content, PEOPLE.get, utc("2026-03-01"), utc("2026-05-01"), BERLIN)


def test_too_large() -> None:
    with pytest.raises(ValueError, match="more than"):
        imported(b"x" * 2_000_001, PEOPLE.get, utc("2026-03-01"), utc("2026-05-01"), BERLIN)
