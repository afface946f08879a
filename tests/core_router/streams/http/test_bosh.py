"""XEP-0124 and XEP-0206: BOSH: how a session begins, and what it carries."""

import pytest

from core_router.config import Clients
from core_router.framing.bosh import NAMESPACE, XBOSH
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from core_router.xmpp.namespaces import STREAM
from tests.core_router import login
from tests.core_router.streams.http.callers import (
    BoshPeer,
    Caller,
    available_over_bosh,
    logs_in,
    say,
    written_body,
)
from tests.core_router.world import Client, World

SM = "urn:xmpp:sm:3"


# -- the session begins (§7) --------------------------------------------------------------------------


def test_the_answer_to_the_first_body(world: World) -> None:
    """§7.2, XEP-0206 §4: the terms, and the stream's features at once."""
    peer = BoshPeer.calls(world)
    peer.opens(to="localhost", xml_lang="en")
    features = peer.receives_next("<stream:features/>")
    assert features.find(f"{{{TLS}}}starttls") is None
    assert len(peer.sid) >= 24
    expected = {"wait": "60", "hold": "1", "requests": "2", "ver": "1.6", "from": "localhost"}
    expected |= {"polling": "5", "inactivity": "30", "maxpause": "120"}
    expected |= {f"{{{XBOSH}}}restartlogic": "true", f"{{{XBOSH}}}version": "1.0"}
    assert expected.items() <= peer.header.items()
    reply = peer.replies[1001]
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert f"xmlns:stream='{STREAM}'" in reply.content.decode().partition(">")[0]


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ({"wait": "20", "hold": "1"}, {"wait": "20", "hold": "1", "requests": "2"}),
        ({"wait": "3600", "hold": "10"}, {"wait": "60", "hold": "1", "requests": "2"}),
        ({"wait": "60", "hold": "0"}, {"hold": "0", "requests": "1", "inactivity": "75"}),
        ({"wait": "0", "hold": "1"}, {"wait": "0", "inactivity": "75"}),
        ({"ver": "1.11"}, {"ver": "1.11"}),
        ({"ver": "2.0"}, {"ver": "1.11"}),
    ],
)
def test_nothing_is_granted_beyond_what_is_asked_for(
    world: World, asked: dict[str, str], granted: dict[str, str]
) -> None:
    peer = BoshPeer.calls(world, **asked).opens(to="localhost")
    assert granted.items() <= peer.header.items()


def test_session_ids_cannot_be_foretold(world: World) -> None:
    """§19.3."""
    sids = {BoshPeer.calls(world).opens(to="localhost").sid for _ in range(20)}
    assert len(sids) == 20


@pytest.mark.parametrize(
    ("attributes", "condition"),
    [
        ({"to": "elsewhere.example"}, "host-unknown"),
        ({"to": "a@@b"}, "host-unknown"),
        ({}, "improper-addressing"),
        ({"to": "localhost", "rid": "-1"}, "bad-request"),
        ({"to": "localhost", "rid": "9007199254740992"}, "bad-request"),
        ({"to": "localhost", "rid": "١"}, "bad-request"),
        ({"to": "localhost", "wait": "soon"}, "bad-request"),
        ({"to": "localhost", "hold": "-1"}, "bad-request"),
    ],
)
def test_what_is_wrong_with_the_first_body(world: World, attributes: dict[str, str], condition: str) -> None:
    """§17.2."""
    body = written_body(b"", {"rid": "1", "ver": "1.6"} | attributes)
    reply = Caller(world).asks("POST", "/http-bind", body)
    assert f"condition='{condition}'".encode() in reply.content
    assert b"type='terminate'" in reply.content
    assert len(world.server.web.bosh) == 0


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/xml; charset=utf-8", "application/xml; charset=utf-8"),
        ("text/html", "text/xml; charset=utf-8"),
        ("text/xml; charset=utf-16", "text/xml; charset=utf-8"),
        ("text/xml; Ā", "text/xml; charset=utf-8"),
        ("image/svg+xml", "text/xml; charset=utf-8"),
    ],
)
def test_the_type_of_responses_is_one_no_browser_runs(world: World, asked: str, given: str) -> None:
    """§7.1 lets the client choose; a stranger's page must not have us serve a page of its making."""
    peer = BoshPeer.calls(world, content=asked).opens(to="localhost")
    assert peer.replies[1001].headers["content-type"] == given
    assert peer.replies[1001].headers["x-content-type-options"] == "nosniff"


def test_without_tls_the_client_is_sent_elsewhere(world: World) -> None:
    """§17.2 `see-other-uri`."""
    body = written_body(b"", {"rid": "1", "to": "localhost"})
    reply = Caller(world, secure=False).asks("POST", "/http-bind", body)
    assert b"condition='see-other-uri'" in reply.content
    assert b"<uri>https://localhost:5280/http-bind</uri>" in reply.content


def test_a_session_that_began_under_tls_does_not_go_on_without() -> None:
    """§19.1: the connection is closed, and the session not: else anybody could end it."""
    world = World(clients=Clients(require_tls=False))
    alice = available_over_bosh(world)
    alice.rid += 1
    alice.posts_raw(written_body(b"", {"rid": str(alice.rid), "sid": alice.sid}), alice.rid, secure=False)
    assert alice.callers[alice.rid].end == "closed"
    assert alice.replies.pop(alice.rid).status is None
    alice.rid -= 1
    alice.sends(say("still here")).receives("<message><body>still here</body></message>")


