"""Connections over TCP, with or without TLS: the thin shell under a stream.

What is written while input is being handled is collected and goes out once, when all of it is
handled: ten messages that came together to one recipient leave as one segment, one TLS record.
Sending takes the short way, straight to the socket; Twisted's buffers come in only when the peer
does not keep up. 4 µs a message less than `transport.write`, which waits for the reactor's next turn.
"""

import logging
from collections.abc import Callable
from typing import Any
from typing import Protocol as Interface

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from core_router.config import Rates
from core_router.routing.admission import Admission
from core_router.routing.rates import Allowance, Rate
from core_router.runtime.backlog import Backlog
from core_router.runtime.strangers import Strangers
from core_router.runtime.tls import Certificates, TlsFailure, TlsSession
from core_router.streams.connection import Connection, Sender

log = logging.getLogger(__name__)

_ALPN = b"xmpp-client"  # XEP-0368 §3
_CLOSING_TIME = 10  # seconds a closed connection may take to send what it still has
_MANY, _LONG = 31, 16_384  # pieces, and bytes of one, that are not collected any further
_BURST = 10  # seconds' worth of what a client may send that may come at once


class Stream(Interface):
    """What a connection carries."""

    heard: bool

    def received(self, data: bytes) -> None: ...
    def taken(self) -> int:
        """How many elements have come since the last call."""

    @property
    def admitted(self) -> bool:
        """Whether the peer has logged in."""

    def connection_lost(self) -> None: ...


class Batch:
    """Those who have something to send when the input at hand is done with.

    That is the input of one turn of the reactor, from whomever it came, where there are turns.
    """

    def __init__(self) -> None:
        self.open = False
        self._waiting: list[Sender] = []

    def by_turns(self, reactor: Any) -> None:
        """Collect while the reactor handles what it has found to be ready, and send then.

        What ten occupants of a room say in one turn goes to the room service as one segment, and comes
        to each of them as one: a quarter less CPU than ten. Where one client alone is busy, nothing
        changes: his turn is over when his input is handled.
        """
        iterate = reactor.doIteration

        def turn(delay: float | None) -> None:
            self.open = True
            try:
                iterate(delay)
            finally:
                self.close()

        reactor.doIteration = turn

    def add(self, sender: Sender) -> None:
        """Have sent what was collected: now, or at the end of the batch that is open."""
        if self.open:
            self._waiting.append(sender)
        else:
            sender.flush()

    def close(self) -> None:
        """The input is handled: send."""
        self.open = False
        waiting, self._waiting = self._waiting, []
        for sender in waiting:
            sender.flush()


