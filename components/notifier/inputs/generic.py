"""Any JSON: the configuration says where in it the parts of an event are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.common.errors import StanzaError
from components.notifier.alerts.event import Event
from components.notifier.inputs.severities import severity
from components.notifier.inputs.shapes import MOST_EVENTS, event, moment, text

_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class GenericSettings:
    """`[notifier.inputs.generic.NAME]`: taken at /v1/events/json/NAME. Places are as in `check.host`."""

    title: str  # place of one line for people
    key: str = ""  # what it is about; empty: the title
    status: str = ""  # empty: everything fires
    resolved: list[str] = field(default_factory=lambda: ["resolved", "ok", "up", "closed"])
    severity: str = ""
    time: str = ""
    link: str = ""
    labels: dict[str, str] = field(default_factory=dict)  # place by label
    annotations: dict[str, str] = field(default_factory=dict)
    each: str = ""  # place of a list, of which each item is an event

    def __post_init__(self) -> None:
        places = (self.title, self.key, self.status, self.severity, self.time, self.link, self.each)
        for place in (*places, *self.labels.values(), *self.annotations.values()):
            if place.count(".") > _DEEPEST or (place and not all(place.split("."))):
                raise ValueError(f"expected a place such as check.host, found {place!r}")
        if not self.title:
            raise ValueError("title: expected a place such as check.output")


def events(settings: GenericSettings, source: str, body: Any) -> list[Event]:
    """Those the body holds. Raises `bad-request` with the place that is missing."""
    items = _at(body, settings.each) if settings.each else [body]
    if not isinstance(items, list) or len(items) > MOST_EVENTS:
        raise StanzaError("bad-request", f"{settings.each}: expected a list of at most {MOST_EVENTS}")
    return [_event(settings, source, item) for item in items]


def _event(settings: GenericSettings, source: str, item: Any) -> Event:
    title = _text(item, settings.title)
    if not title.strip():
        raise StanzaError("bad-request", f"{settings.title}: is missing or empty")
    status = _text(item, settings.status).lower()
    return event(
        source,
        _text(item, settings.key) or title,
        title,
        status="resolved" if status in [word.lower() for word in settings.resolved] else "firing",
        severity=severity(_text(item, settings.severity)),
        labels={name: _text(item, place) for name, place in settings.labels.items()},
        annotations={name: _text(item, place) for name, place in settings.annotations.items()},
        started_at=moment(_text(item, settings.time)),
        link=_text(item, settings.link),
    )


def _at(value: Any, place: str) -> Any:
    for word in place.split("."):
        if isinstance(value, Mapping):
            value = value.get(word)
        elif isinstance(value, list) and word.isdecimal() and int(word) < len(value):
            value = value[int(word)]
        else:
            return None
    return value


def _text(item: Any, place: str) -> str:
    return text({place: _at(item, place)}, place) if place else ""
