"""What waits because a peer does not read as fast as it is sent to."""

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

_PIECE = 65_536  # bytes handed to the transport at a time


@implementer(IPullProducer)
class Backlog:
    """Bytes that go out as the peer's socket takes them. When all are out, `cleared` is called.

    `bytes` is what waits here and in the transport.
    """

    def __init__(self, transport: Any, data: bytes, cleared: Callable[[], None]) -> None:
        self.bytes = 0
        self._transport = transport  # twisted.internet.tcp.Connection
        self._cleared = cleared
        self._pieces: deque[bytes] = deque()
        self._handed = 0  # bytes the transport has
        self._moved = False
        self.add(data)
        transport.registerProducer(self, False)

    def add(self, data: bytes) -> None:
        """More is to be sent."""
        self.bytes += len(data)
        self._pieces.extend(data[at : at + _PIECE] for at in range(0, len(data), _PIECE))

    def moved(self) -> bool:
        """Whether the peer has taken anything since this was last asked."""
        moved, self._moved = self._moved, False
        return moved

    # -- Twisted's calls ----------------------------------------------------------------------------

    def resumeProducing(self) -> None:
        """The transport has nothing more."""
        if self._handed:
            self.bytes -= self._handed
            self._moved = True
        if self._pieces:
            piece = self._pieces.popleft()
            self._handed = len(piece)
            self._transport.write(piece)
        else:
            self._transport.unregisterProducer()
            self._cleared()

    def stopProducing(self) -> None:
        """The connection is going."""
        self._pieces.clear()
