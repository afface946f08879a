"""Inputs as a part of the notifier: what comes in by HTTP, syslog and e-mail becomes events."""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.common.entrance import Entrance, Perform
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.event import Event, Take, Taken
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.http import Call, Reply, Route, read_secret
from components.notifier.inputs import alertmanager, cloudevents, generic, github, pagerduty, storage
from components.notifier.inputs.config import InputsSettings, SecretSettings
from components.notifier.inputs.deliveries import Deliveries
from components.notifier.inputs.heartbeats import Heartbeats
from components.notifier.inputs.mail import Mail
from components.notifier.inputs.mail_listener import MailListener
from components.notifier.inputs.syslog import Message
from components.notifier.inputs.syslog_listener import SyslogListener
from components.notifier.prompts import Prompts
from components.notifier.text import Said, Speaker

SCOPE = "events"
_SOCKETS = ("syslog", "mail")  # keys below `inputs` that need a new process

Acknowledge = Callable[[str, str, Transaction], object]  # source and key of an alert


@dataclass(frozen=True, slots=True)
class Secrets:
    """What others sign with; read at the start and at each reload."""

    github: str = ""
    routing_keys: tuple[str, ...] = ()

    @classmethod
    def read(cls, settings: InputsSettings, home: Path) -> "Secrets":
        """Raises `OSError`."""
        github_secret = _secret(settings.github, home) if settings.github is not None else ""
        return cls(github_secret, tuple(_secret(key, home) for key in settings.pagerduty.values()))


def inputs_part(
    settings: InputsSettings,
    home: Path,
    domain: str,
    alerts: Alerts,
    prompts: Prompts,
    agenda: Agenda,
    stored: storage.InputsStored,
) -> Part:
    """The part with its state."""

    def acknowledge(source: str, key: str, transaction: Transaction) -> None:
        alert = alerts.book.about((source, key))
        if alert is not None and prompts.takes(alert.number, "ack"):
            prompts.answer(alert.number, Said(Speaker(source, "operator"), "ack", ""), transaction)

    heartbeats = Heartbeats(alerts.take, agenda, stored.heartbeats)
    deliveries = Deliveries(stored.deliveries)
    return InputsPart(settings, home, domain, alerts.take, acknowledge, heartbeats, deliveries).part()


