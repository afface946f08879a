"""What a reload changes in a router that goes on running, and that it disturbs nobody else."""

import pytest

from core_router.config import Bounds, Clients, Contact, Login
from core_router.config import Component as ComponentTable
from core_router.services.disco import INFO
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from tests.core_router import login
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, SECRET, Client, World

OTHER = "other.example"


def mechanisms(world: World, *, secure: bool = True) -> list[str | None]:
    """What somebody who connects now is offered."""
    features = login.open_stream(world.stranger(secure=secure), world.domain)
    return [found.text for found in features.iter(f"{{{SASL}}}mechanism")]


class TestComponents:
    def test_they_come_and_go_while_others_stay(self, world: World) -> None:
        stays, goes = world.component("stays.localhost"), world.component("goes.localhost")
        tables = {name: ComponentTable(secret=SECRET) for name in ("stays.localhost", "comes.localhost")}
        world.reconfigure(component=tables)
        goes.is_told("host-gone")
        comes = world.component("comes.localhost")
        assert stays.end is comes.end is None
        alice = world.client("alice@localhost/home")
        alice.sends("<message to='stays.localhost'/>", "<message to='comes.localhost'/>")
        stays.receives_next("<message/>")
        comes.receives_next("<message/>")
        alice.sends("<message to='goes.localhost' id='1'/>")
        alice.receives_next("<message type='error' id='1' from='goes.localhost'/>")

    def test_sessions_are_not_disturbed(self, world: World) -> None:
        alice = world.client("alice@localhost/home")
        world.reconfigure(component={"comes.localhost": ComponentTable(secret=SECRET)})
        assert alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost").get("type") == "result"
        alice.receives_nothing()


class TestDomains:
    """RFC 6120 §4.9.3.5, §4.9.3.6."""

    @pytest.fixture
    def guest_of_other(self, world: World) -> Client:
        """Somebody of the domain that comes, and may go."""
        world.reconfigure(more_domains=[OTHER])
        return arrives(world)

    def test_one_that_comes_is_served(self, world: World, alice: Client, guest_of_other: Client) -> None:
        alice.sends(f"<message to='{guest_of_other.jid}' type='chat'><body>Welcome</body></message>")
        guest_of_other.receives(f"<message from='{alice.jid}'><body>Welcome</body></message>")

    def test_with_one_that_goes_its_sessions_end(
        self, world: World, alice: Client, guest_of_other: Client
    ) -> None:
        world.reconfigure(more_domains=[])
        guest_of_other.is_told("host-gone")
        world.stranger().opens(to=OTHER, version="1.0").is_told("host-unknown")
        alice.sends(f"<message to='{guest_of_other.bare}' id='1'/>")
        alice.receives("<message type='error' id='1'/>")
        assert alice.end is None

    def test_a_session_that_waits_for_its_client_ends_too(self, world: World, guest_of_other: Client) -> None:
        guest_of_other.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").drops()
        assert len(world.server.router.sessions) == 1
        world.reconfigure(more_domains=[])
        assert len(world.server.router.sessions) == 0

    def test_who_was_logging_in_does_not_get_in(self, world: World, guest_of_other: Client) -> None:
        world.account(f"bob@{OTHER}")
        bob = world.stranger()
        login.open_stream(bob, OTHER)
        login.authenticate(bob, "bob", PASSWORD, "SCRAM-SHA-256")
        login.open_stream(bob, OTHER)
        world.reconfigure(more_domains=[])
        answer = bob.asks(f"<bind xmlns='{login.BIND}'/>", kind="set")
        assert answer.get("type") == "error"

    def test_one_with_accounts_may_become_a_components(self, world: World, guest_of_other: Client) -> None:
        world.reconfigure(more_domains=[], component={OTHER: ComponentTable(secret=SECRET)})
        component = world.component(OTHER)
        world.reconfigure(more_domains=[OTHER], component={})
        component.is_told("host-gone")
        assert arrives(world).end is None


def arrives(world: World) -> Client:
    """Alice of the other domain."""
    world.domain, own = OTHER, world.domain
    try:
        return world.client(f"alice@{OTHER}/home")
    finally:
        world.domain = own


