"""Those who read slowly get what waited for them in portions, in order and once; nothing waits twice."""

import hashlib

import pytest

from core_router.config import Component as ComponentTable
from core_router.config import Link
from core_router.xmpp.namespaces import COMPONENT
from tests.core_router import login
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, SECRET, Client, Component, World

SM = "urn:xmpp:sm:3"
DOMAIN = "conference.localhost"
LARGE = "x" * 50_000  # five make a portion, and a bit more


@pytest.fixture
def world() -> World:
    return World(component={DOMAIN: ComponentTable(secret=SECRET)})


def say(number: int, to: str, text: str = LARGE) -> str:
    return f"<message to='{to}' id='{number}'><body>{text}</body></message>"


def received(peer: Peer) -> list[int]:
    """The numbers of the messages received, which are claimed."""
    numbers = [int(found.get("id", "")) for found in peer.received if found.tag.endswith("}message")]
    peer.ignores()
    return numbers


class TestComponents:
    def connect(self, world: World, *, managed: bool, slow: bool = False) -> Component:
        caller = world.caller(DOMAIN).opens(COMPONENT, to=DOMAIN, version="1.0" if managed else "0.9")
        caller.connection.congested = slow
        digest = hashlib.sha1(f"{caller.header['id']}{SECRET}".encode()).hexdigest()
        caller.sends(f"<handshake>{digest}</handshake>").receives_next("<handshake/>")
        return caller

    def begin(self, component: Component) -> str:
        component.sends(f"<enable xmlns='{SM}' resume='true'/>")
        return str(component.receives(f"<enabled xmlns='{SM}'/>").get("id"))

    @pytest.mark.parametrize("managed", [True, False])
    def test_what_waited_comes_in_portions(self, world: World, alice: Client, managed: bool) -> None:
        for number in range(20):
            alice.sends(say(number, DOMAIN))
        component = self.connect(world, managed=managed, slow=True)
        if managed:
            self.begin(component)
        assert received(component) == list(range(6))
        alice.sends(say(20, DOMAIN))
        assert received(component) == []
        component.connection.peer_reads()
        assert received(component) == list(range(6, 12))
        component.connection.peer_reads()
        component.connection.peer_reads()
        component.connection.peer_reads()
        assert received(component) == list(range(12, 21))
        alice.sends(say(21, DOMAIN))
        assert received(component) == [21]

    @pytest.mark.parametrize("managed", [True, False])
    def test_what_comes_while_it_does_not_keep_up_waits(
        self, world: World, alice: Client, managed: bool
    ) -> None:
        component = self.connect(world, managed=managed)
        if managed:
            self.begin(component)
        alice.sends(say(0, DOMAIN))
        component.connection.congested = True
        alice.sends(say(1, DOMAIN), say(2, DOMAIN))
        assert received(component) == [0]
        component.connection.peer_reads()
        assert received(component) == [1, 2]
        alice.sends(say(3, DOMAIN))
        assert received(component) == [3]

    def test_a_plain_component_loses_nothing_that_was_not_sent(self, world: World, alice: Client) -> None:
        component = self.connect(world, managed=False)
        component.connection.congested = True
        alice.sends(say(1, DOMAIN), say(2, DOMAIN))
        component.drops()
        again = self.connect(world, managed=False)
        assert received(again) == [1, 2]

    def test_a_managed_component_gets_everything_again_it_has_not_acknowledged(
        self, world: World, alice: Client
    ) -> None:
        component = self.connect(world, managed=True)
        id = self.begin(component)
        alice.sends(say(1, DOMAIN), say(2, DOMAIN))
        component.connection.congested = True
        alice.sends(say(3, DOMAIN), say(4, DOMAIN))
        component.sends(f"<a xmlns='{SM}' h='1'/>")
        component.drops()
        again = self.connect(world, managed=True)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='1'/>")
        assert received(again) == [2, 3, 4]

    def test_acknowledgements_in_between_move_nothing(self, world: World, alice: Client) -> None:
        for number in range(20):
            alice.sends(say(number, DOMAIN))
        component = self.connect(world, managed=True)
        component.connection.congested = True
        self.begin(component)
        assert received(component) == list(range(6))
        component.sends(f"<a xmlns='{SM}' h='4'/>")
        component.connection.peer_reads()
        assert received(component) == list(range(6, 12))
        component.sends(f"<a xmlns='{SM}' h='12'/>")
        assert received(component) == []
        component.connection.peer_reads()
        assert received(component) == list(range(12, 18))

    @pytest.mark.parametrize("managed", [True, False])
    def test_what_waits_is_bounded(self, world: World, alice: Client, managed: bool) -> None:
        world.reconfigure(link=Link(stanzas=3))
        component = self.connect(world, managed=managed)
        if managed:
            self.begin(component)
        component.connection.congested = True
        for number in range(5):
            alice.sends(say(number, DOMAIN))
        for number in (3, 4):
            alice.receives_next(f"<message type='error' id='{number}'/>")
        alice.receives_nothing()
        component.connection.peer_reads()
        assert received(component) == [0, 1, 2]


