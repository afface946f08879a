"""HTTP/1.1 on one connection (RFC 9112, by h11): requests in, one after the other, responses out.

What is held for a peer is bounded at every stage: a request's head by h11, its content by whoever
answers, what comes before the answer is out by `_AHEAD`; and none of these stages may last for long.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol

import h11

from core_router.streams.connection import Connection
from core_router.streams.http.exchange import Carried, Exchange, Request, Responder, Response

log = logging.getLogger(__name__)

_HEAD = 16_384  # bytes of a request before its content
_AHEAD = 16_384  # bytes of requests that do not wait for the answer to the one before
_PATIENCE = 60  # seconds without a complete request, in which one may be sent, or a connection kept


class Site(Protocol):
    """Who answers."""

    def request(self, connection: Connection, event: h11.Request) -> Request:
        """The request, seen through the proxies on its way."""

    def responder(self, request: Request, exchange: Exchange) -> Responder:
        """Who answers that request."""

    def date(self) -> str:
        """The time, as `Date` has it (RFC 9110 §6.6.1)."""


class HttpStream:
    """The server's side of one connection."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self.heard = True
        self._connection = connection
        self._site = site
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        self._current: _Exchange | None = None  # the request whose answer is not out
        self._responder: Responder | None = None  # who answers it
        self._carried: Carried | None = None
        self._ahead = 0
        self._answering = False  # a request is complete, the answer is awaited
        self._waited = 0  # seconds since the last answer
        self._advancing = False
        self._taken = 0  # requests

    @property
    def admitted(self) -> bool:
        """Whether the peer has logged in, or waits for an answer."""
        return self._carried.stream.admitted if self._carried is not None else self._answering

    def taken(self) -> int:
        """How many elements, or requests, have come since the last call."""
        if self._carried is not None:
            return self._carried.stream.taken()
        taken, self._taken = self._taken, 0
        return taken

    @property
    def carried(self) -> Carried | None:
        """The other protocol the connection carries, once it has been upgraded."""
        return self._carried

    # -- from the connection ------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Bytes from the peer."""
        if self._carried is not None:
            self._carried.received(data)
            return
        if self._answering:
            self._ahead += len(data)
            if self._ahead > _AHEAD:
                self.drop()
                return
        self._http.receive_data(data)
        self._advance()

    def connection_lost(self) -> None:
        """The connection is gone, whoever ended it."""
        if self._carried is not None:
            self._carried.connection_lost()
        else:
            self._lose()

    def tick(self, seconds: int) -> None:
        """So much time has passed since the last call."""
        if self._carried is not None:
            self._carried.tick(seconds)
            return
        self._waited = 0 if self._answering else self._waited + seconds
        if self._waited >= _PATIENCE:
            self._connection.close()

    def _advance(self) -> None:
        """Take what is complete. An answer that is given meanwhile is followed by the next request."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._carried is None and self._take(self._http.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            self._refuse(error)
        except Exception:
            log.exception("a request of %s", self._connection.peer)
            self.drop()
        finally:
            self._advancing = False

    def _take(self, event: h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]) -> bool:
        """Whether there may be more."""
        if isinstance(event, h11.Request):
            self._begin(event)
        elif isinstance(event, h11.Data) and self._responder is not None:
            self._responder.content(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and self._responder is not None:
            self._answering = True
            self._responder.complete()
        return not (event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed))

    def _begin(self, event: h11.Request) -> None:
        self._taken += 1
        request = self._site.request(self._connection, event)
        self._current = _Exchange(self, request.method)
        self._responder = self._site.responder(request, self._current)
        if self._http.they_are_waiting_for_100_continue:
            self._connection.write(self._sent(h11.InformationalResponse(status_code=100, headers=[])))

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """What came is no HTTP: say so, if that can be said, and close."""
        log.info("HTTP from %s: %s", self._connection.peer, error)
        self._lose()
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(Response(error.error_status_hint, f"{error}\n".encode()), "")
        self._connection.close()

    # -- from exchanges -----------------------------------------------------------------------------

    def is_current(self, exchange: "_Exchange") -> bool:
        """Whether the answer to it is still awaited."""
        return self._current is exchange

    def respond(self, response: Response) -> None:
        """Answer the current request, and go on to the next."""
        assert self._current is not None
        method = self._current.method
        self._settle()
        self._send(response, method)
        if self._http.our_state is h11.MUST_CLOSE:
            self._connection.close()
        else:
            self._http.start_next_cycle()
            self._advance()

    def _send(self, response: Response, method: str) -> None:
        headers = [
            ("Date", self._site.date()),
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.content))),
            *response.headers,
        ]
        if self._http.their_state is not h11.DONE:
            headers.append(("Connection", "close"))  # the rest of the request would be in the way
        reason = HTTPStatus(response.status).phrase.encode()
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]  # as they came in
        out = self._sent(h11.Response(status_code=response.status, headers=encoded, reason=reason))
        if method != "HEAD":
            out += self._sent(h11.Data(data=response.content))
        self._connection.write(out + self._sent(h11.EndOfMessage()))

    def upgrade(self, headers: Mapping[str, str], carry: Callable[[Connection], Carried]) -> None:
        """Carry another protocol from now on."""
        self._settle()
        switching = h11.InformationalResponse(status_code=101, headers=list(headers.items()))
        self._connection.write(self._sent(switching))
        following, _closed = self._http.trailing_data
        self._carried = carry(self._connection)
        if following:
            self._carried.received(following)

    def drop(self) -> None:
        """Close without an answer."""
        self._settle()
        self._connection.close()

    def _settle(self) -> None:
        """Nobody waits for an answer any more."""
        self._current = self._responder = None
        self._answering = False
        self._ahead = self._waited = 0

    def _lose(self) -> None:
        responder = self._responder
        self._settle()
        if responder is not None:
            responder.lost()

    def _sent(self, event: h11.Event) -> bytes:
        return self._http.send(event) or b""


class _Exchange:
    """One request of a connection."""

    __slots__ = ("_stream", "method")

    def __init__(self, stream: HttpStream, method: str) -> None:
        self.method = method
        self._stream = stream

    def respond(self, response: Response) -> None:
        if self._stream.is_current(self):
            self._stream.respond(response)

    def upgrade(self, headers: Mapping[str, str], carry: Callable[[Connection], Carried]) -> None:
        if self._stream.is_current(self):
            self._stream.upgrade(headers, carry)

    def drop(self) -> None:
        if self._stream.is_current(self):
            self._stream.drop()
