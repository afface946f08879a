"""Inhibition: while one thing is wrong, nobody needs to hear of what follows from it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from components.common.transaction import Transaction
from components.notifier.alerts.alert import Alert, Instance, Source
from components.notifier.alerts.config import InhibitionSettings
from components.notifier.alerts.matchers import all_match, read_all

Agreed = tuple[str, ...]  # values of the labels in which source and target agree


class Inhibition:
    """One rule; knows which of its sources are firing."""

    def __init__(self, settings: InhibitionSettings) -> None:
        self._source, self._target = read_all(settings.source), read_all(settings.target)
        self._equal = settings.equal
        self._firing: dict[Agreed, dict[Source, None]] = {}

    def note(self, instance: Instance) -> bool:
        """The instance fires, or does not any more; whether that changes anything for targets."""
        if not all_match(self._source, instance.matched):
            return False
        agreed = self._agreed(instance)
        sources = self._firing.setdefault(agreed, {})
        before = bool(sources)
        if instance.is_firing:
            sources[instance.source, instance.key] = None
        else:
            sources.pop((instance.source, instance.key), None)
        if not sources:
            del self._firing[agreed]
        return bool(sources) != before

    def holds(self, instance: Instance) -> Source | None:
        """The source because of which nobody is told of the instance; never the instance itself."""
        if not all_match(self._target, instance.matched):
            return None
        for source in self._firing.get(self._agreed(instance), ()):
            if source != (instance.source, instance.key):
                return source
        return None

    def _agreed(self, instance: Instance) -> Agreed:
        found = instance.matched
        return tuple(found.get(label, "") for label in self._equal)


class Inhibitions:
    """All rules. Their memory follows from the alerts, and is made anew from them."""

    def __init__(self, settings: Sequence[InhibitionSettings], alerts: Iterable[Alert]) -> None:
        self._rules = [Inhibition(one) for one in settings]
        for alert in alerts:
            for instance in alert.firing:
                self._note(instance)

    def change(self, before: Instance | None, after: Instance, transaction: Transaction) -> bool:
        """An instance has changed; whether others may be told now, or not any more."""
        if not self._rules:
            return False
        gone = replace(before, resolved_at=transaction.now) if before else None
        changed = [self._note(instance) for instance in (gone, after) if instance is not None]

        def undo() -> None:
            self._note(replace(after, resolved_at=transaction.now))
            if before is not None:
                self._note(before)

        transaction.changed(undo)
        return any(changed)

    def over(self, instance: Instance) -> Source | None:
        """The source because of which nobody is told of the instance."""
        return next((source for rule in self._rules if (source := rule.holds(instance)) is not None), None)

    def _note(self, instance: Instance) -> bool:
        changed = [rule.note(instance) for rule in self._rules]  # all of them
        return any(changed)
