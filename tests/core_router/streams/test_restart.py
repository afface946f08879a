"""The router stops and starts again: nobody notices."""

import pytest
from twisted.internet.defer import Deferred

from core_router.config import Component as ComponentTable
from core_router.store.memory import MemoryContinuity
from tests.core_router.streams import test_component_management as link
from tests.core_router.streams.test_stream_management import back_again, enable, say
from tests.core_router.world import SECRET, Client, Component, World, befriend

SM = "urn:xmpp:sm:3"


def stop(world: World) -> None:
    world.server.end_sessions()
    Deferred.fromCoroutine(world.server.restart.suspend())


def held(world: World) -> int:
    """How many messages are held."""
    assert isinstance(world.stores.continuity, MemoryContinuity)
    return len(world.stores.continuity.held)


def start(world: World) -> None:
    world.restart()


def test_an_orderly_restart_keeps_sessions_presence_and_what_waits(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    befriend(alice, bob)
    ids = enable(alice), enable(bob)
    alice.sends(say("1", bob.jid))
    stop(world)
    assert b"</stream:stream>" not in bob.raw  # its stream is unfinished (XEP-0198 §7)
    start(world)
    alice2 = back_again(world, alice.jid)
    alice2.sends(f"<resume xmlns='{SM}' previd='{ids[0]}' h='0'/>")
    alice2.receives_next(f"<resumed xmlns='{SM}' h='1'/>")
    alice2.receives_nothing()  # bob has never been away
    bob2 = back_again(world, bob.jid)
    bob2.sends(f"<resume xmlns='{SM}' previd='{ids[1]}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    bob2.receives_next("<message><body>1</body></message>")
    bob2.sends(f"<a xmlns='{SM}' h='1'/>").ignores()
    bob2.sends("<presence><show>away</show></presence>")
    alice2.receives_next(f"<presence from='{bob.jid}'><show>away</show></presence>")


def test_roster_pushes_go_on_after_it(world: World) -> None:
    alice = world.client("alice@localhost/home")
    alice.asks("<query xmlns='jabber:iq:roster'/>")
    id = enable(alice)
    stop(world)
    start(world)
    again = back_again(world, alice.jid)
    again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    again.asks("<query xmlns='jabber:iq:roster'><item jid='carol@localhost'/></query>", kind="set")
    again.receives(
        "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='carol@localhost'/></query></iq>"
    )


def test_sessions_that_cannot_be_resumed_end_with_their_presence(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    befriend(alice, bob)
    id = enable(alice)
    stop(world)
    bob.is_told("system-shutdown")
    start(world)
    again = back_again(world, alice.jid)
    again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    again.receives_next(f"<presence type='unavailable' from='{bob.jid}'/>")


def test_a_client_that_does_not_come_back_after_it_is_unavailable(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    befriend(alice, bob)
    ids = enable(alice), enable(bob)
    stop(world)
    start(world)
    again = back_again(world, alice.jid)
    again.sends(f"<resume xmlns='{SM}' previd='{ids[0]}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    world.later(seconds=600)
    again.receives(f"<presence type='unavailable' from='{bob.jid}'/>")


def test_after_the_death_of_the_router_a_message_that_was_acknowledged_is_there(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    enable(alice)
    enable(bob)
    bob.drops()
    alice.sends(say("1", bob.jid), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")
    start(world)  # without having stopped
    again = world.client("bob@localhost/desk")
    again.receives_next("<message><body>1</body></message>")
    again.receives_nothing()
    start(world)
    world.client("bob@localhost/desk").receives_nothing()


def test_a_components_link_and_its_queue_survive() -> None:
    world = World(component={link.DOMAIN: ComponentTable(secret=SECRET)})
    alice = world.client("alice@localhost/home")
    enable(alice)
    component: Component = link.connect(world)
    id = link.enable(component)
    alice.sends(link.say("1"), link.say("2"))
    component.sends(f"<a xmlns='{SM}' h='1'/>")
    stop(world)
    start(world)
    again = link.connect(world)
    again.sends(f"<resume xmlns='{SM}' previd='{id}' h='1'/>").receives_next(f"<resumed xmlns='{SM}' h='0'/>")
    again.receives_next("<message id='2'/>")


def test_after_the_death_of_the_router_what_waited_for_a_component_waits_again() -> None:
    world = World(component={link.DOMAIN: ComponentTable(secret=SECRET)})
    alice = world.client("alice@localhost/home")
    enable(alice)
    alice.sends(link.say("1"), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")
    start(world)
    link.connect(world, version="").receives_next("<message id='1'/>")
    start(world)
    link.connect(world, version="").receives_nothing()


class TestWhatAComponentHadHandled:
    """After the router's death, what was held for a component does not come again if it had handled it."""

    @pytest.fixture
    def world(self) -> World:
        return World(component={link.DOMAIN: ComponentTable(secret=SECRET)})

    @pytest.fixture
    def alice(self, world: World) -> Client:
        alice = world.client("alice@localhost/home")
        enable(alice)
        return alice

    def comes_back(self, world: World, id: str, h: int) -> Component:
        """The link cannot be resumed; another is begun."""
        again = link.connect(world)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='{h}'/>").receives_next(f"<failed xmlns='{SM}'/>")
        link.enable(again)
        return again

    def test_what_waited_while_it_was_away(self, world: World, alice: Client) -> None:
        alice.sends(link.say("1"), link.say("2"), link.say("3"))
        component = link.connect(world)
        id = link.enable(component)
        component.receives_next("<message id='1'/>", "<message id='2'/>", "<message id='3'/>")
        start(world)
        again = self.comes_back(world, id, 2)
        again.receives_next("<message id='3'/>", f"<r xmlns='{SM}'/>")
        again.receives_nothing()

    def test_what_it_was_given_at_once(self, world: World, alice: Client) -> None:
        """It was held because the component did not acknowledge it within a second."""
        component = link.connect(world)
        id = link.enable(component)
        alice.sends("<presence/>", link.say("1"), link.say("2"), f"<r xmlns='{SM}'/>")
        world.later(seconds=1)
        start(world)
        again = self.comes_back(world, id, 1)
        again.receives_next("<message id='2'/>", f"<r xmlns='{SM}'/>")
        again.receives_nothing()

    def test_what_was_given_on_a_link_of_before(self, world: World, alice: Client) -> None:
        """Held messages go over to each new link."""
        alice.sends(link.say("1"), link.say("2"))
        id = link.enable(link.connect(world))
        start(world)
        component = link.connect(world)
        newer = link.enable(component)
        component.receives_next("<message id='1'/>", "<message id='2'/>")
        start(world)
        assert held(world) == 2
        unknown = link.connect(world)
        unknown.sends(f"<resume xmlns='{SM}' previd='{id}' h='2'/>").receives_next(f"<failed xmlns='{SM}'/>")
        unknown.drops()
        again = self.comes_back(world, newer, 2)
        again.receives_nothing()
        assert held(world) == 0
