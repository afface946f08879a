"""RFC 6120 §7: resource binding."""

import pytest

from core_router.config import Bounds
from core_router.streams.negotiation.bind import NAMESPACE as BIND
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router import login
from tests.core_router.world import PASSWORD, Client, Peer, World


def authenticated(world: World) -> Peer:
    world.account("alice@localhost")
    peer = world.stranger()
    login.open_stream(peer, "localhost")
    login.authenticate(peer, "alice", PASSWORD, "PLAIN")
    return peer


@pytest.fixture
def peer(world: World) -> Peer:
    """Alice, authenticated, with an open stream."""
    peer = authenticated(world)
    login.open_stream(peer, "localhost")
    return peer


def refused(peer: Peer, type: str, condition: str) -> None:
    error = f"<error type='{type}'><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    answer = peer.receives_next(f"<iq type='error' id='b'>{error}</iq>")
    assert answer.get("from") is None
    assert answer.get("to") is None


def test_it_is_offered_after_authentication_only(world: World) -> None:
    """§7.4."""
    assert login.open_stream(world.stranger(), "localhost").find(f"{{{BIND}}}bind") is None
    assert login.open_stream(authenticated(world), "localhost").find(f"{{{BIND}}}bind") is not None


def test_the_wanted_resource_is_bound_as_it_is_prepared(peer: Peer) -> None:
    """§7.7.1, RFC 7622 §3.4."""
    assert login.bind(peer, "Zu\u00a0Hause A\u0308") == "alice@localhost/Zu Hause Ä"


@pytest.mark.parametrize("bind", [f"<bind xmlns='{BIND}'/>", f"<bind xmlns='{BIND}'><resource/></bind>"])
def test_without_one_the_server_chooses(world: World, bind: str) -> None:
    """§7.6.1, §7.6.2.1: one that nobody can guess."""
    chosen = set()
    for _ in range(3):
        peer = authenticated(world)
        login.open_stream(peer, "localhost")
        answer = peer.asks(bind, kind="set")
        jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid") or ""
        chosen.add(jid.removeprefix("alice@localhost/"))
    assert len(chosen) == 3
    assert all(len(resource) >= 12 for resource in chosen)


@pytest.mark.parametrize("resource", ["a\tb", "\u200e", "x" * 1024])
def test_a_resource_that_is_none_is_a_bad_request(peer: Peer, resource: str) -> None:
    """§7.7.2.1; the client may try again."""
    peer.sends(f"<iq type='set' id='b'><bind xmlns='{BIND}'><resource>{resource}</resource></bind></iq>")
    refused(peer, "modify", "bad-request")
    assert login.bind(peer, "home") == "alice@localhost/home"


def test_a_request_without_an_id_is_a_bad_request(peer: Peer) -> None:
    """§8.2.3: an IQ has one."""
    peer.sends(f"<iq type='set'><bind xmlns='{BIND}'/></iq>")
    peer.receives_next("<iq type='error'><error type='modify'/></iq>")


def test_a_resource_in_use_is_taken_over(world: World, alice: Client, bob: Client, peer: Peer) -> None:
    """§7.7.2.2, the second choice: the older session ends with a conflict."""
    bob.sends("<presence to='alice@localhost/home'/>")
    assert login.bind(peer, "home") == alice.jid
    alice.ignores()
    assert b"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" in alice.raw
    assert alice.end == "closed"
    [session] = world.server.router.sessions.of("alice@localhost")
    assert not session.available
    bob.sends("<message to='alice@localhost/home'><body>1</body></message>")
    peer.receives_next("<message><body>1</body></message>")


def test_the_late_end_of_the_older_one_does_not_end_the_new(world: World, alice: Client, peer: Peer) -> None:
    login.bind(peer, "home")
    alice.drops()
    assert len(world.server.router.sessions.of("alice@localhost")) == 1


def test_too_many_resources_are_refused() -> None:
    """§7.6.2.1."""
    world = World(limits=Bounds(resources=2))
    clients = [world.client(f"alice@localhost/{name}") for name in ("home", "work")]
    peer = authenticated(world)
    login.open_stream(peer, "localhost")
    peer.sends(f"<iq type='set' id='b'><bind xmlns='{BIND}'/></iq>")
    refused(peer, "wait", "resource-constraint")
    assert login.bind(peer, "work") == clients[1].jid  # which it replaces
    assert clients[1].end == "closed"
    clients[0].drops()
    world.client("alice@localhost/phone")


@pytest.mark.parametrize(
    "request_",
    [
        "<iq type='set' id='b'><query xmlns='jabber:iq:roster'/></iq>",
        "<iq type='set' id='b'/>",
        f"<iq type='set' id='b'><bind xmlns='{BIND}'/><bind xmlns='{BIND}'/></iq>",
    ],
)
def test_before_it_no_other_request_is_allowed(peer: Peer, request_: str) -> None:
    """§7.1."""
    peer.sends(request_)
    refused(peer, "cancel", "not-allowed")


@pytest.mark.parametrize("stanza", ["<message/>", "<presence/>", "<iq type='get' id='b'/>"])
def test_nor_any_other_stanza(peer: Peer, stanza: str) -> None:
    """§7.1."""
    peer.sends(stanza).is_told("not-authorized")


def test_a_session_has_one_resource(alice: Client) -> None:
    """§7.1: a second request finds nobody to answer it."""
    answer = alice.asks(f"<bind xmlns='{BIND}'/>", kind="set")
    assert answer.get("type") == "error"
