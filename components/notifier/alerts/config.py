"""The tables `[notifier.alerts…]`."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from components.notifier.alerts.event import Severity
from components.notifier.alerts.matchers import read_all
from components.notifier.alerts.templates import Template, TemplateError
from components.notifier.wall_clock import WEEKDAYS, Weekday


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """`[[notifier.alerts.rules]]`: the first whose `match` holds says what becomes of an event."""

    name: str
    match: list[str] = field(default_factory=list)  # all must hold; none: every event
    tell: list[str] = field(default_factory=list)  # targets; none: those of [notifier.alerts]
    urgent: list[Severity] = field(default_factory=lambda: ["critical"])
    # Events that agree in these labels are one alert; none: each is one of its own.
    group_by: list[str] = field(default_factory=list)
    group_wait: float = 0.0  # seconds before the first message, in which others may join
    group_interval: float = 300.0  # seconds between messages that tell of others that have joined
    repeat_interval: float = 14400.0  # seconds until all is told again while nobody answers; 0: never
    tell_resolved: bool = True  # those who were told hear of the end
    template: str = ""  # name of one of the templates; empty: the usual text

    def __post_init__(self) -> None:
        read_all(self.match)
        for key in ("group_wait", "group_interval", "repeat_interval"):
            if not 0 <= getattr(self, key) <= 31_622_400:
                raise ValueError(f"{key}: expected 0 seconds to a year")
        if not self.name:
            raise ValueError("name: expected one, by which alerts show which rule they follow")


@dataclass(frozen=True, slots=True)
class InhibitionSettings:
    """`[[notifier.alerts.inhibitions]]`: while a source fires, nobody is told of its targets."""

    source: list[str]
    target: list[str]
    equal: list[str] = field(default_factory=list)  # labels in which both must agree

    def __post_init__(self) -> None:
        read_all(self.source)
        read_all(self.target)


@dataclass(frozen=True, slots=True)
class MaintenanceSettings:
    """`[notifier.alerts.maintenance.NAME]`: at these times nobody is told of what matches."""

    match: list[str]
    start: time  # local time
    end: time  # not after `start`: on the next day
    days: list[Weekday] = field(default_factory=lambda: list(WEEKDAYS))  # on which it starts
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.match:
            raise ValueError('match: expected at least one, such as "host=backup*"')
        read_all(self.match)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"time_zone: {self.time_zone!r} is unknown; such as Europe/Berlin") from None


@dataclass(frozen=True, slots=True)
class AlertsSettings:
    """`[notifier.alerts]`"""

    tell: list[str] = field(
        default_factory=list
    )  # targets where no rule says otherwise; none: administrators
    rules: list[RuleSettings] = field(default_factory=list)
    inhibitions: list[InhibitionSettings] = field(default_factory=list)
    maintenance: dict[str, MaintenanceSettings] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)  # Jinja2, by name
    history: int = 10000  # alerts that are over and remembered
    messages: int = 10  # to one recipient within `messages_seconds`; more come as a summary; 0: no limit
    messages_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.history < 0 or self.messages < 0:
            raise ValueError("history, messages: expected 0 or more")
        if not 1 <= self.messages_seconds <= 86400:
            raise ValueError("messages_seconds: expected 1 to 86400")
        for name, source in self.templates.items():
            try:
                Template(source)
            except TemplateError as error:
                raise ValueError(f"templates.{name}: {error}") from None
        for rule in self.rules:
            if rule.template and rule.template not in self.templates:
                known = ", ".join(self.templates) or "none"
                raise ValueError(
                    f"rules: {rule.name}: there is no template {rule.template!r}; there are: {known}"
                )
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("rules: two have the same name; alerts are shown with it")

    @property
    def flood_window(self) -> timedelta:
        """`messages_seconds`."""
        return timedelta(seconds=self.messages_seconds)
