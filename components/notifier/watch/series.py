"""The numbers that conditions compare with their levels, as they follow from one quote after the other.

A number is any fraction; what is compared is where it lies among the whole numbers: 2n for n itself, 2n+1
for anything between n and n+1. So limits are met exactly, without rounding and without fractions:
`x > n` is `located(x) >= 2n+1`, and `x < n` is `located(x) <= 2n-1`.
"""

from collections import deque
from typing import Final, Protocol

from components.notifier.watch.conditions import OPPOSITE, Average, Change, Comparison, Measure, Price
from components.notifier.watch.prices import SCALE

# A period is kept in so many parts, so that its size does not depend on how many quotes fall into it:
# what is looked back on is the period, and at most one part more.
PARTS: Final = 240

State = list[list[int]]  # of a series, for the store: lists of whole numbers


def located(numerator: int, denominator: int) -> int:
    """Where the fraction lies; `denominator` is above 0."""
    whole, rest = divmod(numerator, denominator)
    return 2 * whole + (rest > 0)


def threshold(comparison: Comparison, level: int) -> int:
    """The first located number that meets the comparison: from there upwards for `>` and `>=`, downwards
    for `<` and `<=`.
    """
    return 2 * level + {"<": -1, "<=": 0, ">": 1, ">=": 0}[comparison]


class Series(Protocol):
    """One measure of one security."""

    @property
    def looks_back(self) -> bool:
        """Whether there is anything to remember."""

    def next(self, price: int, moment: int) -> int | None:
        """The located number after one more quote; None while too little is known."""

    def reference(self) -> int:
        """What the last price was compared with: the lowest, the highest, the mean (rounded); 0 for none."""

    def state(self) -> State:
        """What `restore` needs in another process."""

    def restore(self, state: State) -> None:
        """Go on from there."""


def series(measure: Measure) -> Series:
    """A series of that measure that has seen no quotes yet."""
    match measure:
        case Price():
            return PriceItself()
        case Change(period, upwards):
            return ChangeInPeriod(period, upwards)
        case Average(quotes, period):
            return MeanOfQuotes(quotes) if quotes else MeanOfPeriod(period)


class PriceItself:
    """No memory."""

    looks_back = False

    def next(self, price: int, moment: int) -> int:
        return 2 * price

    def reference(self) -> int:
        return 0

    def state(self) -> State:
        return []

    def restore(self, state: State) -> None:
        """There is nothing to restore."""


class ChangeInPeriod:
    """Percent above the lowest, or below the highest, price in the period.

    A queue of the parts that can still become the lowest: each is higher than the one before, so
    that a quote costs the same whatever the period holds.
    """

    looks_back = True

    def __init__(self, period: int, upwards: bool) -> None:
        self._period, self._part = period, max(1, period // PARTS)
        self._upwards = upwards
        self._parts: deque[tuple[int, int]] = deque()  # number of the part, its lowest (highest) price

    def next(self, price: int, moment: int) -> int:
        parts, now = self._parts, moment // self._part
        first = (moment - self._period) // self._part
        while parts and parts[0][0] < first:
            parts.popleft()
        if self._upwards:
            while parts and parts[-1][1] >= price:
                parts.pop()
        else:
            while parts and parts[-1][1] <= price:
                parts.pop()
        # A part that is left has a lower price (a higher one) than this, which does not count in it then.
        if not parts or parts[-1][0] != now:
            parts.append((now, price))
        reference = parts[0][1]
        return located((price - reference) * 100 * SCALE, reference)

    def reference(self) -> int:
        return self._parts[0][1] if self._parts else 0

    def state(self) -> State:
        return [list(part) for part in self._parts]

    def restore(self, state: State) -> None:
        self._parts = deque((number, price) for number, price in state)


class MeanOfQuotes:
    """Distance from the mean of the last quotes; nothing before there are that many."""

    looks_back = True

    def __init__(self, quotes: int) -> None:
        self._prices: deque[int] = deque(maxlen=quotes)
        self._quotes, self._sum = quotes, 0

    def next(self, price: int, moment: int) -> int | None:
        prices = self._prices
        if len(prices) < self._quotes:
            prices.append(price)
            self._sum += price
            if len(prices) < self._quotes:
                return None
        else:
            self._sum += price - prices[0]
            prices.append(price)
        return located(price * self._quotes - self._sum, self._quotes)

    def reference(self) -> int:
        return self._sum // len(self._prices) if self._prices else 0

    def state(self) -> State:
        return [list(self._prices)]

    def restore(self, state: State) -> None:
        [prices] = state
        self._prices.extend(prices)
        self._sum = sum(self._prices)


class MeanOfPeriod:
    """Distance from the mean of all quotes in the period; nothing before quotes are as old as that."""

    looks_back = True

    def __init__(self, period: int) -> None:
        self._period, self._part = period, max(1, period // PARTS)
        self._parts: deque[list[int]] = deque()  # number of the part, sum of its prices, their count
        self._sum = self._count = 0
        self._since: int | None = None  # the first quote's moment

    def next(self, price: int, moment: int) -> int | None:
        parts, now = self._parts, moment // self._part
        first = (moment - self._period) // self._part
        while parts and parts[0][0] < first:
            _, total, count = parts.popleft()
            self._sum -= total
            self._count -= count
        if parts and parts[-1][0] == now:
            parts[-1][1] += price
            parts[-1][2] += 1
        else:
            parts.append([now, price, 1])
        self._sum += price
        self._count += 1
        if self._since is None:
            self._since = moment
        if moment - self._since < self._period:
            return None
        return located(price * self._count - self._sum, self._count)

    def reference(self) -> int:
        return self._sum // self._count if self._count else 0

    def state(self) -> State:
        return [[self._since or 0], *map(list, self._parts)] if self._parts else []

    def restore(self, state: State) -> None:
        if state:
            self._since = state[0][0]
            self._parts = deque(map(list, state[1:]))
            self._sum = sum(part[1] for part in self._parts)
            self._count = sum(part[2] for part in self._parts)


def rearmed(comparison: Comparison, level: int, back: int) -> int:
    """From which located number on, in the other direction, a condition that was met counts again."""
    if not back:
        return threshold(OPPOSITE[comparison], level)
    return threshold("<=", level - back) if comparison[0] == ">" else threshold(">=", level + back)