class TestLogin:
    def test_plain(self, world: World) -> None:
        assert "PLAIN" in mechanisms(world)
        world.reconfigure(login=Login(plain=False))
        assert "PLAIN" not in mechanisms(world)
        stranger = world.stranger()
        login.open_stream(stranger, world.domain)
        login.fails(stranger.sends(login.auth("PLAIN", b"\0a\0b")), "mechanism-too-weak")
        world.reconfigure(login=Login())
        assert "PLAIN" in mechanisms(world)

    def test_tokens(self, world: World) -> None:
        def offered() -> bool:
            features = login.open_stream(world.stranger(), world.domain)
            return next(features.iter("{urn:xmpp:fast:0}fast"), None) is not None

        assert offered()
        world.reconfigure(login=Login(token_days=0))
        assert not offered()

    def test_fewer_guests_and_none(self) -> None:
        world = World(login=Login(guests=2))
        guest = world.guest()
        world.reconfigure(login=Login(guests=1))
        with pytest.raises(AssertionError, match="could not bind"):
            world.guest()
        world.reconfigure(login=Login(guests=0))
        assert "ANONYMOUS" not in mechanisms(world)
        assert guest.end is None

    def test_whether_tls_is_required(self, world: World) -> None:
        assert mechanisms(world, secure=False) == []
        world.reconfigure(clients=Clients(require_tls=False))
        assert mechanisms(world, secure=False) == ["SCRAM-SHA-256", "SCRAM-SHA-1"]


class TestContact:
    def addresses(self, client: Client) -> list[str | None]:
        query = client.asks(f"<query xmlns='{INFO}'/>", to="localhost")
        return [value.text for value in query.iter("{jabber:x:data}value") if "@" in str(value.text)]

    def capabilities(self, peer: Peer, world: World) -> str | None:
        """The hash of XEP-0115."""
        login.open_stream(peer, world.domain)
        login.authenticate(peer, "alice", PASSWORD, "SCRAM-SHA-256")
        features = login.open_stream(peer, world.domain)
        return features.find("{http://jabber.org/protocol/caps}c").get("ver")  # type: ignore[union-attr]

    def test_discovery_and_capabilities_say_so(self, world: World, alice: Client) -> None:
        before = self.capabilities(world.stranger(), world)
        assert self.addresses(alice) == []
        world.reconfigure(contact=Contact(admin=["mailto:root@example.org"]))
        assert self.addresses(alice) == ["mailto:root@example.org"]
        assert self.capabilities(world.stranger(), world) != before
        world.reconfigure(contact=Contact())
        assert self.capabilities(world.stranger(), world) == before


class TestLimits:
    def test_of_the_roster(self, world: World, alice: Client) -> None:
        def adds(contact: str) -> str | None:
            return alice.asks(
                f"<query xmlns='jabber:iq:roster'><item jid='{contact}'/></query>", kind="set"
            ).get("type")

        assert adds("a@localhost") == "result"
        world.reconfigure(limits=Bounds(roster_items=1))
        assert adds("b@localhost") == "error"
        world.reconfigure(limits=Bounds(roster_items=2))
        assert adds("b@localhost") == "result"

    def test_of_what_is_stored(self, world: World, alice: Client) -> None:
        world.account("bob@localhost")
        world.reconfigure(limits=Bounds(offline_messages=1))
        for number in range(2):
            alice.sends(f"<message to='bob@localhost' id='{number}' type='chat'><body>x</body></message>")
        alice.receives("<message type='error' id='1'/>")
        assert len(world.client("bob@localhost/home").received) == 1

    def test_of_blocked_addresses(self, world: World, alice: Client) -> None:
        world.reconfigure(limits=Bounds(blocked_addresses=1))
        items = "<item jid='a@localhost'/><item jid='b@localhost'/>"
        answer = alice.asks(f"<block xmlns='urn:xmpp:blocking'>{items}</block>", kind="set")
        answer = answer.find("{jabber:client}error")  # type: ignore[assignment]
        assert answer is not None

    def test_of_directed_presence(self, world: World, alice: Client) -> None:
        world.component("rooms.localhost")
        world.reconfigure(limits=Bounds(directed_presence=1))
        alice.sends("<presence to='a@rooms.localhost' id='1'/>", "<presence to='b@rooms.localhost' id='2'/>")
        alice.receives("<presence type='error' id='2'/>")

    def test_of_stanzas_on_new_connections(self, world: World, alice: Client) -> None:
        world.reconfigure(limits=Bounds(client_stanza_bytes=10_000))
        message = f"<message to='{alice.jid}'><body>{'x' * 11_000}</body></message>"
        alice.sends(message).receives("<message/>")
        world.client("alice@localhost/other").ignores().sends(message).is_told("policy-violation")
