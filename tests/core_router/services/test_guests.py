"""XEP-0175: guests."""

import uuid

import pytest

from core_router.config import Clients, Login
from tests.core_router import login, login2
from tests.core_router.login2 import BIND, PHONE
from tests.core_router.peer import Peer
from tests.core_router.world import Client, World

INFO = "http://jabber.org/protocol/disco#info"
ROSTER = "jabber:iq:roster"


@pytest.fixture
def world() -> World:
    """A router that has room for two guests."""
    return World(login=Login(guests=2))


@pytest.fixture
def guest(world: World) -> Client:
    return world.guest()


def mechanisms(peer: Peer, world: World) -> list[str | None]:
    features = login.open_stream(peer, world.domain)
    return [found.text for found in features.iter(f"{{{login.SASL}}}mechanism")]


class TestLogin:
    """§3, §4."""

    def test_by_default_there_are_none(self) -> None:
        world = World()
        stranger = world.stranger()
        assert "ANONYMOUS" not in mechanisms(stranger, world)
        login.fails(stranger.sends(login.auth("ANONYMOUS")), "invalid-mechanism")

    def test_it_is_offered_last(self, world: World) -> None:
        assert mechanisms(world.stranger(), world)[-1] == "ANONYMOUS"

    def test_every_guest_gets_an_address_nobody_has_had(self, world: World) -> None:
        guests = [world.guest() for _ in range(2)]
        locals_ = [uuid.UUID(guest.bare.partition("@")[0]) for guest in guests]
        assert locals_[0] != locals_[1]

    def test_what_they_say_of_themselves_is_of_no_consequence(self, world: World) -> None:
        """RFC 4505 §2: trace information."""
        stranger = world.stranger()
        login.open_stream(stranger, world.domain)
        stranger.sends(login.auth("ANONYMOUS", b"admin")).receives_next(f"<success xmlns='{login.SASL}'/>")
        login.open_stream(stranger, world.domain)
        assert "admin" not in login.bind(stranger)

    def test_by_sasl2(self, world: World) -> None:
        stranger = login2.arrives(world)
        inline = login2.request_token("HT-SHA-256-NONE", PHONE) + BIND
        success = stranger.sends(login2.authenticate("ANONYMOUS", inline=inline)).receives_next(
            "<success xmlns='urn:xmpp:sasl:2'/>"
        )
        assert "/" in login2.identity(success)
        assert login2.token_of(success) == "", "there is nothing to come back to"

    def test_there_is_room_for_so_many(self, world: World) -> None:
        first, _ = world.guest(), world.guest()
        third = world.stranger()
        login.open_stream(third, world.domain)
        third.sends(login.auth("ANONYMOUS")).receives_next(f"<success xmlns='{login.SASL}'/>")
        login.open_stream(third, world.domain)
        answer = third.asks("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", kind="set")
        assert answer.find(".//{*}resource-constraint") is not None
        first.closes()
        login.bind(third)

    def test_without_tls_where_that_is_not_required(self) -> None:
        world = World(login=Login(guests=1), clients=Clients(require_tls=False))
        assert "ANONYMOUS" in mechanisms(world.stranger(secure=False), world)


