"""XEP-0124: one BOSH session: requests in, in the order of their ids, each answered once, in that order.

To the stream on it the session is a `streams.connection.Connection`: what is written waits until there
is a request to answer. The last answers are kept for requests that come again because an answer got
lost; and a session whose client is silent for too long has lost its connection.
"""

import hashlib
import hmac
import logging
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from core_router.config import CurrentBounds
from core_router.framing.bosh import asks_for_restart, body, is_empty
from core_router.routing.timer import CallLater, Timer
from core_router.streams.client import ClientStream
from core_router.streams.connection import Sender
from core_router.streams.http.bosh_terms import POLLING, Terms, pause
from core_router.streams.http.exchange import Request

log = logging.getLogger(__name__)

_ANSWER_BYTES: Final = 262_144  # what is more waits for the next request
_REPEATS: Final = 20  # of requests, between two new ones
_STATUS: Final = {"bad-request": 400, "policy-violation": 403, "item-not-found": 404}


class Asker(Protocol):
    """A request that waits for its answer."""

    def answer(self, content: bytes, content_type: str) -> None:
        """Answer it."""

    def fail(self, status: int) -> None:
        """Answer it with an HTTP status and nothing else."""


@dataclass(slots=True)
class Arrival:
    """A request that has arrived; `asker` is None once its connection is gone."""

    rid: int
    attributes: Mapping[str, str]
    data: bytes
    asker: Asker | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sessions need of what is around them.

    `add` has a sender's `flush` called when the input at hand is handled; `bounds` is asked how much may
    wait for a client that does not ask for it.
    """

    now: Callable[[], datetime]
    call_later: CallLater
    add: Callable[[Sender], None]
    bounds: CurrentBounds


class BoshSession:
    """One session."""

    can_start_tls = False  # XEP-0206 §2

    def __init__(
        self,
        first: Arrival,
        request: Request,
        terms: Terms,
        around: Surroundings,
        ended: Callable[["BoshSession"], None],
    ) -> None:
        """`ended` is called when the session may be forgotten."""
        self.sid = secrets.token_urlsafe(24)
        self.peer = request.peer
        self.secure = request.secure
        self._terms = terms
        self._around = around
        self._forget = ended
        self._stream: ClientStream
        self._key = first.attributes.get("newkey", "").lower()
        self._next = first.rid
        self._early: dict[int, Arrival] = {}  # came before their turn
        self._held: dict[int, Asker | None] = {}  # in their order; None: the connection is gone
        self._answered: dict[int, bytes] = {}  # the last ones
        self._out: deque[bytes] = deque()
        self._out_bytes = 0
        self._introduced = False  # the terms are out
        self._ended = False
        self._told = False  # the client knows that it has ended
        self._condition = ""  # why
        self._collecting = False  # input is being handled
        self._repeats = 0
        self._last_empty: datetime | None = None  # the last request, if it and its answer were empty
        self._inactivity = terms.inactivity
        self._timer: Timer | None = None

    def attach(self, stream: ClientStream) -> None:
        """Put a stream on it."""
        self._stream = stream

    @property
    def stream(self) -> ClientStream:
        """The stream on it."""
        return self._stream

    # -- requests -----------------------------------------------------------------------------------

    def receive(self, arrival: Arrival) -> None:
        """A request of this session."""
        rid = arrival.rid
        if rid in self._answered or rid in self._held or rid in self._early:
            self._receive_again(arrival)
        elif self._told:
            self._refuse(arrival.asker, self._condition)
        elif not self._next <= rid < self._next + self._terms.requests:
            self._break_off("item-not-found", arrival.asker)  # §14.2
        else:
            self._repeats = 0
            self._early[rid] = arrival
            while (due := self._early.pop(self._next, None)) is not None:
                self._next += 1
                self._take(due)
            self.flush()
            self._watch()

    def _receive_again(self, arrival: Arrival) -> None:
        """§14.3: the connection broke, and the client sends what it had no answer to."""
        rid = arrival.rid
        self._repeats += 1
        if self._repeats > _REPEATS:
            self._break_off("policy-violation", arrival.asker)
        elif rid in self._answered:
            if arrival.asker is not None:
                arrival.asker.answer(self._answered[rid], self._terms.content_type)
        else:
            before = self._held.get(rid) or (self._early[rid].asker if rid in self._early else None)
            if before is not None:
                before.answer(body({"type": "error"}), self._terms.content_type)
            if rid in self._held:
                self._held[rid] = arrival.asker
            else:
                self._early[rid] = arrival
            self.flush()
            self._watch()

    def _take(self, arrival: Arrival) -> None:
        """A request whose turn it is."""
        if not self._fits(arrival.attributes):
            self._break_off("item-not-found", arrival.asker)  # §15.4
            return
        self._held[arrival.rid] = arrival.asker
        if self._ended:
            return
        if self._is_overactive(arrival):
            self._break_off("policy-violation", None)
            return
        self._inactivity = self._terms.inactivity
        self._collecting = True
        try:
            self._stream.received(arrival.data)
        finally:
            self._collecting = False
        if seconds := pause(arrival.attributes):
            self._pause(seconds)

    def _fits(self, attributes: Mapping[str, str]) -> bool:
        """§15.4: each key is what the one before is the digest of, where the client uses keys."""
        if not self._key or "sid" not in attributes:
            return True
        key = attributes.get("key", "")
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(digest.encode(), self._key.encode()):
            return False
        self._key = (attributes.get("newkey") or key).lower()
        return True

    def _is_overactive(self, arrival: Arrival) -> bool:
        """§11, §12: empty requests are for waiting, not for asking again and again."""
        now, last = self._around.now(), self._last_empty
        attributes = arrival.attributes
        meaningful = "pause" in attributes or "type" in attributes or asks_for_restart(attributes)
        if meaningful or "sid" not in attributes or not is_empty(arrival.data):
            self._last_empty = None
            return False
        self._last_empty = now
        crowded = self._terms.polls or len(self._held) >= self._terms.requests
        return crowded and last is not None and timedelta() <= now - last < timedelta(seconds=POLLING)

    def _pause(self, seconds: int) -> None:
        """§10: the client will be silent for a while; its requests are answered now, without payload."""
        self._answer_all()
        self._inactivity = seconds

    def lost(self, asker: Asker) -> None:
        """The connection of a request has gone before the answer."""
        for rid, held in self._held.items():
            if held is asker:
                self._held[rid] = None
                self._last_empty = None
                self._watch()
        for arrival in self._early.values():
            if arrival.asker is asker:
                arrival.asker = None

    # -- answers ------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Answer what there is an answer to, or what may not be kept waiting."""
        answered = False
        while self._held and (self._out or self._ended or len(self._held) > self._most_held()):
            rid, asker = next(iter(self._held.items()))
            if asker is None and len(self._held) == 1:
                break  # nobody there: it will come again
            # What goes to a connection that is gone is read only if the client asks once more.
            self._answer(rid, *self._next_answer(with_payload=asker is not None))
            answered = True
        if answered:
            self._watch()

    def _most_held(self) -> int:
        return self._terms.hold if self._terms.wait and self._introduced else 0

    def _next_answer(self, *, with_payload: bool) -> tuple[dict[str, str], list[bytes]]:
        payloads: list[bytes] = []
        size = 0
        while with_payload and self._out and size < _ANSWER_BYTES:
            payloads.append(self._out.popleft())
            size += len(payloads[-1])
        self._out_bytes -= size
        attributes: dict[str, str] = {}
        if not self._introduced and not self._condition:
            self._introduced = True
            attributes = self._introduction()
        if self._ended and not self._out and with_payload and not self._told:
            self._told = True
            attributes |= self._ending(self._condition)
        return attributes, payloads

    def _introduction(self) -> dict[str, str]:
        """§7.2, XEP-0206 §4."""
        stream = self._stream
        named = {"sid": self.sid, "from": stream.domain, "authid": stream.id}
        return named | self._terms.attributes() | {"xmpp:restartlogic": "true", "xmpp:version": "1.0"}

    def _ending(self, condition: str) -> dict[str, str]:
        return {"type": "terminate"} | ({"condition": condition} if condition else {})

    def _answer(self, rid: int, attributes: dict[str, str], payloads: list[bytes]) -> None:
        asker = self._held.pop(rid)
        if payloads:
            self._last_empty = None
        content = self._answered[rid] = body(attributes, payloads)
        while len(self._answered) > self._terms.requests:
            del self._answered[next(iter(self._answered))]
        if asker is not None:
            asker.answer(content, self._terms.content_type)

    def _answer_all(self) -> None:
        """Answer what waits, without payload; what has lost its connection is going to come again."""
        for rid, asker in list(self._held.items()):
            if asker is not None and self._held.get(rid) is asker:  # each may be followed by a new one
                self._answer(rid, {}, [])

    def _refuse(self, asker: Asker | None, condition: str) -> None:
        if asker is None:
            return
        if condition in _STATUS and not self._terms.version:
            asker.fail(_STATUS[condition])
        else:
            asker.answer(body(self._ending(condition)), self._terms.content_type)

    # -- the end ------------------------------------------------------------------------------------

    def _break_off(self, condition: str, culprit: Asker | None) -> None:
        """§17.2: the session is over, which its stream learns as the loss of its connection."""
        log.info("BOSH session of %s ends: %s", self.peer, condition)
        self._refuse(culprit, condition)
        waiting = [*self._held.values(), *(arrival.asker for arrival in self._early.values())]
        self._held.clear()
        self._early.clear()
        for asker in waiting:
            self._refuse(asker, condition if culprit is None else "other-request")
        self._condition = condition
        self._ended = self._told = True
        self._drop_output()
        if not self._stream.ended:
            self._stream.connection_lost()

    def _watch(self) -> None:
        """Time what comes next: the answer to a request that waits, or a request."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._ended and any(asker is not None for asker in self._held.values()):
            self._timer = self._around.call_later(self._terms.wait, self._waited)
        else:
            self._timer = self._around.call_later(self._inactivity, self._inactive)

    def _waited(self) -> None:
        self._timer = None
        self._answer_all()
        self._watch()

    def _inactive(self) -> None:
        self._timer = None
        if not self._ended:
            self._break_off("item-not-found", None)
        self._forget(self)

    def _overflown(self) -> None:
        if not self._ended:
            self._break_off("policy-violation", None)

    def _drop_output(self) -> None:
        self._out.clear()
        self._out_bytes = 0

    # -- from the stream ----------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._ended or not data:  # a stream's header and footer are attributes of bodies here
            return
        if data.startswith(b"<stream:error"):
            self._condition = "remote-stream-error"
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > self._around.bounds().unsent_bytes:
            log.info("%s does not ask for what it is sent: closed", self.peer)
            self._drop_output()
            self._around.call_later(0, self._overflown)
        elif self._held and not (self._collecting or self._condition):  # an error is sent with the end
            self._around.add(self)

    def start_tls(self, domain: str) -> None:
        raise ValueError("there is no STARTTLS over BOSH")

    def channel_binding(self, kind: str) -> bytes | None:
        return None  # there is not one connection it could be bound to

    def close(self) -> None:
        self._ended = True
        if not self._collecting:
            self._around.add(self)

    def abort(self) -> None:
        self._drop_output()
        self.close()
