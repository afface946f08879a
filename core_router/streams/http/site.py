"""What is found at which path, and who may ask for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol

import h11

from core_router.streams.connection import Connection
from core_router.streams.http.access import Access
from core_router.streams.http.exchange import Answer, Exchange, Request, Responder, Response


class Resource(Protocol):
    """What is at a path."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it answers."""

    @property
    def for_everybody(self) -> bool:
        """Whether any page may ask, of whatever origin."""

    def responder(self, request: Request, exchange: Exchange) -> Responder:
        """Who answers a request with one of the methods."""


class Site:
    """The resources of one HTTP port."""

    def __init__(
        self, resources: Mapping[str, Resource], access: Access, now: Callable[[], datetime]
    ) -> None:
        self.access = access  # may be replaced: it holds for requests from then on
        self._resources = resources
        self._now = now

    def date(self) -> str:
        return format_datetime(self._now(), usegmt=True)

    def request(self, connection: Connection, event: h11.Request) -> Request:
        headers: dict[str, str] = {}
        for raw_name, raw_value in event.headers:
            name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        peer = connection.peer
        return Request(
            method=event.method.decode("ascii"),
            path=event.target.decode("latin-1").partition("?")[0],
            headers=headers,
            peer=self.access.client(peer, headers),
            secure=connection.secure or self.access.is_secure(peer.rpartition(":")[0], headers),
        )

    def responder(self, request: Request, exchange: Exchange) -> Responder:
        resource = self._resources.get(request.path)
        origin = request.headers.get("origin")
        if resource is None:
            return Answer(exchange, Response(404, self._found()))
        if not (resource.for_everybody or self.access.allows(origin)):
            return Answer(exchange, Response(403, b"Pages of this origin may not connect.\n"))
        methods = ", ".join((*resource.methods, "OPTIONS"))
        if request.method == "OPTIONS":
            allowed = (("Allow", methods), *self.access.preflight(origin, methods))
            return Answer(exchange, Response(200, headers=allowed))
        if request.method not in resource.methods:
            refused = f"{request.method} means nothing here; an XMPP client sends {methods}.\n"
            return Answer(exchange, Response(405, refused.encode(), headers=(("Allow", methods),)))
        return resource.responder(request, exchange)

    def _found(self) -> bytes:
        return f"Not found. There are {', '.join(self._resources)}.\n".encode()
