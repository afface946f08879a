"""What every component reads of `stellwerk.toml`: its domain, the router, the secret, the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from slixmpp import JID, InvalidJID
from sqlalchemy import URL

from settings import Home, Problems, load, read
from settings.common import Common, home_of, read_common
from settings.engines import database_url

BACKENDS = ("sqlite", "postgresql", "mysql", "mariadb")


@dataclass(frozen=True, slots=True)
class ComponentSettings:
    """The keys every component's table has; a component adds its own by inheriting."""

    domain: str = ""  # empty: the component's usual label before the domain of the installation
    router: str = "127.0.0.1:5347"
    secret: str = ""
    secret_file: str = ""
    database: str = ""


S = TypeVar("S", bound=ComponentSettings)


@dataclass(frozen=True, slots=True)
class Configuration(Generic[S]):
    """A component's configuration, checked and with its references resolved."""

    home: Home
    common: Common
    settings: S
    domain: str
    router: tuple[str, int]  # host, port
    secret: str
    database: URL
    # Bare JIDs of the router's shared groups, by the group's name; not those that a "*" stands for.
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_configuration(path: Path, name: str, label: str, kind: type[S]) -> Configuration[S]:
    """The configuration of the component `name`, whose address is usually `label` before the domain.

    Raises `settings.SettingsError` with everything that is wrong.
    """
    document = load(path)
    problems = Problems(path)
    common = read_common(document, problems)
    settings = read(kind, document.get(name, {}), name, problems)
    if common is None or settings is None:
        problems.finish()
        raise AssertionError("something was read as None without a problem")
    home = home_of(path)
    domain = _domain(settings.domain or f"{label}.{common.domain}", f"{name}.domain", problems)
    router = _router(settings.router, f"{name}.router", problems)
    secret = _secret(settings, home, name, problems)
    database = _database(settings.database, home, f"{name}.database", problems)
    problems.finish()
    groups = _groups(document)
    return Configuration(home, common, settings, domain, router, secret, database, groups)


def _groups(document: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """As they stand there: what is wrong with them is the router's to say."""
    groups: dict[str, list[str]] = {}
    router = document.get("core_router")
    tables = router.get("shared_groups") if isinstance(router, Mapping) else None
    for key, table in tables.items() if isinstance(tables, Mapping) else ():
        if isinstance(table, Mapping) and isinstance(table.get("members"), list):
            members = [member for member in table["members"] if isinstance(member, str)]
            groups[str(table.get("name") or key)] = [member for member in members if "*" not in member]
    return groups


def _domain(value: str, place: str, problems: Problems) -> str:
    try:
        jid = JID(value)
    except InvalidJID:
        jid = JID()
    if not jid.domain or jid.full != jid.domain:
        problems.at(place, f"expected a domain such as conference.example.com, found {value!r}")
    return jid.domain


def _router(value: str, place: str, problems: Problems) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        problems.at(place, f"expected host:port such as 127.0.0.1:5347, found {value!r}")
        return "", 0
    return host.strip("[]"), int(port)


def _secret(settings: ComponentSettings, home: Home, name: str, problems: Problems) -> str:
    if settings.secret:
        return settings.secret
    if not settings.secret_file:
        problems.at(f"{name}.secret_file", f'is required (or secret = "…"); usually "secrets/{name}"')
        return ""
    path = home.path / settings.secret_file
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        problems.at(f"{name}.secret_file", f"{path}: no such file; `stellwerk init` writes it")
    except (OSError, UnicodeDecodeError) as error:
        problems.at(f"{name}.secret_file", f"{path}: cannot be read: {error}")
    else:
        if not secret:
            problems.at(f"{name}.secret_file", f"{path}: is empty; put the component's secret in it")
        return secret
    return ""


def _database(value: str, home: Home, place: str, problems: Problems) -> URL:
    try:
        url = database_url(value, home.path)
    except ValueError as error:
        problems.at(place, str(error))
        return URL.create("sqlite")
    if url.get_backend_name() not in BACKENDS:
        problems.at(place, f"expected one of {', '.join(BACKENDS)}, found {url.get_backend_name()!r}")
    if url.get_backend_name() == "sqlite" and (not url.database or url.database == ":memory:"):
        problems.at(place, "expected a file, as in sqlite:///state/name.sqlite")
    return url
