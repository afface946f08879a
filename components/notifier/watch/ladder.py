"""Thresholds in order, so that a number touches those only which it reaches."""

from bisect import bisect_left, insort
from collections.abc import Sequence

Rung = tuple[int, int]  # threshold, number of the watch

# As many are put in one by one; more are sorted in, which costs a pass over all.
_FEW = 32


class Ladder:
    """Thresholds that are reached by going down; the next one stands last.

    For those reached by going up, everything is negated. Whether any is reached costs one comparison,
    each that is reaches 0.1 µs; putting one in among 100,000 costs 10 µs (it moves half of a list).
    """

    __slots__ = ("rungs",)

    def __init__(self) -> None:
        self.rungs: list[Rung] = []  # ascending; read by `Gauge`

    def put(self, rungs: Sequence[Rung]) -> None:
        """Put these in."""
        if len(rungs) > _FEW:
            self.rungs += rungs
            self.rungs.sort()
        else:
            for rung in rungs:
                insort(self.rungs, rung)

    def remove(self, rung: Rung) -> None:
        """Take this one out, if it is in."""
        at = bisect_left(self.rungs, rung)
        if at < len(self.rungs) and self.rungs[at] == rung:
            del self.rungs[at]

    def reached(self, number: int) -> list[Rung]:
        """Take out all thresholds at or above the number; the highest first."""
        rungs = self.rungs
        at = bisect_left(rungs, (number, -1))
        found = rungs[at:]
        del rungs[at:]
        found.reverse()
        return found
