"""HTTP/1.1 on one connection (RFC 9112)."""

import pytest

from tests.core_router.streams.http.callers import BoshPeer, Caller, WebPeer, written_body
from tests.core_router.world import World

PATH = "/.well-known/host-meta"
GET = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def holding(world: World) -> tuple[Caller, BoshPeer]:
    """A connection with a request that waits for its answer."""
    peer = BoshPeer.calls(world).opens(to="localhost").ignores()
    peer.polls()
    return peer.callers[peer.rid], peer


def test_a_connection_carries_several_requests(world: World) -> None:
    caller = Caller(world)
    assert [caller.asks("GET", PATH).status for _ in range(3)] == [200] * 3
    assert caller.end is None


def test_the_response_has_a_date_and_a_length(world: World) -> None:
    """RFC 9110 §6.6.1, §8.6."""
    reply = Caller(world).asks("GET", PATH)
    assert reply.headers["date"] == "Mon, 04 May 2026 12:00:00 GMT"
    assert reply.headers["content-length"] == str(len(reply.content))


def test_the_client_may_want_to_close(world: World) -> None:
    """RFC 9112 §9.6."""
    caller = Caller(world)
    assert caller.asks("GET", PATH, connection="close").status == 200
    assert caller.end == "closed"


def test_http_1_0(world: World) -> None:
    """XEP-0124 §2, 4."""
    caller = Caller(world).sends(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
    assert caller.raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert caller.end == "closed"


def test_byte_by_byte(world: World) -> None:
    caller = Caller(world)
    for at in range(len(GET)):
        caller.sends(GET[at : at + 1])
    assert caller.raw.startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_that_do_not_wait_are_answered_in_order(world: World) -> None:
    """RFC 9112 §9.3.2."""
    caller = Caller(world).sends(GET * 3)
    assert caller.raw.count(b"HTTP/1.1 200 OK") == 3


def test_what_comes_before_the_answer_is_out_waits(world: World) -> None:
    caller, _ = holding(world)
    caller.sends(GET)
    assert caller.raw == b""
    world.later(seconds=30)
    assert caller.raw.count(b"HTTP/1.1 200 OK") == 2
    assert b"<XRD" in caller.raw.partition(b"</body>")[2]


@pytest.mark.parametrize("upgrade", ["", "Upgrade: h2c\r\nConnection: upgrade\r\n"], ids=["", "upgrade"])
def test_but_not_without_end(world: World, upgrade: str) -> None:
    peer = BoshPeer.calls(world).opens(to="localhost").ignores()
    body = written_body(b"", {"rid": "1002", "sid": peer.sid}).decode()
    head = f"POST /http-bind HTTP/1.1\r\nHost: a\r\n{upgrade}Content-Length: {len(body)}\r\n\r\n"
    caller = Caller(world).sends((head + body).encode())
    for _ in range(16):
        caller.sends(b"x" * 1024)
    assert caller.end is None
    caller.sends(b"x")
    assert caller.end == "closed"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host (RFC 9112 §3.2)
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /http-bind HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'>\r\n\r\n", 400),
    ],
)
def test_what_is_no_http_is_refused(world: World, data: bytes, status: int) -> None:
    caller = Caller(world).sends(data)
    assert caller.raw.startswith(f"HTTP/1.1 {status} ".encode())
    assert caller.end == "closed"


def test_a_head_without_end_is_refused_while_it_is_read(world: World) -> None:
    caller = Caller(world).sends(b"GET / HTTP/1.1\r\nHost: a\r\n")
    sent = 0
    while caller.end is None:
        caller.sends(b"X: " + b"x" * 1000 + b"\r\n")
        sent += 1000
        assert sent < 20_000
    assert caller.raw.startswith(b"HTTP/1.1 431 ")


def test_content_nobody_asked_for_is_not_read(world: World) -> None:
    caller = Caller(world)
    assert caller.asks("POST", "/", b"x" * 100_000, 100).status == 404
    assert caller.end == "closed"


def test_content_in_chunks(world: World) -> None:
    """RFC 9112 §7.1."""
    body = written_body(b"", {"rid": "1", "to": "localhost"})
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:50], body[50:], b""))
    caller = Caller(world).sends(
        b"POST /http-bind HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    assert b" sid=" in caller.raw


def test_a_client_that_asks_first_may_send(world: World) -> None:
    """RFC 9110 §10.1.1."""
    body = written_body(b"", {"rid": "1", "to": "localhost"})
    expecting = f"Host: a\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    caller = Caller(world).sends(b"POST /http-bind HTTP/1.1\r\n" + expecting.encode())
    assert caller.raw.startswith(b"HTTP/1.1 100 ")
    assert b" sid=" in caller.sends(body).raw


def test_a_connection_that_is_not_used_is_closed(world: World) -> None:
    caller = Caller(world)
    caller.asks("GET", PATH)
    for _ in range(11):
        caller.stream.tick(5)
    assert caller.end is None
    caller.stream.tick(5)
    assert caller.end == "closed"


def test_a_request_that_comes_too_slowly_is_not_waited_for(world: World) -> None:
    caller = Caller(world).sends(b"GET / HTTP/1.1\r\n")
    for _ in range(12):
        caller.sends(b"X: x\r\n")
        caller.stream.tick(5)
    assert caller.end == "closed"


def test_a_request_that_waits_for_its_answer_keeps_the_connection(world: World) -> None:
    caller, _ = holding(world)
    for _ in range(20):
        caller.stream.tick(5)
    assert caller.end is None


def test_bytes_behind_the_handshake_belong_to_the_websocket(world: World) -> None:
    peer = WebPeer.calls(world)
    handshake = (
        b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: xmpp\r\n\r\n"
    )
    sent: list[bytes] = []
    peer.stream.received = sent.append
    peer.opens(to="localhost", version="1.0")
    caller = Caller(world).sends(handshake + b"".join(sent))
    assert b"<open " in caller.raw
    assert b"<stream:features" in caller.raw
