"""How well a person can be reached now: presence, quiet hours, and what they want to be told meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from components.notifier.people.config import PersonSettings
from components.notifier.people.presence import Availability


class Reach(IntEnum):
    """The higher, the sooner somebody is asked."""

    UNWILLING = 0  # does not want to be told this now
    OFFLINE = 1  # finds it later, when they come back
    UNKNOWN = 2  # shows no presence to us
    EXTENDED_AWAY = 3
    AWAY = 4
    DISTURBED = 5  # asked not to be disturbed, but this is urgent
    ONLINE = 6


_REACHES = {
    Availability.UNKNOWN: Reach.UNKNOWN,
    Availability.OFFLINE: Reach.OFFLINE,
    Availability.BUSY: Reach.DISTURBED,
    Availability.EXTENDED_AWAY: Reach.EXTENDED_AWAY,
    Availability.AWAY: Reach.AWAY,
    Availability.ONLINE: Reach.ONLINE,
    Availability.CHATTY: Reach.ONLINE,
}

_WORDS = {
    Availability.UNKNOWN: "presence unknown",
    Availability.OFFLINE: "offline",
    Availability.BUSY: "busy",
    Availability.EXTENDED_AWAY: "away for long",
    Availability.AWAY: "away",
    Availability.ONLINE: "online",
    Availability.CHATTY: "online",
}


@dataclass(frozen=True, slots=True)
class Reachable:
    """A person's state, for choosing and for telling why."""

    reach: Reach
    reason: str

    @property
    def by_chat(self) -> bool:
        """Whether a message is probably seen soon."""
        return self.reach >= Reach.EXTENDED_AWAY


def reach(rules: PersonSettings, shown: Availability, urgent: bool, now: datetime) -> Reachable:
    """What a person's rules and presence make of it."""
    if shown is Availability.BUSY and not _may_disturb(rules, urgent):
        return Reachable(Reach.UNWILLING, "busy")
    if rules.quiet is not None and not urgent and rules.quiet.contains(now, _zone(rules.time_zone)):
        return Reachable(Reach.UNWILLING, "quiet hours")
    return Reachable(_REACHES[shown], _WORDS[shown])


def _may_disturb(rules: PersonSettings, urgent: bool) -> bool:
    return rules.when_busy == "everything" or (rules.when_busy == "urgent" and urgent)


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
