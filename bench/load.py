"""The load: many client connections in one process, driven by one epoll loop.

Kept plain, so that a message costs the load less than it costs the servers: no asyncio, no XML parser
once the sessions are up. It runs on a core of its own; only the server's CPU time is counted.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.login import Account, Login, Mechanism

Receive = Callable[[bytes], None]

_CHUNK = 65536


class LoadError(Exception):
    """The server did not do what the load waited for, or closed a connection."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect, and how: TLS from the first byte when there is a context."""

    port: int
    context: ssl.SSLContext | None = None
    address: str = "127.0.0.1"


class Connection:
    """One TCP connection, with TLS from its first byte or without; never blocks."""

    __slots__ = ("_loop", "_open", "_pending", "_socket", "receive")

    def __init__(self, loop: "Loop", endpoint: Endpoint, session: ssl.SSLSession | None) -> None:
        self.receive: Receive = _unexpected
        self._loop = loop
        self._pending = b""
        plain = socket.create_connection((endpoint.address, endpoint.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setblocking(False)
        self._socket: socket.socket = plain
        self._open = endpoint.context is None
        if endpoint.context is not None:
            self._socket = endpoint.context.wrap_socket(
                plain, server_hostname="localhost", do_handshake_on_connect=False, session=session
            )

    def fileno(self) -> int:
        """The descriptor the loop waits on."""
        return self._socket.fileno()

    @property
    def tls(self) -> ssl.SSLSocket:
        """The TLS layer, for its session and version; only of a connection with TLS."""
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket

    def send(self, data: bytes) -> None:
        """Send now what the socket takes, the rest when it takes more."""
        if self._pending or not self._open:
            self._pending += data
            return
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            sent = 0
        if sent < len(data):
            self._pending = data[sent:]
            self._loop.want_write(self, True)

    def writable(self) -> None:
        """Called by the loop: go on with the handshake or with what is pending."""
        self._loop.want_write(self, False)
        if not self._open:
            self._handshake()
        if self._open and self._pending:
            pending, self._pending = self._pending, b""
            self.send(pending)

    def readable(self) -> None:
        """Called by the loop: hand on what arrived."""
        if not self._open:
            self.writable()
            return
        try:
            data = self._socket.recv(_CHUNK)
            # A TLS record is at most 16 KB: the layer may hold more than one recv() returns.
            while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                data += self._socket.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        if not data:
            raise LoadError("the server closed a connection")
        self.receive(data)

    def close(self) -> None:
        """Close without a word, as a client does whose network is gone."""
        self._loop.forget(self)
        self._socket.close()

    def _handshake(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket)
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._loop.want_write(self, True)
            return
        self._open = True


class Loop:
    """The epoll loop the connections live on."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}

    def connect(self, endpoint: Endpoint, *, session: ssl.SSLSession | None = None) -> Connection:
        """A new connection; with TLS, the handshake goes on while the loop turns."""
        connection = Connection(self, endpoint, session)
        self._connections[connection.fileno()] = connection
        self._poll.register(connection.fileno(), select.EPOLLIN)
        if endpoint.context is not None:
            connection.writable()
        return connection

    def want_write(self, connection: Connection, wanted: bool) -> None:
        """Whether `connection` has something to write that did not fit."""
        self._poll.modify(connection.fileno(), select.EPOLLIN | (select.EPOLLOUT if wanted else 0))

    def forget(self, connection: Connection) -> None:
        """Stop waiting for a connection that is about to be closed."""
        self._poll.unregister(connection.fileno())
        del self._connections[connection.fileno()]

    def turn(self, seconds: float) -> None:
        """Wait at most so long for something to happen, and handle all that happened."""
        connections = self._connections
        for descriptor, events in self._poll.poll(seconds):
            connection = connections.get(descriptor)
            if connection is None:  # closed by the handler of another connection in this same turn
                continue
            if events & select.EPOLLOUT:
                connection.writable()
            if events & ~select.EPOLLOUT:
                connection.readable()

    def run_for(self, seconds: float) -> None:
        """Turn for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.turn(left)

    def clock(self, seconds: float) -> Iterator[None]:
        """Yield again and again until so much time has passed; at least once."""
        end = time.monotonic() + seconds
        yield
        while time.monotonic() < end:
            yield

    def quiet_or(self, true: Callable[[], bool], silence: float) -> bool:
        """Turn until `true()`, or until nothing happened for `silence` seconds; says whether it is true."""
        while not true():
            before = time.monotonic()
            self.turn(silence)
            if not true() and time.monotonic() - before >= silence:
                return False
        return True

    def run_until(self, true: Callable[[], bool], what: str, *, silence: float = 30.0) -> None:
        """Turn until `true()`. Raises `LoadError` naming `what` after `silence` seconds without traffic."""
        if not self.quiet_or(true, silence):
            raise LoadError(f"waited in vain for {what}")

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._connections.values()):
            connection.close()
        self._poll.close()


@dataclass(slots=True)
class Session:
    """A logged-in client: its connection and its full address."""

    connection: Connection
    jid: str


@dataclass(slots=True)
class _Progress:
    """How many logins were begun and how many are through."""

    begun: int = 0
    through: int = 0


def log_in(
    loop: Loop,
    endpoint: Endpoint,
    accounts: Iterable[Account],
    *,
    mechanism: Mechanism = "SCRAM-SHA-1",
    available: bool = True,
    at_once: int = 20,
    tls_sessions: Sequence[ssl.SSLSession] = (),
) -> list[Session]:
    """Log all `accounts` in, `at_once` at a time; returns their sessions in the same order.

    `tls_sessions`, when given, are offered for resumption, one per account.
    """
    sessions: list[Session] = []
    progress = _Progress()
    for number, account in enumerate(accounts):
        loop.run_until(lambda: progress.begun - progress.through < at_once, "a login")
        tls_session = tls_sessions[number] if tls_sessions else None
        session = Session(loop.connect(endpoint, session=tls_session), "")
        sessions.append(session)
        progress.begun += 1
        login = Login(account, mechanism=mechanism, available=available)
        session.connection.receive = _logging_in(session, login, progress)
        session.connection.send(login.start())
    loop.run_until(lambda: progress.through == progress.begun, "the last logins")
    return sessions


def _logging_in(session: Session, login: Login, progress: _Progress) -> Receive:
    def receive(data: bytes) -> None:
        answer = login.receive(data)
        if answer:
            session.connection.send(answer)
        if login.done:
            session.jid = login.jid
            session.connection.receive = _ignored
            progress.through += 1

    return receive


def _ignored(_data: bytes) -> None:
    """Idle sessions take no notice of what they are sent."""


def _unexpected(data: bytes) -> None:
    raise LoadError(f"received before anything was sent: {data!r}")
