"""The tables `[notifier.inputs…]`."""

from dataclasses import dataclass, field

from components.notifier.alerts.event import Severity
from components.notifier.inputs.generic import GenericSettings


@dataclass(frozen=True, slots=True)
class SecretSettings:
    """A secret that another service has, too."""

    secret: str = ""
    secret_file: str = ""

    def __post_init__(self) -> None:
        if bool(self.secret) == bool(self.secret_file):
            raise ValueError('expected either secret_file (such as "secrets/github") or secret')


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """`[notifier.inputs.heartbeats.NAME]`: fires when nothing has called /v1/heartbeats/NAME for long."""

    minutes: float  # between two calls, at most
    grace_minutes: float = 1.0  # allowed beyond that
    severity: Severity = "error"
    tell: list[str] = field(default_factory=list)  # targets; none: as the rules say
    # In the URL, for who cannot send a header: /v1/heartbeats/NAME?token=…; empty: only with a token.
    secret: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= 366 * 1440 or self.grace_minutes < 0:
            raise ValueError("minutes: expected more than 0, a year at most; grace_minutes: 0 or more")


@dataclass(frozen=True, slots=True)
class SyslogSettings:
    """`[notifier.inputs.syslog]`"""

    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    udp_port: int = 0  # usually 514; 0: closed
    tcp_port: int = 0
    tls_port: int = 0  # usually 6514
    certificate: str = ""  # PEM with the chain, for TLS
    key: str = ""
    severity: Severity = "error"  # the least that becomes an alert
    connections: int = 500  # at one time

    def __post_init__(self) -> None:
        ports = (self.udp_port, self.tcp_port, self.tls_port)
        if not all(0 <= port < 65536 for port in ports):
            raise ValueError("expected ports from 0 (closed) to 65535")
        if self.tls_port and not (self.certificate and self.key):
            raise ValueError("tls_port: needs certificate and key")


@dataclass(frozen=True, slots=True)
class MailInputSettings:
    """`[notifier.inputs.mail]`: an SMTP server for e-mails that become alerts."""

    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    port: int = 0  # 0: closed
    bytes: int = 1048576  # of one e-mail
    # Who is told, by recipient before the @; an e-mail to anybody else is refused. None: all are taken,
    # and told as the rules say.
    recipients: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise ValueError("port: expected 0 (closed) to 65535")
        if self.bytes < 1024:
            raise ValueError("bytes: expected 1024 or more")


@dataclass(frozen=True, slots=True)
class InputsSettings:
    """`[notifier.inputs]`"""

    github: SecretSettings | None = None  # the secret of its webhooks
    pagerduty: dict[str, SecretSettings] = field(default_factory=dict)  # routing keys
    generic: dict[str, GenericSettings] = field(default_factory=dict)
    heartbeats: dict[str, HeartbeatSettings] = field(default_factory=dict)
    syslog: SyslogSettings = field(default_factory=SyslogSettings)
    mail: MailInputSettings = field(default_factory=MailInputSettings)
