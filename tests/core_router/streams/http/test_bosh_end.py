"""XEP-0124: keys, the end of BOSH sessions, and what is not read."""

import hashlib

import pytest

from core_router.config import Bounds
from core_router.framing.bosh import NAMESPACE
from tests.core_router import login
from tests.core_router.streams.http.callers import (
    BoshPeer,
    Caller,
    available_over_bosh,
    say,
    written_body,
)
from tests.core_router.streams.test_stream_management import enable
from tests.core_router.world import Client, World

SM = "urn:xmpp:sm:3"


# -- keys (§15) ---------------------------------------------------------------------------------------


def keys(seed: str, count: int) -> list[str]:
    """The sequence, the first one to be used first."""
    sequence = [hashlib.sha1(seed.encode()).hexdigest()]
    while len(sequence) < count:
        sequence.append(hashlib.sha1(sequence[-1].encode()).hexdigest())
    return sequence[::-1]


def test_a_key_sequence(world: World) -> None:
    """§15.4, §15.5: with a change of the sequence."""
    one, other = keys("one", 3), keys("other", 4)
    peer = BoshPeer.calls(world, newkey=one[0]).opens(to="localhost")
    for key in ({"key": one[1]}, {"key": one[2], "newkey": other[0].upper()}, {"key": other[1]}):
        assert b"terminate" not in peer.posts(pause="10", **key).content
    assert b"'item-not-found'" in peer.posts(pause="10", key=other[1]).content


@pytest.mark.parametrize("key", [{}, {"key": "0" * 40}, {"key": ""}, {"key": "ā"}])
def test_a_wrong_key_ends_the_session(world: World, key: dict[str, str]) -> None:
    """§15.4: and the body is not handled."""
    peer = BoshPeer.calls(world, newkey=keys("seed", 5)[0]).opens(to="localhost")
    assert b"condition='item-not-found'" in peer.posts(b"<nonsense/>", **key).content


def test_a_sequence_that_is_none(world: World) -> None:
    """A digest is hexadecimal."""
    peer = BoshPeer.calls(world, newkey="ā").opens(to="localhost")
    assert b"condition='item-not-found'" in peer.posts(key="ā").content


# -- the end (§13, §17) -------------------------------------------------------------------------------


def test_the_client_ends_the_session(world: World, bob: Client) -> None:
    """§13: what the last body contains is delivered; the oldest request gets the word."""
    alice = available_over_bosh(world)
    alice.sends("<presence to='bob@localhost/desk'/>")
    waiting = alice.replies[alice.rid]
    last = alice.posts(b"<presence xmlns='jabber:client' type='unavailable'/>", type="terminate")
    bob.receives("<presence type='unavailable' from='alice@localhost/home'/>")
    assert waiting.content.startswith(f"<body xmlns='{NAMESPACE}' type='terminate'>".encode())
    assert last.content == f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert not world.server.router.sessions.of("alice@localhost")
    world.later(seconds=30)
    assert len(world.server.web.bosh) == 0


def test_the_stream_ends_with_an_error(world: World) -> None:
    """XEP-0206 §6."""
    alice = available_over_bosh(world)
    waiting = alice.replies[alice.rid]
    world.server.end_sessions()
    assert b"type='terminate' condition='remote-stream-error'" in waiting.content
    alice.is_told("system-shutdown")


def test_the_error_waits_for_a_request(world: World) -> None:
    alice = available_over_bosh(world, wait="10")
    world.later(seconds=10)
    world.server.end_sessions()
    reply = alice.posts()
    assert b"remote-stream-error" in reply.content
    assert b"<system-shutdown" in reply.content


def test_what_does_not_fit_ends_the_session(bob: Client) -> None:
    world = World(limits=Bounds(unsent_bytes=10_000))
    alice, bob = available_over_bosh(world, wait="10"), world.client("bob@localhost/desk")
    world.later(seconds=10)
    for _ in range(11):
        bob.sends(say("x" * 1000))
    assert not world.server.router.sessions.of("alice@localhost")
    assert b"condition='policy-violation'" in alice.posts().content


@pytest.mark.parametrize(
    ("condition", "status"), [("item-not-found", 404), ("policy-violation", 403)], ids=["404", "403"]
)
def test_a_client_of_old_is_told_by_http_status(world: World, condition: str, status: int) -> None:
    """§17.1: one that has not said which version it speaks."""
    alice = available_over_bosh(world, ver="")
    reply = alice.posts(rid=alice.rid + (10 if status == 404 else 1))
    assert reply.status == status


def test_a_session_is_resumed(world: World, bob: Client) -> None:
    """XEP-0198: the BOSH session is lost, the XMPP session is not."""
    alice = available_over_bosh(world, wait="10")
    previous = enable(alice)
    world.later(seconds=15)
    bob.sends(say("Hi"))
    world.later(seconds=30)
    again = BoshPeer.calls(world)
    login.open_stream(again, "localhost")
    login.authenticate(again, "alice", "open sesame, Ali", "PLAIN")
    login.open_stream(again, "localhost")
    again.sends(f"<resume xmlns='{SM}' previd='{previous}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    again.receives("<message><body>Hi</body></message>")


# -- what is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<body/>",
        b"<html><body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost'/></html>",
        b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost'",
        b"<!DOCTYPE body [<!ENTITY a 'b'>]><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>",
    ],
)
def test_what_is_no_body_is_refused(world: World, body: bytes) -> None:
    reply = Caller(world).asks("POST", "/http-bind", body)
    assert b"type='terminate' condition='bad-request'" in reply.content


@pytest.mark.parametrize(
    ("payload", "condition"),
    [
        (b"text", "bad-format"),
        (b"<presence xmlns='jabber:client'>", "not-well-formed"),
        (b"<presence xmlns='jabber:client'><!-- --></presence>", "restricted-xml"),
        (b"<presence xmlns='jabber:client'>&a;</presence>", "restricted-xml"),
        (b"<iq xmlns='jabber:client' type='result' id='1'/></body><body>", "not-well-formed"),
    ],
)
def test_xml_is_as_restricted_as_elsewhere(world: World, payload: bytes, condition: str) -> None:
    """§6."""
    alice = available_over_bosh(world)
    alice.posts(payload)
    alice.is_told(condition)
    assert alice.condition == "remote-stream-error"


@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_the_pieces_a_body_comes_in_make_no_difference(world: World, pieces: int) -> None:
    body = b"<?xml version='1.0'?>\n" + written_body(b"", {"rid": "1", "to": "localhost"}) + b"\n"
    assert b"sid=" in Caller(world).asks("POST", "/http-bind", body, pieces).content


def test_before_login_a_body_is_small() -> None:
    """It is refused before it is read."""
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    peer = BoshPeer.calls(world).opens(to="localhost")
    reply = peer.posts(b"<a>" + b"x" * 5000 + b"</a>")
    assert reply.status == 413


def test_the_start_of_a_body_names_its_session_soon() -> None:
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    caller = Caller(world)
    reply = caller.asks("POST", "/http-bind", b"<body " + b" " * 1_000_000, 100)
    assert reply.status == 413
    assert caller.end == "closed"


def test_after_login_a_body_may_be_larger(bob: Client) -> None:
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    alice = available_over_bosh(world)
    alice.sends(say("x" * 5000)).receives(f"<message><body>{'x' * 5000}</body></message>")
