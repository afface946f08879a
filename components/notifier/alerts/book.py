"""All alerts, found by number, by event and by group; those that are over are history."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import storage
from components.notifier.alerts.alert import Alert, Instance, Source, packed, unpacked
from components.notifier.alerts.storage import AlertsStored

Group = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]  # rule, labels, targets


class Book:
    """Keeps alerts in memory and rows alike."""

    def __init__(self, stored: AlertsStored) -> None:
        instances: dict[int, dict[int, Instance]] = {}
        for row in stored.instances:
            instances.setdefault(row.number, {})[row.sequence] = unpacked(row.content)
        self._alerts = {
            row.number: Alert.restored(row, instances.get(row.number, {})) for row in stored.alerts
        }
        self._firing: dict[Source, int] = {}
        self._groups: dict[Group, int] = {}
        self._open: set[int] = set()
        for alert in self._alerts.values():
            self._index(alert)

    def get(self, number: int) -> Alert:
        """Raises `item-not-found`."""
        if number not in self._alerts:
            raise StanzaError("item-not-found", f"there is no alert with the number {number}")
        return self._alerts[number]

    def find(self, number: int) -> Alert | None:
        """None once it is forgotten."""
        return self._alerts.get(number)

    def open(self) -> list[Alert]:
        """Those that are not over, the oldest first."""
        return [self._alerts[number] for number in sorted(self._open)]

    def oldest_over(self) -> Alert:
        """The one that begins history; there is one."""
        return next(alert for alert in self._alerts.values() if alert.is_over)

    def count(self) -> tuple[int, int]:
        """How many are not over, and how many are remembered in all."""
        return len(self._open), len(self._alerts)

    def about(self, source: Source) -> Alert | None:
        """The alert in which events of this source and key are firing."""
        number = self._firing.get(source)
        return self._alerts[number] if number is not None else None

    def of_group(self, group: Group) -> Alert | None:
        """The alert of that group that is not over."""
        number = self._groups.get(group)
        return self._alerts[number] if number is not None else None

    def search(self, words: Iterable[str]) -> list[Alert]:
        """Those in which each of the words occurs somewhere, the newest first."""
        wanted = [word.lower() for word in words]
        found = []
        for alert in reversed(self._alerts.values()):
            text = "\n".join(alert.words()).lower()
            if all(word in text for word in wanted):
                found.append(alert)
        return found

    def put(
        self, alert: Alert, transaction: Transaction, changed: Mapping[int, Instance] | None = None
    ) -> Alert:
        """The alert as it is now; `changed` are the instances that are new or other than before."""
        if changed:
            alert = replace(alert, instances={**alert.instances, **changed})
            for sequence, instance in changed.items():
                key = (alert.number, sequence)
                transaction.write(storage.instances, key, {"content": packed(instance)})
        before = self._alerts.get(alert.number)
        self._set(before, alert)
        transaction.changed(lambda: self._set(alert, before))
        transaction.write(storage.alerts, (alert.number,), alert.row())
        return alert

    def forget(self, number: int, transaction: Transaction) -> None:
        """It is not even history any more."""
        alert = self._alerts[number]
        self._unindex(alert)
        transaction.changed(lambda: self._index(alert))
        transaction.remove(self._alerts, number)
        transaction.delete(storage.alerts, (number,))
        transaction.delete_all(storage.instances, (number,))

    def _set(self, before: Alert | None, after: Alert | None) -> None:
        if before is not None:
            self._unindex(before)
        if after is not None:
            self._alerts[after.number] = after
            self._index(after)
        elif before is not None:
            del self._alerts[before.number]

    def _index(self, alert: Alert) -> None:
        if alert.is_over:
            return
        self._open.add(alert.number)
        if group := group_of(alert):
            self._groups[group] = alert.number
        for instance in alert.firing:
            self._firing[instance.source, instance.key] = alert.number

    def _unindex(self, alert: Alert) -> None:
        if alert.is_over:
            return
        self._open.remove(alert.number)
        if group := group_of(alert):
            del self._groups[group]
        for instance in alert.firing:
            del self._firing[instance.source, instance.key]


def group_of(alert: Alert) -> Group | None:
    """What others have to agree in to join it; None for an alert that is of one event."""
    return (alert.rule, tuple(sorted(alert.labels.items())), alert.targets) if alert.labels else None
