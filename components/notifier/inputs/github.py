"""GitHub webhooks, signed: what fails, and what is reported, becomes an event; the rest is passed over."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from components.notifier.alerts.event import Event
from components.notifier.inputs.shapes import event, table, text

SIGNATURE = "X-Hub-Signature-256"
DELIVERY = "X-GitHub-Delivery"  # unique for each, and the same when it is sent again
KIND = "X-GitHub-Event"

_GOOD = ("success", "neutral", "skipped")


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the body comes from who knows the secret; compared in constant time."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def events(kind: str, body: Mapping[str, Any]) -> list[Event]:
    """None for what is no news for people on duty. Raises `bad-request`."""
    read = _KINDS.get(kind)
    found = read(body) if read is not None else None
    return [found] if found is not None else []


def _workflow_run(body: Mapping[str, Any]) -> Event | None:
    """A workflow that fails on a branch, until it succeeds there."""
    run = table(body, "workflow_run")
    conclusion = text(run, "conclusion")
    if text(body, "action") != "completed" or conclusion in ("", "cancelled"):
        return None
    name, branch = text(run, "name"), text(run, "head_branch")
    repository = _repository(body)
    return event(
        "github",
        f"workflow {repository} {name} {branch}",
        f"{repository}: {name} {conclusion} on {branch}",
        status="resolved" if conclusion in _GOOD else "firing",
        severity="error",
        labels={"repository": repository, "event": "workflow_run", "workflow": name, "branch": branch},
        link=text(run, "html_url"),
    )


def _alert(kind: str, noun: str) -> Callable[[Mapping[str, Any]], Event | None]:
    def read(body: Mapping[str, Any]) -> Event | None:
        alert, repository = table(body, "alert"), _repository(body)
        rule = table(alert, "rule") or table(alert, "security_advisory")
        what = text(rule, "description") or text(rule, "summary") or text(alert, "secret_type")
        grave = text(rule, "security_severity_level") or text(rule, "severity")
        is_open = text(body, "action") in ("created", "reopened", "reopened_by_user", "appeared_in_branch")
        return event(
            "github",
            f"{kind} {repository} {text(alert, 'number')}",
            f"{repository}: {noun} {text(alert, 'number')}: {what}".rstrip(": "),
            status="firing" if is_open else "resolved",
            severity={"critical": "critical", "high": "error", "low": "info"}.get(grave, "warning"),
            labels={"repository": repository, "event": kind},
            link=text(alert, "html_url"),
        )

    return read


def _deployment_status(body: Mapping[str, Any]) -> Event | None:
    status, deployment = table(body, "deployment_status"), table(body, "deployment")
    state, place = text(status, "state"), text(deployment, "environment")
    if state not in ("success", "failure", "error"):
        return None
    repository = _repository(body)
    return event(
        "github",
        f"deployment {repository} {place}",
        f"{repository}: deployment to {place}: {state}",
        status="resolved" if state == "success" else "firing",
        severity="error",
        labels={"repository": repository, "event": "deployment_status", "environment": place},
        link=text(status, "target_url") or text(status, "log_url"),
    )


def _repository(body: Mapping[str, Any]) -> str:
    return text(table(body, "repository"), "full_name") or "organisation"


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Event | None]] = {
    "workflow_run": _workflow_run,
    "deployment_status": _deployment_status,
    "code_scanning_alert": _alert("code_scanning_alert", "code scanning alert"),
    "dependabot_alert": _alert("dependabot_alert", "vulnerable dependency"),
    "secret_scanning_alert": _alert("secret_scanning_alert", "leaked secret"),
}
