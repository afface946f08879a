"""Silences: for a time, nobody is told of what matches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import storage
from components.notifier.alerts.alert import Instance
from components.notifier.alerts.matchers import Matchers, all_match, read_all
from components.notifier.alerts.storage import AlertsStored


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence."""

    number: int
    matchers: Matchers
    by: str
    comment: str
    until: datetime

    @property
    def what(self) -> str:
        """The matchers, for people."""
        return " ".join(map(str, self.matchers))


class Silences:
    """Those that are not over."""

    def __init__(self, stored: AlertsStored) -> None:
        self._silences: dict[int, Silence] = {}
        for row in stored.silences:
            matchers = read_all(msgspec.json.decode(row.matchers))
            until = datetime.fromisoformat(row.until)
            self._silences[row.number] = Silence(row.number, matchers, row.by, row.comment, until)

    def all(self) -> Iterable[Silence]:
        """By number."""
        return self._silences.values()

    def put(self, silence: Silence, transaction: Transaction) -> None:
        """It begins now."""
        transaction.put(self._silences, silence.number, silence)
        transaction.write(
            storage.silences,
            (silence.number,),
            {
                "matchers": msgspec.json.encode([str(matcher) for matcher in silence.matchers]).decode(),
                "by": silence.by,
                "comment": silence.comment,
                "until": silence.until.isoformat(),
            },
        )

    def end(self, number: int, transaction: Transaction) -> Silence:
        """It is over. Raises `item-not-found`."""
        if number not in self._silences:
            known = ", ".join(map(str, self._silences)) or "none"
            raise StanzaError("item-not-found", f"there is no silence {number}; there are: {known}")
        transaction.delete(storage.silences, (number,))
        return transaction.remove(self._silences, number)

    def over(self, instance: Instance, now: datetime) -> Silence | None:
        """The one that holds for the instance, if any."""
        found = instance.matched
        return next(
            (one for one in self._silences.values() if now < one.until and all_match(one.matchers, found)),
            None,
        )
