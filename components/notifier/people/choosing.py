"""Whom to tell: targets to persons, persons in the order in which they can be reached.

An escalation is a list of positions, each one step of a policy or, where persons are asked one after the
other, a part of a step. It is the same at every look, so that it goes on after a restart by its number; who
is asked at a position is decided when it is reached.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from components.notifier.people.config import PolicySettings, StepSettings
from components.notifier.people.directory import Directory, Target
from components.notifier.people.presence import Presences
from components.notifier.people.reach import Reach, Reachable, reach
from components.notifier.people.schedule import Schedule
from components.notifier.recipients import Choice, Person, Recipient


@dataclass(frozen=True, slots=True)
class _Position:
    step: StepSettings
    turn: int  # of those who are asked one after the other
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    person: Person
    role: str  # "on duty in ops", or empty
    state: Reachable

    def recipient(self, channel: str) -> Recipient:
        reason = ", ".join(part for part in (self.role, self.state.reason) if part)
        return Recipient(self.person, "mail" if channel == "mail" else "chat", reason)


class Duties(Protocol):
    """Who is on duty."""

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """By name, with what was agreed."""


class Choosing:
    """`recipients.People`."""

    def __init__(self, directory: Directory, presences: Presences, duty: Duties) -> None:
        self.directory, self.presences, self.duty = directory, presences, duty

    def find(self, who: str) -> Person | None:
        return self.directory.find(who)

    def may_use(self, jid: str) -> bool:
        return self.directory.find(jid) is not None

    def objection(self, target: str) -> str:
        return self.directory.objection(target)

    def choose(
        self, targets: Sequence[str], step: int, urgent: bool, now: datetime, told: Set[str] = frozenset()
    ) -> Choice:
        recipients: dict[tuple[str, str], Recipient] = {}
        rooms: dict[str, None] = {}
        waits: list[float] = []
        if step == 0:
            plain = [target for target in targets if Target.read(target).kind != "policy"]
            self._tell(plain, StepSettings(), urgent, now, recipients, rooms)
        for policy in self.directory.policies(targets):
            positions = self._positions(policy)
            if step < len(positions):
                self._at(positions[step], urgent, now, told, recipients, rooms)
            if step + 1 < len(positions):
                waits.append(positions[step].step.wait)
        wait = timedelta(seconds=min(waits)) if waits else None
        return Choice(list(recipients.values()), list(rooms), wait)

    def belongs(self, jid: str, targets: Sequence[str]) -> bool:
        steps = [step for policy in self.directory.policies(targets) for step in policy.steps]
        every = [*targets, *(target for step in steps for target in step.tell)]
        return any(person.jid == jid for person in self._possible(every))

    def meant(self, targets: Sequence[str], now: datetime) -> list[Person]:
        """Members of teams, who is on duty, persons; nobody twice, whatever they show."""
        found = {p.jid: p for target in map(Target.read, targets) for p in self._now(target, now)}
        return list(found.values())

    # -- positions of an escalation -----------------------------------------------------------------

    def _positions(self, policy: PolicySettings) -> list[_Position]:
        return [
            _Position(step, turn, repeated=round_ > 0)
            for round_ in range(policy.repeat + 1)
            for step in policy.steps
            for turn in range(self._turns(step))
        ]

    def _turns(self, step: StepSettings) -> int:
        if step.who == "all":
            return 1
        # Of a schedule one is on duty at a time, whoever that is.
        duties = sum(Target.read(target).kind == "schedule" for target in step.tell)
        others = [target for target in step.tell if Target.read(target).kind != "schedule"]
        return max(1, duties + len({person.jid for person in self._possible(others)}))

    def _at(
        self,
        position: _Position,
        urgent: bool,
        now: datetime,
        told: Set[str],
        recipients: dict[tuple[str, str], Recipient],
        rooms: dict[str, None],
    ) -> None:
        step = position.step
        if step.who == "all":
            self._tell(
                step.tell, step, urgent, now, recipients, rooms, frozenset() if position.repeated else told
            )
            return
        rooms.update(dict.fromkeys(self._rooms(step.tell)) if position.turn == 0 else {})
        ranked = sorted(self._candidates(step.tell, urgent, now), key=lambda one: -one.state.reach)
        fresh = [candidate for candidate in ranked if candidate.person.jid not in told]
        if fresh and not position.repeated:
            self._add([fresh[0]], step, recipients)
        elif ranked:
            self._add([ranked[position.turn % len(ranked)]], step, recipients)

    def _tell(
        self,
        targets: Iterable[str],
        step: StepSettings,
        urgent: bool,
        now: datetime,
        recipients: dict[tuple[str, str], Recipient],
        rooms: dict[str, None],
        spared: Set[str] = frozenset(),
    ) -> None:
        targets = list(targets)
        rooms.update(dict.fromkeys(self._rooms(targets)))
        candidates = self._candidates(targets, urgent, now)
        fresh = [one for one in candidates if one.person.jid not in spared]
        self._add(fresh or candidates, step, recipients)  # all have been told: they are reminded

    def _add(
        self,
        candidates: Sequence[_Candidate],
        step: StepSettings,
        recipients: dict[tuple[str, str], Recipient],
    ) -> None:
        """Who does not want to be told is spared, unless nobody else is left to be told."""
        somebody = any(candidate.state.by_chat for candidate in candidates)
        for candidate in sorted(candidates, key=lambda one: -one.state.reach):
            if candidate.state.reach is Reach.UNWILLING and somebody:
                continue
            for channel in self._channels(candidate, step):
                recipients.setdefault((candidate.person.jid, channel), candidate.recipient(channel))

    def _channels(self, candidate: _Candidate, step: StepSettings) -> Iterable[str]:
        """Chat, which the offline store keeps for those who are away; and e-mail where it is more likely
        to be seen.
        """
        wanted = [*step.channels, *self.directory.rules(candidate.person).copies]
        if not candidate.state.by_chat:
            wanted.append("mail")
        if candidate.state.reach is Reach.UNWILLING and candidate.person.mail:
            wanted = ["mail"]
        if not candidate.person.mail:
            wanted = ["chat"]
        return dict.fromkeys(wanted)

    # -- from targets to persons --------------------------------------------------------------------

    def _candidates(self, targets: Iterable[str], urgent: bool, now: datetime) -> list[_Candidate]:
        found: dict[str, _Candidate] = {}
        for written in targets:
            target = Target.read(written)
            role = f"on duty in {target.name}" if target.kind == "schedule" else ""
            for person in self._now(target, now):
                if person.jid not in found:
                    rules, shown = self.directory.rules(person), self.presences.of(person.jid)
                    state = reach(rules, shown, urgent, now)
                    found[person.jid] = _Candidate(person, role, state)
        return list(found.values())

    def _now(self, target: Target, now: datetime) -> Iterable[Person]:
        if target.kind == "schedule":
            schedule = self.duty.schedules.get(target.name)
            names = [schedule.on_duty(now) or ""] if schedule is not None else []
        else:
            names = self._named(target)
        return [person for person in map(self.find, names) if person is not None]

    def _possible(self, targets: Iterable[str]) -> Iterable[Person]:
        """All who are, or could be, meant."""
        for target in map(Target.read, targets):
            names = self._named(target)
            schedule = self.duty.schedules.get(target.name) if target.kind == "schedule" else None
            if schedule is not None:
                names = [name for rotation in schedule.rotations for name in rotation.people]
                names += [override.person for override in schedule.overrides]
            yield from (person for person in map(self.find, names) if person is not None)

    def _named(self, target: Target) -> list[str]:
        if target.kind == "team":
            team = self.directory.settings.teams.get(target.name)
            return list(team.members) if team is not None else []
        return [target.name] if target.kind == "person" else []

    def _rooms(self, targets: Iterable[str]) -> Iterable[str]:
        for target in map(Target.read, targets):
            if target.kind == "room":
                yield target.name
            team = self.directory.settings.teams.get(target.name) if target.kind == "team" else None
            if team is not None and team.room:
                yield team.room
