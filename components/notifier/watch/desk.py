"""What can be done with watches, whoever asks: people by text or form, the operator, programs, the clock."""

from collections.abc import Sequence

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.clock import Agenda
from components.notifier.prompts import Prompts
from components.notifier.watch import grammar
from components.notifier.watch.conditions import Condition
from components.notifier.watch.config import WatchSettings
from components.notifier.watch.intake import Intake, QuoteGiven, Taken
from components.notifier.watch.moments import moment_of, stamp, time_of
from components.notifier.watch.prices import shown
from components.notifier.watch.telling import KIND, Telling, days_before
from components.notifier.watch.watches import Phase, Watch
from components.notifier.watch.watchlist import WatchList

_OPTIONS = ("once", "every", "at", "back", "hours", "during", "until", "for")


class Desk:
    """Raises `StanzaError` with an explanation for people wherever something is refused."""

    def __init__(
        self, watches: WatchList, intake: Intake, telling: Telling, prompts: Prompts, agenda: Agenda
    ) -> None:
        self.watches, self.intake, self.telling = watches, intake, telling
        self._prompts, self._agenda = prompts, agenda
        self.settings = WatchSettings()

    # -- watches ------------------------------------------------------------------------------------

    def add(self, owner: str, text: str, transaction: Transaction) -> Watch:
        """A new watch of somebody's."""
        most = self.settings.watches_per_person
        if most and len(self.watches.of(owner)) >= most:
            raise StanzaError(
                "resource-constraint", f"you have {most} watches already; remove one: watch 17 remove"
            )
        condition = self._read(text, transaction)
        watch = self.watches.add(self._prompts.number(transaction), owner, condition, transaction)
        self.expect_end(watch, transaction)
        return watch

    def find(self, number: int, by: str) -> Watch:
        """The watch of that number, if it is theirs; `by` is empty for who may do everything."""
        watch = self.watches.find(number)
        if watch is None and not by:
            raise StanzaError("item-not-found", f"there is no watch {number}")
        if watch is None or (by and watch.owner != by):
            raise StanzaError("item-not-found", f"you have no watch {number}; say: watch list")
        return watch

    def change(self, watch: Watch, text: str, transaction: Transaction) -> Watch:
        """Another condition for it; see `adjusted`."""
        changed = self.watches.change(watch, self.adjusted(watch, text, transaction), transaction)
        self.expect_end(changed, transaction)
        return changed

    def adjusted(self, watch: Watch, text: str, transaction: Transaction) -> Condition:
        """The watch's condition with what somebody typed: `< 12.00`, or `every 1h`, or both.

        What is not typed stays; but with the symbol before it, it is the whole condition.
        """
        symbol, words = watch.condition.symbol, text.split()
        if words and words[0].upper() == symbol.split()[0]:
            return self._read(text, transaction)
        kept, options = _parted(watch.condition.text().removeprefix(symbol))
        typed, more = _parted(text)
        return self._read(f"{symbol} {typed or kept} {options} {more}", transaction)

    def switch(self, watch: Watch, on: bool, transaction: Transaction) -> Watch:
        """Off, or on again from the beginning."""
        self.watches.switch(watch, Phase.FRESH if on else Phase.OFF, transaction)
        return self.find(watch.number, "")

    def remove(self, watch: Watch, transaction: Transaction) -> None:
        """It is no more; what has matched can still be answered."""
        self.watches.remove(watch, transaction)
        self._agenda.remove(transaction, (KIND, "end", watch.number))

    def _read(self, text: str, transaction: Transaction) -> Condition:
        settings, now = self.settings, moment_of(transaction.now)
        try:
            condition = grammar.read(text, settings.time_zone, now, settings.named_hours)
        except grammar.NotUnderstood as error:
            raise StanzaError("bad-request", str(error)) from None
        if condition.until is not None and condition.until <= now:
            raise StanzaError("bad-request", f"{stamp(condition.until)} is over: nothing would be told")
        return condition

    # -- quotes -------------------------------------------------------------------------------------

    def quote(
        self,
        given: Sequence[QuoteGiven],
        transaction: Transaction,
        source: str = "",
        sequence: int | None = None,
    ) -> Taken:
        """Quotes have come: whoever watches for them is told."""
        if not self.intake.is_new(source, sequence, transaction):
            return Taken(repeated=True)
        quotes, refused = self.intake.read(given, transaction.now, self.settings.ahead)
        outcome = self.watches.take(quotes, transaction)
        if outcome.matches:
            self.telling.tell(outcome.matches, transaction)
        for watch in outcome.expired:
            self._tell_end(watch, transaction)
        return Taken(len(given) - len(refused), outcome, refused)

    # -- the clock ----------------------------------------------------------------------------------

    def expect_end(self, watch: Watch, transaction: Transaction) -> None:
        """When it expires, its owner is told, quotes or not."""
        key = (KIND, "end", watch.number)
        until = watch.condition.until
        if until is None or not watch.standing.phase.waits:
            self._agenda.remove(transaction, key)
        else:
            self._agenda.put(
                transaction, key, time_of(until), lambda later: self._end(watch, later), elapses=False
            )

    def _end(self, watch: Watch, transaction: Transaction) -> None:
        if self.watches.find(watch.number) is watch and watch.standing.phase.waits:
            self.watches.switch(watch, Phase.EXPIRED, transaction)
            self._tell_end(watch, transaction)

    def _tell_end(self, watch: Watch, transaction: Transaction) -> None:
        self.telling.say(
            watch.owner, f"Watch {watch.number} has expired: {watch.condition.text()}", transaction
        )
        self._agenda.remove(transaction, (KIND, "end", watch.number))

    def tidy(self, transaction: Transaction) -> None:
        """What is over, and was long ago, is forgotten."""
        before = days_before(transaction.now, self.settings.keep_days)
        self.telling.forget(before, transaction)
        for watch in [w for w in self.watches.all() if _is_over(w) and w.changed < before]:
            self.remove(watch, transaction)

    # -- for people ---------------------------------------------------------------------------------

    def last_quote(self, watch: Watch) -> str:
        """What is known of its symbol."""
        found = self.watches.engine.instruments.get(watch.condition.symbol)
        if found is None or not found.price:
            return f"no quote of {watch.condition.symbol} yet"
        return f"last quote {shown(found.price)} of {stamp(found.moment)}"


def phase_of(watch: Watch) -> str:
    """Where it stands, for people."""
    return {
        Phase.FRESH: "waits for the other side first",
        Phase.ARMED: "waits",
        Phase.RESTING: "has matched, waits for a move back",
        Phase.MET: "has matched",
        Phase.OFF: "off",
        Phase.EXPIRED: "expired",
    }[watch.standing.phase]


def described(watch: Watch) -> str:
    """One line of a list."""
    return f"{watch.number}: {watch.condition.text()} ({phase_of(watch)})"


def _parted(text: str) -> tuple[str, str]:
    """What is watched for, and the options."""
    words = text.split()
    at = next((at for at, word in enumerate(words) if word.lower() in _OPTIONS), len(words))
    return " ".join(words[:at]), " ".join(words[at:])


def _is_over(watch: Watch) -> bool:
    return watch.standing.phase in (Phase.MET, Phase.EXPIRED)
