"""One HTTP request and the response to it (RFC 9110), as those who answer see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core_router.streams.client import ClientStream
from core_router.streams.connection import Connection

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A request without its content. `headers` by lower-case name, several of one name joined by commas."""

    method: str
    path: str  # without the query
    headers: Mapping[str, str]
    peer: str  # network address of the client, whatever proxies lie between
    secure: bool  # whether it came over TLS, or could not be read by anybody on its way


@dataclass(frozen=True, slots=True)
class Response:
    """A response, complete. What `Content-Length` and `Date` say is added on the way."""

    status: int
    content: bytes = b""
    content_type: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()


class Carried(Protocol):
    """Another protocol on a connection that has been upgraded (RFC 9110 §7.8)."""

    def received(self, data: bytes) -> None:
        """Bytes from the peer."""

    def connection_lost(self) -> None:
        """The connection is gone, whoever ended it."""

    def tick(self, seconds: int) -> None:
        """So much time has passed since the last call."""

    @property
    def stream(self) -> ClientStream:
        """The XMPP stream in it."""


class Exchange(Protocol):
    """Where the answer to one request goes. After the answer, or the connection's end, nothing happens."""

    def respond(self, response: Response) -> None:
        """Answer; at once or, within the time the client has, later."""

    def upgrade(self, headers: Mapping[str, str], carry: Callable[[Connection], Carried]) -> None:
        """Switch protocols (101), with these headers; `carry` says to what, given the connection."""

    def drop(self) -> None:
        """Close the connection without an answer."""


class Responder(Protocol):
    """Answers one request."""

    def content(self, data: bytes) -> None:
        """Some of the request's content."""

    def complete(self) -> None:
        """The request is complete."""

    def lost(self) -> None:
        """The connection has gone, and no answer can be given any more."""


class Answer:
    """The responder that has its answer ready, whatever the request contains."""

    def __init__(self, exchange: Exchange, response: Response) -> None:
        self._exchange = exchange
        self._response = response

    def content(self, data: bytes) -> None:
        """Not wanted: answered without waiting for the rest."""
        self._exchange.respond(self._response)

    def complete(self) -> None:
        self._exchange.respond(self._response)

    def lost(self) -> None:
        """Nothing depends on it."""
