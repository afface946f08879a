"""The tables `[notifier…]` of the configuration; what a part needs is declared beside the part."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Literal

from components.common.config import ComponentSettings
from components.notifier.alerts.config import AlertsSettings
from components.notifier.approvals.config import ApprovalsSettings
from components.notifier.inputs.config import InputsSettings
from components.notifier.people.config import PeopleSettings
from components.notifier.topics.config import TopicSettings, require_names
from components.notifier.watch.config import WatchSettings


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """`[notifier.http.tokens.NAME]`: a program that may ask something over HTTP."""

    secret: str = ""
    secret_file: str = ""
    scopes: list[str] = field(default_factory=lambda: ["*"])  # of routes; "*": all

    def __post_init__(self) -> None:
        if bool(self.secret) == bool(self.secret_file):
            raise ValueError('expected either secret_file (such as "secrets/notifier-http") or secret')


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`[notifier.http]`: where programs reach the notifier."""

    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    port: int = 5281  # 0 closes it
    body_bytes: int = 1048576  # of one request
    tokens: dict[str, TokenSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise ValueError("port: expected 0 (closed) to 65535")
        if self.body_bytes < 1:
            raise ValueError("body_bytes: expected 1 or more")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`[notifier.mail]`: the server that takes our e-mails."""

    host: str = ""  # empty: no e-mails are sent
    port: int = 25
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""  # empty: without a login
    password: str = ""
    password_file: str = ""
    sender: str = ""  # empty: notifier@DOMAIN


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """`[notifier.work]`: callbacks and e-mails, and what becomes of those that fail."""

    callback_networks: list[str] = field(default_factory=list)  # private ones that may be called
    callback_secret: str = ""  # signs callbacks; see also callback_secret_file
    callback_secret_file: str = ""
    attempts: int = 12  # then it is dead, and kept for the operator
    first_pause: float = 5.0  # seconds after the first failure; doubles each time
    longest_pause: float = 3600.0
    timeout: float = 20.0  # seconds for one attempt
    at_once: int = 16  # attempts at the same time

    def __post_init__(self) -> None:
        for network in self.callback_networks:
            ip_network(network)  # whose ValueError says what is wrong
        for key in ("attempts", "first_pause", "longest_pause", "timeout", "at_once"):
            if not getattr(self, key) > 0:
                raise ValueError(f"{key}: expected more than 0")


@dataclass(frozen=True, slots=True)
class NotifierSettings(ComponentSettings):
    """The notifier."""

    secret_file: str = "secrets/notifier"
    database: str = "sqlite:///state/notifier.sqlite"
    name: str = "Alerts"  # of the service, in service discovery
    localpart: str = "alerts"  # of the address its messages come from; empty: its domain alone
    nickname: str = "alerts"  # in rooms
    http: HttpSettings = field(default_factory=HttpSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    inputs: InputsSettings = field(default_factory=InputsSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)
    approvals: ApprovalsSettings = field(default_factory=ApprovalsSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    topics: dict[str, TopicSettings] = field(default_factory=dict)  # by name

    def __post_init__(self) -> None:
        require_names(self.topics)

    def address(self, domain: str) -> str:
        """Where messages to people come from, and answers go to (bare JID)."""
        return f"{self.localpart}@{domain}" if self.localpart else domain
