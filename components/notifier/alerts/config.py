"""The tables `[notifier.alerts…]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertsSettings:
    """`[notifier.alerts]`"""

    history: int = 10000  # closed alerts that are remembered

    def __post_init__(self) -> None:
        if self.history < 0:
            raise ValueError("history: expected 0 or more")
