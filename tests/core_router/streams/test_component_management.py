"""XEP-0198 on a component's stream, and what waits for a component that is away."""

import hashlib

import pytest

from core_router.config import Component as ComponentTable
from core_router.config import Link
from core_router.xmpp.namespaces import COMPONENT
from tests.core_router.world import SECRET, Client, Component, World

SM = "urn:xmpp:sm:3"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
DOMAIN = "conference.localhost"


def challenges(world: World, *, version: str = "1.0") -> Component:
    """Somebody with the component's secret, who is not answered yet."""
    caller = world.caller(DOMAIN).opens(COMPONENT, to=DOMAIN, version=version)
    digest = hashlib.sha1(f"{caller.header['id']}{SECRET}".encode()).hexdigest()
    return caller.sends(f"<handshake>{digest}</handshake>")


def connect(world: World, *, version: str = "1.0") -> Component:
    caller = challenges(world, version=version)
    caller.receives_next("<handshake/>")
    if version == "1.0":
        caller.receives_next(f"<stream:features><sm xmlns='{SM}'/></stream:features>")
    return caller


def enable(component: Component) -> str:
    component.sends(f"<enable xmlns='{SM}' resume='true'/>")
    return str(component.receives_next(f"<enabled xmlns='{SM}' resume='true'/>").get("id"))


def say(body: str) -> str:
    return f"<message to='tea@{DOMAIN}' id='{body}'><body>{body}</body></message>"


@pytest.fixture
def world() -> World:
    return World(component={DOMAIN: ComponentTable(secret=SECRET)})


class TestPlain:
    """A component that knows XEP-0114 only."""

    def test_it_gets_what_waited_in_order(self, world: World, alice: Client) -> None:
        alice.sends(say("1"), say("2"))
        component = connect(world, version="")
        component.receives_next("<message id='1'/>", "<message id='2'/>")
        alice.sends(say("3"))
        component.receives_next("<message id='3'/>")
        component.drops()
        alice.sends(say("4"))
        connect(world, version="").receives_next("<message id='4'/>")
        alice.receives_nothing()

    def test_one_that_says_version_1_but_asks_for_nothing_gets_it_after_a_while(
        self, world: World, alice: Client
    ) -> None:
        alice.sends(say("1"))
        component = connect(world)
        component.receives_nothing()
        world.later(seconds=10)
        component.receives_next("<message id='1'/>")

    def test_after_the_time_each_stanza_is_answered_with_an_error(self, world: World, alice: Client) -> None:
        alice.sends(say("1"), f"<presence to='tea@{DOMAIN}/Alice'/>")
        alice.sends(f"<iq type='get' id='2' to='{DOMAIN}'><query xmlns='jabber:iq:version'/></iq>")
        world.later(seconds=300)
        for kind in ("message", "presence", "iq"):
            error = f"<error type='wait'><remote-server-timeout xmlns='{STANZAS}'/></error>"
            alice.receives_next(f"<{kind} type='error'>{error}</{kind}>")
        alice.sends(say("3"))
        alice.receives_next("<message type='error' id='3'/>")
        connect(world, version="").receives_nothing()

    def test_more_than_the_bound_is_refused(self, alice: Client, world: World) -> None:
        world.reconfigure(link=Link(stanzas=1))
        alice.sends(say("1"), say("2"))
        error = f"<error type='wait'><resource-constraint xmlns='{STANZAS}'/></error>"
        alice.receives_next(f"<message type='error' id='2'>{error}</message>")

    def test_a_domain_taken_out_of_the_configuration_gives_up_what_waits(
        self, world: World, alice: Client
    ) -> None:
        alice.sends(say("1"))
        world.reconfigure(component={})
        alice.receives_next("<message type='error' id='1'/>")


