"""Those who call a router in memory by HTTP: with single requests, over a WebSocket, by BOSH.

The latter two are `Peer`s, so that a login over them is written as one over TCP.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import h11
from lxml import etree
from twisted.internet.task import Clock
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from core_router.framing.bosh import NAMESPACE as HTTPBIND
from core_router.framing.bosh import XBOSH
from core_router.framing.websocket import NAMESPACE as FRAMING
from core_router.xmpp.jid import parse_jid
from core_router.xmpp.namespaces import CLIENT
from tests.core_router import login
from tests.core_router.connection import BINDINGS, MemoryConnection
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World
from tests.scenarios.matching import Element

HOST = "192.0.2.1"
_BARE_STANZA = re.compile(r"^<(message|presence|iq)(?![^>]*\sxmlns=)")


@dataclass
class Reply:
    """A response, or None for `status` while there is none."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    complete: bool = False


class Caller:
    """One HTTP connection. `end` is None while it is open, then `closed` or `aborted`."""

    def __init__(self, world: World, *, secure: bool = True, host: str = HOST) -> None:
        self._clock = world.clock
        self.connection = MemoryConnection(world.clock, f"{host}:40000", secure=secure, bindings=BINDINGS)
        self.stream = world.server.web.stream(self.connection)
        self.connection.arrived = self._arrived
        self.connection.lost = self.stream.connection_lost
        self._http = h11.Connection(h11.CLIENT)
        self._reply = Reply()
        self.raw = b""

    @property
    def end(self) -> str | None:
        return self.connection.end

    def sends(self, data: bytes) -> Self:
        """Send bytes as they are."""
        if data and self.connection.end is None:
            self.stream.received(data)
        self._clock.advance(0)
        return self

    def asks(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        pieces: int = 1,
        **headers: str,
    ) -> Reply:
        """Send a request, its content in so many pieces; the reply is filled in when it comes."""
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        reply = self._reply = Reply()
        listed = {"host": "localhost:5280", "content-length": str(len(content))}
        listed |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = h11.Request(method=method, target=path, headers=list(listed.items()))
        self.sends(self._http.send(request) or b"")
        for piece in _cut(content, pieces):
            if self._http.our_state is h11.SEND_BODY:
                self.sends(self._http.send(h11.Data(data=piece)) or b"")
        if self._http.our_state is h11.SEND_BODY:
            self.sends(self._http.send(h11.EndOfMessage()) or b"")
        return reply

    def drops(self) -> Self:
        """Lose the connection without a word."""
        self.connection.abort()
        self._clock.advance(0)
        return self

    def _arrived(self, data: bytes) -> None:
        self.raw += data
        if self._http.our_state is h11.IDLE:
            return  # what was sent was sent as it is
        self._http.receive_data(data)
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._reply.status = event.status_code
                self._reply.headers = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                self._reply.content += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._reply.complete = True
                return
            elif not isinstance(event, h11.InformationalResponse):
                return


def _cut(content: bytes, pieces: int) -> list[bytes]:
    size = max(1, -(-len(content) // pieces))
    return [content[at : at + size] for at in range(0, len(content), size)]


class WebPeer(Peer):
    """Somebody over a WebSocket (RFC 7395).

    `open` tells whether the handshake has succeeded; `close` is the code of the server's close frame,
    once it came. With `answers_close` turned off, that frame is left without an answer.
    """

    def __init__(self, name: str, connection: MemoryConnection, clock: Clock) -> None:
        super().__init__(name, connection, clock)
        self.open = False
        self.close: int | None = None
        self.answers_close = True
        self._frames = Protocol(Side.CLIENT, max_size=None)
        self._handshake = b""

    @classmethod
    def calls(cls, world: World, *, secure: bool = True, **headers: str) -> Self:
        """Open a WebSocket."""
        connection = MemoryConnection(world.clock, f"{HOST}:40000", secure=secure, bindings=BINDINGS)
        peer = cls("a browser", connection, world.clock)
        return peer.attach(world.server.web.stream(connection)).shakes_hands(**headers)

    def shakes_hands(self, path: str = "/xmpp-websocket", **headers: str) -> Self:
        listed = {
            "Host": "localhost:5280",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "xmpp",
        }
        listed |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in listed.items()), "", ""]
        return self.sends_bytes("\r\n".join(lines).encode())

    def sends_bytes(self, data: bytes) -> Self:
        """Send bytes as they are."""
        if self.connection.end is None:
            self.stream.received(data)
        self._clock.advance(0)
        return self

    def sends_frame(self, opcode: Opcode, data: bytes, *, fin: bool = True) -> Self:
        """Send one frame."""
        return self.sends_bytes(Frame(opcode, data, fin).serialize(mask=True))

    def sends(self, *pieces: str | bytes) -> Self:
        """Send each as a message; a stanza declares its namespace."""
        for piece in pieces:
            text = _qualified(piece) if isinstance(piece, str) else piece
            self.sends_frame(Opcode.TEXT, text)
        return self

    def opens(self, namespace: str = CLIENT, **attributes: str) -> Self:
        written = "".join(f" {name.replace('_', ':')}='{value}'" for name, value in attributes.items())
        return self.sends(f"<open xmlns='{FRAMING}'{written}/>")

    def closes(self) -> Self:
        return self.sends(f"<close xmlns='{FRAMING}'/>")

    def _arrived(self, data: bytes) -> None:
        self.raw += data
        if not self.open:
            self._handshake += data
            head, found, data = self._handshake.partition(b"\r\n\r\n")
            self.open = bool(found) and head.startswith(b"HTTP/1.1 101 ")
            if not self.open:
                return
        if data:
            self._frames.receive_data(data)
        for frame in self._frames.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.TEXT:
                self._message_arrived(etree.fromstring(bytes(frame.data)))
            elif frame.opcode is Opcode.CLOSE:
                assert self._frames.close_rcvd is not None
                self.close = self._frames.close_rcvd.code
        for out in self._frames.data_to_send():
            if out and (self.close is None or self.answers_close):
                self._clock.callLater(0, self.sends_bytes, out)

    def _message_arrived(self, found: Element) -> None:
        if found.tag == f"{{{FRAMING}}}open":
            self.header = {str(key): str(value) for key, value in found.attrib.items()}
        elif found.tag == f"{{{FRAMING}}}close":
            self.end = "closed"
        else:
            self.received.append(found)


