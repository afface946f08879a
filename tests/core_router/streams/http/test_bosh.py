"""XEP-0124 and XEP-0206: BOSH."""

import hashlib

import pytest

from core_router.config import Bounds, Clients
from core_router.framing.bosh import NAMESPACE, XBOSH
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from core_router.xmpp.namespaces import STREAM
from tests.core_router import login
from tests.core_router.streams.http.callers import BoshPeer, Caller, logs_in, written_body
from tests.core_router.streams.test_stream_management import enable
from tests.core_router.world import Client, World

SM = "urn:xmpp:sm:3"


def available(world: World, jid: str = "alice@localhost/home", **asked: str) -> BoshPeer:
    """Somebody who has logged in over BOSH, with initial presence and a request that waits."""
    peer = BoshPeer.calls(world, **asked)
    logs_in(peer, world, jid)
    peer.sends("<presence/>").receives(f"<presence from='{jid}'/>")
    peer.polls()
    return peer


def say(text: str, to: str = "alice@localhost/home") -> str:
    return f"<message to='{to}'><body>{text}</body></message>"


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
        ("text/plain", "text/plain"),
        ("application/xml; charset=utf-8", "application/xml; charset=utf-8"),
        ("text/html", "text/xml; charset=utf-8"),
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
    alice = available(world)
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
    alice = available(world)
    alice.sends(say("Hello", bob.jid))
    bob.receives_next("<message from='alice@localhost/home'><body>Hello</body></message>")
    bob.sends(say("Hi"))
    alice.receives_next("<message from='bob@localhost/desk'><body>Hi</body></message>")


def test_several_stanzas_in_one_body(world: World, bob: Client) -> None:
    """§6: in their order."""
    alice = available(world)
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
    alice = available(world)
    alice.posts(f"<message to='{bob.jid}'><body>Hello</body><thread>t</thread></message>".encode())
    bob.receives_next("<message><body>Hello</body><thread>t</thread></message>")


def test_prefixes_of_the_body_hold_in_its_payload(world: World, bob: Client) -> None:
    alice = available(world)
    alice.posts(
        f"<c:message to='{bob.jid}'><c:body>Hello</c:body><x:y/></c:message>".encode(),
        **{"xmlns:c": "jabber:client", "xmlns:x": "urn:x"},
    )
    bob.receives_next("<message><body>Hello</body><y xmlns='urn:x'/></message>")


def test_stanzas_go_out_with_their_namespace(world: World, bob: Client) -> None:
    """XEP-0206 §2."""
    alice = available(world)
    waiting = alice.replies[alice.rid]
    bob.sends(say("Hi"))
    assert waiting.content.startswith(f"<body xmlns='{NAMESPACE}'><message xmlns='jabber:client' ".encode())


def test_what_happens_during_one_request_is_one_answer(world: World) -> None:
    alice = available(world)
    before = len(alice.replies)
    alice.posts(
        (f"{say('1')}{say('2')}{say('3')}").replace("<message", "<message xmlns='jabber:client'").encode()
    )
    alice.receives_next(*(f"<message><body>{n}</body></message>" for n in "123"))
    assert len(alice.replies) == before + 1


def test_a_large_answer_is_given_in_parts(world: World, bob: Client) -> None:
    """What the last answers are kept for (§14.3) has a bound."""
    alice = available(world)
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


# -- waiting (§8, §10) --------------------------------------------------------------------------------


def test_a_request_waits_for_something_to_answer(world: World, bob: Client) -> None:
    alice = available(world)
    waiting = alice.replies[alice.rid]
    assert waiting.status is None
    world.later(seconds=50)
    assert waiting.status is None
    bob.sends(say("Hi"))
    assert waiting.status == 200


def test_a_request_does_not_wait_longer_than_agreed(world: World) -> None:
    alice = available(world, wait="20")
    waiting = alice.replies[alice.rid]
    world.later(seconds=19)
    assert waiting.status is None
    world.later(seconds=1)
    assert waiting.content == f"<body xmlns='{NAMESPACE}'></body>".encode()


