"""The router's part of `stellwerk.toml`: tables, defaults, and what makes them impossible."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from core_router.framing.limits import Limits
from core_router.xmpp.jid import InvalidJid, parse_jid, prepare_domain
from settings import Home, Problems, SettingsError, load, read
from settings.common import Common, home_of, read_common

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+").fullmatch  # RFC 3986 §3, as far as it matters here

Port = Annotated[int, Meta(ge=0, le=65535)]  # 0: closed
Seconds = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Clients:
    """`[core_router.clients]`: where clients connect."""

    addresses: list[str] = field(default_factory=lambda: ["0.0.0.0", "::"])
    port: Port = 5222
    tls_port: Port = 5223
    require_tls: bool = True
    login_timeout: Seconds = 30
    idle_ping: Seconds = 300
    idle_timeout: Seconds = 60


@dataclass(frozen=True, slots=True)
class Login:
    """`[core_router.login]`: how clients may log in."""

    plain: bool = True
    token_days: Annotated[int, Meta(ge=0, le=3650)] = 21  # 0: no tokens
    guests: Annotated[int, Meta(ge=0)] = 0  # at one time; 0: none


@dataclass(frozen=True, slots=True)
class Http:
    """`[core_router.http]`: where clients in web pages connect."""

    addresses: list[str] = field(default_factory=lambda: ["0.0.0.0", "::"])
    port: Port = 5280
    url: str = ""
    origins: list[str] = field(default_factory=lambda: ["*"])
    trusted_proxies: list[str] = field(default_factory=lambda: ["127.0.0.1", "::1"])

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith("https://"):
            raise ValueError(f"`url` begins with https:// (XEP-0156), {self.url!r} does not")
        for proxy in self.trusted_proxies:
            try:
                ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"`trusted_proxies`: {error}") from None


@dataclass(frozen=True, slots=True)
class Tls:
    """`[core_router.tls]`: certificate and key; empty stands for those of the domain in the home."""

    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`[core_router.limits]`."""

    unauthenticated_bytes: Annotated[int, Meta(ge=1000)] = 10_000
    unauthenticated_connections: Annotated[int, Meta(ge=100)] = 5000
    client_stanza_bytes: Annotated[int, Meta(ge=10_000)] = 262_144  # RFC 6120 §13.12
    component_stanza_bytes: Annotated[int, Meta(ge=10_000)] = 524_288
    depth: Count = 64
    attributes: Count = 64
    elements: Count = 4096
    offline_messages: Annotated[int, Meta(ge=0)] = 1000
    offline_bytes: Annotated[int, Meta(ge=0)] = 2_097_152
    roster_items: Count = 2000
    roster_requests: Count = 200
    blocked_addresses: Count = 1000
    directed_presence: Count = 1000
    resources: Count = 16
    multicast_addresses: Count = 1000
    unsent_bytes: Count = 4_194_304

    def of(self, bytes: int) -> Limits:
        """The framing limits with that many bytes a stanza."""
        return Limits(bytes, self.depth, self.attributes, self.elements)


# What `[core_router.limits]` says at the moment; it may change while the router runs.
CurrentBounds = Callable[[], Bounds]


@dataclass(frozen=True, slots=True)
class Contact:
    """`[core_router.contact]`: URIs for those who have something to say about this server (XEP-0157)."""

    abuse: list[str] = field(default_factory=list)
    admin: list[str] = field(default_factory=list)
    feedback: list[str] = field(default_factory=list)
    sales: list[str] = field(default_factory=list)
    security: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    support: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for role in fields(self):
            for uri in getattr(self, role.name):
                if not _URI(uri):
                    raise ValueError(
                        f"`{role.name}`: {uri!r} is no URI; it looks like mailto:…, xmpp:… or https://…"
                    )


@dataclass(frozen=True, slots=True)
class SharedGroup:
    """`[core_router.shared_groups.NAME]`: people who see each other without having asked."""

    name: str = ""
    members: list[str] = field(default_factory=list)  # bare addresses, `*` or `*@DOMAIN`
    visible_to: list[str] = field(default_factory=list)  # names of groups