class BoshPeer(Peer):
    """Somebody with a BOSH session. Requests go out one by one, each on a connection of its own.

    `asked` are attributes of the first body; `replies` and `callers` hold every request's, by its id.
    `condition` is why the session was terminated.
    """

    def __init__(self, name: str, connection: MemoryConnection, clock: Clock) -> None:
        super().__init__(name, connection, clock)
        self.world: World
        self.asked: dict[str, str] = {"wait": "60", "hold": "1", "ver": "1.6"}
        self.rid = 1000
        self.sid = ""
        self.replies: dict[int, Reply] = {}
        self.callers: dict[int, Caller] = {}
        self.condition: str | None = None
        self._taken: set[int] = set()

    @classmethod
    def calls(cls, world: World, **asked: str) -> Self:
        """Nothing is sent yet; `opens` begins the session."""
        connection = MemoryConnection(world.clock, f"{HOST}:40000", secure=True, bindings={})
        peer = cls("a browser", connection, world.clock)
        peer.world = world
        peer.asked |= asked
        return peer

    def opens(self, namespace: str = CLIENT, **attributes: str) -> Self:
        """Begin the session, or restart its stream (XEP-0206 §5)."""
        to = {name.replace("_", ":"): value for name, value in attributes.items()}
        version = to.pop("version", "1.0")
        if self.sid:
            self.posts(**to, xmpp_restart="true")
        else:
            self.posts(**self.asked, **to, xmpp_version=version)
        return self

    def sends(self, *pieces: str | bytes) -> Self:
        for piece in pieces:
            self.posts(_qualified(piece) if isinstance(piece, str) else piece)
        return self

    def posts(self, payload: bytes = b"", *, rid: int | None = None, **attributes: str) -> Reply:
        """Send a body."""
        if rid is None:
            self.rid += 1
            rid = self.rid
        named = {"rid": str(rid)} | ({"sid": self.sid} if self.sid else {}) | attributes
        return self.posts_raw(written_body(payload, named), rid)

    def posts_raw(self, body: bytes, rid: int, *, secure: bool = True) -> Reply:
        """Send a body as it is."""
        caller = self.callers[rid] = Caller(self.world, secure=secure)
        self.replies[rid] = caller.asks("POST", "/http-bind", body)
        self._take()
        return self.replies[rid]

    def polls(self) -> Self:
        """Send an empty body."""
        self.posts()
        return self

    def _arrivals(self) -> list[Element]:
        self._take()
        if not self.received and self.sid and self.end is None and not self._waiting():
            self.posts()
        return self.received

    def _waiting(self) -> bool:
        return any(reply.status is None for reply in self.replies.values())

    def _take(self) -> None:
        self._clock.advance(0)
        for rid in sorted(self.replies):
            reply = self.replies[rid]
            if reply.complete and rid not in self._taken:
                self._taken.add(rid)
                if reply.status == 200:
                    self._body_arrived(etree.fromstring(reply.content))

    def _body_arrived(self, body: Element) -> None:
        assert body.tag == f"{{{HTTPBIND}}}body"
        if "sid" in body.attrib:
            self.sid = str(body.get("sid"))
            self.header = {str(key): str(value) for key, value in body.attrib.items()}
        self.received.extend(body)
        if body.get("type") == "terminate":
            self.end = "closed"
            self.condition = body.get("condition")


def written_body(content: bytes, attributes: Mapping[str, str]) -> bytes:
    """A client's body; `xmpp_` begins the name of an attribute of XEP-0206."""
    listed = "".join(f" {name.replace('_', ':')}='{value}'" for name, value in attributes.items())
    return f"<body xmlns='{HTTPBIND}' xmlns:xmpp='{XBOSH}'{listed}>".encode() + content + b"</body>"


def logs_in(peer: Peer, world: World, jid: str, mechanism: str = "PLAIN") -> str:
    """Go the whole way to a bound session over whatever carries the stream; returns the full address."""
    address = parse_jid(jid)
    world.account(jid)
    login.open_stream(peer, address.domain)
    login.authenticate(peer, address.local, PASSWORD, mechanism)
    login.open_stream(peer, address.domain)
    return login.bind(peer, address.resource)


def _qualified(text: str) -> bytes:
    return _BARE_STANZA.sub(rf"<\1 xmlns='{CLIENT}'", text).encode()


def available_over_bosh(world: World, jid: str = "alice@localhost/home", **asked: str) -> BoshPeer:
    """Somebody who has logged in over BOSH, with initial presence and a request that waits."""
    peer = BoshPeer.calls(world, **asked)
    logs_in(peer, world, jid)
    peer.sends("<presence/>").receives(f"<presence from='{jid}'/>")
    peer.polls()
    return peer


def say(text: str, to: str = "alice@localhost/home") -> str:
    """A message."""
    return f"<message to='{to}'><body>{text}</body></message>"
