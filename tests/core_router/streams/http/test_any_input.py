"""HTTP with whatever somebody may send: it is answered, or the connection is closed, and nothing breaks."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from core_router.framing.bosh import NAMESPACE as HTTPBIND
from core_router.framing.websocket import NAMESPACE as FRAMING
from tests.core_router.streams.http.callers import Caller, WebPeer
from tests.core_router.world import World

REQUESTS = (
    *("GET /ws HTTP/1.1", "POST /http-bind HTTP/1.1", "GET /.well-known/host-meta HTTP/1.0"),
    *("OPTIONS /bosh HTTP/1.1", "HEAD / HTTP/1.1", "CONNECT a:1 HTTP/1.1", "GET http://a/ws HTTP/1.1"),
)
FIELDS = (
    *("Host: a", "Upgrade: websocket", "Connection: upgrade", "Connection: close", "Origin: ü", "é: ü"),
    *("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"),
    *("Sec-WebSocket-Protocol: xmpp", "Sec-WebSocket-Protocol: ,", "Content-Length: 20", "Content-Length: 0"),
    *("Transfer-Encoding: chunked", "Expect: 100-continue", "X-Forwarded-For: ,x", ""),
)
CONTENTS = ("5\r\n", "<body>", "0\r\n\r\n", f"<body xmlns='{HTTPBIND}' rid='1' to='localhost'/>", "\0")
MESSAGES = (
    *(f"<open xmlns='{FRAMING}' to='localhost' version='1.0'/>", f"<close xmlns='{FRAMING}'/>"),
    *("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>", "<a:b/>", "<", "", " "),
    *("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<iq xmlns='jabber:client'/>", "<!DOCTYPE a>"),
)
lines = st.sampled_from([f"{line}\r\n" for line in (*REQUESTS, *FIELDS)])
requests = st.lists(st.one_of(lines, st.sampled_from(CONTENTS)), max_size=12).map(
    lambda parts: "".join(parts).encode("latin-1", "ignore")
)
data_frames = st.builds(
    lambda opcode, text, fin, mask: Frame(opcode, text.encode(), fin).serialize(mask=mask),
    st.sampled_from([Opcode.TEXT, Opcode.CONT, Opcode.BINARY]),
    st.sampled_from(MESSAGES),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
control_frames = st.builds(
    lambda opcode, content: Frame(opcode, content).serialize(mask=True),
    st.sampled_from([Opcode.PING, Opcode.PONG, Opcode.CLOSE]),
    st.binary(max_size=10),
)
frames = st.one_of(data_frames, control_frames)


@pytest.fixture(autouse=True)
def errors_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the router would log as an error of its own fails the test."""

    def fails(_logger: logging.Logger, message: str, *_arguments: object, **_more: object) -> None:
        raise AssertionError(message)

    monkeypatch.setattr(logging.Logger, "exception", fails)


@given(st.lists(st.one_of(requests, st.binary(max_size=60)), max_size=4))
def test_whatever_comes_as_http(pieces: list[bytes]) -> None:
    caller = Caller(World())
    for piece in pieces:
        caller.sends(piece)
    for _ in range(12):
        caller.stream.tick(5)
    assert caller.end is not None or caller.stream.carried is not None


@given(st.lists(st.one_of(frames, st.binary(max_size=20)), max_size=8))
def test_whatever_comes_on_a_websocket(pieces: list[bytes]) -> None:
    peer = WebPeer.calls(World())
    for piece in pieces:
        if peer.connection.end is None and piece:
            peer.stream.received(piece)
    for _ in range(12):
        peer.stream.tick(5)
    assert peer.connection.end is not None or not peer.stream.carried.stream.ended
