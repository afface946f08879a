"""XEP-0198 §4: what a client has sent, and how much of it is safe.

A message counts as handled once it is committed to a database or acknowledged by its recipient's
stream (`envelope.Custody`); every other stanza once it has been routed. The number reported is that
of the stanzas up to the first which is not safe yet.
"""

from collections import deque
from collections.abc import Callable

from core_router.envelope import Custody, Envelope

_COUNTERS = 2**32


class _Message:
    __slots__ = ("custody", "number", "safe")

    def __init__(self, number: int) -> None:
        self.number = number  # of this stanza, the first being 1
        self.safe = False
        self.custody: Custody | None = None


class Handled:
    """The counter of what was received. `progress` is called when the reported number has grown."""

    __slots__ = ("_progress", "_unsafe", "_when_safe", "received")

    def __init__(self, progress: Callable[[], None], received: int = 0) -> None:
        self.received = received
        self._progress = progress
        self._unsafe: deque[_Message] = deque()
        self._when_safe: list[Callable[[], None]] = []

    @property
    def safe(self) -> int:
        """The number to report."""
        return (self._unsafe[0].number - 1) % _COUNTERS if self._unsafe else self.received

    def take(self, envelope: Envelope) -> Custody | None:
        """Count a stanza; a message gets a custody, which the caller releases once it is routed."""
        self.received = (self.received + 1) % _COUNTERS
        if envelope.kind != "message":
            return None
        message = _Message(self.received)
        self._unsafe.append(message)
        message.custody = envelope.custody = Custody(lambda: self._became_safe(message))
        return envelope.custody

    def secure(self) -> None:
        """Have everything that is not safe yet committed now."""
        for message in list(self._unsafe):
            if message.custody is not None and not message.safe:
                message.custody.secure()

    def when_safe(self, action: Callable[[], None]) -> None:
        """Call it once everything received so far is safe; now, if it is."""
        if self._unsafe:
            self._when_safe.append(action)
        else:
            action()

    def _became_safe(self, message: _Message) -> None:
        message.safe = True
        message.custody = None
        before = len(self._unsafe)
        while self._unsafe and self._unsafe[0].safe:
            self._unsafe.popleft()
        if len(self._unsafe) != before:
            self._progress()
        if not self._unsafe and self._when_safe:
            waiting, self._when_safe = self._when_safe, []
            for action in waiting:
                action()
