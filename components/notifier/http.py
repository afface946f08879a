"""The HTTP server: programs ask over it, each request in one transaction, answered after the commit.

A part adds `Route`s. Every answer is JSON; an error is `{"error": what is wrong and how to mend it}`.
"""

import asyncio
import hmac
import json
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from components.common.entrance import NotCommitted, Perform
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.characters import require_storable
from components.notifier.config import HttpSettings

log = logging.getLogger(__name__)

BODY_TIMEOUT = 20.0  # seconds for the whole body
CLOSE_TIMEOUT = 5.0  # seconds for requests that are being answered

_CODINGS = ("gzip", "x-gzip", "deflate")  # RFC 9110 §8.4.1
_ANY_HEADER = 47  # zlib: that of gzip or of zlib

# What a StanzaError's condition is in HTTP; 400 for others.
STATUS = {
    "conflict": 409,
    "forbidden": 403,
    "item-not-found": 404,
    "not-acceptable": 415,
    "not-allowed": 409,
    "not-authorized": 401,
    "policy-violation": 413,
    "resource-constraint": 429,
    "unexpected-request": 409,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its body read, its sender known."""

    path: Mapping[str, str]  # the named parts of the route's path
    query: Mapping[str, str]
    headers: Mapping[str, str]  # case does not matter
    body: bytes
    token: str  # name of the token it came with; empty for a route that checks by itself
    remote: str = ""  # network address

    def json(self) -> Any:
        """The body as JSON. Raises `bad-request`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise StanzaError("bad-request", f"the body is not JSON: {error}") from None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `bad-request`."""
        value = self.json()
        if not isinstance(value, dict):
            raise StanzaError("bad-request", "the body is JSON, but not an object: expected {…}")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: `value` as JSON."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One thing programs can ask."""

    method: str
    path: str  # aiohttp's pattern: "/v1/alerts/{number}"
    # Pure. Raises `StanzaError`, which is answered with `STATUS` and its explanation.
    run: Callable[[Call, Transaction], Reply]
    scope: str  # a token must have it
    # own: `run` looks itself who asks (a signature over the body, a key in it), before anything else.
    checks: Literal["token", "own"] = "token"
    body_bytes: int = 0  # another limit than the configured one


class Tokens:
    """Who may ask what; secrets are compared in constant time."""

    def __init__(self, settings: HttpSettings, home: Path) -> None:
        """Reads the files of secrets. Raises `OSError` with what is wrong."""
        self._tokens: list[tuple[str, bytes, frozenset[str]]] = []
        for name, token in settings.tokens.items():
            secret = token.secret or read_secret(home / token.secret_file)
            self._tokens.append((name, secret.encode(), frozenset(token.scopes)))

    def name(self, authorization: str, scope: str) -> str:
        """The name of the token in an `Authorization` header. Raises `not-authorized` or `forbidden`."""
        kind, _, given = authorization.partition(" ")
        if kind.lower() != "bearer" or not given.strip():
            raise StanzaError("not-authorized", "send the header: Authorization: Bearer TOKEN")
        found = [token for token in self._tokens if hmac.compare_digest(token[1], given.strip().encode())]
        if not found:
            raise StanzaError("not-authorized", "this token is not known here: see [notifier.http.tokens]")
        name, _, scopes = found[0]
        if not scopes & {scope, "*"}:
            raise StanzaError("forbidden", f"the token {name} may not do this: add {scope!r} to its scopes")
        return name


def read_secret(path: Path) -> str:
    """The secret in a file. Raises `OSError` if there is none."""
    secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise OSError(f"{path} is empty; put a secret in it")
    return secret


class HttpServer:
    """Listens; an entrance."""

    def __init__(self, settings: HttpSettings, home: Path, routes: Iterable[Route], perform: Perform) -> None:
        self._settings, self._home, self._routes, self._perform = settings, home, list(routes), perform
        self._runner: web.AppRunner | None = None

    @property
    def ports(self) -> Sequence[int]:
        """The ports that are open."""
        return [address[1] for address in self._runner.addresses] if self._runner is not None else []

    async def open(self) -> None:
        """Listen, unless the port is 0."""
        tokens = Tokens(self._settings, self._home)
        if not self._settings.port:
            return
        application = web.Application(middlewares=[_errors])
        for route in self._routes:
            application.router.add_route(route.method, route.path, self._handler(route, tokens))
        # Decompressed there, a body would be so to its end, also after it was refused.
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=CLOSE_TIMEOUT, auto_decompress=False
        )
        await self._runner.setup()
        for address in self._settings.addresses:
            await web.TCPSite(self._runner, address, self._settings.port).start()
        log.info("programs reach the notifier at %s, port %d", self._settings.addresses, self._settings.port)

    async def close(self) -> None:
        """What was asked is answered; then nobody listens."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _handler(self, route: Route, tokens: Tokens) -> Callable[[web.Request], Any]:
        most = route.body_bytes or self._settings.body_bytes

        async def handle(request: web.Request) -> web.Response:
            token = ""
            if route.checks == "token":
                token = tokens.name(request.headers.get("Authorization", ""), route.scope)
            body = _decoded(await _body(request, most), request.headers.get("Content-Encoding", ""), most)
            require_storable(body)
            call = Call(
                request.match_info,
                request.query,
                request.headers,
                body,
                token,
                request.remote or "",
            )
            reply = await self._perform(lambda transaction: route.run(call, transaction))
            return _response(reply)

        return handle


async def _body(request: web.Request, most: int) -> bytes:
    """The body. Raises `policy-violation` as soon as it is longer than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            async for part in request.content.iter_any():
                size += len(part)
                if size > most:
                    raise StanzaError("policy-violation", f"the body has more than {most} bytes")
                parts.append(part)
    except TimeoutError:
        raise StanzaError("bad-request", f"the body did not come within {BODY_TIMEOUT:.0f} seconds") from None
    return b"".join(parts)


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    """RFC 9110 §8.4: decompressed, up to `most` bytes. Raises `not-acceptable` for other codings."""
    if coding.strip().lower() in ("", "identity"):
        return body
    if coding.strip().lower() not in _CODINGS:
        raise StanzaError("not-acceptable", f"Content-Encoding: expected gzip or none, found {coding[:40]!r}")
    stream = zlib.decompressobj(wbits=_ANY_HEADER)
    try:
        plain = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise StanzaError("bad-request", f"the body is not compressed with {coding}: {error}") from None
    if len(plain) > most:
        raise StanzaError("policy-violation", f"the body has more than {most} bytes")
    if not stream.eof:
        raise StanzaError("bad-request", "the body ends too early")
    return plain


def _response(reply: Reply) -> web.Response:
    if reply.value is None:
        return web.Response(status=reply.status if reply.status != 200 else 204, headers=reply.headers)
    return web.json_response(reply.value, status=reply.status, headers=reply.headers)


@web.middleware
async def _errors(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except StanzaError as error:
        return _error(STATUS.get(error.condition, 400), error.explanation or error.condition)
    except web.HTTPNotFound:
        return _error(404, f"there is nothing at {request.path}")
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return _error(405, f"{request.path} takes {allowed}", {"Allow": allowed})
    except NotCommitted:
        return _error(503, "nothing was changed: the database takes nothing now; try again")
    except web.HTTPException:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _error(500, "this has failed here; the log of the notifier has the details")
    return response


def _error(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    headers = dict(headers or {})
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="stellwerk"'
    return web.json_response({"error": text}, status=status, headers=headers)
