"""Looking after connections that say nothing: logins that never end, clients that are gone.

One pass over all connections every few seconds, instead of a timer for each.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from core_router.config import Clients
from core_router.envelope import Envelope
from core_router.runtime.tcp import TcpConnection
from core_router.services.ping import NAMESPACE as PING
from core_router.streams.client import ClientStream
from core_router.streams.http.server import HttpStream
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import parse_jid

INTERVAL = 5  # seconds between passes


class Sweep:
    """Closes client connections by the rules of `[core_router.clients]`."""

    def __init__(self, rules: Clients) -> None:
        self.rules = rules  # may be replaced
        self._silent: WeakKeyDictionary[TcpConnection, int] = WeakKeyDictionary()  # seconds

    def run(self, connections: Iterable[TcpConnection]) -> None:
        """One pass; to be called every `INTERVAL` seconds."""
        for connection in list(connections):
            stream = connection.stream
            if isinstance(stream, HttpStream):
                stream.tick(INTERVAL)
                stream = stream.carried.stream if stream.carried is not None else None
            if isinstance(stream, ClientStream):
                self._look_at(connection, stream)

    def _look_at(self, connection: TcpConnection, stream: ClientStream) -> None:
        if stream.session is None:
            # However much it says: it must have logged in by then.
            if self._count(connection) >= self.rules.login_timeout:
                stream.end(StreamError(StreamCondition.CONNECTION_TIMEOUT, "no login"))
            return
        if stream.heard:
            stream.heard = False
            self._silent.pop(connection, None)
            return
        silent = self._count(connection)
        if silent >= self.rules.idle_ping + self.rules.idle_timeout:
            stream.end(StreamError(StreamCondition.CONNECTION_TIMEOUT, "no sign of life"))
        elif silent - INTERVAL < self.rules.idle_ping <= silent:
            stream.session.send(_ping(stream))

    def _count(self, connection: TcpConnection) -> int:
        silent = self._silent[connection] = self._silent.get(connection, 0) + INTERVAL
        return silent


def _ping(stream: ClientStream) -> Envelope:
    """XEP-0199 §4.1: server to client."""
    assert stream.session is not None
    return Envelope(
        "iq", stream.session.jid, parse_jid(stream.domain), id="ping", type="get",
        content=f"<ping xmlns='{PING}'/>".encode(),
    )  # fmt: skip
