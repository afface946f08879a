"""Bodies of webhooks, taken apart: what is not there is empty, what has another type is refused."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from components.common.errors import StanzaError
from components.notifier.alerts.event import LONGEST_KEY, LONGEST_LABEL, LONGEST_TITLE, Event

MOST_EVENTS = 1000  # in one request


def text(table: Mapping[str, Any], key: str) -> str:
    """A text, or a number or truth as text; empty if it is missing or null. Raises `bad-request`."""
    value = table.get(key)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise StanzaError("bad-request", f"{key}: expected a text")


def table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object; empty if it is missing or null. Raises `bad-request`."""
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise StanzaError("bad-request", f"{key}: expected an object")
    return value


def tables(parent: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of objects, of which there are not too many. Raises `bad-request`."""
    value = parent.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise StanzaError("bad-request", f"{key}: expected a list of objects")
    if len(value) > MOST_EVENTS:
        raise StanzaError("bad-request", f"{key}: more than {MOST_EVENTS}; send them in several requests")
    return value


def texts(parent: Mapping[str, Any], key: str) -> dict[str, str]:
    """An object's values as texts; those that are lists or objects, as JSON. Raises `bad-request`."""
    return {name: _shown(value)[:LONGEST_LABEL] for name, value in table(parent, key).items()}


def moment(written: str) -> datetime | None:
    """RFC 3339, in UTC; None if it is empty, not one, or of the year 1 (which Go writes for none)."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    if found.year < 1970:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def event(source: str, key: str, title: str, **more: Any) -> Event:
    """An event whose title and key are cut to what is allowed. Raises `bad-request`."""
    line = " ".join(title.split())
    shortened = line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
    try:
        return Event(source, key[:LONGEST_KEY], shortened, **more)
    except ValueError as error:
        raise StanzaError("bad-request", str(error)) from None


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