class InputsPart:
    """Its declaration, and what it does with requests."""

    def __init__(
        self,
        settings: InputsSettings,
        home: Path,
        domain: str,
        take: Take,
        acknowledge: Acknowledge,
        heartbeats: Heartbeats,
        deliveries: Deliveries,
    ) -> None:
        self._settings, self._home, self._domain = settings, home, domain
        self._take, self._acknowledge = take, acknowledge
        self._heartbeats, self._deliveries = heartbeats, deliveries
        self._secrets = Secrets()

    def part(self) -> Part:
        """See `feature.Part`."""
        return Part(
            "inputs",
            routes=(
                Route("POST", "/v1/events/alertmanager", self._alertmanager("alertmanager"), SCOPE),
                Route("POST", "/v1/events/grafana", self._alertmanager("grafana"), SCOPE),
                Route("POST", "/v1/events/github", self._github, SCOPE, checks="own"),
                Route("POST", "/v1/events/cloudevents", self._cloudevents, SCOPE),
                Route("POST", "/v1/events/json/{name}", self._generic, SCOPE),
                # The paths of PagerDuty itself, so that only the host changes.
                Route("POST", "/v2/enqueue", self._pagerduty, SCOPE, checks="own"),
                Route("POST", "/v1/heartbeats/{name}", self._beat, SCOPE),
                Route("GET", "/v1/heartbeats/{name}", self._beat_by_url, SCOPE, checks="own"),
            ),
            configure=self._configure,
            restart_needed=self._restart_needed,
            entrances=self._entrances,
        )

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        before = self._settings
        try:
            secrets = Secrets.read(settings.inputs, self._home)
        except OSError as error:
            raise StanzaError("bad-request", f"notifier.inputs: {error}") from None
        transaction.assign(self, "_secrets", secrets)
        transaction.assign(self, "_settings", settings.inputs)
        self._heartbeats.configure(settings.inputs.heartbeats, transaction)
        return ["inputs"] if settings.inputs != before else []

    def _restart_needed(self, settings: NotifierSettings) -> Iterable[str]:
        for key in _SOCKETS:
            if getattr(settings.inputs, key) != getattr(self._settings, key):
                yield f"inputs.{key}"

    def _entrances(self, perform: Perform) -> Sequence[Entrance]:
        return (
            SyslogListener(self._settings.syslog, self._home, self._syslog, perform),
            MailListener(self._settings.mail, self._domain, self._mail, perform),
        )

    # -- HTTP ------------------------------------------------------------------------------------------

    def _alertmanager(self, source: str) -> Callable[[Call, Transaction], Reply]:
        def run(call: Call, transaction: Transaction) -> Reply:
            found = alertmanager.events(call.object(), source)
            return self._taken((_told(call, event) for event in found), transaction)

        return run

    def _cloudevents(self, call: Call, transaction: Transaction) -> Reply:
        found = cloudevents.read(call.headers, call.body)
        new = [one.event for one in found if self._deliveries.is_new("cloudevents", one.id, transaction)]
        return self._taken((_told(call, event) for event in new), transaction)

    def _generic(self, call: Call, transaction: Transaction) -> Reply:
        name = call.path["name"]
        settings = self._settings.generic.get(name)
        if settings is None:
            known = ", ".join(self._settings.generic) or "none"
            raise StanzaError("item-not-found", f"there is no input {name!r}; there are: {known}")
        found = generic.events(settings, name, call.json())
        return self._taken((_told(call, event) for event in found), transaction)

    def _github(self, call: Call, transaction: Transaction) -> Reply:
        secret = self._secrets.github
        if not secret:
            raise StanzaError("item-not-found", "there is no secret: see [notifier.inputs.github]")
        if not github.is_signed(secret, call.body, call.headers.get(github.SIGNATURE, "")):
            raise StanzaError("not-authorized", f"{github.SIGNATURE} does not fit: is the secret the same?")
        delivery = call.headers.get(github.DELIVERY, "")
        if not delivery:
            raise StanzaError("bad-request", f"{github.DELIVERY}: is missing")
        # The header is not signed: a replay is known by its body, too.
        is_new = self._deliveries.is_new("github", delivery, transaction)
        if not (is_new and self._deliveries.is_new("github body", call.body.hex(), transaction)):
            return Reply({"taken": [], "known": True})
        found = github.events(call.headers.get(github.KIND, ""), call.object())
        return self._taken(found, transaction)

    def _pagerduty(self, call: Call, transaction: Transaction) -> Reply:
        body = call.object()
        key = str(body.get("routing_key", "")).encode()
        known = [hmac.compare_digest(secret.encode(), key) for secret in self._secrets.routing_keys]
        if not any(known):
            raise StanzaError(
                "not-authorized", "routing_key: is not known here, see [notifier.inputs.pagerduty]"
            )
        sent = pagerduty.sent(body)
        if sent.event is not None:
            self._take(sent.event, transaction)
        else:
            self._acknowledge(pagerduty.SOURCE, sent.key, transaction)
        return Reply({"status": "success", "message": "Event processed", "dedup_key": sent.key}, 202)

    def _beat(self, call: Call, transaction: Transaction) -> Reply:
        until = self._heartbeats.beat(call.path["name"], transaction)
        return Reply({"expected_until": until.isoformat()})

    def _beat_by_url(self, call: Call, transaction: Transaction) -> Reply:
        if not self._heartbeats.may_beat(call.path["name"], call.query.get("token", "")):
            raise StanzaError("not-authorized", "there is no heartbeat with this name and token")
        return self._beat(call, transaction)

    def _taken(self, events: Iterable[Event], transaction: Transaction) -> Reply:
        return Reply({"taken": [_shown(self._take(event, transaction)) for event in events]})

    # -- syslog and e-mail -----------------------------------------------------------------------------

    def _syslog(self, message: Message, transaction: Transaction) -> None:
        self._take(message.event(), transaction)

    def _mail(self, mail: Mail, recipients: list[str], transaction: Transaction) -> None:
        if mail.id and not self._deliveries.is_new("mail", mail.id, transaction):
            return
        known = self._settings.mail.recipients
        targets = [target for name in recipients for target in known.get(name, ())]
        self._take(replace(mail.event, to=tuple(dict.fromkeys(targets))), transaction)


def _told(call: Call, event: Event) -> Event:
    """`?to=TARGET,…` in the URL says whom to tell."""
    targets = [target.strip() for target in call.query.get("to", "").split(",") if target.strip()]
    return replace(event, to=tuple(targets)) if targets else event


def _shown(taken: Taken) -> Mapping[str, Any]:
    return {"outcome": taken.outcome, "number": taken.number}


def _secret(settings: SecretSettings, home: Path) -> str:
    return settings.secret or read_secret(home / settings.secret_file)
