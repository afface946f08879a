"""Whom to tell: the contract between what has something to say (alerts, approvals, watches) and `people`.

A target is what rules and programs write: `NAME` or `NAME@DOMAIN` (a person), `team:NAME`,
`schedule:NAME` (who is on duty), `policy:NAME` (an escalation policy), `room:ROOM@SERVICE`.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Channel = Literal["chat", "mail"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be told."""

    name: str
    jid: str  # bare JID
    mail: str = ""  # e-mail address, or empty


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, and how to tell them now."""

    person: Person
    channel: Channel = "chat"
    reason: str = ""  # why this one, for people: "on duty in ops, available"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to tell at one step of an escalation, and when the next step follows if nobody answers."""

    recipients: Sequence[Recipient] = ()
    rooms: Sequence[str] = ()  # JIDs of rooms
    wait: timedelta | None = None  # None: no step follows


class People(Protocol):
    """What the rest of the notifier asks of `people`. Nothing here changes anything."""

    def find(self, who: str) -> Person | None:
        """The person of this name or bare JID; a local user who is not configured is one, too."""

    def may_use(self, jid: str) -> bool:
        """Whether this bare JID may talk to the notifier at all."""

    def objection(self, target: str) -> str:
        """Why this is no target, as one line with what would be right; empty if it is one."""

    def choose(
        self, targets: Sequence[str], step: int, urgent: bool, now: datetime, told: Set[str] = frozenset()
    ) -> Choice:
        """Whom to tell at this step (from 0); `told` are the bare JIDs of those told by earlier ones.

        Takes schedules, presence and personal rules into account; nobody twice. Targets that are not
        policies belong to step 0. A step beyond the last gives an empty choice without `wait`.
        """

    def belongs(self, jid: str, targets: Sequence[str]) -> bool:
        """Whether this bare JID is, or could become, a recipient of one of the targets: who may answer."""
