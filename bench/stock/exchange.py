"""An exchange for the bench: securities whose prices wander, and people who wait for limits."""

import random
from collections.abc import Iterator

SYMBOLS = 1000
START = 100.0  # price of every security at the beginning
STEP = 0.0004  # standard deviation of one quote's change


class Exchange:
    """Quotes that are the same at every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._prices = [START] * SYMBOLS

    def quotes(self, number: int) -> Iterator[tuple[str, str]]:
        """Symbols and prices, any security at any time."""
        chance, prices = self._random, self._prices
        for _ in range(number):
            at = chance.randrange(SYMBOLS)
            prices[at] *= 1 + chance.gauss(0, STEP)
            yield f"SYM{at}", f"{prices[at]:.2f}"


def conditions(number: int, seed: int = 2) -> Iterator[str]:
    """What people wait for: mostly limits on both sides of the price, near and far; some look back."""
    chance = random.Random(seed)
    for at in range(number):
        symbol, distance, kind = f"SYM{at % SYMBOLS}", chance.uniform(1, 40), chance.random()
        if kind < 0.4:
            yield f"{symbol} < {START - distance:.2f} every time"
        elif kind < 0.8:
            yield f"{symbol} > {START + distance:.2f} every time back 0.50"
        elif kind < 0.9:
            yield f"{symbol} crosses above {START + distance:.2f} once"
        elif kind < 0.95:
            yield f"{symbol} +{distance:.2f}% in 1h every 10m"
        else:
            yield f"{symbol} crosses below avg {chance.choice((50, 200))} every 1h back {distance / 4:.2f}"
