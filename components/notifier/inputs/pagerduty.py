"""PagerDuty Events API v2: integrations made for it need only another URL."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from components.common.errors import StanzaError
from components.notifier.alerts.event import Event
from components.notifier.inputs.severities import severity
from components.notifier.inputs.shapes import event, moment, table, tables, text, texts

SOURCE = "pagerduty"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: what it is about, and the event, unless it acknowledges one."""

    action: Literal["trigger", "acknowledge", "resolve"]
    key: str  # dedup_key; made up where a trigger has none, as there
    event: Event | None


def sent(body: Mapping[str, Any]) -> Sent:
    """Raises `bad-request`."""
    key = text(body, "dedup_key")
    match text(body, "event_action"):
        case "trigger":
            key = key or uuid.uuid4().hex
            return Sent("trigger", key, _triggered(body, key))
        case "acknowledge" if key:
            return Sent("acknowledge", key, None)
        case "resolve" if key:
            return Sent("resolve", key, event(SOURCE, key, "resolved", status="resolved"))
        case "acknowledge" | "resolve" as action:
            raise StanzaError("bad-request", f"dedup_key: is needed to {action}")
        case other:
            raise StanzaError(
                "bad-request", f"event_action: expected trigger, acknowledge or resolve, found {other!r}"
            )


def _triggered(body: Mapping[str, Any], key: str) -> Event:
    payload = table(body, "payload")
    summary = text(payload, "summary")
    if not summary or not text(payload, "source"):
        raise StanzaError("bad-request", "payload: summary and source are needed")
    labels = {name: text(payload, name) for name in ("source", "component", "group", "class")}
    links = tables(body, "links") if body.get("links") else []
    details = payload.get("custom_details")
    return event(
        SOURCE,
        key,
        summary,
        severity=severity(text(payload, "severity")),
        labels={name: value for name, value in labels.items() if value},
        annotations=texts(payload, "custom_details") if isinstance(details, dict) else {},
        started_at=moment(text(payload, "timestamp")),
        link=next((text(link, "href") for link in links), "") or text(body, "client_url"),
    )
