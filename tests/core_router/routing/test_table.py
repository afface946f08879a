"""The routing table: who serves which domain."""

import pytest

from core_router.envelope import Envelope
from core_router.routing.table import Table
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router.world import Client, World


class Elsewhere:
    """Takes whatever comes."""

    def __init__(self) -> None:
        self.delivered: list[Envelope] = []

    def deliver(self, envelope: Envelope) -> None:
        self.delivered.append(envelope)


def test_a_domain_has_one_destination() -> None:
    table, here, there = Table(), Elsewhere(), Elsewhere()
    table.serve("here.example", here)
    assert table.find("here.example") is here
    assert table.find("there.example") is None
    assert "here.example" in table
    with pytest.raises(ValueError, match="is served already"):
        table.serve("here.example", there)
    table.drop("here.example")
    assert "here.example" not in table
    table.serve("here.example", there)
    assert table.find("here.example") is there


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
def test_to_a_domain_nobody_serves_there_is_no_way(alice: Client, kind: str) -> None:
    """RFC 6120 §10.4.3: remote-server-not-found where there is no federation."""
    type = "type='get'" if kind == "iq" else ""
    alice.sends(f"<{kind} {type} id='1' to='bob@elsewhere.example'><body>1</body></{kind}>")
    condition = f"<remote-server-not-found xmlns='{STANZA_ERRORS}'/>"
    alice.receives_next(f"<{kind} type='error' id='1'><error type='cancel'>{condition}</error></{kind}>")
    alice.receives_nothing()


def test_unless_somebody_takes_what_is_for_others(world: World, alice: Client) -> None:
    """The federation's place."""
    world.server.router.table.default = elsewhere = Elsewhere()
    alice.sends("<message to='bob@elsewhere.example'/>", "<message to='nobody@localhost' type='headline'/>")
    assert [str(envelope.to) for envelope in elsewhere.delivered] == ["bob@elsewhere.example"]


@pytest.mark.parametrize("type", ["error", "result"])
def test_answers_that_find_no_way_are_dropped(alice: Client, type: str) -> None:
    """RFC 6120 §8.3.1."""
    alice.sends(f"<iq type='{type}' id='1' to='bob@elsewhere.example'/>").receives_nothing()


def test_messages_to_the_server_are_read_by_nobody(alice: Client) -> None:
    """RFC 6120 §10.5.2."""
    alice.sends("<message to='localhost' id='1'><body>Hello?</body></message>")
    condition = f"<service-unavailable xmlns='{STANZA_ERRORS}'/>"
    alice.receives_next(f"<message type='error' id='1'><error type='cancel'>{condition}</error></message>")
    alice.sends("<message to='localhost' type='error'/>").receives_nothing()


def test_several_domains_are_served_apart() -> None:
    """The same name at two domains is two people."""
    world = World(more_domains=["other.example"])
    alice = world.client("alice@localhost/home")
    world.account("alice@other.example")
    alice.sends("<message to='alice@other.example' type='chat'><body>1</body></message>").receives_nothing()
    assert len(world.accounts.rows["alice@other.example"].messages) == 1
