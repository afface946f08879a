"""CloudEvents 1.0 over HTTP: one in structured mode, several as a batch, one in binary mode."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.common.errors import StanzaError
from components.notifier.alerts.event import Event
from components.notifier.inputs.severities import severity
from components.notifier.inputs.shapes import MOST_EVENTS, event, moment, text, texts

_RESOLVED = ("resolved", "closed", "recovered", "ok")
_TITLES = ("title", "summary", "message")
_STANDARD = (
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "data",
    "datacontenttype",
    "dataschema",
)


@dataclass(frozen=True, slots=True)
class Identified:
    """An event, and what is the same when it is sent again (§3.1.1: `source` and `id`)."""

    id: str
    event: Event


def read(headers: Mapping[str, str], body: bytes) -> list[Identified]:
    """All that the request holds. Raises `bad-request`."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "application/cloudevents-batch+json":
        batch = _json(body)
        if not isinstance(batch, list) or len(batch) > MOST_EVENTS:
            raise StanzaError("bad-request", f"the body: expected a list of at most {MOST_EVENTS} events")
        return [_event(item) for item in batch]
    if kind == "application/cloudevents+json":
        return [_event(_json(body))]
    attributes = {
        name[3:].lower(): value for name, value in headers.items() if name.lower().startswith("ce-")
    }
    if "specversion" not in attributes:
        raise StanzaError("bad-request", "no CloudEvent: expected Content-Type application/cloudevents+json")
    return [_event({**attributes, "data": _json(body) if body.strip() and kind.endswith("json") else None})]


def _event(item: Any) -> Identified:
    if not isinstance(item, dict) or not str(text(item, "specversion")).startswith("1."):
        raise StanzaError("bad-request", "specversion: expected 1.0")
    missing = [name for name in ("id", "source", "type") if not text(item, name)]
    if missing:
        raise StanzaError("bad-request", f"{', '.join(missing)}: needed in every CloudEvent")
    data = item.get("data")
    details = texts(item, "data") if isinstance(data, dict) else {}
    origin, kind, subject = text(item, "source"), text(item, "type"), text(item, "subject")
    status = details.get("status", "").lower()
    over = status in _RESOLVED or kind.rpartition(".")[2].lower() in _RESOLVED
    extensions = {n: text(item, n) for n in item if n not in _STANDARD and not n.startswith("data")}
    made = event(
        "cloudevents",
        # What it is about; without a subject, each event is about something of its own.
        f"{origin} {subject}" if subject else f"{origin} {text(item, 'id')}",
        details.get("title")
        or details.get("summary")
        or details.get("message")
        or f"{kind} {subject}".strip(),
        status="resolved" if over else "firing",
        severity=severity(details.get("severity", "") or extensions.get("severity", "")),
        labels={"source": origin, "type": kind, "subject": subject, **extensions},
        annotations=details,
        started_at=moment(text(item, "time")),
    )
    return Identified(f"{origin} {text(item, 'id')}", made)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StanzaError("bad-request", f"the body is not JSON: {error}") from None
