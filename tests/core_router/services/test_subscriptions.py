"""RFC 6121 §3: subscriptions as both sides see them, their rosters and their presence included."""

import pytest

from core_router.services.roster import NAMESPACE as ROSTER
from tests.core_router.world import Client, World, befriend


def push(jid: str, subscription: str, **attributes: str) -> str:
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return (
        f"<iq type='set'><query xmlns='{ROSTER}'>"
        f"<item jid='{jid}' subscription='{subscription}'{written}/></query></iq>"
    )


def stanza(type: str, from_: str, to: str = "*") -> str:
    return f"<presence type='{type}' from='{from_}' to='{to}'/>"


def roster(client: Client) -> dict[str, dict[str, str]]:
    """The items of the client's roster, which from then on is pushed to it."""
    found = client.asks(f"<query xmlns='{ROSTER}'/>").find(f"{{{ROSTER}}}query")
    assert found is not None
    return {
        str(item.get("jid")): {str(key): str(value) for key, value in item.items() if key != "jid"}
        for item in found
    }


@pytest.fixture
def alice(world: World) -> Client:
    """Available, and interested in the roster."""
    client = world.client("alice@localhost/home")
    roster(client)
    return client


@pytest.fixture
def bob(world: World) -> Client:
    client = world.client("bob@localhost/desk")
    roster(client)
    return client


