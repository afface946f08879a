"""XEP-0440, and RFC 5802 §6 as far as it is the server's."""

import pytest

from bench.scram import Scram
from core_router.streams.negotiation.channel_binding import NAMESPACE
from tests.core_router import login
from tests.core_router.connection import BINDINGS
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World


def arrives(world: World, bindings: dict[str, bytes]) -> Peer:
    world.account("alice@localhost")
    peer = world.stranger(bindings=bindings)
    login.open_stream(peer, world.domain)
    return peer


@pytest.mark.parametrize("types", [["tls-exporter", "tls-server-end-point"], ["tls-server-end-point"], []])
def test_types_are_announced(world: World, types: list[str]) -> None:
    """§2: those the connection has."""
    bindings = {type: BINDINGS[type] for type in types}
    features = login.open_stream(world.stranger(bindings=bindings), world.domain)
    listed = features.findall(f"{{{NAMESPACE}}}sasl-channel-binding/{{{NAMESPACE}}}channel-binding")
    assert [found.get("type") for found in listed] == types
    assert (features.find(f"{{{NAMESPACE}}}sasl-channel-binding") is not None) == bool(types)


def test_not_without_tls(world: World) -> None:
    features = login.open_stream(world.stranger(secure=False), world.domain)
    assert features.find(f"{{{NAMESPACE}}}sasl-channel-binding") is None


def test_not_after_authentication(world: World) -> None:
    alice = arrives(world, dict(BINDINGS))
    login.authenticate(alice, "alice", PASSWORD, "SCRAM-SHA-256")
    features = login.open_stream(alice, world.domain)
    assert features.find(f"{{{NAMESPACE}}}sasl-channel-binding") is None


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
def test_somebody_in_between_is_found_out(world: World, mechanism: str) -> None:
    """RFC 5802 §6: what the client sees of the channel is not what the server sees."""
    alice = arrives(world, dict(BINDINGS))
    scram = Scram(mechanism, "alice", PASSWORD, end_point=b"the certificate of somebody else")
    alice.sends(login.auth(mechanism, scram.first()))
    alice.sends(login.response(scram.final(login.challenge(alice))))
    login.fails(alice, "not-authorized")


def test_an_offer_of_plus_that_did_not_arrive(world: World) -> None:
    """RFC 5802 §6: `y` says that the client could, and thinks that the server cannot."""
    alice = arrives(world, dict(BINDINGS)).sends(login.auth("SCRAM-SHA-256", b"y,,n=alice,r=x"))
    login.fails(alice, "not-authorized")


def test_an_offer_of_plus_that_was_not_made(world: World) -> None:
    alice = arrives(world, {}).sends(login.auth("SCRAM-SHA-256", b"y,,n=alice,r=x"))
    assert login.challenge(alice).startswith(b"r=x")


@pytest.mark.parametrize(
    ("mechanism", "message"),
    [
        ("SCRAM-SHA-256", b"p=tls-exporter,,n=alice,r=x"),
        ("SCRAM-SHA-256-PLUS", b"n,,n=alice,r=x"),
        ("SCRAM-SHA-256-PLUS", b"y,,n=alice,r=x"),
        ("SCRAM-SHA-256-PLUS", b"p=tls-unique,,n=alice,r=x"),
        ("SCRAM-SHA-256-PLUS", b"p=nonsense,,n=alice,r=x"),
    ],
)
def test_what_does_not_go_together(world: World, mechanism: str, message: bytes) -> None:
    alice = arrives(world, dict(BINDINGS)).sends(login.auth(mechanism, message))
    login.fails(alice, "malformed-request")
