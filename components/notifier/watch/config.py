"""The tables `[notifier.watch…]`."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from slixmpp import JID, InvalidJID

from components.notifier.watch.hours import NoHours, read


@dataclass(frozen=True, slots=True)
class LinesSettings:
    """`[notifier.watch.lines]`: quotes as lines over TCP."""

    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    port: int = 0  # 0 closes it

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise ValueError("port: expected 0 (closed) to 65535")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """`[[notifier.watch.nodes]]`: quotes as items of a pubsub node, to which the notifier subscribes."""

    service: str  # JID, such as pubsub.example.org
    node: str

    def __post_init__(self) -> None:
        try:
            valid = bool(self.service) and JID(self.service).full == self.service
        except InvalidJID:
            valid = False
        if not valid:
            raise ValueError(f"service: expected an address such as pubsub.example.org, not {self.service!r}")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """`[notifier.watch.sources.NAME]`: quotes that the notifier fetches by itself."""

    # MODULE:FACTORY, or the name of an entry point of the group stellwerk.quote_sources.
    source: str = "components.notifier.watch.polling:source"
    options: dict[str, Any] = field(default_factory=dict)  # for the factory


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """`[notifier.watch]`"""

    time_zone: str = "UTC"  # of hours and dates that name none
    watches_per_person: int = 1000  # 0: no limit
    matches_per_minute: int = 30  # that are told to one person at once; more come in a summary; 0: no limit
    keep_days: int = 30  # matches and watches that are over are forgotten after that
    matches: int = 50_000  # that are remembered, answered or not; of more, the oldest are forgotten
    ahead: int = 60  # seconds that the time of a quote may lie in the future
    answers_url: str = ""  # people's answers to matches are posted there; empty: nowhere
    hours: dict[str, str] = field(default_factory=dict)  # by name: "mon-fri 09:00-17:30 Europe/Berlin"
    lines: LinesSettings = field(default_factory=LinesSettings)
    nodes: list[NodeSettings] = field(default_factory=list)
    sources: dict[str, SourceSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"time_zone: {self.time_zone!r} is none; one is Europe/Berlin") from None
        for key in ("watches_per_person", "matches_per_minute", "ahead"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key}: expected 0 or more")
        for key in ("keep_days", "matches"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key}: expected 1 or more")
        if self.answers_url and not self.answers_url.startswith(("https://", "http://")):
            raise ValueError("answers_url: expected https://… (or http://…)")
        for name, text in self.hours.items():
            try:
                read(text, self.time_zone)
            except NoHours as error:
                raise ValueError(f"hours.{name}: {error}") from None

    def named_hours(self, name: str) -> str | None:
        """The hours of that name (case does not matter)."""
        return next((text for known, text in self.hours.items() if known.lower() == name), None)
