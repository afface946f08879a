"""Looking after connections that say nothing: logins that never end, peers that are gone.

One pass over all connections every few seconds, instead of a timer for each.
"""

import logging
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

from core_router.config import Clients
from core_router.envelope import Envelope
from core_router.services.ping import NAMESPACE as PING
from core_router.streams.client import ClientStream
from core_router.streams.component_accept import ComponentStream
from core_router.streams.http.server import HttpStream
from core_router.streams.stream import XmlStream
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import parse_jid

log = logging.getLogger(__name__)

INTERVAL = 5  # seconds between passes
# Seconds between two calls of `rest`. Memory is given back to the process and not to the system, so what
# lets go of it must do so soon enough for whoever comes next. 0.25 µs a stream.
REST_INTERVAL = 1


class Connection(Protocol):
    """What is looked after: `core_router.runtime.tcp.TcpConnection`."""

    @property
    def peer(self) -> str: ...
    @property
    def stream(self) -> object: ...
    @property
    def paused(self) -> bool: ...
    @property
    def stuck(self) -> bool: ...
    def abort(self) -> None: ...


class Sweep:
    """Closes connections by the rules of `[core_router.clients]`."""

    def __init__(self, rules: Clients) -> None:
        self.rules = rules  # may be replaced
        self._silent: WeakKeyDictionary[Connection, int] = WeakKeyDictionary()  # seconds
        self._stuck: WeakKeyDictionary[Connection, int] = WeakKeyDictionary()

    def run(self, connections: Iterable[Connection]) -> None:
        """One pass; to be called every `INTERVAL` seconds."""
        for connection in list(connections):
            if self._takes_nothing(connection):
                continue
            stream = connection.stream
            if isinstance(stream, HttpStream):
                stream.tick(INTERVAL)
                stream = stream.carried.stream if stream.carried is not None else None
            if isinstance(stream, ClientStream) and stream.session is not None:
                self._look_at(connection, stream)
            elif isinstance(stream, ClientStream) or (
                isinstance(stream, ComponentStream) and not stream.admitted
            ):
                self._wait_for_login(connection, stream)

    def _takes_nothing(self, connection: Connection) -> bool:
        """Whether a peer has read nothing for so long of what waits for it that it was given up.

        A session on the connection may be resumed, and what its client has not got is kept for it.
        """
        if not connection.stuck:
            self._stuck.pop(connection, None)
            return False
        if _longer(self._stuck, connection) < self.rules.idle_timeout:
            return False
        log.info("%s reads nothing any more: closed", connection.peer)
        connection.abort()
        return True

    def _wait_for_login(self, connection: Connection, stream: XmlStream) -> None:
        """However much it says: it must have logged in by then."""
        if _longer(self._silent, connection) >= self.rules.login_timeout:
            stream.end(StreamError(StreamCondition.CONNECTION_TIMEOUT, "no login"))

    def _look_at(self, connection: Connection, stream: ClientStream) -> None:
        if stream.heard or connection.paused:
            stream.heard = False
            self._silent.pop(connection, None)
            return
        silent = _longer(self._silent, connection)
        if silent >= self.rules.idle_ping + self.rules.idle_timeout:
            self._give_up(connection, stream)
        elif silent - INTERVAL < self.rules.idle_ping <= silent:
            assert stream.session is not None
            stream.session.send(_ping(stream))

    def _give_up(self, connection: Connection, stream: ClientStream) -> None:
        """There is nobody at the other end."""
        if stream.handled is None:
            stream.end(StreamError(StreamCondition.CONNECTION_TIMEOUT, "no sign of life"))
        else:
            # XEP-0198 §5: a closed stream could not be resumed, and it is the connection that failed.
            log.info("no sign of life from %s: closed", connection.peer)
            connection.abort()


def rest(connections: Iterable[Connection]) -> None:
    """Let the streams that are silent take up less memory; to be called every `REST_INTERVAL` seconds."""
    for connection in connections:
        stream = connection.stream
        if isinstance(stream, XmlStream):
            stream.rest()


def _longer(seconds: WeakKeyDictionary[Connection, int], connection: Connection) -> int:
    """The seconds counted for a connection, one interval more than the last time."""
    counted = seconds[connection] = seconds.get(connection, 0) + INTERVAL
    return counted


def _ping(stream: ClientStream) -> Envelope:
    """XEP-0199 §4.1: server to client."""
    assert stream.session is not None
    return Envelope(
        "iq", stream.session.jid, parse_jid(stream.domain), id="ping", type="get",
        content=f"<ping xmlns='{PING}'/>".encode(),
    )  # fmt: skip
