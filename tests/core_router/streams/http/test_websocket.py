"""RFC 7395: XMPP over WebSocket."""

import pytest
from websockets.frames import CloseCode, Opcode

from core_router.config import Bounds, Clients
from core_router.framing.websocket import NAMESPACE as FRAMING
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from core_router.xmpp.namespaces import STREAM
from tests.core_router import login
from tests.core_router.streams.http.callers import Caller, WebPeer, logs_in
from tests.core_router.streams.test_stream_management import enable
from tests.core_router.world import Client, World
from tests.scenarios.matching import Element

SM = "urn:xmpp:sm:3"
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Protocol": "xmpp",
}


def available(world: World, jid: str = "alice@localhost/home") -> WebPeer:
    """Somebody who has logged in over a WebSocket, with initial presence."""
    peer = WebPeer.calls(world)
    logs_in(peer, world, jid)
    peer.sends("<presence/>").receives(f"<presence from='{jid}'/>")
    return peer


# -- the handshake ------------------------------------------------------------------------------------


def test_the_subprotocol_is_agreed_on(world: World) -> None:
    """§3.1: the server answers with `xmpp` and nothing else, whatever else is offered."""
    peer = WebPeer.calls(world, Sec_WebSocket_Protocol="chat, xmpp")
    head = peer.raw.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 101 ")
    assert b"\r\nsec-websocket-protocol: xmpp\r\n" in head + b"\r\n"


def test_both_usual_paths_lead_here(world: World) -> None:
    for path in ("/ws", "/xmpp-websocket", "/xmpp-websocket?v=1"):
        assert WebPeer.calls(world).open
        reply = Caller(world).asks("GET", path)
        assert reply.status == 426, "without the upgrade, it is asked for"


@pytest.mark.parametrize("missing", [{"Sec_WebSocket_Protocol": "mqtt"}, {"Sec_WebSocket_Version": "8"}])
def test_another_protocol_is_not_spoken(world: World, missing: dict[str, str]) -> None:
    reply = Caller(world).asks("GET", "/ws", **HANDSHAKE | missing)
    assert reply.status == 400


