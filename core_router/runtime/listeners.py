"""The listening sockets."""

import errno
import socket
from typing import Any

from twisted.internet.protocol import Factory

_BACKLOG = 1024
_UNSENT = 131_072  # bytes the kernel takes before the peer has room for them
# As on a machine without IPv6.
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


class ListenError(Exception):
    """A port cannot be opened; the message says which, why, and what to do."""


def bind(addresses: list[str], port: int, key: str) -> list[socket.socket]:
    """Sockets that listen on a port at each address; port 0 is closed. `key` names the setting.

    Whoever connects waits in the kernel's queue until `serve`. Raises ListenError.
    """
    if not port:
        return []
    sockets: list[socket.socket] = []
    for address in addresses:
        try:
            sockets.append(_bound(address, port))
        except OSError as error:
            if ":" in address and len(addresses) > 1 and error.errno in _NO_SUCH_FAMILY:
                continue  # the other addresses do
            for bound in sockets:
                bound.close()
            raise ListenError(f"{key}: cannot listen on {address} port {port}: {_why(error)}") from None
    return sockets


def serve(reactor: Any, factory: Factory, sockets: list[socket.socket]) -> list[Any]:
    """Accept connections; the result are Twisted's ports."""
    ports = []
    for bound in sockets:
        ports.append(reactor.adoptStreamPort(bound.fileno(), bound.family, factory))
        bound.close()  # the reactor has its own handle on it
    return ports


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # `::` is for IPv6 only: 0.0.0.0 stands beside it.
    bound = socket.create_server((address, port), family=family, backlog=_BACKLOG)
    bound.setblocking(False)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Connections inherit it. What a peer does not read is to wait here, where it is counted, and not,
        # up to 4 MB of it, in the kernel.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
    return bound


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses it; stop that one or choose another port"
    if error.errno == errno.EACCES:
        return "ports below 1024 need a permission this user does not have"
    return error.strerror or str(error)
