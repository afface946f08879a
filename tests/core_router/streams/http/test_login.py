"""A login is a login, whatever carries the stream: SASL2 and Bind 2 in one round trip, over HTTP."""

import pytest

from tests.core_router import login, login2
from tests.core_router.peer import Peer
from tests.core_router.streams.http.callers import BoshPeer, WebPeer
from tests.core_router.world import Client, World
from tests.scenarios.matching import Element

CARRIERS = pytest.mark.parametrize("carrier", [WebPeer, BoshPeer], ids=["WebSocket", "BOSH"])


def logged_in(peer: Peer, world: World, inline: str) -> Element:
    world.account("alice@localhost")
    login.open_stream(peer, world.domain)
    return login2.logs_in(peer, inline=inline)


@CARRIERS
def test_sasl2_needs_no_restart(world: World, bob: Client, carrier: type[WebPeer] | type[BoshPeer]) -> None:
    """XEP-0388: the features follow at once; with Bind 2 (XEP-0386), so may stanzas."""
    alice = carrier.calls(world)
    success = logged_in(alice, world, login2.BIND)
    jid = success.findtext(f"{{{login2.SASL2}}}authorization-identifier")
    assert jid is not None
    assert jid.startswith("alice@localhost/")
    alice.receives("<stream:features/>")
    bob.sends(f"<message to='{jid}'><body>Hi</body></message>")
    alice.receives("<message from='bob@localhost/desk'><body>Hi</body></message>")
    alice.sends("<message to='bob@localhost/desk'><body>Hello</body></message>")
    bob.receives(f"<message from='{jid}'><body>Hello</body></message>")


@CARRIERS
def test_with_the_login_the_bounds_grow(world: World, carrier: type[WebPeer] | type[BoshPeer]) -> None:
    """Without a restart, too."""
    alice = carrier.calls(world)
    logged_in(alice, world, login2.BIND)
    alice.receives("<stream:features/>")
    text = "x" * 20_000
    alice.sends(f"<message to='alice@localhost' id='1'><body>{text}</body></message>")
    alice.sends("<presence/>").receives(f"<message id='1'><body>{text}</body></message>")


@CARRIERS
def test_too_many_failed_logins_end_the_stream(world: World, carrier: type[WebPeer] | type[BoshPeer]) -> None:
    """RFC 6120 §6.4.5."""
    peer = carrier.calls(world)
    login.open_stream(peer, "localhost")
    while peer.end is None:
        peer.sends(login.auth("PLAIN", b"\0alice\0wrong"))
        peer.receives(f"<failure xmlns='{login.SASL}'/>")
    peer.is_told("policy-violation")
