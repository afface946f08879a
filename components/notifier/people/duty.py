"""On-call duty: schedules with what was agreed otherwise, which is stored (RFC 5545 in and out)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, select

from components.common.errors import StanzaError
from components.common.rows import ADDRESS
from components.common.transaction import Transaction
from components.notifier.people.calendars import imported
from components.notifier.people.config import PeopleSettings
from components.notifier.people.directory import Directory
from components.notifier.people.schedule import Override, Schedule, Shift, zone_of
from components.notifier.recipients import Person

metadata = MetaData()

overrides = Table(
    "duty_override",
    metadata,
    Column("schedule", ADDRESS, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("begin", Text, nullable=False),  # UTC, XEP-0082
    Column("end", Text, nullable=False),
    Column("person", Text, nullable=False),  # empty: nobody
    Column("entered_by", Text, nullable=False),
    Column("uid", Text, nullable=False),  # of the calendar entry it came with
)

KEPT = timedelta(days=90)  # an override is forgotten that long after its end
AHEAD = timedelta(days=366)  # what is taken from a calendar
MOST = 10_000  # overrides of one schedule


class Duty:
    """All schedules."""

    def __init__(self, stored: Iterable[Any] = ()) -> None:
        """`stored` as `load` gives it; schedules come with the settings."""
        self.schedules: dict[str, Schedule] = {}
        self._agreed: dict[str, tuple[Override, ...]] = {}
        for row in stored:
            override = Override(
                row.number,
                datetime.fromisoformat(row.begin),
                datetime.fromisoformat(row.end),
                row.person,
                row.entered_by,
                row.uid,
            )
            self._agreed[row.schedule] = (*self._agreed.get(row.schedule, ()), override)

    def configure(self, settings: PeopleSettings, transaction: Transaction) -> None:
        """Take over the rotations; what was agreed stays, also that of a schedule that is gone."""
        schedules = {
            name: Schedule(name, table.rotations, zone_of(table.time_zone), self._agreed.get(name, ()))
            for name, table in settings.schedules.items()
        }
        transaction.assign(self, "schedules", schedules)

    def schedule(self, name: str) -> Schedule:
        """Raises `item-not-found`."""
        try:
            return self.schedules[name]
        except KeyError:
            known = ", ".join(self.schedules) or "none"
            raise StanzaError(
                "item-not-found", f"there is no schedule {name!r}; there are: {known}"
            ) from None

    def take_over(
        self, name: str, begin: datetime, end: datetime, person: str, by: str, transaction: Transaction
    ) -> Override:
        """Somebody is on duty instead of who would be. Raises `StanzaError`."""
        schedule = self.schedule(name)
        if end <= transaction.now:
            raise StanzaError("bad-request", "that time is over")
        try:
            override = Override(self._next(name), begin, end, person, by)
        except ValueError as error:
            raise StanzaError("bad-request", str(error)) from None
        self._agree(schedule, [*schedule.overrides, override], transaction)
        return override

    def swap(
        self,
        name: str,
        first: Person,
        at: datetime,
        second: Person,
        then: datetime,
        by: str,
        transaction: Transaction,
    ) -> tuple[Shift, Shift]:
        """Two people take each other's shifts: those they have at two instants. Raises `StanzaError`."""
        schedule = self.schedule(name)
        try:
            shifts = schedule.shift_of(first.name, at), schedule.shift_of(second.name, then)
        except ValueError as error:
            raise StanzaError("bad-request", str(error)) from None
        for begin, end, person in schedule.swapped(*shifts):
            self.take_over(name, begin, end, person, by, transaction)
        return shifts

    def end(self, name: str, number: int, transaction: Transaction) -> Override:
        """What was agreed does not hold any more. Raises `item-not-found`."""
        schedule = self.schedule(name)
        for override in schedule.overrides:
            if override.number == number:
                self._agree(schedule, [one for one in schedule.overrides if one is not override], transaction)
                return override
        raise StanzaError("item-not-found", f"the schedule {name} has no override {number}")

    def take_calendar(
        self, name: str, content: bytes, directory: Directory, by: str, transaction: Transaction
    ) -> int:
        """Overrides from a calendar: those of earlier versions of it (by UID) are replaced; how many.

        Raises `bad-request` with all that is not understood, and then nothing has changed.
        """
        schedule = self.schedule(name)

        named = {person.name: person for person in directory.persons()}

        def name_of(who: str) -> str | None:
            # A word that is nobody's name may be anything; an address is meant.
            person = directory.find(who) if "@" in who else named.get(who)
            return person.name if person is not None else None

        now = transaction.now
        try:
            entries = imported(content, name_of, now, now + AHEAD, schedule.zone)
        except ValueError as error:
            raise StanzaError("bad-request", str(error)) from None
        uids = {entry.uid for entry in entries}
        kept = [one for one in schedule.overrides if one.uid not in uids]
        number = self._next(name)
        new = [
            Override(number + at, entry.begin, entry.end, entry.person, by, entry.uid)
            for at, entry in enumerate(entries)
        ]
        self._agree(schedule, [*kept, *new], transaction)
        return len(new)

    def _next(self, name: str) -> int:
        return max((override.number for override in self._agreed.get(name, ())), default=0) + 1

    def _agree(self, schedule: Schedule, agreed: Sequence[Override], transaction: Transaction) -> None:
        """These hold from now on; rows follow."""
        name = schedule.name
        holding = tuple(one for one in agreed if one.end > transaction.now - KEPT)
        if len(holding) > MOST:
            raise StanzaError("resource-constraint", f"the schedule {name} has {MOST} overrides already")
        before = {one.number for one in schedule.overrides}
        for gone in before - {one.number for one in holding}:
            transaction.delete(overrides, (name, gone))
        for new in holding:
            if new.number not in before:
                transaction.write(overrides, (name, new.number), _row(new))
        transaction.put(self._agreed, name, holding)
        transaction.put(self.schedules, name, replace(schedule, overrides=holding))


def load(connection: Connection) -> Sequence[Any]:
    """For `Duty`, on a reader's thread."""
    return connection.execute(select(overrides).order_by(overrides.c.schedule, overrides.c.number)).all()


def _row(override: Override) -> Mapping[str, Any]:
    return {
        "begin": override.begin.isoformat(),
        "end": override.end.isoformat(),
        "person": override.person,
        "entered_by": override.by,
        "uid": override.uid,
    }
