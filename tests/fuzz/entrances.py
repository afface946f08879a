"""What is fuzzed: one function for each entrance. It takes any bytes, and fails when an invariant breaks.

Everywhere: nothing is raised or logged as an error, and whatever the router sends is well-formed XML. What
else must hold, each function says.

In the bytes, two bytes 0xff part what arrives in one piece from what arrives in the next.
"""

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock
from xml.parsers import expat

from lxml import etree

from core_router.framing.bosh import BODIES
from core_router.framing.framing import Framing
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamClosed, StreamOpened, StreamParser
from core_router.framing.standalone import standalone
from core_router.framing.websocket import MESSAGES
from core_router.store.interfaces import Verifier
from core_router.streams.client import ClientStream
from core_router.streams.negotiation import credentials, scram
from core_router.xmpp.element import parse_xml
from core_router.xmpp.errors import StreamError
from core_router.xmpp.text import escape
from tests.core_router.connection import BINDINGS, MemoryConnection
from tests.core_router.framing.streams import HEADER, WIDE
from tests.core_router.login import auth, open_stream, response
from tests.core_router.peer import Peer
from tests.core_router.world import World, befriend

PIECES: Final = b"\xff\xff"
_DECLARATION: Final = b"<?xml version='1.0'?>"
# Not of bytes: whether it is their number or a later mistake that ends a stream depends on the pieces.
_LIMITS: Final = Limits(10**6, depth=8, attributes=8, elements=32)
_ACCOUNT, _OTHER = "alice@localhost", "bob@localhost"
# Verifiers of passwords nobody knows. One iteration, so that PLAIN is as quick to try as the rest.
_VERIFIERS: Final = {hash: Verifier(b"salt", 1, b"k" * 32, b"s" * 32) for hash in scram.HASHES}


class BrokenInvariant(Exception):
    """The router did something it must not do."""


class _NoErrors(logging.Handler):
    """Turns what the router logs as an error into a failure."""

    def emit(self, record: logging.LogRecord) -> None:
        raise BrokenInvariant(record.getMessage()) from (record.exc_info[1] if record.exc_info else None)


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Logged errors are failures, hashing passwords costs nothing, and the peers put up with everything."""
    handler, log = _NoErrors(logging.ERROR), logging.getLogger("core_router")
    log.addHandler(handler)
    tolerant = functools.partial(etree.XMLPullParser, recover=True)
    try:
        with (
            mock.patch.object(credentials, "ITERATIONS", 1),
            mock.patch("tests.core_router.peer.etree.XMLPullParser", tolerant),
        ):
            yield
    finally:
        log.removeHandler(handler)


def _pieces(data: bytes) -> list[bytes]:
    return [piece for piece in data.split(PIECES) if piece]


def _well_formed(*peers: Peer) -> None:
    """What the peers were sent, as the strictest of parsers sees it: one document for each stream header."""
    for peer in peers:
        for document in peer.raw.split(_DECLARATION)[1:]:
            _parse(_DECLARATION + document, final=False)


def _parse(document: bytes, *, final: bool = True) -> None:
    try:
        expat.ParserCreate(namespace_separator="}").Parse(document, final)
    except expat.ExpatError as error:
        raise BrokenInvariant(f"sent: {document!r}") from error


# -- framing ------------------------------------------------------------------------------------------


def framing(data: bytes) -> None:
    """Pieces, with rests between them, give what the whole gives; what is cut out is whole elsewhere, too."""
    pieces = _pieces(data)
    whole = _events(_LIMITS, *pieces)
    _expect(_events(_LIMITS, b"".join(pieces)) == whole, "pieces give something else than the whole")
    for event in whole:
        if isinstance(event, tuple):
            _, _, content, children = event
            _carried_over(b"<x xmlns='urn:other'>" + content + b"</x>", children)


def _carried_over(element: bytes, children: tuple[str, ...]) -> None:
    [again] = _events(WIDE, element)
    _expect(isinstance(again, tuple) and len(again[3]) == len(children), f"not the same again: {element!r}")
    _expect(len(parse_xml(element)) == len(children), f"not the same for libxml2: {element!r}")


def _events(limits: Limits, *pieces: bytes) -> list[Any]:
    parser = StreamParser(limits, lambda *element: element)
    events = []
    for piece in (HEADER, *pieces):
        events += parser.feed(piece)
        parser.rest()
        parser.rest()
    return [
        str(event.condition) if isinstance(event, StreamError) else event
        for event in events
        if not isinstance(event, StreamClosed | StreamOpened)
    ]


# -- a client's port ----------------------------------------------------------------------------------


def stranger(data: bytes) -> None:
    """Somebody who knows no password; an odd first byte puts TLS in place. Nobody gets in."""
    world = World()
    _account(world, _ACCOUNT)
    peer = world.stranger(secure=bool(data[:1] and data[0] & 1))
    peer.sends(*_pieces(data[1:]))
    _is_nobody(peer)


def sasl(data: bytes) -> None:
    """The pieces are a mechanism's name and the messages of its exchange. Nobody gets in."""
    name, *messages = data.split(PIECES)
    world = World()
    _account(world, _ACCOUNT)
    peer = world.stranger()
    open_stream(peer, world.domain)
    first, *others = messages or [b""]
    peer.sends(auth(escape(name.decode("latin-1")), first))
    for message in others:
        peer.sends(response(message))
    _is_nobody(peer)


