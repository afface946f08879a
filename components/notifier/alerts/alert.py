"""One alert: something people are told of, made of one event or of several that belong together."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import msgspec

from components.notifier.alerts.event import SEVERITIES, Event, Severity

# waiting      others may join before anybody is told (`group_wait`)
# suppressed   nobody is told: a silence, an inhibition, a maintenance window
# open         people are told, step by step, until one of them answers
# acknowledged somebody cares for it
# snoozed      somebody will care for it later
# resolved     it is over
State = Literal["waiting", "suppressed", "open", "acknowledged", "snoozed", "resolved"]

Source = tuple[str, str]  # source and key of an event


@dataclass(frozen=True, slots=True)
class Instance:
    """What the events of one source and key have said."""

    source: str
    key: str
    title: str
    severity: Severity
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    link: str
    started_at: datetime
    resolved_at: datetime | None = None
    events: int = 1  # that have said it is firing

    @classmethod
    def of(cls, event: Event, now: datetime) -> "Instance":
        """As the first event says."""
        started = event.started_at or now
        texts = event.title, event.severity, event.labels, event.annotations, event.link
        return cls(event.source, event.key, *texts, started)

    @property
    def is_firing(self) -> bool:
        """Whether it was not resolved."""
        return self.resolved_at is None

    @property
    def matched(self) -> Mapping[str, str]:
        """What matchers look at."""
        own = {"severity": self.severity, "source": self.source, "key": self.key, "title": self.title}
        return {**own, **self.labels}


@dataclass(frozen=True)
class Alert:
    """An alert; `Book` replaces it when it changes."""

    number: int
    rule: str  # name of the rule, or empty
    labels: Mapping[str, str]  # those it is grouped by
    targets: tuple[str, ...]
    started_at: datetime
    state: State
    since: datetime  # of the state
    why: str = ""  # who has acknowledged it, what suppresses it
    step: int = 0  # of the escalation, the next to be taken
    rounds: int = 0  # through all steps, so far
    due: datetime | None = None  # when the state goes on by itself
    news_due: datetime | None = None  # when those who were told hear of what has joined
    instances: Mapping[int, Instance] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it is history."""
        return self.state == "resolved"

    @cached_property
    def firing(self) -> list[Instance]:
        """What is wrong now."""
        return [instance for instance in self.instances.values() if instance.is_firing]

    @cached_property
    def shown(self) -> list[Instance]:
        """What is wrong now or, once it is over, what was."""
        return self.firing or list(self.instances.values())

    @cached_property
    def severity(self) -> Severity:
        """The gravest."""
        return min((instance.severity for instance in self.shown), key=SEVERITIES.index)

    @cached_property
    def title(self) -> str:
        """One line: what is wrong."""
        if len(self.shown) == 1:
            return self.shown[0].title
        grouped = ", ".join(f"{name}={value}" for name, value in self.labels.items() if value)
        return f"{len(self.shown)} problems{f' with {grouped}' if grouped else ''}: {self.shown[0].title}, …"

    @cached_property
    def common(self) -> Mapping[str, str]:
        """Labels that all instances share."""
        first, *others = [instance.labels for instance in self.instances.values()]
        return {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}

    def words(self) -> Iterable[str]:
        """What a search looks through."""
        yield from (str(self.number), self.rule, self.state, self.why)
        for instance in self.instances.values():
            yield from (instance.title, instance.severity, instance.source, instance.key)
            yield from (f"{name}={value}" for name, value in instance.labels.items())

    def row(self) -> dict[str, Any]:
        """The values of its row."""
        return {
            "rule": self.rule,
            "labels": _json(self.labels),
            "targets": _json(self.targets),
            "state": self.state,
            "since": self.since.isoformat(),
            "why": self.why,
            "started_at": self.started_at.isoformat(),
            "step": self.step,
            "rounds": self.rounds,
            "due": self.due.isoformat() if self.due else None,
            "news_due": self.news_due.isoformat() if self.news_due else None,
        }

    @classmethod
    def restored(cls, row: Any, instances: Mapping[int, Instance]) -> "Alert":
        """From its row."""
        return cls(
            row.number,
            row.rule,
            msgspec.json.decode(row.labels),
            tuple(msgspec.json.decode(row.targets)),
            datetime.fromisoformat(row.started_at),
            row.state,
            datetime.fromisoformat(row.since),
            row.why,
            row.step,
            row.rounds,
            datetime.fromisoformat(row.due) if row.due else None,
            datetime.fromisoformat(row.news_due) if row.news_due else None,
            instances,
        )


_instances = msgspec.json.Decoder(Instance)


def packed(instance: Instance) -> str:
    """The instance as it stands in a row."""
    return _json(asdict(instance))


def unpacked(content: str) -> Instance:
    """The instance in a row."""
    return _instances.decode(content)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
