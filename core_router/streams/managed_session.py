"""XEP-0198: a session under stream management, which outlives its connection for a while.

It stands between the session and the stream: what is sent to the session is kept until the client has
acknowledged it, and waits here while there is no stream.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Protocol

from core_router.config import Resumption
from core_router.envelope import Envelope
from core_router.routing.held import Store
from core_router.routing.sessions import Session
from core_router.routing.timer import CallLater, Timer
from core_router.routing.unacknowledged import GivenUp, Unacknowledged
from core_router.streams.counts import NAMESPACE
from core_router.streams.handled import Handled
from core_router.xmpp.errors import StreamCondition, StreamError

log = logging.getLogger(__name__)

_PATIENCE = 1.0  # seconds
_REQUEST = f"<r xmlns='{NAMESPACE}'/>".encode()


class Carrier(Protocol):
    """The stream a session is on."""

    def write(self, data: bytes) -> None: ...
    def end(self, error: StreamError | None) -> None: ...
    def release_session(self) -> None:
        """The session has moved to another stream: this one no longer speaks for it."""

    def break_off(self) -> None:
        """Close the connection without closing the stream or the session."""


class ManagedSession:
    """Counters, queue and life of one session.

    `close` takes the session out of the router when its client does not come back.
    """

    def __init__(
        self,
        session: Session,
        stream: Carrier | None,
        bounds: Resumption,
        store: Store,
        call_later: CallLater,
        close: Callable[[], None],
        *,
        resumable: bool,
        id: str = "",
    ) -> None:
        self.id = id or secrets.token_urlsafe(18)
        self.session = session
        self.resumable = resumable
        self.unacknowledged = Unacknowledged(store, self.id)
        self.handled = Handled(self._progressed)
        self._stream: Carrier | None = stream
        self._bounds = bounds
        self._call_later = call_later
        self._close = close
        self._closed = False
        self._asked = False  # a request for acknowledgement is out
        self._catching_up = False  # the stream is still to be given some of what has waited
        self._given = 0  # how many of those that wait it has been given meanwhile
        self._owing = False  # the client asked when not all was safe
        self._expiry: Timer | None = None
        session.carry(self.send)
        session.end = self.end

    @property
    def seconds(self) -> int:
        """How long it waits for its client."""
        return self._bounds.seconds

    @property
    def attached(self) -> bool:
        """Whether there is a stream."""
        return self._stream is not None

    # -- to the client ------------------------------------------------------------------------------

    def send(self, envelope: Envelope) -> None:
        """Send a stanza, or keep it for when the client is back."""
        self.unacknowledged.add(envelope, secure=self._stream is None)
        if self._stream is not None and not self._catching_up:
            if self._asked:
                self._stream.write(envelope.wire())
            else:
                self._asked = True
                self._stream.write(envelope.wire())
                self._stream.write(_REQUEST)
        self._check_bounds()

    def _check_bounds(self) -> None:
        queue = self.unacknowledged
        if len(queue) > self._bounds.stanzas or queue.bytes > self._bounds.bytes:
            log.info("%s has acknowledged nothing for too long: ended", self.session.jid)
            self.end(StreamError(StreamCondition.POLICY_VIOLATION, "too much is unacknowledged"))

    # -- from the client ----------------------------------------------------------------------------

    def acknowledged(self, count: int) -> None:
        """The client has handled that many stanzas. Raises `CountTooHigh`."""
        before = len(self.unacknowledged)
        self.unacknowledged.acknowledge(count)
        if self._catching_up:
            self._given -= before - len(self.unacknowledged)
            if self._given <= 0:
                self.resend()
                return
        self._asked = bool(self.unacknowledged)
        if self._asked and self._stream is not None:
            self._stream.write(_REQUEST)

    def report(self) -> None:
        """Tell the client how much of what it has sent is safe."""
        safe = self.handled.safe
        if safe != self.handled.received and not self._owing:
            # A recipient that is slow to acknowledge does not keep the sender waiting for long.
            self._call_later(_PATIENCE, self.handled.secure)
        self._owing = safe != self.handled.received
        if self._stream is not None:
            self._stream.write(f"<a xmlns='{NAMESPACE}' h='{safe}'/>".encode())

    def _progressed(self) -> None:
        if self._owing:  # it asked while something was not safe yet, and now more is
            self.report()

    # -- life ---------------------------------------------------------------------------------------

    def detach(self) -> bool:
        """The connection is gone. Whether the session waits for its client to come back."""
        self._stream = None
        self._asked = self._catching_up = False
        if not self.resumable or self._closed:
            return False
        self._expiry = self._call_later(self._bounds.seconds, self._expired)
        self.unacknowledged.secure()
        return True

    def suspend(self) -> None:
        """The router stops: leave the client in the belief that its connection broke (XEP-0198 §7)."""
        if self._stream is not None:
            stream = self._stream
            self.detach()
            stream.break_off()

    def take_over(self, count: int) -> None:
        """The client is back, having handled that many: end its old stream. Raises `CountTooHigh`."""
        self.unacknowledged.acknowledge(count)
        if self._stream is not None:
            previous = self._stream
            self.detach()
            previous.release_session()
            previous.end(StreamError(StreamCondition.CONFLICT, "resumed on another connection"))
        # What is reported now must be safe: the client forgets it (docs/manual/guarantees.md).
        self.handled.secure()

    def attach(self, stream: Carrier) -> bytes:
        """Go on on another stream; the result is `<resumed/>`, after which comes `resend`."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        self._stream = stream
        self._catching_up = True
        return f"<resumed xmlns='{NAMESPACE}' previd='{self.id}' h='{self.handled.received}'/>".encode()

    def resend(self) -> None:
        """Send again what the client has not acknowledged, the next portion whenever it has the last."""
        if self._stream is None:
            return
        portion = self.unacknowledged.portion(0)
        self._given = len(portion)
        self._catching_up = self._given < len(self.unacknowledged)
        for envelope in portion:
            self._stream.write(envelope.wire())
        self._asked = bool(portion)
        if portion:
            self._stream.write(_REQUEST)

    def end(self, error: StreamError | None) -> None:
        """End the session, its stream with it."""
        if self._stream is not None:
            self._stream.end(error)
        else:
            self._close()

    def _expired(self) -> None:
        log.info("%s has not come back", self.session.jid)
        self._expiry = None
        self._close()

    def closed(self) -> list[GivenUp]:
        """The session is closed for good; what its client has not acknowledged."""
        self._closed = True
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        return self.unacknowledged.give_up()
