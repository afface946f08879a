"""What a restart would forget although it need not: last quotes, and what measures look back on.

Watches, and whether they are armed, are committed with each match. This is less: a symbol's last quote is
saved within seconds if somebody watches it, and what its averages and periods have seen, too. Bounded:
each second so many rows, those that have waited longest first; an orderly stop saves all.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from components.common.transaction import Transaction
from components.notifier.watch import storage
from components.notifier.watch.conditions import Measure
from components.notifier.watch.matching import Gauge, Instrument, Stream
from components.notifier.watch.storage import WatchStored
from components.notifier.watch.watchlist import WatchList

QUOTES_AT_ONCE = 500
SERIES_AT_ONCE = 50


@dataclass(slots=True)
class Saving:
    """Which rows are behind."""

    watches: WatchList
    _series: dict[str, Gauge] = field(default_factory=dict)  # those to be saved, the oldest first
    _saved: set[str] = field(default_factory=set)  # keys that have a row

    @property
    def is_behind(self) -> bool:
        """Whether anything is still to be saved."""
        return bool(self.watches.unsaved or self._series)

    def restore(self, stored: WatchStored) -> None:
        """Give the measures what they had seen; rows nobody needs any more are noted."""
        states = {row.key: row.state for row in stored.series}
        self._saved.update(states)
        for key, gauge in self._looking_back(self.watches.engine.instruments.values()):
            if key in states:
                gauge.series.restore(json.loads(states[key]))

    def save(self, transaction: Transaction, *, everything: bool = False) -> None:
        """Write what has waited longest."""
        unsaved = self.watches.unsaved
        some = list(unsaved if everything else islice(unsaved, QUOTES_AT_ONCE))
        for instrument in some:
            del unsaved[instrument]
            if instrument.streams:
                self.watches.write_quote(instrument, transaction)
                for key, gauge in self._looking_back([instrument]):
                    self._series.setdefault(key, gauge)
        for key in list(self._series if everything else islice(self._series, SERIES_AT_ONCE)):
            gauge = self._series.pop(key)
            transaction.write(storage.series, (key,), {"state": json.dumps(gauge.series.state())})
            self._saved.add(key)

    def tidy(self, transaction: Transaction) -> None:
        """Delete what was saved for measures that nobody watches any more."""
        needed = {key for key, _ in self._looking_back(self.watches.engine.instruments.values())}
        for key in self._saved - needed:
            transaction.delete(storage.series, (key,))
            self._series.pop(key, None)
        self._saved &= needed

    def _looking_back(self, instruments: Iterable[Instrument]) -> Iterator[tuple[str, Gauge]]:
        for instrument in instruments:
            for stream in instrument.streams.values():
                for measure, gauge in stream.gauges.items():
                    if gauge.series.looks_back:
                        yield key(instrument, stream, measure), gauge


def key(instrument: Instrument, stream: Stream, measure: Measure) -> str:
    """What names the measure's row."""
    hours = stream.hours.text() if stream.hours is not None else ""
    return f"{instrument.name}|{measure.key()}|{hours}"