def test_a_header_with_control_characters_is_refused(world: World) -> None:
    """RFC 9110 §5.5 forbids them all; h11 lets some through."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in HANDSHAKE.items())
    caller = Caller(world).sends(f"GET /ws HTTP/1.1\r\nHost: localhost\r\n{head}X: a\x10b\r\n\r\n".encode())
    assert caller.raw.startswith(b"HTTP/1.1 400 ")


def test_compression_is_not_agreed_on(world: World) -> None:
    peer = WebPeer.calls(world, Sec_WebSocket_Extensions="permessage-deflate")
    assert b"extensions" not in peer.raw.lower()


def test_without_tls_the_handshake_is_refused(world: World) -> None:
    reply = Caller(world, secure=False).asks("GET", "/ws", **HANDSHAKE)
    assert reply.status == 403
    assert b"wss://" in reply.content


def test_where_tls_is_not_required_passwords_are_not_sent_without_it() -> None:
    world = World(clients=Clients(require_tls=False))
    features = login.open_stream(WebPeer.calls(world, secure=False), "localhost")
    offered = {str(mechanism.text) for mechanism in features.iter(f"{{{login.SASL}}}mechanism")}
    assert "SCRAM-SHA-256" in offered
    assert "PLAIN" not in offered
    assert features.find(f"{{{TLS}}}starttls") is None  # §3.9: TLS is the WebSocket's matter


# -- the stream ---------------------------------------------------------------------------------------


def test_the_stream_is_opened_with_a_message(world: World) -> None:
    """§3.4: `<open/>` is answered with `<open/>`, with the attributes of a stream header."""
    peer = WebPeer.calls(world)
    peer.opens(to="localhost", version="1.0", xml_lang="de")
    header = {key.rpartition("}")[2]: value for key, value in peer.header.items()}
    assert header | {"id": ""} == {"from": "localhost", "id": "", "version": "1.0", "lang": "en"}
    assert len(header["id"]) >= 16
    features = peer.receives_next("<stream:features/>")
    assert features.find(f"{{{TLS}}}starttls") is None


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"])
def test_login(world: World, mechanism: str) -> None:
    """§3.7: after authentication a new `<open/>` restarts the stream; ids differ."""
    peer = WebPeer.calls(world)
    assert logs_in(peer, world, "alice@localhost/home", mechanism) == "alice@localhost/home"
    opened = [part for part in peer.raw.split(b"<") if part.startswith(b"open ")]
    ids = {part.partition(b"id='")[2].partition(b"'")[0] for part in opened}
    assert len(ids) == 2


def test_messages_both_ways(world: World, bob: Client) -> None:
    alice = available(world)
    alice.sends("<message to='bob@localhost/desk' id='1'><body>Hello &amp; bye</body></message>")
    bob.receives_next("<message from='alice@localhost/home' id='1'><body>Hello &amp; bye</body></message>")
    bob.sends(
        "<message to='alice@localhost/home' xml:lang='en'><body>Hi</body><x xmlns='jabber:x:oob'/></message>"
    )
    alice.receives_next(
        "<message from='bob@localhost/desk'><body>Hi</body><x xmlns='jabber:x:oob'/></message>"
    )


def test_every_message_is_a_document_with_its_own_namespaces(world: World, bob: Client) -> None:
    """§3.3.3: stanzas declare `jabber:client`, features and errors the prefix `stream`."""
    sent: list[Element] = []
    alice = available(world)
    alice._message_arrived = sent.append
    bob.sends("<message to='alice@localhost/home'><body>Hi</body></message>")
    alice.sends("<iq type='get' id='1' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>", "<nonsense/>")
    assert [one.tag for one in sent] == [
        "{jabber:client}message",
        "{jabber:client}iq",
        f"{{{STREAM}}}error",
        f"{{{FRAMING}}}close",
    ]
    assert sent[2].prefix == "stream"


def test_prefixes_of_one_message_do_not_hold_in_the_next(world: World) -> None:
    alice = available(world)
    alice.sends(
        b"<c:message xmlns:c='jabber:client' to='alice@localhost/home'><c:body>1</c:body></c:message>"
    )
    alice.receives_next("<message><body>1</body></message>")
    alice.sends(b"<c:message to='alice@localhost'><c:body>2</c:body></c:message>")
    alice.is_told("bad-namespace-prefix")


def test_a_stanza_without_a_namespace_is_none(world: World) -> None:
    """§3.3.3."""
    alice = available(world)
    alice.sends(b"<message to='alice@localhost/home'><body>1</body></message>")
    alice.is_told("unsupported-stanza-type")


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        (b" <presence xmlns='jabber:client'/>", "bad-format"),
        (b"presence", "bad-format"),
        (b"<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>", "bad-format"),
        (b"<presence xmlns='jabber:client'>", "not-well-formed"),
        (b"<presence xmlns='jabber:client'/>text", "not-well-formed"),
        (b"</stream:stream>", "not-well-formed"),
        (b"<?xml version='1.0'?><presence xmlns='jabber:client'/>", "restricted-xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><presence xmlns='jabber:client'>&b;</presence>", "restricted-xml"),
        (b"<presence xmlns='jabber:client'><!-- --></presence>", "restricted-xml"),
        (b"<presence xmlns='jabber:client'>\xff</presence>", "not-well-formed"),
    ],
)
def test_a_message_is_one_element_and_nothing_else(world: World, message: bytes, condition: str) -> None:
    """§3.3.3; and XML as restricted as on TCP (RFC 6120 §11)."""
    alice = available(world)
    alice.sends(message)
    alice.is_told(condition)


@pytest.mark.parametrize(
    "message",
    [
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost'/>",
        b"<presence xmlns='jabber:client'/>",
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
        b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost'>text</open>",
    ],
)
def test_the_first_message_is_an_open(world: World, message: bytes) -> None:
    """§3.4."""
    peer = WebPeer.calls(world)
    peer.sends(message)
    peer.receives_next("<stream:error/>")
    assert peer.header["from"] == "localhost"
    assert peer.end == "closed"


def test_an_unknown_domain_is_refused(world: World) -> None:
    """§3.5: the error comes after our `<open/>`."""
    peer = WebPeer.calls(world)
    peer.opens(to="elsewhere.example", version="1.0")
    peer.is_told("host-unknown")
    assert peer.header


# -- frames -------------------------------------------------------------------------------------------


def test_a_message_may_come_in_several_frames(world: World) -> None:
    """RFC 6455 §5.4; with a ping between them, which is answered."""
    alice = available(world)
    alice.sends_frame(Opcode.TEXT, b"<message xmlns='jabber:client' to='alice@localhost/home'>", fin=False)
    alice.sends_frame(Opcode.PING, b"there?")
    alice.sends_frame(Opcode.CONT, b"<body>Hello</body>", fin=False)
    alice.sends_frame(Opcode.CONT, b"</message>")
    alice.receives_next("<message><body>Hello</body></message>")
    assert b"there?" in alice.raw


def test_binary_frames_are_refused(world: World) -> None:
    """§3.2."""
    alice = available(world)
    alice.sends_frame(Opcode.BINARY, b"<presence xmlns='jabber:client'/>")
    alice.is_told("bad-format")


def test_frames_that_are_not_masked_end_the_connection(world: World, bob: Client) -> None:
    """RFC 6455 §5.1; and the stream was not closed, its session is gone all the same."""
    alice = available(world)
    bob.sends("<presence to='alice@localhost/home'/>")
    alice.sends_bytes(b"\x81\x02hi")
    assert alice.close == CloseCode.PROTOCOL_ERROR
    assert alice.connection.end == "closed"
    assert not world.server.router.sessions.of("alice@localhost")


@pytest.mark.parametrize("pieces", [1, 40])
def test_before_login_a_message_is_small(pieces: int) -> None:
    """It is refused by its header, or as soon as its frames are more: nothing of it is kept."""
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    peer = WebPeer.calls(world)
    peer.opens(to="localhost", version="1.0").ignores()
    part = b"x" * (1200 // pieces)
    peer.sends_frame(Opcode.TEXT, b"<auth " + part, fin=pieces == 1)
    for _ in range(pieces - 1):
        peer.sends_frame(Opcode.CONT, part, fin=False)
    peer.is_told("policy-violation")
    assert peer.close == CloseCode.MESSAGE_TOO_BIG


def test_a_frame_that_is_too_long_is_refused_by_its_header() -> None:
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    peer = WebPeer.calls(world)
    peer.opens(to="localhost", version="1.0").ignores()
    peer.sends_bytes(b"\x81\xff" + (2**40).to_bytes(8) + bytes(4))
    peer.is_told("policy-violation")


def test_after_login_a_message_may_be_larger() -> None:
    world = World(limits=Bounds(unauthenticated_bytes=1000))
    alice = available(world)
    text = "x" * 5000
    alice.sends(f"<message to='alice@localhost/home'><body>{text}</body></message>")
    alice.receives_next(f"<message><body>{text}</body></message>")


# -- the end ------------------------------------------------------------------------------------------


def test_closing_by_the_client(world: World) -> None:
    """§3.6: `<close/>` is answered with `<close/>`, then the WebSocket is closed."""
    alice = available(world)
    alice.closes()
    assert alice.end == "closed"
    assert alice.close == CloseCode.NORMAL_CLOSURE
    assert alice.connection.end == "closed"
    assert not world.server.router.sessions.of("alice@localhost")


def test_the_server_ends_the_stream(world: World) -> None:
    """§3.5, §3.6."""
    alice = available(world)
    world.server.end_sessions()
    alice.is_told("system-shutdown")
    assert alice.close == CloseCode.NORMAL_CLOSURE


def test_a_client_that_does_not_close_in_turn_is_left(world: World) -> None:
    alice = WebPeer.calls(world)
    alice.answers_close = False
    alice.opens(to="nowhere.example", version="1.0")
    alice.is_told("host-unknown")
    assert alice.connection.end is None
    alice.stream.tick(5)
    assert alice.connection.end is None
    alice.stream.tick(5)
    assert alice.connection.end == "aborted"


@pytest.mark.parametrize("how", ["dropped", "close frame"])
def test_a_session_outlives_a_websocket_that_was_not_closed_in_order(world: World, how: str) -> None:
    """§3.6: without `<close/>`, the session may be resumed (XEP-0198)."""
    alice = available(world)
    previous = enable(alice)
    if how == "dropped":
        alice.drops()
    else:
        alice.sends_frame(Opcode.CLOSE, b"")
    assert world.server.router.sessions.of("alice@localhost")
    again = WebPeer.calls(world)
    login.open_stream(again, "localhost")
    login.authenticate(again, "alice", "open sesame, Ali", "PLAIN")
    login.open_stream(again, "localhost")
    again.sends(f"<resume xmlns='{SM}' previd='{previous}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")


def test_acknowledgement_requests_have_frames_of_their_own(world: World, bob: Client) -> None:
    alice = available(world)
    enable(alice)
    bob.sends("<message to='alice@localhost/home'><body>1</body></message>")
    alice.receives_next("<message><body>1</body></message>", f"<r xmlns='{SM}'/>")
