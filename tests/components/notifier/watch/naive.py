"""What conditions mean, told without an index: every watch looks at every quote, in fractions."""

from dataclasses import dataclass, field
from fractions import Fraction

from components.notifier.watch.conditions import Average, Change, Condition, Price
from components.notifier.watch.prices import SCALE
from components.notifier.watch.series import PARTS


@dataclass
class NaiveWatch:
    """One watch and all quotes it has seen."""

    condition: Condition
    seen: list[tuple[int, int]] = field(default_factory=list)  # price, moment
    armed: bool = True
    fresh: bool = False
    done: bool = False
    quiet_until: int = 0

    def __post_init__(self) -> None:
        self.fresh = self.condition.crossing
        self.armed = not self.fresh

    def sees(self, price: int, moment: int) -> bool:
        """Whether this quote is a match."""
        condition = self.condition
        if condition.hours is not None and not condition.hours.around(moment)[0]:
            return False
        self.seen.append((price, moment))
        number = self._number(price, moment)
        if number is None or self.done:
            return False
        if condition.until is not None and condition.until <= moment and (self._holds(number) == self.armed):
            self.done = True  # noticed only when it would have changed
            return False
        if self.armed:
            return self._holds(number) and self._tells(moment)
        if self._is_back(number):
            self.armed, self.fresh = True, False
        return False

    def _tells(self, moment: int) -> bool:
        if moment < self.quiet_until:
            return False
        self.armed = False
        self.done = self.condition.once
        self.quiet_until = moment + self.condition.pause
        return True

    def _holds(self, number: Fraction) -> bool:
        level = self.condition.level
        return {
            "<": number < level,
            "<=": number <= level,
            ">": number > level,
            ">=": number >= level,
        }[self.condition.comparison]

    def _is_back(self, number: Fraction) -> bool:
        back = 0 if self.fresh else self.condition.back
        if not back:
            return not self._holds(number)
        level = self.condition.level
        return number <= level - back if self.condition.upwards else number >= level + back

    def _number(self, price: int, moment: int) -> Fraction | None:
        match self.condition.measure:
            case Price():
                return Fraction(price)
            case Change(period, upwards):
                prices = self._within(period, moment)
                reference = min(prices) if upwards else max(prices)
                return Fraction((price - reference) * 100 * SCALE, reference)
            case Average(quotes=0, period=period):
                if moment - self.seen[0][1] < period:
                    return None
                prices = self._within(period, moment)
                return price - Fraction(sum(prices), len(prices))
            case Average(quotes=quotes):
                if len(self.seen) < quotes:
                    return None
                return price - Fraction(sum(price for price, _ in self.seen[-quotes:]), quotes)

    def _within(self, period: int, moment: int) -> list[int]:
        """Prices in the period, which begins with the part it lies in."""
        part = max(1, period // PARTS)
        first = (moment - period) // part
        return [price for price, at in self.seen if at // part >= first]
