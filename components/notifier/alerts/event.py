"""What inputs hand over: something happens, or is over. Inputs know nothing else of alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from components.common.transaction import Transaction
from components.notifier.characters import storable

Severity = Literal["critical", "error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "error", "warning", "info")  # the gravest first

LONGEST_KEY = 500  # characters
LONGEST_TITLE = 500
MOST_LABELS = 100
LONGEST_LABEL = 4000


@dataclass(frozen=True, slots=True)
class Event:
    """One message of a monitoring system about one thing that is wrong, or is not any more.

    Events of the same source and key are about the same thing: the first that fires makes an alert, the
    others change it, the first that is resolved ends it; one that comes twice has no second effect.
    """

    source: str  # the input and, where there are several, which: "alertmanager", "syslog", "notify"
    key: str  # Alertmanager's fingerprint, PagerDuty's dedup_key, …
    title: str  # one line for people: what is wrong
    status: Literal["firing", "resolved"] = "firing"
    severity: Severity = "error"
    labels: Mapping[str, str] = field(default_factory=dict)  # what rules match and group by
    annotations: Mapping[str, str] = field(default_factory=dict)  # text for people and templates
    started_at: datetime | None = None  # UTC; None: now
    link: str = ""  # URL where more is to be seen
    # Targets (`recipients`) that the sender names itself, instead of those of the rule.
    to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ValueError` with what would be right.

        Characters that no database takes are replaced: inputs such as syslog hand over what they are given.
        """
        for name in ("source", "key", "link"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        object.__setattr__(self, "title", " ".join(storable(self.title).split()))
        for name in ("labels", "annotations"):
            texts = getattr(self, name)
            object.__setattr__(self, name, {storable(key): storable(text) for key, text in texts.items()})
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ValueError(f"key: expected 1 to {LONGEST_KEY} characters")
        if not self.title.strip() or len(self.title) > LONGEST_TITLE:
            raise ValueError(f"title: expected 1 to {LONGEST_TITLE} characters")
        if len(self.labels) > MOST_LABELS or len(self.annotations) > MOST_LABELS:
            raise ValueError(f"expected at most {MOST_LABELS} labels and annotations")
        if any(len(value) > LONGEST_LABEL for value in (*self.labels.values(), *self.annotations.values())):
            raise ValueError(f"expected labels and annotations of at most {LONGEST_LABEL} characters")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event."""

    outcome: Literal["new", "known", "resolved", "nothing"]
    number: int = 0  # of the alert; 0: there is none ("nothing": resolved what nobody knew)


class Take(Protocol):
    """How an input hands over an event; the effect is in the transaction."""

    def __call__(self, event: Event, transaction: Transaction) -> Taken:
        """Raises `StanzaError` only for a target in `to` that does not exist (`item-not-found`)."""
