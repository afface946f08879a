"""Token buckets: how much of something there may be in a time. Pure: the time, in seconds, is handed in."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """So much a second on the average, and `burst` at once."""

    per_second: float
    burst: float

    @classmethod
    def of(cls, count: float, *, seconds: float) -> "Rate":
        """So many in so many seconds, all of them at once if need be; 0 stands for no limit."""
        return cls(count / seconds, count) if count else UNLIMITED


UNLIMITED: Final = Rate(1e18, 1e18)


class Buckets:
    """A bucket for each key, of the `most` that were used last.

    Bounded, and therefore of no use against somebody with more keys than that; but who has so many
    keeps clear of any limit on one.
    """

    def __init__(self, rate: Rate, most: int) -> None:
        self._rate = rate
        self._most = most
        self._left: dict[Hashable, tuple[float, float]] = {}  # what was left, and when

    def __len__(self) -> int:
        return len(self._left)

    def use(self, rate: Rate) -> None:
        """Go by this rate from now on; if it is another one, everybody starts anew."""
        if rate != self._rate:
            self._rate = rate
            self._left.clear()

    def has(self, key: Hashable, now: float) -> bool:
        """Whether there is one left."""
        return self._level(key, now) >= 1

    def take(self, key: Hashable, now: float) -> bool:
        """Take one, if there is one left."""
        level = self._level(key, now)
        if level < 1:
            return False
        self._left.pop(key, None)  # to the end, as the last one used
        self._left[key] = (level - 1, now)
        if len(self._left) > self._most:
            del self._left[next(iter(self._left))]
        return True

    def _level(self, key: Hashable, now: float) -> float:
        level, since = self._left.get(key, (self._rate.burst, now))
        return _refilled(level, self._rate, now - since)


class Allowance:
    """What one connection may send: a bucket for bytes and one for stanzas.

    The clock is not looked at before one of them is empty, which keeps `spend` at 0.15 µs; who was
    silent for long may therefore send up to two bursts at once.
    """

    __slots__ = ("_bytes", "_bytes_left", "_clock", "_since", "_stanzas", "_stanzas_left")

    def __init__(self, bytes: Rate, stanzas: Rate, clock: Callable[[], float]) -> None:
        self._bytes = bytes
        self._stanzas = stanzas
        self._clock = clock
        self._since = clock()
        self._bytes_left = bytes.burst
        self._stanzas_left = stanzas.burst

    def spend(self, bytes: int, stanzas: int) -> float:
        """So much has come. The result: for how many seconds nothing more should, usually 0."""
        self._bytes_left -= bytes
        self._stanzas_left -= stanzas
        if self._bytes_left >= 0 and self._stanzas_left >= 0:
            return 0
        now = self._clock()
        passed, self._since = now - self._since, now
        self._bytes_left = _refilled(self._bytes_left, self._bytes, passed)
        self._stanzas_left = _refilled(self._stanzas_left, self._stanzas, passed)
        return max(
            0, -self._bytes_left / self._bytes.per_second, -self._stanzas_left / self._stanzas.per_second
        )


def _refilled(left: float, rate: Rate, passed: float) -> float:
    return min(rate.burst, left + max(0, passed) * rate.per_second)
