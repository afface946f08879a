"""The TCP ports the configuration opens, and whether they can be had.

A table that listens has `addresses`, a list, and one or more keys named `port` or `…_port`, where 0
means closed. What is left out has the value of the shipped configuration.
"""

import contextlib
import errno
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctl.shipped import shipped
from settings import load

LISTENING = "0A"  # the state in /proc/net/tcp


@dataclass(frozen=True, slots=True)
class Listener:
    """An address and port some process is going to listen on, and the key that says so."""

    key: str
    address: str
    port: int


def listeners(document: Mapping[str, Any], processes: Collection[str]) -> list[Listener]:
    """What the tables of these processes listen on."""
    complete = completed(document)
    return [
        listener
        for name, table in complete.items()
        if name in processes and isinstance(table, Mapping)
        for listener in _in_table(name, table)
    ]


def completed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with everything it leaves out taken from the shipped configuration."""
    return _over(load(shipped("stellwerk.toml")), document)


def is_port(key: str, value: object) -> bool:
    """Whether a key of the configuration opens a port."""
    return (key == "port" or key.endswith("_port")) and isinstance(value, int) and value != 0


def obstacle(listener: Listener) -> str | None:
    """Why the port cannot be had, as a line with what, where and how to mend it; None if it can."""
    family = socket.AF_INET6 if ":" in listener.address else socket.AF_INET
    place = f"port {listener.port} on {listener.address} ({listener.key})"
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((listener.address, listener.port))
            probe.listen(1)
    except OSError as error:
        return _explained(place, listener, error)
    return None


def _explained(place: str, listener: Listener, error: OSError) -> str | None:
    # A machine without IPv6 has no "::"; listening on the other addresses is enough.
    if listener.address == "::" and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
        return None
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use{_by_whom(listener.port)}: stop that, or change the port"
    if error.errno == errno.EACCES:
        return f"{place} needs a privilege this user does not have: choose a port from 1024 upwards"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{place}: this machine has no such address; mend the `addresses` beside the port"
    return f"{place}: {error.strerror or error}"


def _in_table(place: str, table: Mapping[str, Any]) -> Iterator[Listener]:
    addresses = table.get("addresses")
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _in_table(f"{place}.{key}", value)
        elif isinstance(addresses, list) and is_port(key, value):
            yield from (Listener(f"{place}.{key}", str(address), value) for address in addresses)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        tables = isinstance(value, Mapping) and isinstance(under, Mapping)
        both[key] = _over(under, value) if tables else value  # type: ignore[arg-type]
    return both


def _by_whom(port: int) -> str:
    """Who listens there, as far as this user may see: root sees all, others their own processes."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        process = descriptor.parent.parent
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            if str(descriptor.readlink()) in sockets:
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
    return " by another program"


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENING and int(words[1].rpartition(":")[2], 16) == port:
                yield words[9]