class TestLimits:
    """§3, no. 2–5."""

    def test_they_reach_users_and_services_here(self, world: World, guest: Client) -> None:
        bob, rooms = world.client("bob@localhost/desk"), world.component("conference.localhost")
        guest.sends("<message to='bob@localhost/desk'><body>Hello</body></message>")
        bob.receives_next(f"<message from='{guest.jid}'><body>Hello</body></message>")
        bob.sends(f"<message to='{guest.bare}' type='chat'><body>Hello</body></message>")
        guest.receives_next("<message from='bob@localhost/desk'><body>Hello</body></message>")
        guest.sends("<presence to='tea@conference.localhost/guest'/>")
        rooms.receives_next(f"<presence from='{guest.jid}'/>")
        guest.closes()
        rooms.receives_next(f"<presence type='unavailable' from='{guest.jid}'/>")

    @pytest.mark.parametrize(
        "stanza",
        [
            "<message to='bob@elsewhere.example' id='1'><body>Hello</body></message>",
            "<presence to='bob@elsewhere.example' id='1'/>",
            "<iq to='elsewhere.example' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        ],
    )
    def test_they_reach_nobody_elsewhere(self, guest: Client, stanza: str) -> None:
        guest.sends(stanza)
        error = guest.receives(f"{stanza.split()[0]} type='error' id='1'/>")
        assert error.find(".//{*}not-allowed") is not None

    def test_nobody_elsewhere_reaches_them(self, world: World, guest: Client) -> None:
        rooms = world.component("conference.localhost")
        rooms.sends(f"<message to='{guest.jid}' from='tea@conference.localhost'><body>1</body></message>")
        guest.receives_next("<message><body>1</body></message>")
        # From a domain that is none of this router's, as the federation would hand it on.
        world.server.router.table.drop("conference.localhost")
        rooms.sends(f"<message to='{guest.jid}' from='tea@conference.localhost'><body>2</body></message>")
        guest.receives_nothing()

    @pytest.mark.parametrize("type", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
    def test_they_have_no_contacts(self, world: World, guest: Client, type: str) -> None:
        bob = world.client("bob@localhost/desk")
        guest.sends(f"<presence type='{type}' to='bob@localhost' id='1'/>")
        guest.receives_next("<presence type='error' id='1'><error/></presence>")
        bob.receives_nothing()

    def test_they_cannot_be_subscribed_to(self, world: World, guest: Client) -> None:
        bob = world.client("bob@localhost/desk")
        bob.sends(f"<presence type='subscribe' to='{guest.bare}'/>")
        bob.receives(f"<presence type='unsubscribed' from='{guest.bare}'/>")
        guest.receives_nothing()

    def test_nothing_is_stored_for_them(self, guest: Client) -> None:
        item = f"<query xmlns='{ROSTER}'><item jid='bob@localhost'/></query>"
        for to in ("", guest.bare):
            assert guest.asks(item, to=to, kind="set").find(".//{*}not-allowed") is not None
        roster = guest.asks(f"<query xmlns='{ROSTER}'/>")
        assert len(roster[0]) == 0

    def test_what_stores_nothing_is_allowed(self, guest: Client) -> None:
        session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
        assert guest.asks(session, kind="set").get("type") == "result"
        assert guest.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost").get("type") == "result"

    def test_they_are_gone_with_their_session(self, world: World, guest: Client) -> None:
        bob = world.client("bob@localhost/desk")
        guest.drops()
        bob.sends(f"<message to='{guest.bare}' type='chat' id='1'><body>Hello?</body></message>")
        bob.receives_next("<message type='error' id='1'/>")
        assert world.stores.accounts.rows.keys() == {"bob@localhost"}  # type: ignore[attr-defined]

    def test_they_cannot_resume(self, world: World, guest: Client) -> None:
        """They could not show that they are the same."""
        guest.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        assert guest.receives_next("<enabled xmlns='urn:xmpp:sm:3'/>").get("resume") is None
        guest.drops()
        assert len(world.server.router.sessions) == 0

    def test_users_are_not_concerned(self, world: World, guest: Client) -> None:
        bob = world.client("bob@localhost/desk")
        item = f"<query xmlns='{ROSTER}'><item jid='carol@localhost'/></query>"
        assert bob.asks(item, kind="set").get("type") == "result"


def test_everybody_can_ask_what_they_are(world: World, guest: Client) -> None:
    """§5."""
    bob = world.client("bob@localhost/desk")
    for asking, to in ((bob, guest.bare), (guest, guest.bare), (guest, "")):
        info = asking.asks(f"<query xmlns='{INFO}'/>", to=to)
        identity = info.find(f"{{{INFO}}}query/{{{INFO}}}identity")
        assert identity is not None
        assert identity.attrib == {"category": "account", "type": "anonymous"}
