"""RFC 7395: XMPP over WebSocket (RFC 6455); its frames are the library's, its handshake too.

No extension is offered: compression would let a few bytes swell to any size, and tell by their number
what was sent beside a secret.
"""

import logging
from collections.abc import Callable
from typing import Final

from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeader, PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from core_router.feature import Feature
from core_router.framing.standalone import standalone
from core_router.framing.websocket import MESSAGES
from core_router.streams.client import ClientStream, Desk
from core_router.streams.connection import Connection
from core_router.streams.http.exchange import Answer, Carried, Exchange, Request, Response
from core_router.xmpp.errors import StreamCondition, StreamError

PATHS: Final = ("/xmpp-websocket", "/ws")
_SUBPROTOCOL: Final = Subprotocol("xmpp")
_FAREWELL: Final = 10  # seconds for the closing handshake
_INSECURE: Final = b"This server wants TLS: connect to a wss:// address.\n"

WEBSOCKET = Feature(name="WebSocket", standards=("RFC 7395",))

# What it would say at the level `debug` are whole frames, with passwords in them.
_library_log = logging.getLogger(f"{__name__}.frames")
_library_log.setLevel(logging.WARNING)


class WebSocket:
    """The resource clients connect to."""

    methods = ("GET",)
    for_everybody = False

    def __init__(self, desk: Desk, *, require_tls: bool) -> None:
        self._desk = desk
        self.require_tls = require_tls  # may be replaced

    def responder(self, request: Request, exchange: Exchange) -> "_Opening | Answer":
        if self.require_tls and not request.secure:
            return Answer(exchange, Response(403, _INSECURE))
        try:
            handshake = Handshake(request.path, Headers(request.headers))
        except InvalidHeader as error:  # the library forbids more characters than h11
            return Answer(exchange, Response(400, f"{error}\n".encode()))
        agreed = ServerProtocol(subprotocols=[_SUBPROTOCOL], logger=_library_log).accept(handshake)
        headers = {name: value for name, value in agreed.headers.raw_items() if name not in _OUR_OWN}
        if agreed.status_code != 101:
            body = bytes(agreed.body or b"")
            return Answer(exchange, Response(agreed.status_code, body, headers=tuple(headers.items())))
        return _Opening(exchange, headers, lambda connection: self._open(request, connection))

    def _open(self, request: Request, connection: Connection) -> Carried:
        opened = WebSocketConnection(connection, request)
        opened.attach(ClientStream(opened, self._desk, MESSAGES))
        return opened


_OUR_OWN = frozenset(("Connection", "Content-Length", "Content-Type", "Date"))


class _Opening:
    """Switches protocols once the request is complete."""

    def __init__(
        self, exchange: Exchange, headers: dict[str, str], carry: Callable[[Connection], Carried]
    ) -> None:
        self._exchange = exchange
        self._headers = headers
        self._carry = carry

    def content(self, data: bytes) -> None:
        """A handshake has none (RFC 6455 §4.1)."""
        self._exchange.drop()

    def complete(self) -> None:
        self._exchange.upgrade({"Connection": "Upgrade", **self._headers}, self._carry)

    def lost(self) -> None:
        """Nothing depends on it."""


class WebSocketConnection:
    """An open WebSocket: to the stream on it a `streams.connection.Connection`, each write a message."""

    can_start_tls = False  # RFC 7395 §3.9

    def __init__(self, connection: Connection, request: Request) -> None:
        self.peer = request.peer
        self.secure = request.secure
        self._connection = connection
        self._frames = Protocol(Side.SERVER, logger=_library_log)
        self._message = bytearray()  # what has come of one that is sent in several frames
        self._closing = 0  # seconds since the close frame was sent
        self._stream: ClientStream

    def attach(self, stream: ClientStream) -> None:
        """Put a stream on it."""
        self._stream = stream

    @property
    def stream(self) -> ClientStream:
        """The stream on it."""
        return self._stream

    # -- from the peer ------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        stream = self._stream
        stream.heard = True
        self._frames.max_message_size = stream.limits.bytes  # they change with the login
        self._frames.receive_data(data)
        for frame in self._frames.events_received():
            if isinstance(frame, Frame):
                self._frame_received(frame)
        if self._overrun:
            most = f"a message has at most {stream.limits.bytes} bytes"
            stream.end(StreamError(StreamCondition.POLICY_VIOLATION, most))
        self._send_control()

    @property
    def _overrun(self) -> bool:
        return isinstance(self._frames.parser_exc, PayloadTooBig)

    def _frame_received(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            self._message += frame.data
            if frame.fin:
                message = bytes(self._message)
                self._message.clear()
                if not self._stream.ended:
                    self._stream.received(message)
        elif frame.opcode is Opcode.BINARY:
            self._stream.end(StreamError(StreamCondition.BAD_FORMAT, "messages are text"))  # RFC 7395 §3.2
        elif frame.opcode is Opcode.CLOSE and not self._stream.ended:
            # RFC 7395 §3.6: the stream was not closed, its session may be resumed.
            self._stream.connection_lost()

    def _send_control(self) -> None:
        """Send what the protocol itself has to say: pongs, the close frame; b"" is the connection's end."""
        for out in self._frames.data_to_send():
            if out:
                self._connection.write(out)
            else:
                self._connection.close()

    def connection_lost(self) -> None:
        if not self._stream.ended:
            self._stream.connection_lost()

    def tick(self, seconds: int) -> None:
        """A peer that does not answer the close frame is left."""
        if self._frames.state is not State.OPEN:
            self._closing += seconds
            if self._closing >= _FAREWELL:
                self._connection.abort()

    # -- from the stream ----------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._frames.state is State.OPEN or self._overrun:  # then, the close frame is not out yet
            self._connection.write(Frame(Opcode.TEXT, standalone(data)).serialize(mask=False))

    def start_tls(self, domain: str) -> None:
        raise ValueError("there is no STARTTLS on a WebSocket")

    def channel_binding(self, kind: str) -> bytes | None:
        return self._connection.channel_binding(kind)

    def close(self) -> None:
        """Begin the closing handshake (RFC 6455 §7.1.2); the connection ends with the peer's answer."""
        if self._frames.state is State.OPEN:
            self._frames.send_close(CloseCode.NORMAL_CLOSURE)
            self._send_control()

    def abort(self) -> None:
        self._connection.abort()
