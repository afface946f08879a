"""How much one recipient is told at once: what is more comes together, as one summary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from components.common.transaction import Transaction
from components.notifier.alerts import storage
from components.notifier.alerts.storage import AlertsStored
from components.notifier.clock import Agenda


@dataclass(frozen=True, slots=True)
class Flood:
    """What one recipient was told lately, and what waits for the summary."""

    told: tuple[datetime, ...] = ()
    held: tuple[int, ...] = ()  # numbers of alerts


class Floods:
    """Counts what recipients are told."""

    def __init__(self, agenda: Agenda, stored: AlertsStored) -> None:
        self._agenda = agenda
        self._floods: dict[str, Flood] = {}
        for row in stored.floods:
            told = tuple(datetime.fromisoformat(at) for at in msgspec.json.decode(row.told))
            self._floods[row.recipient] = Flood(told, tuple(msgspec.json.decode(row.held)))
        self.most, self.window = 0, timedelta(0)
        # Tells the recipient of these numbers together.
        self.summarise: Callable[[str, Sequence[int], Transaction], object] = lambda who, numbers, t: None

    def configure(self, most: int, window: timedelta, transaction: Transaction) -> None:
        """At most `most` messages within the window; 0: no limit. What waits is put on the agenda."""
        self.most, self.window = most, window
        for recipient, flood in self._floods.items():
            if flood.held:
                self._schedule(recipient, flood, transaction)

    def allow(self, recipient: str, number: int, transaction: Transaction) -> bool:
        """Whether they may be told of the alert now; else it will be in the summary.

        `recipient` is `chat:JID`, `room:JID` or `mail:ADDRESS`.
        """
        if not self.most:
            return True
        flood = self._floods.get(recipient, Flood())
        told = tuple(at for at in flood.told if at > transaction.now - self.window)
        if not flood.held and len(told) < self.most:
            self._put(recipient, Flood((*told, transaction.now)), transaction)
            return True
        flood = Flood(told or flood.told, tuple(dict.fromkeys((*flood.held, number))))
        self._put(recipient, flood, transaction)
        self._schedule(recipient, flood, transaction)
        return False

    def waiting(self) -> Mapping[str, Sequence[int]]:
        """The numbers that wait, by recipient."""
        return {recipient: flood.held for recipient, flood in self._floods.items() if flood.held}

    def _schedule(self, recipient: str, flood: Flood, transaction: Transaction) -> None:
        due = max(transaction.now, min(flood.told) + self.window) if flood.told else transaction.now
        key = ("alerts", "flood", recipient)
        self._agenda.put(transaction, key, due, lambda later: self._tell(recipient, later))

    def _tell(self, recipient: str, transaction: Transaction) -> None:
        flood = self._floods[recipient]
        self._put(recipient, Flood((*flood.told[1:], transaction.now)), transaction)
        self.summarise(recipient, flood.held, transaction)

    def _put(self, recipient: str, flood: Flood, transaction: Transaction) -> None:
        transaction.put(self._floods, recipient, flood)
        values = {
            "told": msgspec.json.encode([at.isoformat() for at in flood.told]).decode(),
            "held": msgspec.json.encode(flood.held).decode(),
        }
        transaction.write(storage.floods, (recipient,), values)
