"""Whether anybody is told of an alert at all: silences, maintenance windows, inhibition."""

from collections.abc import Callable
from datetime import datetime

from components.common.transaction import Transaction
from components.notifier.alerts import wording
from components.notifier.alerts.alert import Alert, Instance
from components.notifier.alerts.book import Book
from components.notifier.alerts.config import AlertsSettings
from components.notifier.alerts.inhibition import Inhibitions
from components.notifier.alerts.maintenance import Maintenance
from components.notifier.alerts.silences import Silence, Silences
from components.notifier.clock import Agenda


class Quiet:
    """All reasons; says when they change."""

    def __init__(self, settings: AlertsSettings, book: Book, silences: Silences, agenda: Agenda) -> None:
        self._book, self._agenda = book, agenda
        self.silences = silences
        # Some alerts may be told now, or not any more.
        self.changed: Callable[[Transaction], object] = lambda transaction: None
        self._use(settings)

    def _use(self, settings: AlertsSettings) -> None:
        self._inhibitions = Inhibitions(settings.inhibitions, self._book.open())
        self.maintenance = Maintenance(settings.maintenance)

    def begin(self, transaction: Transaction) -> None:
        """At the start: what ends by itself is put on the agenda."""
        for silence in self.silences.all():
            self._schedule(silence, transaction)
        self._watch_maintenance(transaction)

    def configure(self, settings: AlertsSettings, transaction: Transaction) -> None:
        """Other windows and inhibitions; who calls this looks at all alerts afterwards."""
        before = self._inhibitions, self.maintenance
        self._use(settings)

        def undo() -> None:
            self._inhibitions, self.maintenance = before

        transaction.changed(undo)
        self._watch_maintenance(transaction)

    def reason(self, alert: Alert, now: datetime) -> str:
        """Why nobody is told; empty if one of its instances may be told of."""
        reasons = []
        for instance in alert.firing:
            reason = self._reason(instance, now)
            if not reason:
                return ""
            reasons.append(reason)
        return reasons[0] if reasons else ""

    def note(self, before: Instance | None, after: Instance, transaction: Transaction) -> bool:
        """An instance has changed; whether that changes what may be told of others."""
        return self._inhibitions.change(before, after, transaction)

    def silence(self, silence: Silence, transaction: Transaction) -> int:
        """It begins; how many alerts are quiet because of it."""
        self.silences.put(silence, transaction)
        self._schedule(silence, transaction)
        self.changed(transaction)
        return sum(alert.why.startswith(f"silence {silence.number} ") for alert in self._book.open())

    def unsilence(self, number: int, transaction: Transaction) -> Silence:
        """It is over; what still fires is told. Raises `item-not-found`."""
        silence = self.silences.end(number, transaction)
        self._agenda.remove(transaction, ("alerts", "silence", number))
        self.changed(transaction)
        return silence

    def _reason(self, instance: Instance, now: datetime) -> str:
        silence = self.silences.over(instance, now)
        if silence is not None:
            return f"silence {silence.number} until {wording.clock(silence.until, now)}"
        if window := self.maintenance.over(instance, now):
            return f"maintenance {window}"
        source = self._inhibitions.over(instance)
        if source is not None:
            cause = self._book.about(source)
            return f"follows from {cause.number}" if cause is not None else "follows from another"
        return ""

    def _schedule(self, silence: Silence, transaction: Transaction) -> None:
        def over(later: Transaction) -> None:
            self.unsilence(silence.number, later)

        key = ("alerts", "silence", silence.number)
        self._agenda.put(transaction, key, silence.until, over, elapses=False)

    def _watch_maintenance(self, transaction: Transaction) -> None:
        due = self.maintenance.next(transaction.now)
        key = ("alerts", "maintenance")
        if due is None:
            self._agenda.remove(transaction, key)
        else:
            self._agenda.put(transaction, key, due, self._maintenance_changes, elapses=False)

    def _maintenance_changes(self, transaction: Transaction) -> None:
        self._watch_maintenance(transaction)
        self.changed(transaction)
