"""What people read of an alert: the first line says what and how severe."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from components.notifier.alerts.alert import Alert, Instance
from components.notifier.alerts.rules import Rule
from components.notifier.alerts.templates import TemplateError
from components.notifier.durations import shown

log = logging.getLogger(__name__)

MOST_LISTED = 10  # instances in one message
MOST_LABELS = 8
DESCRIBED_BY = ("summary", "description", "message", "details")  # annotations that say more than the title


def clock(at: datetime, now: datetime) -> str:
    """A moment, in UTC; with the date when it is not today's."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def headline(alert: Alert, now: datetime) -> str:
    """One line: state, severity, title."""
    what = f"{alert.severity.upper()}: {alert.title}"
    match alert.state:
        case "acknowledged":
            return f"Acknowledged by {alert.why} at {clock(alert.since, now)} – {what}"
        case "snoozed":
            until = f" until {clock(alert.due, now)}" if alert.due else ""
            return f"Snoozed by {alert.why}{until} – {what}"
        case "suppressed":
            return f"Quiet ({alert.why}) – {what}"
        case "resolved":
            by = f" by {alert.why}" if alert.why else ""
            return f"RESOLVED{by} after {shown(alert.since - alert.started_at)} – {what}"
    return what


def text(alert: Alert, rule: Rule, now: datetime) -> str:
    """The whole message."""
    lines = [headline(alert, now), *_body(alert, rule, now)]
    grouped = [f"{name}={value}" for name, value in list(alert.common.items())[:MOST_LABELS]]
    lines.append(" · ".join([str(alert.number), f"since {clock(alert.started_at, now)}", *grouped]))
    return "\n".join(lines)


def listed(alert: Alert, now: datetime) -> str:
    """One line of a list."""
    state = "" if alert.state == "open" else f" – {alert.state}{f' ({alert.why})' if alert.why else ''}"
    return (
        f"{alert.number} {alert.severity.upper()}: {alert.title}, since {clock(alert.started_at, now)}{state}"
    )


def summary(alerts: Sequence[Alert], now: datetime) -> str:
    """Many alerts in one message."""
    lines = [f"{len(alerts)} more, of which you were not told one by one:"]
    lines += [listed(alert, now) for alert in alerts[:MOST_LISTED]]
    if len(alerts) > MOST_LISTED:
        lines.append(f"… and {len(alerts) - MOST_LISTED} others; say: list")
    return "\n".join(lines)


def _body(alert: Alert, rule: Rule, now: datetime) -> Iterable[str]:
    if rule.template is not None:
        try:
            yield rule.template.render(values(alert, now)).strip()
            return
        except TemplateError as error:
            log.error("the template of the rule %s has failed: %s", rule.name, error)
            yield f"(the template of this rule has failed: {error})"
    many = len(alert.shown) > 1
    for instance in alert.shown[:MOST_LISTED]:
        if many:
            yield f"- {instance.title}"
        else:
            yield from _described(instance)
    if len(alert.shown) > MOST_LISTED:
        yield f"… and {len(alert.shown) - MOST_LISTED} others"


def _described(instance: Instance) -> Iterable[str]:
    said = {instance.title}
    for name in DESCRIBED_BY:
        annotation = instance.annotations.get(name, "").strip()
        if annotation and annotation not in said:
            said.add(annotation)
            yield annotation
    if instance.link:
        yield instance.link


def values(alert: Alert, now: datetime) -> dict[str, Any]:
    """What templates know."""
    return {
        "number": alert.number,
        "state": alert.state,
        "status": "resolved" if alert.is_over else "firing",
        "severity": alert.severity,
        "title": alert.title,
        "rule": alert.rule,
        "labels": dict(alert.common),
        "started": clock(alert.started_at, now),
        "instances": [_instance_values(instance, now) for instance in alert.shown],
    }


def _instance_values(instance: Instance, now: datetime) -> dict[str, Any]:
    return {
        "title": instance.title,
        "severity": instance.severity,
        "labels": dict(instance.labels),
        "annotations": dict(instance.annotations),
        "link": instance.link,
        "started": clock(instance.started_at, now),
        "key": instance.key,
        "source": instance.source,
    }
