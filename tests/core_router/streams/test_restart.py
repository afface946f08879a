"""The router stops and starts again: nobody notices."""

from twisted.internet.defer import Deferred

from core_router.config import Component as ComponentTable
from tests.core_router.streams import test_component_management as link
from tests.core_router.streams.test_stream_management import back_again, enable, say
from tests.core_router.world import SECRET, Component, World, befriend

SM = "urn:xmpp:sm:3"


def stop(world: World) -> None:
    world.server.end_sessions()
    Deferred.fromCoroutine(world.server.restart.suspend())


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
