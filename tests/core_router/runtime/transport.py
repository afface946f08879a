"""A transport that is no socket: it takes as much as the peer reads, as Twisted's does."""

from typing import Any, Self

from twisted.internet.address import IPv4Address


class Transport:
    """What of `twisted.internet.tcp.Connection` a `TcpConnection` uses.

    The peer's socket has `room` for so many bytes; `reads` makes more. `sent` is what got there.
    """

    def __init__(self, host: str, room: int) -> None:
        self.sent = b""
        self.sends: list[bytes] = []  # as it was given to the socket
        self.gone = False  # the peer
        self.reading = True
        self.connected = True
        self.disconnecting = False
        self._host = host
        self._room = room
        self._buffer = b""
        self._producer: Any = None

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", self._host, 40000)

    def setTcpNoDelay(self, enabled: bool) -> None: ...

    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    # -- out ----------------------------------------------------------------------------------------

    @property
    def socket(self) -> Self:
        return self

    def send(self, data: bytes) -> int:
        """As the socket does it."""
        if self.gone:
            raise BrokenPipeError
        if not self._room:
            raise BlockingIOError
        self.sends.append(data)
        taken = data[: self._room]
        self._room -= len(taken)
        self.sent += taken
        return len(taken)

    def write(self, data: bytes) -> None:
        self._buffer += data

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert not streaming
        self._producer = producer
        producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self._producer = None

    def reads(self, number: int) -> None:
        """The peer reads so many bytes, and the reactor notices that there is room again."""
        self._room += number
        while self._room and (self._buffer or self._producer is not None):
            self._buffer = self._buffer[self.send(self._buffer) :]
            if not self._buffer and self._producer is not None:
                self._producer.resumeProducing()

    # -- in and the end -----------------------------------------------------------------------------

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def loseConnection(self) -> None:
        self.disconnecting = True

    def abortConnection(self) -> None:
        self.connected = False