def test_a_second_request_sets_the_first_free(world: World, bob: Client) -> None:
    """§8: no more than `hold` are kept waiting."""
    alice = available(world)
    first = alice.replies[alice.rid]
    second = alice.posts(say("Hi", bob.jid).replace("<message", "<message xmlns='jabber:client'").encode())
    assert first.content == f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert second.status is None


def test_a_polling_session_is_answered_at_once(world: World, bob: Client) -> None:
    """§12."""
    alice = available(world, wait="0", hold="0")
    bob.sends(say("Hi"))
    world.later(seconds=6)
    assert b"<body>Hi</body>" in alice.posts().content


def test_a_silent_client_is_gone(world: World, bob: Client) -> None:
    """§10; what it was sent meanwhile is not lost: it is stored."""
    alice = available(world, wait="10")
    world.later(seconds=10)
    bob.sends(say("Hi", "alice@localhost"))
    world.later(seconds=29)
    assert world.server.router.sessions.of("alice@localhost")
    world.later(seconds=1)
    assert not world.server.router.sessions.of("alice@localhost")
    assert alice.posts(rid=alice.rid + 1).content.count(b"item-not-found")


def test_a_pause(world: World) -> None:
    """§10: all requests are answered, without payload, and the silence may last longer."""
    alice = available(world)
    waiting = alice.replies[alice.rid]
    pausing = alice.posts(pause="100")
    empty = f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert waiting.content == pausing.content == empty
    world.later(seconds=99)
    alice.sends(say("back")).receives("<message><body>back</body></message>")
    world.later(seconds=30)
    assert not world.server.router.sessions.of("alice@localhost")


def test_a_pause_longer_than_permitted_is_none(world: World) -> None:
    alice = available(world)
    alice.posts(pause="121")
    assert any(reply.status is None for reply in alice.replies.values())


# -- request ids (§14) --------------------------------------------------------------------------------


def test_requests_are_taken_in_the_order_of_their_ids(world: World, bob: Client) -> None:
    """§14.2."""
    alice = available(world)
    rid = alice.rid
    second = f"<message xmlns='jabber:client' to='{bob.jid}' id='second'/>".encode()
    first = f"<message xmlns='jabber:client' to='{bob.jid}' id='first'/>".encode()
    alice.posts(second, rid=rid + 2)
    bob.receives_nothing()
    alice.posts(first, rid=rid + 1)
    bob.receives_next("<message id='first'/>", "<message id='second'/>")


@pytest.mark.parametrize("ahead", [-4, 3, 10**9])
def test_an_id_out_of_the_window_ends_the_session(world: World, bob: Client, ahead: int) -> None:
    """§14.2: too large or too small, the answer is the same."""
    alice = available(world)
    waiting = alice.replies[alice.rid]
    reply = alice.posts(rid=alice.rid + ahead)
    assert b"type='terminate' condition='item-not-found'" in reply.content
    assert b"type='terminate' condition='other-request'" in waiting.content
    assert not world.server.router.sessions.of("alice@localhost")


def test_an_answer_that_was_lost_is_given_again(world: World, bob: Client) -> None:
    """§14.3: the same bytes, and nothing is done twice."""
    alice = available(world)
    alice.sends(say("once", bob.jid))
    bob.receives_next("<message/>")
    bob.sends(say("Hi"))
    rid = alice.rid
    answered = alice.replies[rid].content
    assert b"<body>Hi</body>" in answered
    body = written_body(say("once", bob.jid).encode(), {"rid": str(rid), "sid": alice.sid})
    assert alice.posts_raw(body, rid).content == answered
    bob.receives_nothing()


def test_a_request_that_waits_is_sent_again(world: World, bob: Client) -> None:
    """§14.3: the first gets a recoverable error, the later one the answer."""
    alice = available(world)
    first = alice.replies[alice.rid]
    again = alice.posts(rid=alice.rid)
    assert first.content == f"<body xmlns='{NAMESPACE}' type='error'></body>".encode()
    assert again.status is None
    bob.sends(say("Hi"))
    assert b"<body>Hi</body>" in again.content


