"""The tables `[notifier.people.…]`: persons, teams, schedules and escalation policies."""

from dataclasses import dataclass, field
from typing import Literal

from components.notifier.people.rotation import Hours
from components.notifier.people.schedule import ScheduleSettings, zone_of
from components.notifier.recipients import Channel


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """`[notifier.people.persons.NAME]`"""

    jid: str = ""  # bare JID; empty: NAME at the domain of the installation
    mail: str = ""  # e-mail address; empty: none is sent
    time_zone: str = "UTC"  # of the quiet hours
    quiet: Hours | None = None  # when only what is urgent comes
    # While presence says not to disturb: only what is urgent, everything, or nothing.
    when_busy: Literal["urgent", "everything", "nothing"] = "urgent"
    copies: list[Channel] = field(default_factory=list)  # by which everything comes, too

    def __post_init__(self) -> None:
        zone_of(self.time_zone)


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """`[notifier.people.teams.NAME]`"""

    members: list[str] = field(default_factory=list)  # names of persons
    room: str = ""  # JID of the room in which what concerns the team is shown, too


@dataclass(frozen=True, slots=True)
class StepSettings:
    """One step of an escalation policy."""

    tell: list[str] = field(default_factory=list)  # targets
    wait: float = 300.0  # seconds until the next step, if nobody answers
    # All of them at once; or one after the other, who can be reached best first.
    who: Literal["all", "one"] = "all"
    channels: list[Channel] = field(default_factory=lambda: ["chat"])

    def __post_init__(self) -> None:
        if not self.wait > 0:
            raise ValueError("wait: expected more than 0 seconds")
        if not self.channels:
            raise ValueError("channels: expected chat, mail or both")


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """`[notifier.people.policies.NAME]`"""

    steps: list[StepSettings] = field(default_factory=list)
    repeat: int = 0  # how often all steps are gone through once more

    def __post_init__(self) -> None:
        if self.repeat < 0:
            raise ValueError("repeat: expected 0 or more")


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """`[notifier.people]`"""

    persons: dict[str, PersonSettings] = field(default_factory=dict)
    teams: dict[str, TeamSettings] = field(default_factory=dict)
    schedules: dict[str, ScheduleSettings] = field(default_factory=dict)
    policies: dict[str, PolicySettings] = field(default_factory=dict)
