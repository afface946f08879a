"""Quotes as programs send them, by whatever way: read, checked one by one, numbered by their source.

A batch with a source and a sequence number is taken once: its number is committed with what it has
brought about, so that whoever got no answer sends it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.watch import grammar, storage
from components.notifier.watch.conditions import instrument
from components.notifier.watch.matching import Outcome, Quote
from components.notifier.watch.moments import SECOND, moment_of
from components.notifier.watch.prices import NoPrice, quoted
from components.notifier.watch.storage import WatchStored

MOST_SOURCES = 10_000
MOST_REFUSALS = 100  # that are told one by one


class QuoteGiven(msgspec.Struct, gc=False):
    """One quote of a batch."""

    symbol: str
    price: float | str
    time: float | datetime | None = None  # seconds since 1970, or ISO 8601 with its offset; None: now
    currency: str = ""


class Batch(msgspec.Struct):
    """Quotes in their order."""

    quotes: list[QuoteGiven]
    source: str = ""
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A quote that was not taken; the others were."""

    at: int  # its place, from 0
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of quotes."""

    count: int = 0  # of those that are quotes, late ones included
    outcome: Outcome = field(default_factory=Outcome)
    refused: Sequence[Refusal] = ()
    repeated: bool = False  # all of them were here before

    def for_json(self) -> dict[str, object]:
        """For the sender."""
        if self.repeated:
            return {"repeated": True}
        return {
            "taken": self.count,
            "late": self.outcome.late,
            "matches": len(self.outcome.matches),
            "refused": [{"at": refusal.at, "why": refusal.why} for refusal in self.refused[:MOST_REFUSALS]],
        }


_BATCH = msgspec.json.Decoder(Batch)
_BARE = msgspec.json.Decoder(list[QuoteGiven])


def batch(body: bytes) -> Batch:
    """A batch as JSON: an object, or the list of quotes alone. Raises `bad-request`."""
    try:
        return Batch(_BARE.decode(body)) if body.lstrip()[:1] == b"[" else _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        form = '{"quotes": [{"symbol": "500000", "price": 12.48}]}'
        raise StanzaError("bad-request", f"{error}; a batch is {form}") from None


class Names:
    """Symbols as feeds write them, with the instrument's name of each: learnt once."""

    MOST = 400_000

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def name(self, symbol: str, currency: str) -> str:
        """Raises `grammar.NotUnderstood`."""
        known = self._names.get((symbol, currency))
        if known is None:
            if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
                raise grammar.NotUnderstood(f"{currency!r} is no currency such as EUR")
            known = instrument(grammar.symbol(symbol), currency)
            if len(self._names) >= self.MOST:
                self._names.clear()
            self._names[(symbol, currency)] = known
        return known


class Intake:
    """Makes quotes out of what was given, and remembers how far each source is."""

    def __init__(self, stored: WatchStored) -> None:
        self._names = Names()
        self._sequences: dict[str, int] = {row.source: row.sequence for row in stored.feeds}

    def sequence(self, source: str) -> int:
        """The number of the last batch, or line, that was taken from it; 0 for none."""
        return self._sequences.get(source, 0)

    def is_new(self, source: str, sequence: int | None, transaction: Transaction) -> bool:
        """Whether this is to be taken: it is noted then. Raises `bad-request`, `resource-constraint`."""
        if not source and sequence is None:
            return True
        if not source or sequence is None or not 0 < sequence < 1 << 62 or len(source) > 200:
            raise StanzaError("bad-request", "a batch has both a source and a sequence from 1 on, or neither")
        before = self._sequences.get(source)
        if before is not None and sequence <= before:
            return False
        if before is None and len(self._sequences) >= MOST_SOURCES:
            raise StanzaError("resource-constraint", f"there are {MOST_SOURCES} sources already")
        self._sequences[source] = sequence
        transaction.changed(lambda: self._back_to(source, before))
        transaction.write(storage.feeds, (source,), {"sequence": sequence})
        return True

    def read(
        self, given: Iterable[QuoteGiven], now: datetime, ahead: int
    ) -> tuple[list[Quote], list[Refusal]]:
        """The quotes, and those that are none. `ahead`: seconds their times may be in the future."""
        quotes: list[Quote] = []
        refused: list[Refusal] = []
        moment = moment_of(now)
        latest, name = moment + ahead * SECOND, self._names.name
        for at, item in enumerate(given):
            try:
                instruments = [name(item.symbol, "")]
                if item.currency:
                    instruments.append(name(item.symbol, item.currency))
                price = quoted(item.price)
                when = moment if item.time is None else _moment(item.time, latest)
                quotes += [(known, price, when) for known in instruments]
            except (NoPrice, grammar.NotUnderstood) as error:
                refused.append(Refusal(at, str(error).partition(". Examples")[0]))
        return quotes, refused

    def _back_to(self, source: str, before: int | None) -> None:
        if before is None:
            del self._sequences[source]
        else:
            self._sequences[source] = before


def _moment(time: float | datetime, latest: int) -> int:
    """The time of a quote. Raises `NoPrice`."""
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise NoPrice(f"the time {time.isoformat()} needs its offset, such as Z")
        moment = moment_of(time)
    elif 0 < time < 1e11:
        moment = int(time * SECOND)
    else:
        raise NoPrice(f"the time {time} is not in seconds since 1970")
    if moment > latest:
        raise NoPrice("its time lies in the future: see [notifier.watch] ahead")
    return moment