class TestClients:
    """XEP-0198 §5: a client that resumes."""

    def resumed(self, world: World, alice: Client, waiting: int) -> Peer:
        alice.sends(f"<enable xmlns='{SM}' resume='true'/>")
        id = alice.receives_next(f"<enabled xmlns='{SM}'/>").get("id")
        alice.drops()
        bob = world.client("bob@localhost/desk")
        for number in range(waiting):
            bob.sends(say(number, "alice@localhost/home"))
        again = world.stranger("alice again")
        login.open_stream(again, world.domain)
        login.authenticate(again, "alice", PASSWORD, "PLAIN")
        login.open_stream(again, world.domain)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
        again.receives_next(f"<resumed xmlns='{SM}' previd='{id}'/>")
        return again

    def test_it_gets_the_next_portion_when_it_has_acknowledged_the_last(
        self, world: World, alice: Client
    ) -> None:
        again = self.resumed(world, alice, 20)
        assert received(again) == list(range(6))
        again.sends(f"<a xmlns='{SM}' h='6'/>")
        assert received(again) == list(range(6, 12))
        again.sends(f"<a xmlns='{SM}' h='9'/>")
        assert received(again) == []
        again.sends(f"<a xmlns='{SM}' h='12'/>")
        assert received(again) == list(range(12, 18))
        again.sends(f"<a xmlns='{SM}' h='18'/>")
        assert received(again) == [18, 19]
        again.sends(f"<a xmlns='{SM}' h='20'/>")
        again.receives_nothing()

    def test_what_comes_meanwhile_keeps_its_place(self, world: World, alice: Client) -> None:
        again = self.resumed(world, alice, 8)
        assert received(again) == list(range(6))
        world.client("carol@localhost/car").sends(say(8, "alice@localhost/home"))
        assert received(again) == []
        again.sends(f"<a xmlns='{SM}' h='6'/>")
        assert received(again) == [6, 7, 8]
        world.client("dave@localhost/den").sends(say(9, "alice@localhost/home"))
        assert received(again) == [9]

    def test_one_that_is_cut_off_again_gets_the_rest_the_next_time(self, world: World, alice: Client) -> None:
        again = self.resumed(world, alice, 20)
        assert received(again) == list(range(6))
        again.sends(f"<a xmlns='{SM}' h='6'/>")
        assert received(again) == list(range(6, 12))
        again.drops()
        [managed] = world.server.stream_management._by_id.values()
        third = world.stranger("alice, the third time")
        login.open_stream(third, world.domain)
        login.authenticate(third, "alice", PASSWORD, "PLAIN")
        login.open_stream(third, world.domain)
        third.sends(f"<resume xmlns='{SM}' previd='{managed.id}' h='9'/>")
        assert received(third) == list(range(9, 15))
