"""XEP-0124 §5: one BOSH request, while it is read and until it is answered.

It is read no further than its session allows: before the login a few kilobytes, the first of which must
name the session.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from core_router.framing.bosh import body, body_attributes
from core_router.framing.limits import Limits
from core_router.streams.http.bosh_session import Arrival, BoshSession
from core_router.streams.http.bosh_terms import request_id
from core_router.streams.http.exchange import Exchange, Request, Response
from core_router.xmpp.errors import StreamCondition, StreamError

XML: Final = "text/xml; charset=utf-8"
_NO_SNIFFING: Final = (("X-Content-Type-Options", "nosniff"),)
_WRAPPER: Final = 1024  # bytes of a body around its payloads
_CONDITIONS: Final = {  # §17.2
    StreamCondition.HOST_UNKNOWN: "host-unknown",
    StreamCondition.IMPROPER_ADDRESSING: "improper-addressing",
    StreamCondition.POLICY_VIOLATION: "policy-violation",
}


class Sessions(Protocol):
    """Where the sessions are."""

    def session(self, attributes: Mapping[str, str]) -> BoshSession | None:
        """The session a body belongs to."""

    def begin(self, first: Arrival, request: Request) -> BoshSession:
        """A new session for the first body of a client. Raises StreamError."""


class BoshRequest:
    """To the connection a `Responder`, to the session an `Asker`. `sharing` are headers of the answer."""

    def __init__(
        self,
        sessions: Sessions,
        unauthenticated: Limits,
        request: Request,
        exchange: Exchange,
        sharing: tuple[tuple[str, str], ...],
    ) -> None:
        self._sessions = sessions
        self._unauthenticated = unauthenticated
        self._request = request
        self._exchange = exchange
        self._headers = (*sharing, *_NO_SNIFFING)
        self._data = bytearray()
        self._attributes: dict[str, str] | None = None
        self._limit = unauthenticated.bytes
        self._session: BoshSession | None = None

    # -- streams.http.exchange.Responder ------------------------------------------------------------

    def content(self, data: bytes) -> None:
        self._data += data
        if self._attributes is None:
            self._read_start()
        if len(self._data) > self._limit:
            self.fail(413)

    def complete(self) -> None:
        if self._attributes is None:
            self._terminate("bad-request")
            return
        try:
            self._hand_over(self._attributes)
        except StreamError as error:
            self._terminate(_CONDITIONS.get(error.condition, "bad-request"))

    def lost(self) -> None:
        if self._session is not None:
            self._session.lost(self)

    def _read_start(self) -> None:
        try:
            self._attributes = body_attributes(bytes(self._data), self._unauthenticated)
        except StreamError:
            self._terminate("bad-request")
            return
        if self._attributes is not None:
            session = self._sessions.session(self._attributes)
            limits = session.stream.limits if session is not None else self._unauthenticated
            self._limit = limits.bytes + _WRAPPER

    def _hand_over(self, attributes: dict[str, str]) -> None:
        arrival = Arrival(request_id(attributes), attributes, bytes(self._data), self)
        self._data.clear()
        if "sid" not in attributes:
            self._session = self._sessions.begin(arrival, self._request)
            return
        session = self._sessions.session(attributes)
        if session is None:
            self._terminate("item-not-found")
        elif session.secure and not self._request.secure:
            self._exchange.drop()  # §19.1; and the session goes on
        else:
            self._session = session
            session.receive(arrival)

    # -- streams.http.bosh_session.Asker ------------------------------------------------------------

    def answer(self, content: bytes, content_type: str) -> None:
        self._exchange.respond(Response(200, content, content_type, self._headers))

    def fail(self, status: int) -> None:
        self._exchange.respond(Response(status, headers=self._headers))

    def _terminate(self, condition: str) -> None:
        self.answer(body({"type": "terminate", "condition": condition}), XML)
