"""Prometheus Alertmanager, webhook version 4; Grafana's alerting sends the same and a little more."""

from collections.abc import Mapping
from typing import Any

from components.common.errors import StanzaError
from components.notifier.alerts.event import Event
from components.notifier.inputs.severities import severity
from components.notifier.inputs.shapes import event, moment, tables, text, texts


def events(body: Mapping[str, Any], source: str) -> list[Event]:
    """One for each alert of the group. Raises `bad-request`."""
    version = text(body, "version")
    if source == "alertmanager" and version != "4":
        raise StanzaError("bad-request", f"version: expected 4, found {version!r}; update Alertmanager")
    return [_event(alert, text(body, "externalURL"), source) for alert in tables(body, "alerts")]


def _event(alert: Mapping[str, Any], home: str, source: str) -> Event:
    labels, annotations = texts(alert, "labels"), texts(alert, "annotations")
    name = labels.get("alertname", "")
    where = labels.get("instance", "")
    title = annotations.get("summary") or annotations.get("title") or " on ".join(filter(None, (name, where)))
    if value := text(alert, "valueString"):  # Grafana's
        annotations.setdefault("value", value)
    links = (text(alert, key) for key in ("panelURL", "dashboardURL", "generatorURL"))
    return event(
        source,
        text(alert, "fingerprint") or _fingerprint(labels),
        title or "alert without a name",
        status="resolved" if text(alert, "status") == "resolved" else "firing",
        severity=severity(labels.get("severity", "")),
        labels=labels,
        annotations=annotations,
        started_at=moment(text(alert, "startsAt")),
        link=next((link for link in links if link), home),
    )


def _fingerprint(labels: Mapping[str, str]) -> str:
    """The labels are an alert's identity; Alertmanager before 0.22 sends no fingerprint."""
    return ",".join(f"{name}={labels[name]}" for name in sorted(labels)) or "no labels"
