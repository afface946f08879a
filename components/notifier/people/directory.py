"""Who is who: persons, teams and schedules by the names that rules and people use for them."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slixmpp import JID, InvalidJID

from components.notifier.people.config import PeopleSettings, PersonSettings, PolicySettings
from components.notifier.recipients import Person

_STRANGER = PersonSettings()  # the rules of somebody who is not configured


@dataclass(frozen=True, slots=True)
class Target:
    """A target as written, taken apart."""

    kind: str  # person, team, schedule, policy, room
    name: str

    @classmethod
    def read(cls, written: str) -> "Target":
        """Whether it exists is another question."""
        kind, colon, name = written.partition(":")
        return cls(kind, name) if colon else cls("person", written)


class Directory:
    """The persons, teams, schedules and policies of the configuration, and the users of the own domain."""

    def __init__(self, settings: PeopleSettings, own_domain: str, administrators: Iterable[str]) -> None:
        self.settings, self._own_domain = settings, own_domain
        self._administrators = frozenset(administrators)
        self._by_name = {
            name: Person(name, person.jid or f"{name}@{own_domain}", person.mail)
            for name, person in settings.persons.items()
        }
        self._by_jid = {person.jid: person for person in self._by_name.values()}

    def persons(self) -> Iterable[Person]:
        """Those of the configuration: the persons themselves, and members of teams and rotations."""
        named = {person.jid: person for person in self._by_name.values()}
        for team in self.settings.teams.values():
            named |= self._found(team.members)
        for schedule in self.settings.schedules.values():
            for rotation in schedule.rotations:
                named |= self._found(rotation.people)
        return named.values()

    def find(self, who: str) -> Person | None:
        """See `recipients.People`; an e-mail address of the configuration will do, too."""
        known = self._by_name.get(who) or self._by_jid.get(who)
        if known is not None:
            return known
        if "@" in who:
            for person in self._by_name.values():
                if person.mail == who:
                    return person
        return self._user(who)

    def _user(self, who: str) -> Person | None:
        if not who or ":" in who:
            return None
        try:
            jid = JID(who if "@" in who else f"{who}@{self._own_domain}")
        except InvalidJID:
            return None
        known = jid.domain == self._own_domain or jid.bare in self._administrators
        return Person(jid.local, jid.bare) if known and jid.local and not jid.resource else None

    def rules(self, person: Person) -> PersonSettings:
        """What a person wants; the defaults for somebody who is not configured."""
        return self.settings.persons.get(person.name, _STRANGER)

    def is_person(self, bare: str) -> bool:
        """Whether presence of this bare JID is of any use."""
        return bare in self._by_jid or self._user(bare) is not None

    def objection(self, written: str) -> str:
        """See `recipients.People`."""
        target = Target.read(written)
        known: Mapping[str, Iterable[str]] = {
            "team": self.settings.teams,
            "schedule": self.settings.schedules,
            "policy": self.settings.policies,
        }
        if target.kind == "person":
            return "" if self.find(written) else f"{written!r} is nobody known here: {self._hint(written)}"
        if target.kind == "room":
            return "" if "@" in target.name else f"{written!r}: expected room:ROOM@SERVICE"
        if target.kind not in known:
            kinds = ", ".join(f"{kind}:…" for kind in known)
            return f"{written!r}: expected a name, an address, {kinds} or room:…"
        if target.name in known[target.kind]:
            return ""
        close = difflib.get_close_matches(target.name, known[target.kind], 1)
        hint = (
            f"did you mean {close[0]}?" if close else f"there are: {', '.join(known[target.kind]) or 'none'}"
        )
        return f"there is no {target.kind} {target.name!r}; {hint}"

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._by_name, 1)
        return f"did you mean {close[0]}?" if close else "expected a name or an address"

    def policies(self, targets: Iterable[str]) -> Sequence[PolicySettings]:
        """Those among the targets that are policies."""
        names = [target.name for target in map(Target.read, targets) if target.kind == "policy"]
        return [self.settings.policies[name] for name in names if name in self.settings.policies]

    def _found(self, names: Iterable[str]) -> dict[str, Person]:
        people = (self.find(name) for name in names)
        return {person.jid: person for person in people if person is not None}