def test_what_comes_while_the_connection_is_broken_waits(world: World, bob: Client) -> None:
    """§14.3: it is not written into a connection that is gone."""
    alice = available(world)
    alice.callers[alice.rid].drops()
    bob.sends(say("Hi"))
    world.later(seconds=20)
    assert b"<body>Hi</body>" in alice.posts(rid=alice.rid).content


def test_a_client_that_goes_on_after_a_broken_connection_loses_nothing(world: World, bob: Client) -> None:
    alice = available(world)
    alice.callers[alice.rid].drops()
    bob.sends(say("Hi"))
    assert b"<body>Hi</body>" in alice.posts().content


def test_sending_the_same_again_and_again_ends_the_session(world: World) -> None:
    """§14.3: else the limits on polling were none."""
    alice = available(world)
    replies = [alice.posts(rid=alice.rid) for _ in range(22)]
    assert b"condition='policy-violation'" in replies[-2].content


# -- overactivity (§11, §12) --------------------------------------------------------------------------


def test_asking_again_and_again_ends_the_session(world: World) -> None:
    """§11: an empty request while another waits, too soon after it."""
    alice = available(world)
    world.later(seconds=4)
    assert b"condition='policy-violation'" in alice.posts().content
    assert not world.server.router.sessions.of("alice@localhost")


def test_asking_again_later_does_not(world: World) -> None:
    alice = available(world)
    world.later(seconds=5)
    assert alice.posts().status is None


def test_polling_too_often_ends_the_session(world: World) -> None:
    """§12."""
    alice = available(world, hold="0")
    world.later(seconds=4)
    assert b"condition='policy-violation'" in alice.posts().content


def test_asking_again_after_something_came_is_what_it_is_for(world: World, bob: Client) -> None:
    alice = available(world)
    for n in range(5):
        bob.sends(say(str(n)))
        alice.receives_next(f"<message><body>{n}</body></message>")
        assert alice.posts().status is None


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


@pytest.mark.parametrize("key", [{}, {"key": "0" * 40}, {"key": ""}])
def test_a_wrong_key_ends_the_session(world: World, key: dict[str, str]) -> None:
    """§15.4: and the body is not handled."""
    peer = BoshPeer.calls(world, newkey=keys("seed", 5)[0]).opens(to="localhost")
    assert b"condition='item-not-found'" in peer.posts(b"<nonsense/>", **key).content


# -- the end (§13, §17) -------------------------------------------------------------------------------


def test_the_client_ends_the_session(world: World, bob: Client) -> None:
    """§13: what the last body contains is delivered; the oldest request gets the word."""
    alice = available(world)
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
    alice = available(world)
    waiting = alice.replies[alice.rid]
    world.server.end_sessions()
    assert b"type='terminate' condition='remote-stream-error'" in waiting.content
    alice.is_told("system-shutdown")


def test_the_error_waits_for_a_request(world: World) -> None:
    alice = available(world, wait="10")
    world.later(seconds=10)
    world.server.end_sessions()
    reply = alice.posts()
    assert b"remote-stream-error" in reply.content
    assert b"<system-shutdown" in reply.content


def test_what_does_not_fit_ends_the_session(bob: Client) -> None:
    world = World(limits=Bounds(unsent_bytes=10_000))
    alice, bob = available(world, wait="10"), world.client("bob@localhost/desk")
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
    alice = available(world, ver="")
    reply = alice.posts(rid=alice.rid + (10 if status == 404 else 1))
    assert reply.status == status


def test_a_session_is_resumed(world: World, bob: Client) -> None:
    """XEP-0198: the BOSH session is lost, the XMPP session is not."""
    alice = available(world, wait="10")
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
    alice = available(world)
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
    alice = available(world)
    alice.sends(say("x" * 5000)).receives(f"<message><body>{'x' * 5000}</body></message>")
