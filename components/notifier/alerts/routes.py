"""Events by HTTP in the notifier's own words, and what became of them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts.alert import Alert
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.event import Event
from components.notifier.http import Call, Reply, Route

_FIELDS = {field.name for field in fields(Event)} - {"source"}


def routes(alerts: Alerts) -> tuple[Route, ...]:
    """`POST /v1/events`, `GET /v1/alerts`, `GET /v1/alerts/NUMBER`."""

    def post(call: Call, transaction: Transaction) -> Reply:
        taken = alerts.take(event_of(call.object(), call.token), transaction)
        status = 201 if taken.outcome == "new" else 200
        return Reply({"outcome": taken.outcome, "alert": taken.number or None}, status)

    def every(call: Call, transaction: Transaction) -> Reply:
        return Reply({"alerts": [described(alert) for alert in alerts.book.open()]})

    def one(call: Call, transaction: Transaction) -> Reply:
        number = call.path["number"]
        if not number.isdecimal() or len(number) > 18:
            raise StanzaError("item-not-found", f"there is no alert {number}")
        return Reply(described(alerts.book.get(int(number))))

    return (
        Route("POST", "/v1/events", post, "events"),
        Route("GET", "/v1/alerts", every, "alerts"),
        Route("GET", "/v1/alerts/{number}", one, "alerts"),
    )


def event_of(value: Mapping[str, Any], token: str) -> Event:
    """The event in a JSON object, whose keys are those of `Event`. Raises `bad-request`."""
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise StanzaError("bad-request", f"{unknown[0]}: unknown; known are {', '.join(sorted(_FIELDS))}")
    try:
        event = msgspec.convert({"source": token, **value}, Event)
    except (msgspec.ValidationError, ValueError) as error:
        raise StanzaError("bad-request", str(error)) from None
    started = event.started_at
    if started is not None and started.tzinfo is None:
        raise StanzaError("bad-request", "started_at: expected a time zone, as in 2026-05-04T12:00:00Z")
    return event


def described(alert: Alert) -> dict[str, Any]:
    """An alert as JSON."""
    return {
        "number": alert.number,
        "state": alert.state,
        "why": alert.why,
        "severity": alert.severity,
        "title": alert.title,
        "rule": alert.rule,
        "labels": dict(alert.common),
        "started_at": _moment(alert.started_at),
        "since": _moment(alert.since),
        "instances": [
            {
                "source": instance.source,
                "key": instance.key,
                "title": instance.title,
                "severity": instance.severity,
                "labels": dict(instance.labels),
                "started_at": _moment(instance.started_at),
                "resolved_at": _moment(instance.resolved_at) if instance.resolved_at else None,
                "events": instance.events,
            }
            for instance in alert.instances.values()
        ],
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
