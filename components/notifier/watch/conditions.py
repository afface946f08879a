"""What somebody wants to be told about: a measure of a security's quotes, a level, and when to tell.

Everything is a limit: a condition compares a number that follows from the quotes (its measure) with a
level. `<` and `>` at the level itself do not hold, `<=` and `>=` do.
"""

from dataclasses import dataclass
from typing import Literal

from components.notifier.watch.hours import Hours
from components.notifier.watch.moments import shown_length, stamp
from components.notifier.watch.prices import shown

Comparison = Literal["<", "<=", ">", ">="]
OPPOSITE: dict[Comparison, Comparison] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Price:
    """The price itself."""

    def key(self) -> str:
        """What tells this measure from others, in the store."""
        return "price"

    def text(self, condition: "Condition") -> str:
        """The comparison with it, as `grammar` reads it."""
        return _compared(condition, shown(condition.level))


@dataclass(frozen=True, slots=True)
class Change:
    """The change within a period, in percent: above the lowest (or below the highest) price in it."""

    period: int  # microseconds
    upwards: bool

    def key(self) -> str:
        return f"{'rise' if self.upwards else 'fall'} {shown_length(self.period)}"

    def text(self, condition: "Condition") -> str:
        """`+5% in 1h`; the sign says which way."""
        sign = "+" if condition.level >= 0 else "-"
        return f"{sign}{shown(abs(condition.level), 0)}% in {shown_length(self.period)}"


@dataclass(frozen=True, slots=True)
class Average:
    """The distance of the price from its mean over the last quotes, this one included."""

    quotes: int = 0  # so many, or
    period: int = 0  # all of the last so many microseconds

    def key(self) -> str:
        return f"avg {self.quotes or shown_length(self.period)}"

    def text(self, condition: "Condition") -> str:
        """`< avg 20`, `crosses above avg 1h`."""
        return _compared(condition, f"avg {self.quotes or shown_length(self.period)}")


Measure = Price | Change | Average


def _compared(condition: "Condition", level: str) -> str:
    if condition.crossing:
        return f"crosses {'above' if condition.upwards else 'below'} {level}"
    return f"{condition.comparison} {level}"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. Levels are in 10⁻⁸ of the price's unit, or of a percent; 0 for averages."""

    symbol: str  # as `instrument` writes it
    measure: Measure
    comparison: Comparison
    level: int
    crossing: bool = False  # holds only after it did not hold
    # After a match it counts again only when the measure has moved back by so much from the level.
    back: int = 0
    once: bool = True
    pause: int = 0  # microseconds from one match to the next, at least
    until: int | None = None  # the moment at which it ends
    hours: Hours | None = None  # outside them no quote is looked at; None: none is overlooked

    @property
    def upwards(self) -> bool:
        """Whether higher numbers meet it."""
        return self.comparison[0] == ">"

    def text(self) -> str:
        """The whole condition, as `grammar.read` reads it again; times in UTC."""
        parts = [self.symbol, self.measure.text(self)]
        if self.once:
            parts.append("once")
        elif self.pause:
            parts.append(f"every {shown_length(self.pause)}")
        else:
            parts.append("every time")
        if self.back:
            percent = "%" if isinstance(self.measure, Change) else ""
            parts.append(f"back {shown(self.back, 0)}{percent}")
        if self.hours is not None:
            parts.append(f"hours {self.hours.text()}")
        if self.until is not None:
            parts.append(f"until {stamp(self.until)}")
        return " ".join(parts)


def instrument(symbol: str, currency: str = "") -> str:
    """The name under which quotes of a security (in one currency, if given) are looked up."""
    return f"{symbol} {currency}".rstrip().upper()
