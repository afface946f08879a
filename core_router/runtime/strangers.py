"""Connections on which nobody has logged in yet: their number is bounded, whatever addresses they come from.

The oldest gives way to the newest: whoever means it is through in less time than it takes to fill the list.
"""

import logging
from typing import Protocol

log = logging.getLogger(__name__)


class Connection(Protocol):
    """What is counted: `core_router.runtime.tcp.TcpConnection`."""

    @property
    def peer(self) -> str: ...
    @property
    def admitted(self) -> bool:
        """Whether its peer has logged in, or is being answered."""

    def abort(self) -> None: ...


class Strangers:
    """At most `most` of them, on all client ports together."""

    def __init__(self, most: int) -> None:
        self.closed = 0  # since the start
        self.most = most  # may be replaced
        # Oldest first. Who has logged in is taken out when his turn comes, so that logging in costs nothing.
        self._connections: dict[Connection, None] = {}

    def add(self, connection: Connection) -> None:
        """Somebody has connected."""
        self._connections[connection] = None
        while len(self._connections) > self.most:
            oldest = next(iter(self._connections))
            del self._connections[oldest]
            if not oldest.admitted:
                self.closed += 1
                log.debug("%s has not logged in, and others want to: closed", oldest.peer)
                oldest.abort()

    def discard(self, connection: Connection) -> None:
        """It is gone."""
        self._connections.pop(connection, None)