class TcpConnection(Protocol):
    """One connection and the stream on it; to the stream it is a `streams.connection.Connection`."""

    transport: Any  # twisted.internet.tcp.Connection

    def __init__(self, factory: "ConnectionFactory") -> None:
        self._factory = factory
        self._batch = factory.batch
        self._stream: Stream | None = None
        self._tls: TlsSession | None = None
        self._unsent: list[bytes] = []  # collected in this batch
        self._backlog: Backlog | None = None  # while the peer does not keep up
        self._when_clear: Callable[[], None] | None = None
        self._allowance: Allowance | None = None  # None: it may send as fast as it likes
        self._pause: Any = None  # the delayed call that ends it
        self._closed = False
        self.host = ""
        self.peer = ""

    # -- Twisted's calls ----------------------------------------------------------------------------

    def connectionMade(self) -> None:
        peer = self.transport.getPeer()
        self.host = _host(peer)
        self.peer = f"{self.host}:{getattr(peer, 'port', '')}"
        self._allowance = self._factory.allowance(self.host)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        if self._factory.tls_at_once:
            self._tls = self._factory.certificates.session(protocol=_ALPN)
        self._stream = self._factory.make_stream(self)
        self._factory.made(self)

    def dataReceived(self, data: bytes) -> None:
        if self._closed or self._stream is None:
            return
        batch = self._batch
        inside, batch.open = batch.open, True
        try:
            plain = data if self._tls is None else self._decrypted(self._tls, data)
            if plain:
                self._stream.received(plain)
        finally:
            if not inside:
                batch.close()
        if self._allowance is not None and self._stream is not None:
            seconds = self._allowance.spend(len(data), self._stream.taken())
            if seconds:
                self._read_again_in(seconds)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed = True
        self._unsent.clear()
        self._when_clear = None
        if self._pause is not None:
            self._pause.cancel()
        self._factory.gone(self)
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.connection_lost()

    # -- a peer that sends too fast -----------------------------------------------------------------

    @property
    def paused(self) -> bool:
        """Whether nothing is read, because the peer has sent too much: what it sends now waits."""
        return self._pause is not None

    def _read_again_in(self, seconds: float) -> None:
        if not self._closed and self._pause is None:
            self.transport.pauseProducing()
            self._pause = self._factory.reactor.callLater(seconds, self._read_again)

    def _read_again(self) -> None:
        self._pause = None
        self.transport.resumeProducing()

    # -- the stream's calls -------------------------------------------------------------------------

    @property
    def secure(self) -> bool:
        return self._tls is not None

    @property
    def can_start_tls(self) -> bool:
        return self._tls is None

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        unsent = self._unsent
        unsent.append(data)
        if len(data) > _LONG or len(unsent) > _MANY:
            self.flush()  # whether the peer keeps up must show before too much is collected
        elif len(unsent) == 1:
            self._batch.add(self)

    def start_tls(self, domain: str) -> None:
        self.flush()
        self._tls = self._factory.certificates.session(domain)

    def channel_binding(self, kind: str) -> bytes | None:
        return self._tls.channel_binding(kind) if self._tls is not None else None

    def close(self) -> None:
        if self._closed:
            return
        self.flush()
        self._closed = True
        if self._tls is not None:
            self._transmit(self._tls.closing())
        self.transport.loseConnection()
        self._factory.reactor.callLater(_CLOSING_TIME, self._abort_if_connected)

    def abort(self) -> None:
        self._closed = True
        self._unsent.clear()
        self.transport.abortConnection()

    @property
    def stream(self) -> Stream | None:
        """The stream on this connection, as long as there is one."""
        return self._stream

    @property
    def admitted(self) -> bool:
        """Whether the peer has logged in."""
        return self._stream is not None and self._stream.admitted

    @property
    def congested(self) -> bool:
        return self._backlog is not None

    def when_clear(self, action: Callable[[], None]) -> None:
        self._when_clear = action
        if self._backlog is None:
            self._factory.reactor.callLater(0, self._clear)

    @property
    def stuck(self) -> bool:
        """Whether something waits to be sent, and nothing has gone out since this was last asked."""
        return self._backlog is not None and not self._backlog.moved()

    # -- sending ------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what was collected."""
        unsent = self._unsent
        if not unsent:
            return
        data = unsent[0] if len(unsent) == 1 else b"".join(unsent)
        unsent.clear()
        if self._tls is not None:
            try:
                data = self._tls.encrypted(data)
            except TlsFailure as failure:
                self._tls_failed(failure)
                return
        self._transmit(data)

    def _transmit(self, data: bytes) -> None:
        if not data:
            return
        if self._backlog is None:
            try:
                sent = self.transport.socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.abort()  # the peer is gone; `connectionLost` follows
                return
            if sent == len(data):
                return
            self._backlog = Backlog(self.transport, data[sent:], self._caught_up)
            return
        self._backlog.add(data)
        if self._backlog.bytes > self._factory.unsent_bytes:
            log.info("%s does not read what it is sent: closed", self.peer)
            self.abort()

    def _caught_up(self) -> None:
        self._backlog = None
        self._clear()

    def _clear(self) -> None:
        if self._when_clear is None or self._backlog is not None or self._closed:
            return
        action, self._when_clear = self._when_clear, None
        inside, self._batch.open = self._batch.open, True
        try:
            action()
        finally:
            if not inside:
                self._batch.close()

    def _decrypted(self, tls: TlsSession, data: bytes) -> bytes:
        try:
            plain = tls.received(data)
        except TlsFailure as failure:
            self._tls_failed(failure)
            return b""
        if not plain or not tls.established:
            self._transmit(tls.outgoing())
        return plain

    def _tls_failed(self, failure: TlsFailure) -> None:
        log.info("TLS with %s: %s", self.peer, failure)
        if self._tls is not None:
            self._transmit(self._tls.outgoing())  # the alert
        self._closed = True
        self.transport.loseConnection()

    def _abort_if_connected(self) -> None:
        if self.transport.connected:
            self.transport.abortConnection()


class ConnectionFactory(Factory):
    """Makes a connection, and the stream on it, for each peer that connects."""

    noisy = False
    connection: type[TcpConnection] = TcpConnection

    def __init__(
        self,
        reactor: Any,
        batch: Batch,
        make_stream: Callable[[Connection], Stream],
        certificates: Certificates,
        admission: Admission | None,
        rates: Rates,
        *,
        tls_at_once: bool,
        unsent_bytes: int,
        strangers: Strangers | None = None,
    ) -> None:
        """`admission`: who may connect, and whom `rates` are for; None: everybody, and for nobody.

        `strangers`: where those are counted who have not logged in; None: nowhere.
        """
        self.reactor = reactor
        self.batch = batch
        self.make_stream = make_stream
        self.certificates = certificates  # may be replaced: connections made from then on use the new ones
        self.tls_at_once = tls_at_once
        self.unsent_bytes = unsent_bytes  # a peer that lets more pile up is closed
        self.connections: set[TcpConnection] = set()
        self._admission = admission
        self._strangers = strangers
        self.use(rates)

    def use(self, rates: Rates) -> None:
        """Give connections these rates from now on."""
        self._bytes = Rate.of(rates.client_bytes * _BURST, seconds=_BURST)
        self._stanzas = Rate.of(rates.client_stanzas * _BURST, seconds=_BURST)

    def buildProtocol(self, addr: IAddress | None) -> TcpConnection | None:
        if self._admission is not None and not self._admission.connected(_host(addr)):
            return None
        return self.connection(self)

    def made(self, connection: TcpConnection) -> None:
        """The connection is open."""
        self.connections.add(connection)
        if self._strangers is not None:
            self._strangers.add(connection)

    def gone(self, connection: TcpConnection) -> None:
        """The connection is closed."""
        self.connections.discard(connection)
        if self._strangers is not None:
            self._strangers.discard(connection)
        if self._admission is not None:
            self._admission.disconnected(connection.host)

    def allowance(self, host: str) -> Allowance | None:
        """How much a connection from there may send, if there is a limit."""
        if self._admission is None or host in self._admission.exempt:
            return None
        return Allowance(self._bytes, self._stanzas, self.reactor.seconds)


def _host(address: object) -> str:
    return str(getattr(address, "host", ""))
