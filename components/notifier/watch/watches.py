"""One watch: somebody's condition, and where it stands."""

from dataclasses import dataclass
from enum import IntEnum

from components.notifier.watch.conditions import Condition
from components.notifier.watch.series import rearmed, threshold


class Phase(IntEnum):
    """The numbers stand in the database."""

    FRESH = 0  # a crossing that has not been on the near side of its level yet
    ARMED = 1  # tells when the condition holds
    RESTING = 2  # has told, and waits until the measure has moved back
    MET = 3  # has told once
    OFF = 4  # by its owner
    EXPIRED = 5

    @property
    def waits(self) -> bool:
        """Whether quotes matter to it."""
        return self <= Phase.RESTING


@dataclass(frozen=True, slots=True)
class Standing:
    """What quotes change of a watch."""

    phase: Phase
    matches: int = 0
    quiet_until: int = 0  # the moment before which it does not tell again


@dataclass(slots=True, eq=False)
class Watch:
    """Identity counts: a changed condition is another watch of the same number."""

    number: int
    owner: str  # bare JID
    condition: Condition
    standing: Standing
    changed: int = 0  # the moment of the last change

    def target(self) -> tuple[bool, int]:
        """What it waits for: whether the measure must rise to it, and the located number."""
        condition, upwards = self.condition, self.condition.upwards
        if self.standing.phase is Phase.ARMED:
            return upwards, threshold(condition.comparison, condition.level)
        back = condition.back if self.standing.phase is Phase.RESTING else 0
        return not upwards, rearmed(condition.comparison, condition.level, back)

    def matched(self, moment: int) -> Standing:
        """Where it stands after it has told."""
        return Standing(
            Phase.MET if self.condition.once else Phase.RESTING,
            self.standing.matches + 1,
            moment + self.condition.pause if self.condition.pause else 0,
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A condition is met by a quote."""

    watch: Watch
    price: int  # in 10⁻⁸
    moment: int  # of the quote
    reference: int  # what the price was compared with; 0 if with nothing but the limit
    count: int  # of the watch's matches, this one included