@dataclass(frozen=True, slots=True)
class Rates:
    """`[core_router.rates]`: how fast clients, and network addresses, may be; 0: no limit."""

    client_bytes: Annotated[int, Meta(ge=0)] = 131_072  # a second
    client_stanzas: Annotated[int, Meta(ge=0)] = 100  # a second
    connections: Annotated[int, Meta(ge=0)] = 1000  # of one address at one time
    new_connections: Annotated[int, Meta(ge=0)] = 300  # a minute, from one address
    failed_logins: Annotated[int, Meta(ge=0)] = 60  # an hour, from one address
    failed_logins_of_account: Annotated[int, Meta(ge=0)] = 30  # an hour, from everywhere
    exempt: list[str] = field(default_factory=lambda: ["127.0.0.0/8", "::1"])

    def __post_init__(self) -> None:
        for network in self.exempt:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"`exempt`: {error}") from None


@dataclass(frozen=True, slots=True)
class Resumption:
    """`[core_router.resumption]`: what is kept for a client whose connection is gone (XEP-0198)."""

    seconds: Annotated[int, Meta(ge=0, le=86_400)] = 600
    stanzas: Count = 10_000
    bytes: Count = 8_388_608


@dataclass(frozen=True, slots=True)
class Link:
    """`[core_router.link]`: what is kept for a component that is away."""

    seconds: Annotated[int, Meta(ge=0, le=86_400)] = 300
    stanzas: Count = 50_000
    bytes: Count = 67_108_864


@dataclass(frozen=True, slots=True)
class ComponentListener:
    """`[core_router.components]`: where components connect."""

    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    port: Port = 5347


@dataclass(frozen=True, slots=True)
class Component:
    """`[core_router.component."DOMAIN"]`."""

    secret: str = ""
    secret_file: str = ""
    hidden: bool = False
    multicast: bool = True  # XEP-0033
    connections: Annotated[int, Meta(ge=1, le=64)] = 1  # that share the domain, at one time

    def __post_init__(self) -> None:
        if bool(self.secret) == bool(self.secret_file):
            raise ValueError("needs either `secret` or `secret_file`")


@dataclass(frozen=True, slots=True)
class RouterTable:
    """`[core_router]`."""

    more_domains: list[str] = field(default_factory=list)
    database: str = "sqlite:///state/core_router.sqlite"
    clients: Clients = field(default_factory=Clients)
    login: Login = field(default_factory=Login)
    http: Http = field(default_factory=Http)
    tls: Tls = field(default_factory=Tls)
    limits: Bounds = field(default_factory=Bounds)
    contact: Contact = field(default_factory=Contact)
    shared_groups: dict[str, SharedGroup] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    link: Link = field(default_factory=Link)
    resumption: Resumption = field(default_factory=Resumption)
    components: ComponentListener = field(default_factory=ComponentListener)
    component: dict[str, Component] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the router is told, with secrets and paths resolved."""

    path: Path
    home: Home
    common: Common
    router: RouterTable
    secrets: dict[str, str]  # of the components, by domain

    @property
    def domains(self) -> list[str]:
        """Those whose accounts live here, the first being the installation's own."""
        return [self.common.domain, *self.router.more_domains]

    @property
    def certificates(self) -> dict[str, tuple[Path, Path]]:
        """The files with certificate chain and key, by domain, in the order of `domains`."""
        files = {domain: self._files(Tls(), domain) for domain in self.domains}
        return {**files, self.common.domain: self._files(self.router.tls, self.common.domain)}

    def _files(self, tls: Tls, domain: str) -> tuple[Path, Path]:
        return self._in_home(tls.certificate, f"{domain}.crt"), self._in_home(tls.key, f"{domain}.key")

    def _in_home(self, configured: str, default: str) -> Path:
        return self.home.path / configured if configured else self.home.certificates / default