def test_sessions_without_a_login_are_few_for_one_address(world: World) -> None:
    for _ in range(100):
        assert BoshPeer.calls(world).opens(to="localhost").sid
    body = written_body(b"", {"rid": "1", "to": "localhost", "ver": "1.6"})
    assert b"'policy-violation'" in Caller(world).asks("POST", "/http-bind", body).content
    assert b"sid=" in Caller(world, host="192.0.2.2").asks("POST", "/http-bind", body).content


def test_a_session_without_a_login_ends(world: World) -> None:
    peer = BoshPeer.calls(world).opens(to="localhost").ignores()
    peer.polls()
    world.later(seconds=30)
    peer.is_told("connection-timeout")
    world.later(seconds=30)
    assert len(world.server.web.bosh) == 0


# -- login and stanzas --------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_login(world: World, mechanism: str) -> None:
    """XEP-0206 §5: authentication, restart, binding."""
    assert logs_in(BoshPeer.calls(world), world, "alice@localhost/home", mechanism) == "alice@localhost/home"


def test_no_channel_binding_is_offered(world: World) -> None:
    """There is no one channel."""
    peer = BoshPeer.calls(world).opens(to="localhost")
    assert "PLUS" not in peer.replies[1001].content.decode()


def test_messages_both_ways(world: World, bob: Client) -> None:
    alice = available_over_bosh(world)
    alice.sends(say("Hello", bob.jid))
    bob.receives_next("<message from='alice@localhost/home'><body>Hello</body></message>")
    bob.sends(say("Hi"))
    alice.receives_next("<message from='bob@localhost/desk'><body>Hi</body></message>")


def test_several_stanzas_in_one_body(world: World, bob: Client) -> None:
    """§6: in their order."""
    alice = available_over_bosh(world)
    alice.posts(b"".join(f"<message xmlns='jabber:client' to='{bob.jid}' id='{n}'/>".encode() for n in "123"))
    bob.receives_next("<message id='1'/>", "<message id='2'/>", "<message id='3'/>")
    bob.receives_nothing()


def test_the_sender_is_stamped_also_behind_the_binding_in_one_body(world: World, bob: Client) -> None:
    """RFC 6120 §8.1.2.1: what comes in one body is handled one by one."""
    alice = BoshPeer.calls(world)
    world.account("alice@localhost")
    login.open_stream(alice, "localhost")
    login.authenticate(alice, "alice", "open sesame, Ali", "PLAIN")
    login.open_stream(alice, "localhost")
    bind = f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{login.BIND}'/></iq>"
    forged = f"<message xmlns='jabber:client' from='root@localhost' to='{bob.jid}'><body>1</body></message>"
    alice.posts((bind + forged).encode())
    bob.receives_nothing()
    alice.receives_next("<iq type='result' id='b'/>")
    alice.is_told("invalid-from")
    assert alice.condition == "remote-stream-error"


def test_stanzas_without_a_namespace_are_taken_for_stanzas(world: World, bob: Client) -> None:
    """XEP-0206 §2: there are clients that leave it to the body's."""
    alice = available_over_bosh(world)
    alice.posts(f"<message to='{bob.jid}'><body>Hello</body><thread>t</thread></message>".encode())
    bob.receives_next("<message><body>Hello</body><thread>t</thread></message>")


def test_prefixes_of_the_body_hold_in_its_payload(world: World, bob: Client) -> None:
    alice = available_over_bosh(world)
    alice.posts(
        f"<c:message to='{bob.jid}'><c:body>Hello</c:body><x:y/></c:message>".encode(),
        **{"xmlns:c": "jabber:client", "xmlns:x": "urn:x"},
    )
    bob.receives_next("<message><body>Hello</body><y xmlns='urn:x'/></message>")


def test_stanzas_go_out_with_their_namespace(world: World, bob: Client) -> None:
    """XEP-0206 §2."""
    alice = available_over_bosh(world)
    waiting = alice.replies[alice.rid]
    bob.sends(say("Hi"))
    assert waiting.content.startswith(f"<body xmlns='{NAMESPACE}'><message xmlns='jabber:client' ".encode())


def test_what_happens_during_one_request_is_one_answer(world: World) -> None:
    alice = available_over_bosh(world)
    before = len(alice.replies)
    alice.posts(
        (f"{say('1')}{say('2')}{say('3')}").replace("<message", "<message xmlns='jabber:client'").encode()
    )
    alice.receives_next(*(f"<message><body>{n}</body></message>" for n in "123"))
    assert len(alice.replies) == before + 1


def test_a_large_answer_is_given_in_parts(world: World, bob: Client) -> None:
    """What the last answers are kept for (§14.3) has a bound."""
    alice = available_over_bosh(world)
    alice.sends(say("first")).receives("<message><body>first</body></message>")  # now nothing waits
    for n in range(6):
        bob.sends(say(f"{n}" * 100_000))
    for n in range(6):
        alice.receives(f"<message><body>{f'{n}' * 100_000}</body></message>")
    assert max(len(reply.content) for reply in alice.replies.values()) < 400_000


def test_after_success_nothing_but_a_restart_is_heard(world: World) -> None:
    """XEP-0206 §5."""
    alice = BoshPeer.calls(world)
    world.account("alice@localhost")
    login.open_stream(alice, "localhost")
    login.authenticate(alice, "alice", "open sesame, Ali", "PLAIN")
    alice.sends("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    alice.is_told("bad-format")
