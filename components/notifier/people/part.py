"""People as a part of the notifier: presence, who is on duty, and how that is changed."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.common.answers import Answers
from components.common.commands import Command, Form, Invocation, anybody
from components.common.errors import StanzaError
from components.common.figures import Figure
from components.common.forms import Field
from components.common.outcome import Outcome, Table, Value, done
from components.common.transaction import Transaction
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.people import calendars
from components.notifier.people.choosing import Choosing
from components.notifier.people.directory import Directory
from components.notifier.people.duty import Duty
from components.notifier.people.moments import FORMS, moment, shown
from components.notifier.people.presence import Presences
from components.notifier.people.schedule import LONGEST, Schedule
from components.notifier.recipients import Person
from components.notifier.text import Said, Verb

ASKED_AGAIN = timedelta(hours=6)

_SCHEDULE = Field("schedule", type="text-single", label="Schedule", required=True)
_DAYS = Field("days", ["28"], label="How many days")


@dataclass(frozen=True, slots=True)
class PeoplePart:
    """Its declaration, and what it does."""

    choosing: Choosing
    presences: Presences
    duty: Duty
    agenda: Agenda
    own_domain: str
    administrators: frozenset[str]

    def part(self) -> Part:
        """See `feature.Part`."""
        return Part(
            "people",
            verbs=(
                Verb("oncall", "oncall [SCHEDULE]", "who is on duty, now and next", self._say_duty),
                Verb(
                    "takeover",
                    "takeover SCHEDULE FROM - UNTIL [for PERSON]",
                    "be on duty instead of who would be",
                    self._say_take_over,
                ),
                Verb(
                    "swap",
                    "swap SCHEDULE TIME with PERSON TIME",
                    "have each other's shifts: yours at the first time, theirs at the second",
                    self._say_swap,
                ),
            ),
            commands=tuple(self._commands()),
            figures=(Figure("schedules", "on-call schedules", lambda: len(self.duty.schedules)),),
            configure=self._configure,
            presence=self.presences.take,
        )

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        directory = Directory(settings.people, self.own_domain, self.administrators)
        before = self.choosing.directory.settings
        transaction.assign(self.choosing, "directory", directory)
        self.duty.configure(settings.people, transaction)
        self.presences.subscribe([person.jid for person in directory.persons()], transaction)
        self._ask_again_later(transaction)
        return ["people"] if settings.people != before else []

    def _ask_again_later(self, transaction: Transaction) -> None:
        """Some have no account yet, or said no."""
        self.agenda.put(transaction, ("people",), transaction.now + ASKED_AGAIN, self._ask_again)

    def _ask_again(self, transaction: Transaction) -> None:
        jids = [person.jid for person in self.choosing.directory.persons()]
        self.presences.subscribe(filter(self.presences.is_unknown, jids), transaction)
        self._ask_again_later(transaction)

    # -- by chat --------------------------------------------------------------------------------------

    def _say_duty(self, said: Said, transaction: Transaction) -> str:
        names = [said.rest] if said.rest else list(self.duty.schedules)
        if not names:
            return "There are no schedules; they stand in the configuration, [notifier.people.schedules]."
        return "\n".join(self._told(self.duty.schedule(name), transaction) for name in names)

    def _told(self, schedule: Schedule, transaction: Transaction) -> str:
        now = transaction.now
        shifts = schedule.shifts(now, now + LONGEST / 4)[:3]
        if not shifts:
            return f"{schedule.name}: nobody in the next {(LONGEST / 4).days} days"
        parts = []
        for shift in shifts:
            since = "now" if shift.begin <= now else f"from {shown(shift.begin, schedule.zone)}"
            parts.append(f"{shift.person} {since} until {shown(shift.end, schedule.zone)}")
        return f"{schedule.name}: {', '.join(parts)} ({schedule.zone.key})"

    def _say_take_over(self, said: Said, transaction: Transaction) -> str:
        span, _, person = said.rest.partition(" for ")
        first, dash, until = span.partition(" - ")
        name, _, since = first.strip().partition(" ")
        if not dash or not since:
            raise StanzaError(
                "bad-request", f"say: takeover SCHEDULE FROM - UNTIL [for PERSON]; a time is {FORMS}"
            )
        return self._take_over(name, since, until, person or said.by.address, said.by.address, transaction)

    def _say_swap(self, said: Said, transaction: Transaction) -> str:
        mine, word, theirs = said.rest.partition(" with ")
        name, _, at = mine.strip().partition(" ")
        other, _, then = theirs.strip().partition(" ")
        if not word or not at or not then:
            raise StanzaError("bad-request", f"say: swap SCHEDULE TIME with PERSON TIME; a time is {FORMS}")
        by = said.by.address
        return self._swap(name, by, at, other, then, by, transaction)

    # -- what both chat and commands do ----------------------------------------------------------------

    def _take_over(
        self, name: str, since: str, until: str, who: str, by: str, transaction: Transaction
    ) -> str:
        schedule, person = self._changeable(name, by), self._named(who)
        begin = moment(since, schedule.zone, transaction.now)
        end = moment(until, schedule.zone, transaction.now, after=begin)
        override = self.duty.take_over(name, begin, end, person.name, by, transaction)
        span = f"from {shown(begin, schedule.zone)} until {shown(end, schedule.zone)}"
        return f"{person.name} is on duty in {name} {span} (override {override.number})"

    def _swap(
        self, name: str, who: str, at: str, other: str, then: str, by: str, transaction: Transaction
    ) -> str:
        schedule, first, second = self._changeable(name, by), self._named(who), self._named(other)
        now = transaction.now
        mine, theirs = self.duty.swap(
            name,
            first,
            moment(at, schedule.zone, now),
            second,
            moment(then, schedule.zone, now),
            by,
            transaction,
        )
        return (
            f"{second.name} is on duty in {name} from {shown(mine.begin, schedule.zone)}, "
            f"{first.name} from {shown(theirs.begin, schedule.zone)}"
        )

    def _changeable(self, name: str, by: str) -> Schedule:
        """Those of a rotation change its schedule themselves. Raises `forbidden`."""
        schedule = self.duty.schedule(name)
        if by and by not in self.administrators and not self.choosing.belongs(by, [f"schedule:{name}"]):
            raise StanzaError("forbidden", f"the schedule {name} is changed by those who are in it")
        return schedule

    def _named(self, who: str) -> Person:
        """Somebody of the configuration, or anybody by address: a mistyped name shall put nobody on duty."""
        names = [person.name for person in self.choosing.directory.persons()]
        if "@" in who or who in names:
            return self._person(who)
        close = difflib.get_close_matches(who, names, 1)
        hint = f"did you mean {close[0]}" if close else f"there are: {', '.join(names) or 'none'}"
        raise StanzaError("item-not-found", f"{who!r} is nobody's name here: {hint}, or an address?")

    def _person(self, who: str) -> Person:
        person = self.choosing.find(who)
        if person is None:
            raise StanzaError(
                "item-not-found", self.choosing.objection(who) or f"{who!r} is nobody known here"
            )
        return person

    # -- commands --------------------------------------------------------------------------------------

    def _commands(self) -> Iterable[Command]:
        begin = Field("begin", label=f"From: {FORMS}", required=True)
        end = Field("end", label="Until", required=True)
        person = Field("person", label="Person; empty: you")
        swap = (
            _SCHEDULE,
            Field("at", label="A time of your shift", required=True),
            Field("other", label="With whom", required=True),
            Field("then", label="A time of their shift", required=True),
            Field("person", label="Who you are; empty: yourself"),
        )
        take_over = (_SCHEDULE, begin, end, person)
        number = Field("number", label="Number of the override", required=True)
        content = Field("content", type="text-multi", label="iCalendar", required=True)
        yield Command("oncall-list", "Who is on duty", self._list, anybody)
        yield Command("oncall-shifts", "Coming shifts", self._shifts, anybody, (Form((_SCHEDULE, _DAYS)),))
        yield Command("oncall-people", "Who can be reached", self._people, anybody)
        yield Command("oncall-takeover", "Take over duty", self._run_take_over, anybody, (Form(take_over),))
        yield Command("oncall-swap", "Swap shifts", self._run_swap, anybody, (Form(swap),))
        yield Command("oncall-end", "End an override", self._end, anybody, (Form((_SCHEDULE, number)),))
        yield Command(
            "oncall-import", "Import a calendar", self._import, anybody, (Form((_SCHEDULE, content)),)
        )
        yield Command(
            "oncall-export", "Export a calendar", self._export, anybody, (Form((_SCHEDULE, _DAYS)),)
        )

    def _list(self, invocation: Invocation) -> Outcome:
        now = invocation.transaction.now
        rows = []
        for schedule in self.duty.schedules.values():
            shifts = schedule.shifts(now, now + LONGEST / 4)
            present = [shift for shift in shifts if shift.begin <= now]
            rows.append(
                {
                    "schedule": schedule.name,
                    "person": present[0].person if present else "",
                    "until": _written(present[0].end) if present else "",
                    "next": next((shift.person for shift in shifts if shift.begin > now), ""),
                }
            )
        columns = {"schedule": "Schedule", "person": "On duty", "until": "Until (UTC)", "next": "Next"}
        return Outcome(table=Table("schedules", columns, rows))

    def _shifts(self, invocation: Invocation) -> Outcome:
        schedule = self.duty.schedule(invocation.answers.line("schedule"))
        now = invocation.transaction.now
        rows = []
        for shift in schedule.shifts(now, now + _days(invocation.answers)):
            begin, end = _written(shift.begin), _written(shift.end)
            rows.append({"person": shift.person, "begin": begin, "end": end})
        agreed = [
            {
                "number": override.number,
                "person": override.person,
                "begin": _written(override.begin),
                "end": _written(override.end),
                "by": override.by,
            }
            for override in schedule.overrides
            if override.end > now
        ]
        overrides = [f"{one['number']}: {one['person']} {one['begin']} – {one['end']}" for one in agreed]
        columns = {"person": "Person", "begin": "From (UTC)", "end": "Until (UTC)"}
        values = (Value("zone", "Time zone", schedule.zone.key), Value("overrides", "Overrides", overrides))
        return Outcome(values=values, table=Table("shifts", columns, rows))

    def _people(self, invocation: Invocation) -> Outcome:
        rows = []
        for person in self.choosing.directory.persons():
            since = self.presences.since(person.jid)
            rows.append(
                {
                    "name": person.name,
                    "jid": person.jid,
                    "availability": self.presences.of(person.jid).name.lower(),
                    "since": _written(since) if since is not None else "",
                }
            )
        columns = {"name": "Name", "jid": "Address", "availability": "Shows", "since": "Since (UTC)"}
        return Outcome(table=Table("people", columns, rows))

    def _run_take_over(self, invocation: Invocation) -> Outcome:
        line, by = invocation.answers.line, _requester(invocation)
        who = line("person") or by
        told = self._take_over(line("schedule"), line("begin"), line("end"), who, by, invocation.transaction)
        return done(told)

    def _run_swap(self, invocation: Invocation) -> Outcome:
        line, by = invocation.answers.line, _requester(invocation)
        who = line("person") or by
        return done(
            self._swap(
                line("schedule"), who, line("at"), line("other"), line("then"), by, invocation.transaction
            )
        )

    def _end(self, invocation: Invocation) -> Outcome:
        name, number = invocation.answers.line("schedule"), invocation.answers.line("number")
        self._changeable(name, _requester(invocation))
        if not number.isdecimal():
            raise StanzaError("bad-request", f"{number!r} is no number")
        ended = self.duty.end(name, int(number), invocation.transaction)
        return done(f"the override {ended.number} of {name} holds no more")

    def _import(self, invocation: Invocation) -> Outcome:
        name, by = invocation.answers.line("schedule"), _requester(invocation)
        self._changeable(name, by)
        content = "\r\n".join(invocation.answers.lines("content")).encode()
        count = self.duty.take_calendar(name, content, self.choosing.directory, by, invocation.transaction)
        return done(f"{count} entries of the calendar are overrides of {name} now")

    def _export(self, invocation: Invocation) -> Outcome:
        schedule = self.duty.schedule(invocation.answers.line("schedule"))
        now = invocation.transaction.now
        shifts = schedule.shifts(now, now + _days(invocation.answers))
        content = calendars.exported(schedule.name, shifts, now, lambda name: self._person(name).jid)
        return Outcome(values=(Value("content", "iCalendar", content.decode().splitlines()),))


def _requester(invocation: Invocation) -> str:
    """Bare JID; empty for the operator."""
    return invocation.by.bare if invocation.by is not None else ""


def _days(answers: Answers) -> timedelta:
    written = answers.line("days") or "28"
    if not written.isdecimal() or not 0 < int(written) <= LONGEST.days:
        raise StanzaError("bad-request", f"days: expected 1 to {LONGEST.days}, found {written!r}")
    return timedelta(days=int(written))


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
