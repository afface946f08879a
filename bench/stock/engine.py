"""The engine alone, in this process: what a quote costs that meets nothing, and what a match costs."""

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from bench.stock.exchange import Exchange, conditions
from components.notifier.watch.matching import Quote
from components.notifier.watch.prices import quoted
from components.notifier.watch.storage import WatchStored
from components.notifier.watch.watches import Phase
from components.notifier.watch.watchlist import WatchList

_BEGUN = 1_777_880_000_000_000  # the moment of the first quote


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """Of one round."""

    load_seconds: float  # watches taken from their rows
    quote_microseconds: float
    matches: int
    quotes: int


def rows(watches: int, owner: str) -> list[dict[str, Any]]:
    """As they stand in the database."""
    return [
        {
            "number": number,
            "owner": owner,
            "condition": text,
            "phase": int(Phase.FRESH if "crosses" in text else Phase.ARMED),
            "matches": 0,
            "quiet_until": 0,
            "changed": 0,
        }
        for number, text in enumerate(conditions(watches), 1)
    ]


def measure(watches: int, quotes: int) -> EngineFigures:
    """Load, then feed in batches of 500, as they come in under load."""
    stored = cast(Any, [SimpleNamespace(**row) for row in rows(watches, "ann@localhost")])
    gc.collect()
    begun = time.perf_counter()
    watchlist = WatchList(WatchStored(watches=stored))
    loaded = time.perf_counter() - begun
    given = [
        (symbol, quoted(price), _BEGUN + at * 20)
        for at, (symbol, price) in enumerate(Exchange().quotes(quotes))
    ]
    return _fed(watchlist, given, loaded)


def _fed(watchlist: WatchList, given: Sequence[Quote], loaded: float) -> EngineFigures:
    engine, matches = watchlist.engine, 0
    gc.collect()
    begun = time.process_time()
    for at in range(0, len(given), 500):
        matches += len(engine.feed(given[at : at + 500]).matches)
    spent = time.process_time() - begun
    return EngineFigures(loaded, spent * 1e6 / len(given), matches, len(given))