class TestManaged:
    """A component that asks for stream management."""

    def test_what_it_has_not_acknowledged_comes_again_when_it_resumes(
        self, world: World, alice: Client
    ) -> None:
        component = connect(world)
        id = enable(component)
        alice.sends(say("1"), say("2"))
        component.receives_next("<message id='1'/>", f"<r xmlns='{SM}'/>", "<message id='2'/>")
        component.sends(f"<a xmlns='{SM}' h='1'/>").receives_next(f"<r xmlns='{SM}'/>")
        component.drops()
        alice.sends(say("3"))
        again = connect(world)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='1'/>")
        again.receives_next(f"<resumed xmlns='{SM}' previd='{id}' h='0'/>")
        again.receives_next("<message id='2'/>", "<message id='3'/>", f"<r xmlns='{SM}'/>")

    def test_another_connection_is_refused_while_it_lives(self, world: World, alice: Client) -> None:
        """It proves that by acknowledging."""
        component = connect(world)
        enable(component)
        other = challenges(world)
        component.receives_next(f"<r xmlns='{SM}'/>")
        other.receives_nothing()
        component.sends(f"<a xmlns='{SM}' h='0'/>")
        other.is_told("conflict")
        alice.sends(say("1"))
        component.receives_next("<message id='1'/>")

    def test_another_connection_takes_over_if_it_is_dead(self, world: World, alice: Client) -> None:
        component = connect(world)
        id = enable(component)
        alice.sends(say("1"))
        other = challenges(world)
        component.receives_next("<message id='1'/>", f"<r xmlns='{SM}'/>", f"<r xmlns='{SM}'/>")
        world.later(seconds=2)
        component.is_told("conflict")
        other.receives_next("<handshake/>", f"<stream:features><sm xmlns='{SM}'/></stream:features>")
        other.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
        other.receives_next(f"<resumed xmlns='{SM}'/>", "<message id='1'/>")

    def test_another_connection_takes_over_as_soon_as_it_has_gone(self, world: World) -> None:
        component = connect(world)
        enable(component)
        first, second = challenges(world), challenges(world)
        first.is_told("conflict")
        component.drops()
        second.receives_next("<handshake/>")

    def test_a_challenger_may_go(self, world: World) -> None:
        component = connect(world)
        enable(component)
        challenges(world).drops()
        world.later(seconds=2)
        component.sends(f"<r xmlns='{SM}'/>").receives(f"<a xmlns='{SM}' h='0'/>")

    def test_what_it_dies_of_is_answered_and_the_rest_goes_on(
        self, world: World, alice: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Of three stanzas it is the second; the count of the component knows nothing of it."""
        component = connect(world)
        id = enable(component)
        alice.sends(say("1"), say("2"), say("3"))
        for _ in range(2):
            component.drops()
            component = connect(world)
            component.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
            component.receives_next(f"<resumed xmlns='{SM}'/>", "<message id='1'/>")
        component.receives_next(f"<r xmlns='{SM}'/>")
        component.receives_nothing()
        component.sends(f"<a xmlns='{SM}' h='1'/>").receives_next("<message id='2'/>", f"<r xmlns='{SM}'/>")
        for _ in range(2):
            alice.receives_nothing()
            component.drops()
            component = connect(world)
            component.sends(f"<resume xmlns='{SM}' previd='{id}' h='1'/>")
            component.receives_next(f"<resumed xmlns='{SM}'/>")
        alice.receives_next("<message type='error' id='2'><error type='cancel'/></message>")
        assert "dies of <message/>" in caplog.text
        caplog.clear()
        component.receives_next("<message id='3'/>", f"<r xmlns='{SM}'/>")
        component.receives_nothing()
        component.sends(f"<a xmlns='{SM}' h='2'/>")
        alice.sends(say("4"), say("5"))
        component.receives_next("<message id='4'/>", f"<r xmlns='{SM}'/>", "<message id='5'/>")

    def test_it_is_told_what_was_handled_whenever_it_is_asked(self, world: World, alice: Client) -> None:
        """§4 allows that; the component need not ask then. Nothing new is not told."""
        component = connect(world)
        enable(component)
        component.sends(f"<message from='tea@{DOMAIN}' to='{alice.jid}'><body>!</body></message>")
        alice.sends(say("1"))
        component.receives_next("<message id='1'/>", f"<a xmlns='{SM}' h='1'/>", f"<r xmlns='{SM}'/>")
        component.sends(f"<a xmlns='{SM}' h='1'/>")
        alice.sends(say("2"))
        component.receives_next("<message id='2'/>", f"<r xmlns='{SM}'/>")

    def test_its_own_stanzas_are_counted(self, world: World, alice: Client) -> None:
        component = connect(world)
        id = enable(component)
        component.sends(f"<message from='tea@{DOMAIN}' to='{alice.jid}'><body>!</body></message>")
        component.sends(f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")
        component.drops()
        connect(world).sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(
            f"<resumed xmlns='{SM}' h='1'/>"
        )

    def test_a_link_that_is_gone_tells_how_far_it_got(self, world: World, alice: Client) -> None:
        component = connect(world)
        id = enable(component)
        component.sends(f"<message from='tea@{DOMAIN}' to='{alice.jid}'><body>!</body></message>")
        component.drops()
        world.later(seconds=300)
        again = connect(world)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
        again.receives_next(f"<failed xmlns='{SM}' h='1'><item-not-found xmlns='{STANZAS}'/></failed>")
        enable(again)

    def test_a_message_is_safe_for_its_sender_when_it_is_acknowledged(
        self, world: World, alice: Client
    ) -> None:
        component = connect(world)
        enable(component)
        alice.sends(f"<enable xmlns='{SM}' resume='true'/>").receives_next(f"<enabled xmlns='{SM}'/>")
        alice.sends(say("1"), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")
        component.sends(f"<a xmlns='{SM}' h='1'/>")
        alice.receives_next(f"<a xmlns='{SM}' h='1'/>")

    def test_a_component_that_acknowledges_too_much_is_told(self, world: World) -> None:
        component = connect(world)
        enable(component)
        component.sends(f"<a xmlns='{SM}' h='7'/>")
        component.is_told("undefined-condition")
