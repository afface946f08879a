"""Looking after connections: what is closed when, and whether its session may be resumed."""

from dataclasses import dataclass

import pytest

from core_router.config import Clients
from core_router.runtime.sweep import INTERVAL, Sweep, rest
from core_router.streams.client import ClientStream
from tests.core_router.peer import Peer
from tests.core_router.world import Client, World

RULES = Clients(login_timeout=30, idle_ping=60, idle_timeout=20)


@dataclass(eq=False)
class Connection:
    """A connection in memory, with what else is asked of it."""

    party: Peer
    paused: bool = False
    stuck: bool = False
    peer: str = "192.0.2.7:40000"

    @property
    def stream(self) -> object:
        return self.party.stream

    def abort(self) -> None:
        self.party.drops()


def pass_by(seconds: int, *connections: Connection, sweep: Sweep) -> None:
    for _ in range(seconds // INTERVAL):
        sweep.run([connection for connection in connections if connection.party.end is None])


@pytest.fixture
def sweep() -> Sweep:
    return Sweep(RULES)


def test_who_does_not_log_in_is_closed(world: World, sweep: Sweep) -> None:
    """However much he says."""
    stranger = world.stranger().opens(to="localhost", version="1.0").ignores()
    connection = Connection(stranger)
    pass_by(25, connection, sweep=sweep)
    stranger.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").ignores()
    pass_by(5, connection, sweep=sweep)
    assert stranger.end == "closed"


def test_who_is_silent_is_pinged_then_closed(alice: Client, sweep: Sweep) -> None:
    connection = Connection(alice)
    pass_by(60 + INTERVAL, connection, sweep=sweep)
    alice.receives_next("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>").get("id")
    pass_by(15, connection, sweep=sweep)
    alice.receives_nothing()
    pass_by(INTERVAL, connection, sweep=sweep)
    alice.is_told("connection-timeout")


def test_who_is_silent_costs_no_parser(alice: Client, bob: Client) -> None:
    """And notices nothing of that."""
    rest([Connection(alice)])
    alice.sends("<presence/>").ignores()
    rest([Connection(alice)])
    assert hasattr(alice.stream._parser, "_expat")
    rest([Connection(alice)])
    assert not hasattr(alice.stream._parser, "_expat")
    alice.sends(f"<message to='{bob.jid}' type='chat'><body>Still here</body></message>")
    bob.receives(f"<message from='{alice.jid}' type='chat'><body>Still here</body></message>")


def test_an_answer_is_a_sign_of_life(alice: Client, sweep: Sweep) -> None:
    connection = Connection(alice)
    pass_by(60 + INTERVAL, connection, sweep=sweep)
    alice.receives_next("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>")
    alice.sends(" ")
    pass_by(60, connection, sweep=sweep)
    alice.receives_nothing()
    assert alice.end is None


def test_a_session_that_may_be_resumed_loses_its_connection_only(
    world: World, alice: Client, sweep: Sweep
) -> None:
    """XEP-0198 §5: it must not be taken for one whose client has closed its stream."""
    alice.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    pass_by(90, Connection(alice), sweep=sweep)
    assert alice.end == "cut"
    assert len(world.server.router.sessions) == 1
    world.later(seconds=601)
    assert len(world.server.router.sessions) == 0


def test_who_is_made_to_wait_is_not_silent(alice: Client, sweep: Sweep) -> None:
    """What he says waits in his socket, and so does the answer to a ping."""
    pass_by(1000, Connection(alice, paused=True), sweep=sweep)
    alice.receives_nothing()
    assert alice.end is None


@pytest.mark.parametrize("managed", [True, False])
def test_who_takes_nothing_of_what_waits_is_closed(
    world: World, alice: Client, sweep: Sweep, managed: bool
) -> None:
    if managed:
        alice.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    connection = Connection(alice, stuck=True)
    pass_by(15, connection, sweep=sweep)
    connection.stuck = False
    pass_by(5, connection, sweep=sweep)
    connection.stuck = True
    pass_by(15, connection, sweep=sweep)
    assert alice.end is None
    pass_by(5, connection, sweep=sweep)
    assert alice.end == "cut"
    assert len(world.server.router.sessions) == (1 if managed else 0)


def test_who_says_to_be_a_component_must_prove_it_in_time(world: World, sweep: Sweep) -> None:
    world.component("rooms.localhost").drops()
    caller = world.caller().opens("jabber:component:accept", to="rooms.localhost")
    pass_by(25, Connection(caller), sweep=sweep)
    assert caller.end is None
    caller = world.caller().opens("jabber:component:accept", to="rooms.localhost")
    pass_by(30, Connection(caller), sweep=sweep)
    caller.is_told("connection-timeout")


def test_components_are_closed_when_they_take_nothing(world: World, sweep: Sweep) -> None:
    component = world.component("rooms.localhost")
    connection = Connection(component)
    pass_by(1000, connection, sweep=sweep)
    assert component.end is None
    assert not isinstance(component.stream, ClientStream)
    connection.stuck = True
    pass_by(20, connection, sweep=sweep)
    assert component.end == "cut"