def read_config(path: Path) -> Config:
    """The router's configuration. Raises `SettingsError` with every problem found."""
    document = load(path)
    problems = Problems(path)
    common = read_common(document, problems)
    table = read(RouterTable, document.get("core_router", {}), "core_router", problems)
    home = home_of(path)
    if common is not None:
        _check_domain(common.domain, "domain", problems)
    secrets = _secrets(table.component, home, problems) if table is not None else {}
    if common is None or table is None:
        raise SettingsError(list(problems))
    config = Config(path, home, common, table, secrets)
    _check_domains(config, problems)
    _check_limits(config.router.limits, problems)
    _check_shared_groups(config, problems)
    _check_certificates(config, problems)
    problems.finish()
    return config


def _check_domains(config: Config, problems: Problems) -> None:
    seen = {config.common.domain}
    for domain in config.router.more_domains:
        _check_domain(domain, "core_router.more_domains", problems)
        if domain in seen:
            problems.at("core_router.more_domains", f"{domain} is named twice")
        seen.add(domain)
    for domain in sorted(seen & config.router.component.keys()):
        problems.at(f'core_router.component."{domain}"', "a domain with accounts cannot be a component's too")


def _check_limits(limits: Bounds, problems: Problems) -> None:
    if limits.offline_bytes > limits.unsent_bytes // 2:
        # They are sent at once, and a client for which more waits than `unsent_bytes` is closed.
        most = limits.unsent_bytes // 2
        problems.at("core_router.limits.offline_bytes", f"at most half of `unsent_bytes`, {most}")


def _check_shared_groups(config: Config, problems: Problems) -> None:
    groups = config.router.shared_groups
    for name, group in groups.items():
        place = f"core_router.shared_groups.{name}"
        for member in group.members:
            complaint = _not_a_member(member, config.domains)
            if complaint:
                problems.at(f"{place}.members", f"{member!r}: {complaint}")
        for other in group.visible_to:
            if other not in groups:
                problems.at(f"{place}.visible_to", f"there is no group {other!r}")


def _not_a_member(member: str, domains: list[str]) -> str:
    """Why this cannot be a member of a shared group; "" if it can."""
    local, _, domain = member.partition("@")
    if member == "*":
        return ""
    try:
        prepared = parse_jid(member).full
    except InvalidJid as error:
        return str(error)
    if domain not in domains or "/" in member or not local:
        return f"members have accounts here: name@{domains[0]}, `*` for everybody"
    return "" if prepared == member else f"write it as {prepared!r}"


def _check_certificates(config: Config, problems: Problems) -> None:
    for domain, files in config.certificates.items():
        for file in files:
            if not file.is_file():
                own = domain == config.common.domain
                remedy = "`stellwerk init` makes one" if own else f"put the one for {domain} there"
                problems.at("core_router.tls", f"{file}: no such file; {remedy}")


def _check_domain(domain: str, place: str, problems: Problems) -> None:
    try:
        prepared = prepare_domain(domain)
    except InvalidJid as error:
        problems.at(place, str(error))
        return
    if prepared != domain:
        problems.at(place, f"write it as {prepared!r}")


def _secrets(components: Mapping[str, Component], home: Home, problems: Problems) -> dict[str, str]:
    secrets: dict[str, str] = {}
    for domain, component in components.items():
        place = f'core_router.component."{domain}"'
        _check_domain(domain, place, problems)
        try:
            secret = component.secret or (home.path / component.secret_file).read_text().strip()
        except OSError as error:
            problems.at(f"{place}.secret_file", f"{component.secret_file}: {error.strerror}")
            continue
        except UnicodeDecodeError:
            problems.at(f"{place}.secret_file", f"{component.secret_file} is not text in UTF-8")
            continue
        if not secret:
            problems.at(f"{place}.secret_file", f"{component.secret_file} is empty")
        secrets[domain] = secret
    return secrets