class TestRequest:
    """§3.1."""

    def test_it_is_pushed_to_the_user_and_delivered_to_the_contact(self, alice: Client, bob: Client) -> None:
        """§3.1.2, §3.1.3."""
        alice.sends(
            "<presence type='subscribe' to='bob@localhost' id='1'><status>It's me</status></presence>"
        )
        alice.receives_next(push("bob@localhost", "none", ask="subscribe"))
        bob.receives_next(
            "<presence type='subscribe' id='1' from='alice@localhost' to='bob@localhost'>"
            "<status>It's me</status></presence>"
        )
        alice.receives_nothing()
        bob.receives_nothing()  # §3.1.3: no push before the answer

    def test_both_addresses_are_bare_on_their_way(self, alice: Client, bob: Client) -> None:
        """§3.1.2."""
        alice.sends("<presence type='subscribe' to='bob@localhost/desk'/>")
        bob.receives_next(stanza("subscribe", "alice@localhost", "bob@localhost"))

    def test_it_goes_to_all_available_resources(self, world: World, alice: Client, bob: Client) -> None:
        """§3.1.3."""
        negative = world.client("bob@localhost/phone", priority=-5)
        connected = world.client("bob@localhost/pager", available=False)
        bob.ignores()
        negative.ignores()
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        for client in (bob, negative):
            client.receives_next(stanza("subscribe", "alice@localhost"))
        connected.receives_nothing()

    def test_it_waits_until_it_is_answered(self, world: World, alice: Client) -> None:
        """§3.1.3: delivered at every login, with what was said, also after a restart."""
        world.account("bob@localhost")
        alice.sends("<presence type='subscribe' to='bob@localhost'><status>Please</status></presence>")
        asked = "<presence type='subscribe' from='alice@localhost'><status>Please</status></presence>"
        for _ in range(2):
            bob = world.client("bob@localhost/desk")
            bob.receives_next(asked)
            bob.drops()
        world.restart()
        bob = world.client("bob@localhost/desk")
        bob.receives_next(asked)
        bob.sends("<presence type='unsubscribed' to='alice@localhost'/>").drops()
        world.client("bob@localhost/desk").receives_nothing()

    def test_asked_again_the_contact_is_not_bothered_again(self, alice: Client, bob: Client) -> None:
        """§3.1.3."""
        alice.sends(*["<presence type='subscribe' to='bob@localhost'/>"] * 3)
        bob.receives_next(stanza("subscribe", "alice@localhost")).clear()
        bob.receives_nothing()

    def test_a_request_alone_is_not_in_the_roster(self, alice: Client, bob: Client) -> None:
        """A.1."""
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        assert roster(bob) == {}
        assert roster(alice) == {"bob@localhost": {"subscription": "none", "ask": "subscribe"}}

    def test_to_nobody_it_is_refused_as_if_by_the_contact(self, alice: Client) -> None:
        """§8.5.1: who has no account here is not revealed to those who are no contacts."""
        alice.sends("<presence type='subscribe' to='nobody@localhost'/>")
        alice.receives(stanza("unsubscribed", "nobody@localhost"))
        alice.ignores()
        assert roster(alice) == {"nobody@localhost": {"subscription": "none"}}

    def test_to_oneself_there_is_nothing_to_ask(self, alice: Client) -> None:
        for type in ("subscribe", "subscribed", "unsubscribe", "unsubscribed"):
            alice.sends(f"<presence type='{type}' to='alice@localhost'/>").receives_nothing()
        assert roster(alice) == {}

    @pytest.mark.parametrize("type", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
    def test_without_a_contact_it_is_a_bad_request(self, alice: Client, type: str) -> None:
        alice.sends(f"<presence type='{type}' id='1'/>")
        alice.receives_next("<presence type='error' id='1'><error type='modify'/></presence>")


class TestGrant:
    """§3.1.4–§3.1.6."""

    def test_both_rosters_change_and_presence_flows(self, alice: Client, bob: Client) -> None:
        alice.sends("<presence type='subscribe' to='bob@localhost'/>").ignores()
        bob.ignores().sends("<presence type='subscribed' to='alice@localhost' id='2'/>")
        bob.receives_next(push("alice@localhost", "from"))
        bob.receives_nothing()
        alice.receives_next(
            "<presence type='subscribed' id='2' from='bob@localhost' to='alice@localhost'/>",
            push("bob@localhost", "to"),
            "<presence from='bob@localhost/desk' to='alice@localhost'/>",
        )
        alice.receives_nothing()

    def test_the_presence_of_all_resources_is_shown(self, world: World, alice: Client, bob: Client) -> None:
        """§3.1.5."""
        world.client("bob@localhost/phone", priority=-1)
        world.client("bob@localhost/pager", available=False)
        alice.sends("<presence type='subscribe' to='bob@localhost'/>").ignores()
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        alice.receives("<presence from='bob@localhost/desk'/>", "<presence from='bob@localhost/phone'/>")
        assert "pager" not in alice.raw.decode()

    def test_mutual_subscription(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        assert roster(alice) == {"bob@localhost": {"subscription": "both"}}
        assert roster(bob) == {"alice@localhost": {"subscription": "both"}}

    def test_asked_again_what_was_granted_is_granted_by_the_server(self, alice: Client, bob: Client) -> None:
        """§3.1.3."""
        befriend(alice, bob)
        alice.sends("<presence type='subscribe' to='bob@localhost' id='3'/>")
        bob.receives_nothing()
        alice.receives("<presence from='bob@localhost/desk'/>")

    def test_an_offer_nobody_asked_for_reaches_nobody(self, alice: Client, bob: Client) -> None:
        """§3.1.6: without a request the user's server ignores the answer."""
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        alice.receives_nothing()
        assert roster(alice) == {}

    def test_the_other_side_need_not_be_there(self, world: World, alice: Client) -> None:
        world.account("bob@localhost")
        alice.sends("<presence type='subscribe' to='bob@localhost'/>").drops()
        bob = world.client("bob@localhost/desk")
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        alice = world.client("alice@localhost/home")
        alice.receives("<presence from='bob@localhost/desk'/>")
        assert roster(alice) == {"bob@localhost": {"subscription": "to"}}


class TestCancel:
    """§3.2: the contact takes it back, or refuses the request."""

    def test_a_granted_one(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        bob.sends("<presence type='unsubscribed' to='alice@localhost' id='4'/>")
        bob.receives_next(push("alice@localhost", "to"))
        bob.receives_nothing()
        alice.receives_next(
            stanza("unavailable", "bob@localhost/desk"),  # §3.2.2: while it may still be seen
            "<presence type='unsubscribed' id='4' from='bob@localhost' to='alice@localhost'/>",
            push("bob@localhost", "from"),
        )
        alice.receives_nothing()
        bob.sends("<presence><show>away</show></presence>")
        alice.receives_nothing()
        alice.sends("<presence><show>dnd</show></presence>")
        bob.receives("<presence from='alice@localhost/home'><show>dnd</show></presence>")

    def test_a_request(self, alice: Client, bob: Client) -> None:
        alice.sends("<presence type='subscribe' to='bob@localhost'/>").ignores()
        bob.ignores().sends("<presence type='unsubscribed' to='alice@localhost'/>").receives_nothing()
        alice.receives_next(stanza("unsubscribed", "bob@localhost"), push("bob@localhost", "none"))
        alice.receives_nothing()
        assert "ask" not in roster(alice)["bob@localhost"]

    def test_what_was_not_asked_for_reaches_nobody(self, alice: Client, bob: Client) -> None:
        """§3.2.3."""
        bob.sends("<presence type='unsubscribed' to='alice@localhost'/>")
        alice.receives_nothing()
        bob.receives_nothing()
        assert roster(bob) == {}


class TestUnsubscribe:
    """§3.3."""

    def test_the_user_wants_it_no_longer(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        alice.sends("<presence type='unsubscribe' to='bob@localhost' id='5'/>")
        alice.receives(push("bob@localhost", "from"), stanza("unavailable", "bob@localhost/desk"))
        alice.receives_nothing()
        bob.receives_next(
            "<presence type='unsubscribe' id='5' from='alice@localhost' to='bob@localhost'/>",
            push("alice@localhost", "to"),
        )
        bob.receives_nothing()

    def test_a_request_is_withdrawn(self, world: World, alice: Client) -> None:
        """§3.3.3: it is no longer delivered."""
        world.account("bob@localhost")
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        alice.sends("<presence type='unsubscribe' to='bob@localhost'/>")
        world.client("bob@localhost/desk").receives_nothing()

    def test_without_a_subscription_the_contact_hears_nothing(self, alice: Client, bob: Client) -> None:
        alice.sends("<presence type='unsubscribe' to='bob@localhost'/>")
        bob.receives_nothing()
        alice.receives_nothing()


class TestPreApproval:
    """§3.4."""

    def test_it_is_offered(self, world: World) -> None:
        """§3.4.1."""
        assert b"<sub xmlns='urn:xmpp:features:pre-approval'/>" in world.client("alice@localhost/home").raw

    def test_the_next_request_is_granted_by_the_server(self, alice: Client, bob: Client) -> None:
        """§3.4.2."""
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        bob.receives_next(push("alice@localhost", "none", approved="true"))
        alice.receives_nothing()
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        bob.receives_next(push("alice@localhost", "from"))
        bob.receives_nothing()
        alice.receives(stanza("subscribed", "bob@localhost"), "<presence from='bob@localhost/desk'/>")

    def test_it_survives_a_restart(self, world: World, bob: Client) -> None:
        bob.sends("<presence type='subscribed' to='alice@localhost'/>").drops()
        world.restart()
        alice = world.client("alice@localhost/home")
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        alice.receives(stanza("subscribed", "bob@localhost"))

    def test_it_can_be_taken_back(self, alice: Client, bob: Client) -> None:
        """§3.4.3."""
        bob.sends("<presence type='subscribed' to='alice@localhost'/>").ignores()
        bob.sends("<presence type='unsubscribed' to='alice@localhost'/>")
        bob.receives_next(push("alice@localhost", "none"))
        assert "approved" not in roster(bob)["alice@localhost"]
        alice.receives_nothing()
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        bob.receives_next(stanza("subscribe", "alice@localhost"))


class TestRemoval:
    """§2.5.2: an item that leaves the roster ends the subscriptions it stands for."""

    REMOVE = f"<query xmlns='{ROSTER}'><item jid='bob@localhost' subscription='remove'/></query>"

    def test_of_a_friend(self, alice: Client, bob: Client) -> None:
        befriend(alice, bob)
        assert alice.asks(self.REMOVE, kind="set").get("type") == "result"
        alice.receives(push("bob@localhost", "remove"), stanza("unavailable", "bob@localhost/desk"))
        bob.receives(
            stanza("unsubscribe", "alice@localhost"),
            stanza("unsubscribed", "alice@localhost"),
            stanza("unavailable", "alice@localhost/home"),
        )
        assert roster(bob) == {"alice@localhost": {"subscription": "none"}}
        assert roster(alice) == {}

    def test_of_somebody_who_was_asked(self, alice: Client, bob: Client) -> None:
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        alice.asks(self.REMOVE, kind="set")
        bob.receives(stanza("unsubscribe", "alice@localhost"))

    def test_of_somebody_who_only_stands_there(self, alice: Client, bob: Client) -> None:
        alice.asks(f"<query xmlns='{ROSTER}'><item jid='bob@localhost'/></query>", kind="set")
        alice.asks(self.REMOVE, kind="set")
        bob.receives_nothing()


class TestComponent:
    """Contacts that are a component's."""

    def test_it_asks_and_is_asked(self, world: World, alice: Client) -> None:
        gateway = world.component("irc.localhost")
        alice.sends("<presence type='subscribe' to='nick@irc.localhost'/>")
        gateway.receives_next(stanza("subscribe", "alice@localhost", "nick@irc.localhost"))
        gateway.sends("<presence type='subscribed' from='nick@irc.localhost' to='alice@localhost'/>")
        gateway.sends("<presence from='nick@irc.localhost/x' to='alice@localhost'/>")
        alice.receives(stanza("subscribed", "nick@irc.localhost"), "<presence from='nick@irc.localhost/x'/>")
        gateway.sends("<presence type='subscribe' from='nick@irc.localhost' to='alice@localhost'/>")
        alice.receives(stanza("subscribe", "nick@irc.localhost"))
        alice.sends("<presence type='subscribed' to='nick@irc.localhost'/>")
        gateway.receives_next(
            stanza("subscribed", "alice@localhost"),
            "<presence from='alice@localhost/home' to='nick@irc.localhost'/>",
        )

    @pytest.mark.parametrize("type", ["subscribed", "unsubscribe", "unsubscribed"])
    def test_to_a_resource_that_is_not_there_it_is_ignored(
        self, world: World, alice: Client, type: str
    ) -> None:
        """§8.5.3.2.2."""
        gateway = world.component("irc.localhost")
        alice.sends("<presence type='subscribe' to='nick@irc.localhost'/>").ignores()
        gateway.sends(f"<presence type='{type}' from='nick@irc.localhost' to='alice@localhost/gone'/>")
        alice.receives_nothing()