def _account(world: World, jid: str) -> None:
    coroutine = world.accounts.create(jid, dict(_VERIFIERS), world.now())
    with contextlib.suppress(StopIteration):
        coroutine.send(None)


def _is_nobody(peer: Peer) -> None:
    _well_formed(peer)
    assert isinstance(peer.stream, ClientStream)
    _expect(peer.stream.account is None, "logged in without a password")


def client(data: bytes) -> None:
    """What somebody sends who has logged in. Nothing reaches others in anybody else's name."""
    world = World()
    alice, bob = world.client(f"{_ACCOUNT}/a"), world.client(f"{_OTHER}/b")
    befriend(alice, bob)
    alice.sends(*_pieces(data))
    for stanza in bob.received:
        sender = stanza.get("from", "")
        _expect(sender.partition("/")[0] in (_ACCOUNT, _OTHER, "localhost", ""), f"forged: {sender}")
    alice.drops()
    world.later(minutes=20)
    _well_formed(alice, bob)


def component(data: bytes) -> None:
    """What a component sends. It speaks for its own domain only."""
    world = World()
    alice, rooms = world.client(f"{_ACCOUNT}/a"), world.component("rooms.localhost")
    rooms.sends(*_pieces(data))
    for stanza in alice.received:
        sender = stanza.get("from", "")
        domain = sender.partition("/")[0].rpartition("@")[2]
        _expect(domain in ("rooms.localhost", "localhost", ""), f"forged: {sender}")
    rooms.drops()
    world.later(minutes=20)
    _well_formed(alice, rooms)


def caller(data: bytes) -> None:
    """Somebody on the components' port who has no secret. He stays outside."""
    world = World()
    world.component("rooms.localhost").drops()
    peer = world.caller().sends(*_pieces(data))
    _expect(not world.server.components["rooms.localhost"].connected, "connected without the secret")
    _well_formed(peer)
    peer.drops()


# -- clients in web pages -----------------------------------------------------------------------------


def websocket(data: bytes) -> None:
    """RFC 7395: each piece is a message. What comes back is one element a message. Nobody gets in."""
    _framed(data, MESSAGES)


def bosh(data: bytes) -> None:
    """XEP-0124: each piece is a body. Nobody gets in."""
    _framed(data, BODIES)


def _framed(data: bytes, framing: Framing) -> None:
    world = World()
    _account(world, _ACCOUNT)
    connection = MemoryConnection(world.clock, "192.0.2.1:40000", secure=True, bindings=BINDINGS)
    connection.arrived = lambda element: _parse(standalone(element)) if element else None
    connection.lost = lambda: None
    stream = ClientStream(connection, world.server, framing)
    for piece in _pieces(data):
        if connection.end is None:
            stream.received(piece)
            world.later(seconds=0)
    _expect(stream.account is None, "logged in without a password")


def http(data: bytes) -> None:
    """The port for web pages, under TLS: requests, WebSocket frames. Nobody gets in."""
    world = World()
    _account(world, _ACCOUNT)
    connection = MemoryConnection(world.clock, "192.0.2.1:40000", secure=True, bindings=BINDINGS)
    connection.arrived = lambda _bytes: None
    stream = world.server.web.stream(connection)
    connection.lost = stream.connection_lost
    for piece in _pieces(data):
        if connection.end is None:
            stream.received(piece)
            stream.tick(1)
            world.later(seconds=1)
    _expect(len(world.server.router.sessions) == 0, "logged in without a password")
    connection.abort()
    world.later(minutes=20)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenInvariant(otherwise)


ENTRANCES: Final[dict[str, Callable[[bytes], None]]] = {
    function.__name__: function
    for function in (framing, stranger, sasl, client, component, caller, websocket, bosh, http)
}
