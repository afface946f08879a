"""Making a new home: configuration, secrets, certificate, directories, databases, administrator."""

import datetime
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from ctl.accounts import ask_offline
from ctl.certificate import self_signed
from ctl.failure import Failure
from ctl.files import make_directory, write
from ctl.listeners import is_port
from ctl.programs import write_supervisor_configuration
from ctl.shipped import shipped
from settings import Home

HIGHEST_PORT = 65535
SHIPPED_DOMAIN = "localhost"
SECRET_BYTES = 32
# Without letters and digits that are mistaken for each other; four groups of five carry 98 bits.
PASSWORD_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
PASSWORD_GROUPS, PASSWORD_GROUP = 4, 5


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made: the administrator's address and password, and the file that keeps it."""

    administrator: str
    password: str
    password_file: Path


def found(home: Home, domain: str, port_offset: int) -> Founded:
    """Make a home in a directory that is empty or does not exist yet.

    Raises `Failure` with nothing changed if that cannot be done.
    """
    created = _claim(home.path)
    try:
        return _furnish(home, domain, port_offset)
    except BaseException:
        _clear(home.path, remove=created)
        raise


def configuration_text(domain: str, port_offset: int) -> str:
    """The shipped `stellwerk.toml`, comments and all, for this domain and with its ports moved."""
    text = shipped("stellwerk.toml").read_text(encoding="utf-8")
    # The tables of components are named by their domain, in the headers.
    text = re.sub(rf'(?m)^(\[.*)\.{SHIPPED_DOMAIN}"\]', lambda found: f'{found[1]}.{domain}"]', text)
    document = tomlkit.parse(text)
    document["domain"] = domain
    document["administrators"] = [f"admin@{domain}"]
    for table, key, value in list(_values(document)):
        if "addresses" in table and is_port(key, value):  # others are of servers elsewhere
            table[key] = _moved(value, port_offset)
        elif isinstance(value, str) and key == "router":
            host, _, port = value.rpartition(":")
            table[key] = f"{host}:{_moved(int(port), port_offset)}"
    return tomlkit.dumps(document)


def new_password() -> str:
    """A password that can be read aloud and typed."""
    letters = [secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_GROUPS * PASSWORD_GROUP)]
    groups = ["".join(letters[at : at + PASSWORD_GROUP]) for at in range(0, len(letters), PASSWORD_GROUP)]
    return "-".join(groups)


def _claim(path: Path) -> bool:
    """Make sure the directory is there, empty and writable; whether it had to be created."""
    if (path / "stellwerk.toml").exists():
        raise Failure(f"{path} is the home of an installation already; nothing was changed")
    try:
        path.mkdir(mode=0o700, parents=True)
        return True
    except FileExistsError:
        if not path.is_dir() or any(path.iterdir()):
            raise Failure(f"{path} is not an empty directory; nothing was changed") from None
        return False
    except OSError as error:
        raise Failure(f"{path} cannot be created: {error.strerror}") from None


def _furnish(home: Home, domain: str, port_offset: int) -> Founded:
    try:
        home.path.chmod(0o700)
        for directory in (home.state, home.secrets, home.certificates, home.run, home.logs):
            make_directory(directory)
        text = configuration_text(domain, port_offset)
        write(home.configuration, text)
        document = tomlkit.parse(text)
        for secret in _secret_files(home, document):
            write(secret, secrets.token_urlsafe(SECRET_BYTES) + "\n")
        _write_certificate(home, domain, document)
        write_supervisor_configuration(home)
    except OSError as error:
        raise Failure(f"{error.filename or home.path} cannot be written: {error.strerror}") from None
    return _add_administrator(home, f"admin@{domain}")


def _add_administrator(home: Home, jid: str) -> Founded:
    password = new_password()
    ask_offline(home, "user-add", jid=jid, password=password)
    file = home.secrets / "administrator"
    write(file, f"{jid} {password}\n")
    return Founded(jid, password, file)


def _write_certificate(home: Home, domain: str, document: Mapping[str, Any]) -> None:
    components = list(document.get("core_router", {}).get("component", {}))
    now = datetime.datetime.now(datetime.UTC)
    certificate, key = self_signed(domain, components, now)
    write(home.certificates / f"{domain}.key", key)
    write(home.certificates / f"{domain}.crt", certificate, mode=0o644)


def _secret_files(home: Home, document: MutableMapping[str, Any]) -> set[Path]:
    return {home.path / value for _, key, value in _values(document) if key == "secret_file"}


def _values(table: MutableMapping[str, Any]) -> Iterator[tuple[MutableMapping[str, Any], str, Any]]:
    """Every key below, with the table it stands in and its value."""
    for key, value in table.items():
        if isinstance(value, MutableMapping):
            yield from _values(value)
        else:
            yield table, key, value


def _moved(port: int, offset: int) -> int:
    if port + offset > HIGHEST_PORT:
        raise Failure(f"--port-offset {offset}: {port} would become {port + offset}, above {HIGHEST_PORT}")
    return port + offset


def _clear(path: Path, remove: bool) -> None:
    """Leave the directory as it was found: empty, or not there."""
    for entry in path.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if remove:
        path.rmdir()
