"""Connections that are no sockets: what the server writes is there to be read, TLS is a flag."""

from collections.abc import Callable, Mapping

from twisted.internet.task import Clock

# What both sides of every simulated TLS connection see of it (RFC 9266, RFC 5929 §4).
BINDINGS: Mapping[str, bytes] = {"tls-exporter": b"e" * 32, "tls-server-end-point": b"c" * 32}


class MemoryConnection:
    """The server's end of a connection, a `core_router.streams.connection.Connection`.

    `arrived` is called with each piece that is written, `lost` one turn of the clock after the end,
    as a reactor would. `end` is None while the connection is open, then `closed` or `aborted`.
    """

    def __init__(self, clock: Clock, peer: str, *, secure: bool, bindings: Mapping[str, bytes]) -> None:
        self.peer = peer
        self.secure = secure
        self.end: str | None = None
        self.tls_domains: list[str] = []  # for which TLS was begun on it
        self.congested = False  # the peer does not read; what is written arrives all the same
        self.arrived: Callable[[bytes], None]
        self.lost: Callable[[], None]
        self._clock = clock
        self._bindings = bindings
        self._when_clear: Callable[[], None] | None = None

    @property
    def can_start_tls(self) -> bool:
        return not self.secure

    def write(self, data: bytes) -> None:
        if self.end is None:
            self.arrived(data)

    def start_tls(self, domain: str) -> None:
        assert not self.secure, "TLS in TLS"
        self.secure = True
        self.tls_domains.append(domain)

    def channel_binding(self, kind: str) -> bytes | None:
        return self._bindings.get(kind) if self.secure else None

    def when_clear(self, action: Callable[[], None]) -> None:
        self._when_clear = action
        if not self.congested:
            self._clock.callLater(0, self.peer_reads)

    def peer_reads(self) -> None:
        """A peer that was slow has read what it was sent until now, and so it goes on if it is sent more."""
        action, self._when_clear = self._when_clear, None
        if action is not None and self.end is None:
            action()
        self.congested = self.congested and self._when_clear is not None

    def close(self) -> None:
        self._ends("closed")

    def abort(self) -> None:
        self._ends("aborted")

    def _ends(self, how: str) -> None:
        if self.end is None:
            self.end = how
            self._clock.callLater(0, self.lost)
