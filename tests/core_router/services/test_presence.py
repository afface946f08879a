"""RFC 6121 §4: presence, for those who may see it and only for them."""

from collections.abc import Callable

import pytest

from core_router.config import Bounds
from core_router.streams.client import ClientStream
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router.world import Client, Component, World, befriend

AWAY = "<presence><show>away</show><status>Tea</status></presence>"
GONE = "<presence type='unavailable' from='{}'/>"


def refused(client: Client, type: str, condition: str) -> None:
    error = f"<error type='{type}'><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    client.receives_next(f"<presence type='error' id='1'>{error}</presence>")


class TestInitial:
    """§4.2."""

    def test_it_goes_to_those_who_may_see_it_and_to_oneself(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        """§4.2.2."""
        carol = world.client("carol@localhost/x")
        befriend(alice, bob)
        alice.drops()
        bob.ignores()
        alice = world.client("alice@localhost/home", available=False)
        alice.sends(AWAY)
        bob.receives_next(
            "<presence from='alice@localhost/home' to='bob@localhost'>"
            "<show>away</show><status>Tea</status></presence>"
        )
        alice.receives(
            "<presence from='alice@localhost/home' to='alice@localhost'><show>away</show></presence>"
        )
        bob.receives_nothing()
        carol.receives_nothing()

    def test_contacts_presence_comes_back(self, world: World, alice: Client, bob: Client) -> None:
        """§4.3: the server probes on the user's behalf."""
        befriend(alice, bob)
        bob.sends(AWAY)
        phone = world.client("bob@localhost/phone")
        alice.drops()
        alice = world.client("alice@localhost/home")
        alice.receives(
            "<presence from='bob@localhost/desk'><show>away</show></presence>",
            "<presence from='bob@localhost/phone'/>",
        )
        alice.receives_nothing()
        phone.ignores()

    def test_only_with_a_subscription_to_them(self, world: World, alice: Client, bob: Client) -> None:
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        bob.sends("<presence type='subscribed' to='alice@localhost'/>").drops()
        bob = world.client("bob@localhost/desk")
        bob.receives_nothing()

    def test_ones_own_resources_see_each_other(self, world: World, alice: Client) -> None:
        """§4.2.2: the new one and those that are there."""
        alice.sends(AWAY).ignores()
        work = world.client("alice@localhost/work")
        work.receives_next("<presence from='alice@localhost/home'><show>away</show></presence>")
        alice.receives_next("<presence from='alice@localhost/work'/>")
        alice.receives_nothing()
        work.receives_nothing()

    def test_a_connected_resource_is_told_nothing(self, world: World, alice: Client, bob: Client) -> None:
        """§4.2: one that has sent none gets none, not even from its contacts."""
        befriend(alice, bob)
        quiet = world.client("alice@localhost/quiet", available=False)
        bob.sends(AWAY)
        alice.sends(AWAY)
        quiet.receives_nothing()

    def test_remote_contacts_are_probed(self, world: World, alice: Client) -> None:
        """§4.3.1: from bare address to bare address."""
        gateway = world.component("irc.localhost")
        alice.sends("<presence type='subscribe' to='nick@irc.localhost'/>")
        gateway.sends(
            "<presence type='subscribed' from='nick@irc.localhost' to='alice@localhost'/>"
        ).ignores()
        alice.drops()
        gateway.receives_nothing()
        world.client("alice@localhost/home")
        gateway.receives_next("<presence type='probe' from='alice@localhost' to='nick@irc.localhost'/>")


class TestProbe:
    """§4.3.2: what others' servers, and components, may ask."""

    def probe(self, world: World, to: str) -> Component:
        gateway = world.component("irc.localhost")
        gateway.ignores()
        gateway.sends(f"<presence type='probe' from='nick@irc.localhost' to='{to}'/>")
        return gateway

    def befriended(self, world: World) -> Client:
        gateway, alice = world.component("irc.localhost"), world.client("alice@localhost/home")
        gateway.sends("<presence type='subscribe' from='nick@irc.localhost' to='alice@localhost'/>")
        alice.sends("<presence type='subscribed' to='nick@irc.localhost'/>")
        return alice

    def test_who_may_see_it_gets_the_presence_of_every_resource(self, world: World) -> None:
        self.befriended(world).sends(AWAY)
        world.client("alice@localhost/work")
        gateway = self.probe(world, "alice@localhost")
        gateway.receives_next(
            "<presence from='alice@localhost/home' to='nick@irc.localhost'><show>away</show></presence>",
            "<presence from='alice@localhost/work' to='nick@irc.localhost'/>",
        )
        gateway.receives_nothing()

    @pytest.mark.parametrize("to", ["alice@localhost", "nobody@localhost"])
    def test_who_may_not_hears_as_much_as_of_somebody_who_is_not(self, world: World, to: str) -> None:
        world.client("alice@localhost/home")
        gateway = self.probe(world, to)
        gateway.receives_next(f"<presence type='unsubscribed' from='{to}' to='nick@irc.localhost'/>")
        gateway.receives_nothing()

    def test_a_client_may_probe_a_room(self, world: World, alice: Client) -> None:
        """XEP-0045 §7.2: to know whether it is still in."""
        rooms = world.component("conference.localhost")
        alice.sends("<presence type='probe' to='tea@conference.localhost/Alice' id='1'/>")
        rooms.receives_next("<presence type='probe' from='alice@localhost/home' id='1'/>")
        alice.sends("<presence type='probe' id='1'/>")
        refused(alice, "modify", "bad-request")

    def test_who_is_away_is_said_to_be(self, world: World) -> None:
        """§4.3.2, no. 3."""
        self.befriended(world).drops()
        gateway = self.probe(world, "alice@localhost")
        gateway.receives_next("<presence type='unavailable' from='alice@localhost' to='nick@irc.localhost'/>")
        gateway.receives_nothing()

    def test_a_probe_takes_no_pre_approval_away(self, alice: Client, bob: Client) -> None:
        """§4.3.2, no. 1: the `unsubscribed` that answers it is none to the pre-approval."""
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        alice.sends("<presence type='probe' to='bob@localhost'/>")
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        alice.receives("<presence type='subscribed' from='bob@localhost'/>")


class TestChange:
    """§4.4."""

    def test_it_is_pushed_at_once_and_only_to_those_who_may_see_it(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        carol = world.client("carol@localhost/x")
        befriend(alice, bob)
        alice.sends(AWAY, "<presence><show>dnd</show></presence>")
        bob.receives_next(
            "<presence from='alice@localhost/home'><show>away</show></presence>",
            "<presence from='alice@localhost/home'><show>dnd</show></presence>",
        )
        carol.receives_nothing()

    def test_extended_content_passes_unharmed(self, alice: Client, bob: Client) -> None:
        """XEP-0027, XEP-0115."""
        befriend(alice, bob)
        caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='abc='/>"
        alice.sends(f"<presence id='7' xml:lang='de'><x xmlns='jabber:x:signed'>MC0=</x>{caps}</presence>")
        bob.receives_next(f"<presence id='7'><x xmlns='jabber:x:signed'>MC0=</x>{caps}</presence>")

    def test_later_logins_learn_the_last_one(self, world: World, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends(AWAY, "<presence><show>xa</show></presence>")
        phone = world.client("bob@localhost/phone")
        phone.receives("<presence from='alice@localhost/home'><show>xa</show></presence>")

    def test_ones_other_resources_are_told(self, world: World, alice: Client) -> None:
        """§4.4.2."""
        work = world.client("alice@localhost/work")
        work.ignores()
        alice.sends(AWAY)
        work.receives_next("<presence from='alice@localhost/home'><show>away</show></presence>")


class TestUnavailable:
    """§4.5."""

    def test_it_goes_where_the_presence_went(self, world: World, alice: Client, bob: Client) -> None:
        """§4.5.2: with what the user says, and to the resource that sends it too."""
        befriend(alice, bob)
        work = world.client("alice@localhost/work")
        for client in (alice, bob, work):
            client.ignores()
        alice.sends("<presence type='unavailable'><status>Bye</status></presence>")
        bye = "<presence type='unavailable' from='alice@localhost/home'><status>Bye</status></presence>"
        for client in (alice, bob, work):
            client.receives_next(bye)
            client.receives_nothing()

    def test_who_is_unavailable_is_told_nothing_more(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends("<presence type='unavailable'/>").ignores()
        bob.sends(AWAY)
        alice.receives_nothing()

    def test_a_second_one_tells_nobody(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends("<presence type='unavailable'/>", "<presence type='unavailable'/>")
        bob.receives_next(GONE.format(alice.jid))
        bob.receives_nothing()

    def test_one_can_come_back(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends("<presence type='unavailable'/>").ignores()
        bob.ignores()
        alice.becomes_available()
        alice.receives_next("<presence from='bob@localhost/desk'/>")
        bob.receives_next("<presence from='alice@localhost/home'/>")

    @pytest.mark.parametrize(
        "ends",
        [
            lambda world, alice: alice.closes(),
            lambda world, alice: alice.drops(),
            lambda world, alice: alice.sends("<broken>", "</message>"),
            lambda world, alice: alice.sends("<message from='bob@localhost'/>"),
            lambda world, alice: alice.sends(f"<message>{'x' * 300_000}</message>"),
            lambda world, alice: world.client(alice.jid, available=False),
            lambda world, alice: world.server.router.account_removed(alice.bare),
            lambda world, alice: world.server.router.sessions.of(alice.bare)[0].end(None),
            lambda world, alice: alice.stream.end(StreamError(StreamCondition.RESET)),
        ],
        ids=[
            "closed", "lost", "not well-formed", "forged", "too big", "replaced", "removed", "ended", "reset",
        ],
    )  # fmt: skip
    def test_a_session_that_ends_in_whatever_way_is_unavailable(
        self, world: World, alice: Client, bob: Client, ends: Callable[[World, Client], object]
    ) -> None:
        """§4.5.3."""
        befriend(alice, bob)
        ends(world, alice)
        bob.receives_next(GONE.format(alice.jid))
        bob.receives_nothing()

    def test_one_that_was_not_available_ends_unnoticed(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        befriend(alice, bob)
        world.client("alice@localhost/quiet", available=False).drops()
        bob.receives_nothing()
        alice.receives_nothing()

    def test_both_may_go_at_the_same_moment(self, world: World, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        world.server.end_sessions()
        assert alice.end == bob.end == "closed"
        assert list(world.server.router.sessions) == []


class TestDirected:
    """§4.6."""

    def test_it_goes_to_whom_it_is_for(self, alice: Client, bob: Client) -> None:
        """§4.6.1: without any subscription."""
        alice.sends("<presence to='bob@localhost/desk' id='1'><status>Here</status></presence>")
        bob.receives_next("<presence from='alice@localhost/home' to='bob@localhost/desk' id='1'/>")
        alice.receives_nothing()

    def test_it_does_not_make_available(self, world: World, bob: Client) -> None:
        alice = world.client("alice@localhost/home", available=False)
        alice.sends("<presence to='bob@localhost/desk'/>")
        bob.sends("<message to='alice@localhost' type='headline'><body>1</body></message>")
        alice.receives_nothing()

    @pytest.mark.parametrize("available", [True, False])
    def test_who_got_it_is_told_of_the_end(self, world: World, bob: Client, available: bool) -> None:
        """§4.6.3."""
        alice = world.client("alice@localhost/home", available=available)
        alice.sends("<presence to='bob@localhost/desk'/>").drops()
        bob.receives("<presence from='alice@localhost/home'/>")
        bob.receives_next(
            "<presence type='unavailable' from='alice@localhost/home' to='bob@localhost/desk'/>"
        )
        bob.receives_nothing()

    def test_and_of_becoming_unavailable(self, alice: Client, bob: Client) -> None:
        alice.sends("<presence to='bob@localhost/desk'/>")
        bob.ignores()
        alice.sends("<presence type='unavailable'><status>Bye</status></presence>")
        bob.receives_next(
            "<presence type='unavailable' to='bob@localhost/desk'><status>Bye</status></presence>"
        )
        alice.drops()
        bob.receives_nothing()

    def test_not_of_a_change(self, alice: Client, bob: Client) -> None:
        """§4.6.2: that is for subscribers."""
        alice.sends("<presence to='bob@localhost/desk'/>")
        bob.ignores()
        alice.sends(AWAY)
        bob.receives_nothing()

    def test_a_subscriber_is_told_once(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends("<presence to='bob@localhost/desk'><status>For you</status></presence>")
        bob.ignores()
        alice.drops()
        bob.receives_next(GONE.format(alice.jid))
        bob.receives_nothing()

    def test_it_can_be_taken_back(self, alice: Client, bob: Client) -> None:
        alice.sends(
            "<presence to='bob@localhost/desk'/>", "<presence to='bob@localhost/desk' type='unavailable'/>"
        )
        bob.receives_next("<presence/>", GONE.format(alice.jid))
        alice.drops()
        bob.receives_nothing()

    def test_rooms_see_their_occupants_go(self, world: World, alice: Client) -> None:
        """This is what conference rooms live by (XEP-0045 §7.14)."""
        rooms = world.component("conference.localhost")
        for room in ("tea", "coffee"):
            alice.sends(f"<presence to='{room}@conference.localhost/alice'/>")
        rooms.ignores()
        alice.drops()
        gone = f"<presence type='unavailable' from='{alice.jid}' to='%s@conference.localhost/alice'/>"
        rooms.receives(gone % "tea", gone % "coffee")
        rooms.receives_nothing()

    def test_how_much_of_it_stands_is_bounded(self) -> None:
        """A client that addresses the whole world does not fill the memory."""
        world = World(limits=Bounds(directed_presence=2))
        alice = world.client("alice@localhost/home")
        rooms = world.component("conference.localhost")
        for number in range(3):
            alice.sends(f"<presence to='r{number}@conference.localhost/a' id='{number}'/>")
        alice.receives_next("<presence type='error' id='2'><error type='wait'/></presence>")
        alice.sends("<presence to='r0@conference.localhost/a' type='unavailable'/>")
        alice.sends("<presence to='r3@conference.localhost/a'/>").receives_nothing()
        assert len(rooms.received) == 4

    def test_to_the_domain_it_is_taken_silently(self, alice: Client) -> None:
        alice.sends("<presence to='localhost'/>", "<presence to='localhost' type='unavailable'/>")
        alice.receives_nothing()


class TestPriority:
    """§4.7.2.3."""

    @pytest.mark.parametrize("priority", ["-128", "-1", "0", "127", " 5 ", "+5", ""])
    def test_it_is_a_byte(self, world: World, alice: Client, priority: str) -> None:
        alice.sends(f"<presence><priority>{priority}</priority></presence>")
        alice.receives_next(f"<presence from='{alice.jid}'/>")
        [session] = world.server.router.sessions.of(alice.bare)
        assert session.priority == int(priority or 0)

    @pytest.mark.parametrize("priority", ["128", "-129", "high", "1.5", "1_0", "１", "0x1", "9" * 5000])
    def test_anything_else_is_a_bad_request(self, alice: Client, bob: Client, priority: str) -> None:
        befriend(alice, bob)
        alice.sends(f"<presence id='1'><priority>{priority}</priority></presence>")
        refused(alice, "modify", "bad-request")
        bob.receives_nothing()

    def test_absent_it_is_zero_again(self, world: World) -> None:
        alice = world.client("alice@localhost/home", priority=7)
        alice.sends("<presence/>")
        [session] = world.server.router.sessions.of(alice.bare)
        assert session.priority == 0


def test_of_those_who_are_gone_nothing_is_remembered(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    for client in (alice, bob):
        assert isinstance(client.stream, ClientStream)
        client.drops()
    assert len(world.server.router.sessions) == 0
    world.client("alice@localhost/home").receives_nothing()
