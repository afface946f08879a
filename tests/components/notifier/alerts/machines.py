"""Monitoring systems that tell the notifier what is wrong."""

from typing import Any

from tests.components.notifier.office import Office


class Machines:
    """Sends events."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def fire(self, key: str = "disk", title: str = "", **event: Any) -> int:
        """Something is wrong; the number of its alert."""
        value = {"key": key, "title": title or f"{key} is full", "severity": "critical", **event}
        number: int = self._office.asks("POST", "/v1/events", value).value["alert"]
        return number

    def resolve(self, key: str = "disk", **event: Any) -> str:
        """It is over; what became of that."""
        value = {"key": key, "title": "over", "status": "resolved", **event}
        outcome: str = self._office.asks("POST", "/v1/events", value).value["outcome"]
        return outcome
