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

from twisted.internet.interfaces import IAddress, IPullProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from core_router.runtime.tls import Certificates, TlsFailure, TlsSession
from core_router.streams.connection import Connection, Sender

log = logging.getLogger(__name__)

_ALPN = b"xmpp-client"  # XEP-0368 §3
_CLOSING_TIME = 10  # seconds a closed connection may take to send what it still has


class Stream(Interface):
    """What a connection carries."""

    heard: bool

    def received(self, data: bytes) -> None: ...
    def connection_lost(self) -> None: ...


class Batch:
    """Those who have something to send when the input at hand is done with."""

    def __init__(self) -> None:
        self.open = False
        self._waiting: list[Sender] = []

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


@implementer(IPullProducer)
class TcpConnection(Protocol):
    """One connection and the stream on it; to the stream it is a `streams.connection.Connection`."""

    transport: Any  # twisted.internet.tcp.Connection

    def __init__(self, factory: "ConnectionFactory") -> None:
        self._factory = factory
        self._batch = factory.batch
        self._stream: Stream | None = None
        self._tls: TlsSession | None = None
        self._unsent: list[bytes] = []  # collected in this batch
        self._backlog = 0  # bytes Twisted holds because the peer does not keep up
        self._closed = False
        self.peer = ""

    # -- Twisted's calls ----------------------------------------------------------------------------

    def connectionMade(self) -> None:
        peer = self.transport.getPeer()
        self.peer = f"{getattr(peer, 'host', '')}:{getattr(peer, 'port', '')}"
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        if self._factory.tls_at_once:
            self._tls = self._factory.certificates.session(protocol=_ALPN)
        self._stream = self._factory.make_stream(self)
        self._factory.connections.add(self)

    def dataReceived(self, data: bytes) -> None:
        if self._closed or self._stream is None:
            return
        batch = self._batch
        batch.open = True
        try:
            if self._tls is not None:
                data = self._decrypted(self._tls, data)
            if data:
                self._stream.received(data)
        finally:
            batch.close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed = True
        self._unsent.clear()
        self._factory.connections.discard(self)
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.connection_lost()

    def resumeProducing(self) -> None:
        """Twisted's buffer is empty: the peer has caught up."""
        if self._backlog:
            self._backlog = 0
            self.transport.unregisterProducer()

    def stopProducing(self) -> None:
        """The connection is going."""

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
        self._unsent.append(data)
        if len(self._unsent) == 1:
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
        if not self._backlog:
            sent = self.transport.writeSomeData(data)
            if sent == len(data):
                return
            if not isinstance(sent, int):
                self.abort()  # the peer is gone; `connectionLost` follows
                return
            data = data[sent:]
            self.transport.registerProducer(self, False)
            self._backlog = len(data)
            self.transport.write(data)
            return
        self._backlog += len(data)
        if self._backlog > self._factory.unsent_bytes:
            log.info("%s does not read what it is sent: closed", self.peer)
            self.abort()
            return
        self.transport.write(data)

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

    def __init__(
        self,
        reactor: Any,
        batch: Batch,
        make_stream: Callable[[Connection], Stream],
        certificates: Certificates,
        *,
        tls_at_once: bool,
        unsent_bytes: int,
    ) -> None:
        self.reactor = reactor
        self.batch = batch
        self.make_stream = make_stream
        self.certificates = certificates  # may be replaced: connections made from then on use the new ones
        self.tls_at_once = tls_at_once
        self.unsent_bytes = unsent_bytes  # a peer that lets more pile up is closed
        self.connections: set[TcpConnection] = set()

    def buildProtocol(self, addr: IAddress | None) -> TcpConnection:
        return TcpConnection(self)
