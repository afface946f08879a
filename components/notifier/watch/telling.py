"""What people are told about matches, each under a number of its own, and what they answer.

Every match is one message; but who has had `matches_per_minute` of them within a minute gets the rest in
one summary when the minute is over. Until then they are rows like any other, so nothing is lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from components.common.transaction import Transaction
from components.notifier import chat
from components.notifier.chat import Note
from components.notifier.clock import Agenda
from components.notifier.prompts import Prompts
from components.notifier.watch import storage
from components.notifier.watch.conditions import Average, Change, Condition
from components.notifier.watch.moments import DAY, moment_of, shown_length, stamp
from components.notifier.watch.prices import SCALE, shown
from components.notifier.watch.watches import Match
from components.notifier.watch.watchlist import WatchList

KIND = "watch"
MINUTE = timedelta(minutes=1)
MOST_LINES = 40  # of a summary


@dataclass(frozen=True, slots=True)
class Told:
    """A match, as it is remembered until it is answered and for a while after."""

    number: int
    watch: int
    condition: str
    text: str  # one line for people, without numbers
    price: int
    moment: int
    reference: int
    told: bool

    @classmethod
    def restored(cls, row: Any) -> "Told":
        """From its row."""
        return cls(*[getattr(row, name) for name in cls.__slots__])


class Telling:
    """Messages about matches."""

    def __init__(
        self, domain: str, prompts: Prompts, agenda: Agenda, watches: WatchList, matches: Iterable[Told]
    ) -> None:
        """`domain` is the address messages come from."""
        self._domain, self._prompts, self._agenda, self._watches = domain, prompts, agenda, watches
        self.per_minute, self.most = 0, 50_000
        self._matches = {match.number: match for match in matches}
        self._minutes: dict[str, tuple[datetime, int]] = {}  # by owner: since when, how many were told
        self._waiting: dict[str, list[int]] = {}  # by owner: not told yet

    def find(self, number: int) -> Told | None:
        """The match of that number."""
        return self._matches.get(number)

    def of(self, watch: int) -> Sequence[Told]:
        """Those of a watch."""
        return [match for match in self._matches.values() if match.watch == watch]

    def begin(self, transaction: Transaction) -> None:
        """What an earlier process has not told is told in a minute."""
        for match in self._matches.values():
            watch = self._watches.find(match.watch)
            if not match.told and watch is not None:
                self._put_off(watch.owner, match.number, transaction)

    def tell(self, matches: Iterable[Match], transaction: Transaction) -> None:
        """One message for each; or all too many in a summary."""
        for match in matches:
            watch = match.watch
            prompt = self._prompts.ask(KIND, str(watch.number), _text(match), transaction)
            at_once = self._may_tell(watch.owner, transaction)
            noted = Told(
                prompt.number,
                watch.number,
                watch.condition.text(),
                line(watch.condition, match.price, match.reference),
                match.price,
                match.moment,
                match.reference,
                at_once,
            )
            self._note(noted, transaction)
            if len(self._matches) > self.most:
                self._forget(next(iter(self._matches)), transaction)
            if at_once:
                self._prompts.tell(prompt.number, watch.owner, transaction)
            else:
                self._put_off(watch.owner, prompt.number, transaction)

    def say(self, owner: str, text: str, transaction: Transaction) -> None:
        """A message that awaits no answer."""
        chat.send(self._domain, Note(owner, text), transaction)

    def forget(self, before: int, transaction: Transaction) -> None:
        """Matches older than that moment are over."""
        for match in [match for match in self._matches.values() if match.moment < before]:
            self._forget(match.number, transaction)

    def _forget(self, number: int, transaction: Transaction) -> None:
        self._prompts.forget(number, transaction)
        transaction.discard(self._matches, number)
        transaction.delete(storage.matches, (number,))

    def _may_tell(self, owner: str, transaction: Transaction) -> bool:
        if not self.per_minute:
            return True
        before = self._minutes.get(owner)
        since, count = before or (transaction.now, 0)
        if transaction.now - since >= MINUTE:
            since, count = transaction.now, 0
        if count >= self.per_minute or owner in self._waiting:
            return False
        transaction.replace(self._minutes, owner, (since, count + 1))
        return True

    def _put_off(self, owner: str, number: int, transaction: Transaction) -> None:
        waiting = self._waiting.get(owner)
        if waiting is not None:
            waiting.append(number)
            transaction.changed(waiting.pop)
            return
        transaction.replace(self._waiting, owner, [number])
        since, _ = self._minutes.get(owner, (transaction.now, 0))
        due = max(transaction.now, since + MINUTE)
        self._agenda.put(transaction, (KIND, "summary", owner), due, lambda later: self._sum_up(owner, later))

    def _sum_up(self, owner: str, transaction: Transaction) -> None:
        """One message for all that waited."""
        numbers = self._waiting.get(owner, [])
        transaction.discard(self._waiting, owner)
        matches = [self._matches[number] for number in numbers if number in self._matches]
        for match in matches:
            self._note(replace(match, told=True), transaction)
        lines = [f"{match.number}: {match.text}" for match in matches[:MOST_LINES]]
        if len(matches) > MOST_LINES:
            lines.append(f"… and {len(matches) - MOST_LINES} more, up to number {matches[-1].number}")
        first = matches[0].number if matches else 0
        head = f"{len(matches)} more matches in the last minute:"
        answer = f"Answer by number: confirm {first}, adjust {first}, cancel {first}"
        if matches:
            self.say(owner, "\n".join([head, *lines, answer]), transaction)
        transaction.replace(self._minutes, owner, (transaction.now, 1))

    def _note(self, match: Told, transaction: Transaction) -> None:
        transaction.replace(self._matches, match.number, match)
        transaction.write(
            storage.matches,
            (match.number,),
            {
                "watch": match.watch,
                "condition": match.condition,
                "text": match.text,
                "price": match.price,
                "moment": match.moment,
                "reference": match.reference,
                "told": match.told,
            },
        )


def line(condition: Condition, price: int, reference: int) -> str:
    """What has happened, in one line."""
    direction = "above" if condition.upwards else "below"
    quote = f"{condition.symbol} at {shown(price)}"
    match condition.measure:
        case Change(period, _):
            percent = (price - reference) * 100 * SCALE // reference if reference else 0
            sign = "+" if percent >= 0 else ""
            since = "lowest" if condition.upwards else "highest"
            percents = f"{sign}{shown(round(percent, -6), 0)}%"
            return f"{quote}: {percents} in {shown_length(period)}, the {since} was {shown(reference)}"
        case Average(quotes, period):
            span = f"{quotes} quotes" if quotes else shown_length(period)
            return f"{quote}: {direction} its average of {span}, {shown(reference)}"
        case _:
            limit = shown(condition.level)
            equal = "at or " if "=" in condition.comparison and price == condition.level else ""
            return f"{quote}: {'crossed ' if condition.crossing else ''}{equal}{direction} {limit}"


def _text(match: Match) -> str:
    """The message; who sends it adds what to answer."""
    condition = match.watch.condition
    again = f" (match {match.count})" if match.count > 1 else ""
    return (
        f"{line(condition, match.price, match.reference)}\n"
        f"Quote of {stamp(match.moment)}. Watch {match.watch.number}{again}: {condition.text()}"
    )


def days_before(now: datetime, days: int) -> int:
    """The moment so many days ago."""
    return moment_of(now) - days * DAY
