"""Which rule an event follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from components.notifier.alerts.alert import Instance
from components.notifier.alerts.config import AlertsSettings, RuleSettings
from components.notifier.alerts.event import Severity
from components.notifier.alerts.matchers import Matchers, all_match, read_all
from components.notifier.alerts.templates import Template


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready for use."""

    name: str
    matchers: Matchers
    targets: tuple[str, ...]
    urgent: frozenset[Severity]
    group_by: tuple[str, ...]
    group_wait: timedelta
    group_interval: timedelta
    repeat_interval: timedelta
    tell_resolved: bool
    template: Template | None

    @classmethod
    def of(cls, settings: RuleSettings, tell: Sequence[str], templates: Mapping[str, str]) -> "Rule":
        """From the configuration; `tell` are the targets where it names none."""
        return cls(
            settings.name,
            read_all(settings.match),
            tuple(settings.tell or tell),
            frozenset(settings.urgent),
            tuple(settings.group_by),
            timedelta(seconds=settings.group_wait),
            timedelta(seconds=settings.group_interval),
            timedelta(seconds=settings.repeat_interval),
            settings.tell_resolved,
            Template(templates[settings.template]) if settings.template else None,
        )

    def group(self, instance: Instance) -> dict[str, str]:
        """The labels by which the event joins others; empty if it stands alone."""
        found = instance.matched
        return {name: found.get(name, "") for name in self.group_by}


class Rules:
    """All rules, in their order; at the end one for what none of them matches."""

    def __init__(self, settings: AlertsSettings, administrators: Sequence[str]) -> None:
        tell = settings.tell or list(administrators)
        self._otherwise = Rule.of(RuleSettings("-"), tell, {})
        self._rules = [Rule.of(rule, tell, settings.templates) for rule in settings.rules]
        self._by_name = {rule.name: rule for rule in self._rules}

    def of(self, instance: Instance) -> Rule:
        """The first that matches."""
        found = instance.matched
        return next((rule for rule in self._rules if all_match(rule.matchers, found)), self._otherwise)

    def named(self, name: str) -> Rule:
        """The one of this name; where that is gone from the configuration, the last one."""
        return self._by_name.get(name, self._otherwise)

    def targets(self) -> set[str]:
        """All targets that are named."""
        return {target for rule in (*self._rules, self._otherwise) for target in rule.targets}
