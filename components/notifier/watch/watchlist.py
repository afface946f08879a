"""All watches: in memory, in the engine that matches them, and in their rows, which are the same."""

from collections.abc import Iterable, Sequence

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.watch import grammar, storage
from components.notifier.watch.conditions import Condition
from components.notifier.watch.matching import Engine, Instrument, Outcome, Quote
from components.notifier.watch.moments import moment_of
from components.notifier.watch.storage import WatchStored
from components.notifier.watch.watches import Phase, Standing, Watch


class WatchList:
    """Whoever changes a watch does it here."""

    def __init__(self, stored: WatchStored) -> None:
        self.engine = Engine()
        self._watches: dict[int, Watch] = {}
        self._of: dict[str, dict[int, Watch]] = {}  # by owner
        # Whose last quote, and whose measures, the store does not have yet.
        self.unsaved: dict[Instrument, None] = {}
        for row in stored.quotes:
            self.engine.instruments[row.instrument] = Instrument(row.instrument, row.price, row.moment)
        for row in stored.watches:
            condition = grammar.read(row.condition, "UTC", 0)
            standing = Standing(Phase(row.phase), row.matches, row.quiet_until)
            self._keep(Watch(row.number, row.owner, condition, standing, row.changed))
        self.engine.restore(self._watches.values())

    def __len__(self) -> int:
        return len(self._watches)

    def all(self) -> Iterable[Watch]:
        """By number."""
        return self._watches.values()

    def of(self, owner: str) -> Sequence[Watch]:
        """Somebody's, by number."""
        return list(self._of.get(owner, {}).values())

    def find(self, number: int) -> Watch | None:
        """The watch of that number."""
        return self._watches.get(number)

    def add(self, number: int, owner: str, condition: Condition, transaction: Transaction) -> Watch:
        """A new watch."""
        watch = Watch(number, owner, condition, Standing(Phase.ARMED), moment_of(transaction.now))
        self._take_up(watch, transaction)
        return watch

    def change(self, watch: Watch, condition: Condition, transaction: Transaction) -> Watch:
        """Another condition under the same number; it begins anew. What takes the watch's place."""
        self._let_go(watch, transaction)
        return self.add(watch.number, watch.owner, condition, transaction)

    def remove(self, watch: Watch, transaction: Transaction) -> None:
        """Forget it."""
        self._let_go(watch, transaction)
        transaction.delete(storage.watches, (watch.number,))

    def switch(self, watch: Watch, phase: Phase, transaction: Transaction) -> None:
        """Off, expired, or on again (`FRESH`), which begins anew.

        Raises `conflict` where that is of no use.
        """
        until = watch.condition.until
        if phase.waits and until is not None and until <= moment_of(transaction.now):
            raise StanzaError("conflict", f"watch {watch.number} has expired; say what else to watch for")
        if phase.waits:
            self.change(watch, watch.condition, transaction)
            return
        before, changed = watch.standing, watch.changed
        after = Standing(phase, before.matches)
        self.engine.stand(watch, after, moment_of(transaction.now))
        transaction.changed(lambda: self.engine.stand(watch, before, changed))
        self._write(watch, transaction)

    def take(self, quotes: Iterable[Quote], transaction: Transaction) -> Outcome:
        """Quotes come in; what they change of watches is written.

        With it, in the same commit, goes the last quote of each symbol concerned: if the sender has not
        learnt of the commit and sends the quotes again, they are late.
        """
        outcome = self.engine.feed(quotes)
        transaction.changed(lambda: self.engine.take_back(outcome))
        self.unsaved.update(dict.fromkeys(i for i in outcome.quotes if i.streams))
        concerned = set()
        for watch in outcome.before:
            self._write(watch, transaction)
            concerned.add(watch.condition.symbol)
        for name in concerned:
            self.write_quote(self.engine.instruments[name], transaction)
        return outcome

    def write_quote(self, instrument: Instrument, transaction: Transaction) -> None:
        """The row of its last quote, as it is now."""
        values = {"price": instrument.price, "moment": instrument.moment}
        transaction.write(storage.quotes, (instrument.name,), values)

    def _take_up(self, watch: Watch, transaction: Transaction) -> None:
        self._keep(watch)
        self.engine.admit(watch)

        def undo() -> None:
            self.engine.dismiss(watch)
            self._drop(watch)

        transaction.changed(undo)
        self._write(watch, transaction)

    def _let_go(self, watch: Watch, transaction: Transaction) -> None:
        self.engine.dismiss(watch)
        self._drop(watch)

        def undo() -> None:
            self._keep(watch)
            self.engine.restore([watch])

        transaction.changed(undo)

    def _keep(self, watch: Watch) -> None:
        self._watches[watch.number] = watch
        self._of.setdefault(watch.owner, {})[watch.number] = watch

    def _drop(self, watch: Watch) -> None:
        del self._watches[watch.number]
        theirs = self._of[watch.owner]
        del theirs[watch.number]
        if not theirs:
            del self._of[watch.owner]

    def _write(self, watch: Watch, transaction: Transaction) -> None:
        standing = watch.standing
        transaction.write(
            storage.watches,
            (watch.number,),
            {
                "owner": watch.owner,
                "condition": watch.condition.text(),
                "phase": int(standing.phase),
                "matches": standing.matches,
                "quiet_until": standing.quiet_until,
                "changed": watch.changed,
            },
        )
