"""XEP-0033: who may send one stanza to many, and what each of them gets."""

import hashlib
from collections.abc import Iterable
from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core_router.config import Bounds
from core_router.config import Component as ComponentTable
from core_router.envelope import Envelope, read_envelope
from core_router.routing.delivery import Router
from core_router.services.multicast import NAMESPACE, Multicast
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID
from core_router.xmpp.namespaces import COMPONENT, STANZA_ERRORS
from core_router.xmpp.text import escape
from tests.core_router import login
from tests.core_router.world import PASSWORD, SECRET, Client, Component, World

DOMAIN = "rooms.localhost"
ROOM = f"tea@{DOMAIN}/Kettle"
SID = "urn:xmpp:sid:0"
SM = "urn:xmpp:sm:3"
INFO = "http://jabber.org/protocol/disco#info"
TEXT = "<body>Tea is ready</body>"


@pytest.fixture
def world() -> World:
    return World(
        component={DOMAIN: ComponentTable(secret=SECRET)}, limits=Bounds(multicast_addresses=5, resources=10)
    )


@pytest.fixture
def rooms(world: World) -> Component:
    return world.component(DOMAIN)


def header(*jids: str, kind: str = "bcc", more: str = "") -> str:
    addresses = "".join(f"<address type='{kind}' jid='{jid}'/>" for jid in jids)
    return f"<addresses xmlns='{NAMESPACE}'>{addresses}{more}</addresses>"


def message(addresses: str, content: str = TEXT, to: str = "localhost", type: str = "groupchat") -> str:
    return f"<message from='{ROOM}' to='{to}' id='m1' type='{type}'>{addresses}{content}</message>"


def refused(condition: str, kind: str = "message") -> str:
    error = f"<error><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    return f"<{kind} type='error' from='localhost' to='{ROOM}'>{error}</{kind}>"


class TestBlindCopies:
    """What a room sends: everybody gets the stanza as if it were for them alone."""

    def test_each_gets_a_copy_without_the_header(self, rooms: Component, alice: Client, bob: Client) -> None:
        rooms.sends(message(header(alice.jid, bob.jid)))
        for client in (alice, bob):
            copy = client.receives_next(
                f"<message from='{ROOM}' to='{client.jid}' id='m1' type='groupchat'>{TEXT}</message>",
            )
            assert len(copy) == 1
            client.receives_nothing()
        rooms.receives_nothing()

    def test_the_same_bytes_as_a_single_stanza(self, rooms: Component, alice: Client, bob: Client) -> None:
        content = "<body xml:lang='de'>Zürich &amp; Bern</body><x xmlns='urn:x'/>"
        start = f"<message from='{ROOM}' to='%s' id='m&amp;1' type='groupchat' xml:lang='de'>"
        written = f"{start}%s{content}</message>"
        rooms.sends(written % (alice.jid, ""))
        single = alice.raw[alice.raw.rindex(b"<message") :]
        rooms.sends(written % ("localhost", header(alice.jid, bob.jid)))
        assert alice.raw.endswith(single * 2)
        assert bob.raw.endswith(single.replace(alice.jid.encode(), bob.jid.encode()))

    def test_presence_without_content(self, rooms: Component, alice: Client, bob: Client) -> None:
        rooms.sends(f"<presence from='{ROOM}' to='localhost'>{header(alice.jid, bob.jid)}</presence>")
        for client in (alice, bob):
            assert len(client.receives_next(f"<presence from='{ROOM}' to='{client.jid}'/>")) == 0

    def test_the_order_of_what_was_sent(self, rooms: Component, alice: Client, bob: Client) -> None:
        """Multicast or not."""
        single = f"<message from='{ROOM}' to='{bob.jid}' id='%d' type='groupchat'>{TEXT}</message>"
        many = message(header(alice.jid, bob.jid)).replace("m1", "%d")
        rooms.sends(single % 1 + many % 2 + single % 3 + many % 4)
        bob.receives_next(*[f"<message id='{number}'/>" for number in (1, 2, 3, 4)])

    @pytest.mark.parametrize("resource", ["&lt;&amp;&gt;&apos;", "&#60;&#38;&#x3e;&#39;"])
    def test_characters_that_are_escaped(
        self, world: World, rooms: Component, alice: Client, resource: str
    ) -> None:
        """RFC 7622 forbids none of them in a resource."""
        neil = world.client("neil@localhost/&lt;&amp;&gt;&apos;", available=False)
        assert neil.jid == "neil@localhost/<&>'"
        rooms.sends(message(header(alice.jid, f"neil@localhost/{resource}")))
        alice.receives_next(f"<message>{TEXT}</message>")
        neil.receives_next(f"<message>{TEXT}</message>")

    @pytest.mark.parametrize(
        "written",
        [
            "<addresses xmlns='%s'><address jid='%s' type='bcc'></address></addresses>",
            '<addresses xmlns="%s"><address type="bcc" jid="%s" /></addresses>',
            "<a:addresses xmlns:a='%s'><a:address type='bcc' jid='%s'/></a:addresses>",
            "<addresses xmlns='%s'>\n <address type='bcc' jid='%s' desc='A &gt; B'/>\n</addresses>",
        ],
    )
    def test_written_in_another_way(self, rooms: Component, alice: Client, written: str) -> None:
        rooms.sends(message(written % (NAMESPACE, alice.jid)))
        assert len(alice.receives_next(f"<message>{TEXT}</message>")) == 1

    def test_white_space_in_an_address(self, world: World, rooms: Component, alice: Client) -> None:
        """XML 1.0 §3.3.3: it is read as a space."""
        bob = world.client("bob@localhost/my desk")
        rooms.sends(message(header(alice.jid, "bob@localhost/my\ndesk")))
        bob.receives_next(f"<message to='{bob.jid}'>{TEXT}</message>")

    def test_the_header_need_not_come_first(self, rooms: Component, alice: Client) -> None:
        rooms.sends(message("", TEXT + header(alice.jid)))
        assert len(alice.receives_next(f"<message>{TEXT}</message>")) == 1

    def test_on_every_served_domain(self, world: World, alice: Client) -> None:
        world = World(more_domains=["other.example"], component={DOMAIN: ComponentTable(secret=SECRET)})
        rooms, bob = world.component(DOMAIN), world.client("bob@other.example/desk")
        rooms.sends(message(header(bob.jid), to="other.example"))
        bob.receives_next(f"<message>{TEXT}</message>")


class TestVisibleAddresses:
    """§4, §6: the header that recipients get to see."""

    def test_all_but_the_blind_ones(self, rooms: Component, alice: Client, bob: Client) -> None:
        """§4.6.3, §4.5: those of others are removed, and delivery is marked."""
        seen = f"<address type='to' jid='{alice.jid}' desc='Al'/><address type='noreply'/>"
        rooms.sends(message(header(bob.jid, more=seen)))
        marked = f"<address type='to' jid='{alice.jid}' desc='Al' delivered='true'/><address type='noreply'/>"
        for client in (alice, bob):
            copy = client.receives_next(
                f"<message><addresses xmlns='{NAMESPACE}'>{marked}</addresses>{TEXT}</message>"
            )
            assert len(copy[0]) == 2

    def test_what_is_delivered_is_not_delivered_again(
        self, rooms: Component, alice: Client, bob: Client
    ) -> None:
        """§4.5."""
        done = f"<address type='cc' jid='{bob.jid}' delivered='true'/>"
        rooms.sends(message(header(alice.jid, kind="to", more=done)))
        alice.receives_next(f"<message>{TEXT}</message>")
        bob.receives_nothing()

    def test_addresses_for_information_get_nothing(
        self, rooms: Component, alice: Client, bob: Client
    ) -> None:
        rooms.sends(message(header(bob.jid, kind="replyto", more=f"<address type='bcc' jid='{alice.jid}'/>")))
        alice.receives_next(
            f"<message><addresses xmlns='{NAMESPACE}'><address type='replyto'/></addresses></message>"
        )
        bob.receives_nothing()

    def test_the_service_itself_among_the_addresses(self, rooms: Component, alice: Client) -> None:
        """No loop: what comes back is marked as delivered."""
        rooms.sends(message(header("localhost", alice.jid, kind="cc")))
        alice.receives_next(f"<message>{TEXT}</message>")
        alice.receives_nothing()


class TestRefused:
    """A stanza that is refused is delivered to nobody."""

    @pytest.mark.parametrize(
        ("addresses", "condition"),
        [
            (header("alice@localhost/home", "@"), "jid-malformed"),
            (header("alice@localhost/home", "a&#64;b&#47;"), "jid-malformed"),
            (header("alice@localhost/home", more="<address type='bcc' uri='sip:a@b'/>"), "jid-malformed"),
            (header("a@localhost", more="<address type='to' jid='a@b' uri='sip:a@b'/>"), "jid-malformed"),
            (header("alice@localhost/home", more="<address type='bcc'/>"), "jid-malformed"),
            (header("alice@localhost/home", more="<address jid='b@localhost'/>"), "bad-request"),
            (header("alice@localhost/home", kind="friend"), "bad-request"),
            (header(), "bad-request"),
            (header("alice@localhost/home") * 2, "bad-request"),
            (header("alice@localhost/home", *[f"b{n}@localhost" for n in range(5)]), "not-acceptable"),
        ],
    )  # fmt: skip
    def test_as_a_whole(self, rooms: Component, alice: Client, addresses: str, condition: str) -> None:
        """§8."""
        rooms.sends(message(addresses))
        rooms.receives_next(refused(condition))
        alice.receives_nothing()

    def test_from_a_client(self, alice: Client, bob: Client) -> None:
        """§2.2."""
        for kind in ("message", "presence"):
            alice.sends(f"<{kind} to='localhost'>{header(bob.jid)}</{kind}>")
            alice.receives_next(
                f"<{kind} type='error'><error><forbidden xmlns='{STANZA_ERRORS}'/></error></{kind}>"
            )
        bob.receives_nothing()

    def test_from_a_component_that_may_not(self, world: World, alice: Client) -> None:
        world.reconfigure(component={DOMAIN: ComponentTable(secret=SECRET, multicast=False)})
        rooms = world.component(DOMAIN)
        rooms.sends(message(header(alice.jid)))
        rooms.receives_next(refused("forbidden"))
        alice.receives_nothing()

    def test_as_a_request(self, rooms: Component, alice: Client) -> None:
        """§3: not in an IQ."""
        rooms.sends(f"<iq type='set' id='1' from='{ROOM}' to='localhost'>{header(alice.jid)}</iq>")
        rooms.receives_next("<iq type='error' id='1'/>")
        alice.receives_nothing()

    def test_an_error_is_not_answered(self, rooms: Component, alice: Client) -> None:
        rooms.sends(message(header(alice.jid), type="error"))
        rooms.receives_nothing()
        alice.receives_nothing()


class TestCopies:
    """A copy is a stanza like any other to its recipient."""

    def test_one_that_cannot_be_delivered_comes_back(
        self, rooms: Component, alice: Client, bob: Client
    ) -> None:
        """From whom it was for; the others get theirs."""
        rooms.sends(message(header(alice.jid, "alice@localhost/gone", "x@elsewhere.example", bob.jid)))
        for address, condition in (
            ("alice@localhost/gone", "service-unavailable"),
            ("x@elsewhere.example", "remote-server-not-found"),
        ):
            error = rooms.receives_next(
                f"<message type='error' from='{address}' to='{ROOM}' id='m1'>"
                f"<error><{condition} xmlns='{STANZA_ERRORS}'/></error></message>"
            )
            assert error.find(f"{{{NAMESPACE}}}addresses") is None
        alice.receives_next(f"<message>{TEXT}</message>")
        bob.receives_next(f"<message>{TEXT}</message>")

    def test_to_a_component(self, world: World, rooms: Component, alice: Client) -> None:
        other = world.component("bots.localhost")
        rooms.sends(message(header("tea@bots.localhost", alice.jid)))
        other.receives_next(f"<message from='{ROOM}' to='tea@bots.localhost'>{TEXT}</message>")

    def test_not_past_the_blocklist(self, rooms: Component, alice: Client, bob: Client) -> None:
        """XEP-0191 §3.3."""
        alice.asks(f"<block xmlns='urn:xmpp:blocking'><item jid='{ROOM}'/></block>", kind="set")
        alice.ignores()
        rooms.sends(message(header(alice.jid, bob.jid)))
        alice.receives_nothing()
        bob.receives_next(f"<message>{TEXT}</message>")

    def test_ids_forged_in_the_name_of_one(self, rooms: Component, alice: Client, bob: Client) -> None:
        """XEP-0359 §3, rule 2."""
        ids = "".join(
            f"<stanza-id xmlns='{SID}' by='{by}' id='1'/>" for by in ("BOB@localhost", f"tea@{DOMAIN}")
        )
        rooms.sends(message(header(alice.jid, bob.jid), TEXT + ids))
        assert len(alice.receives_next("<message/>")) == 3
        assert [child.get("by") for child in bob.receives_next("<message/>")] == [None, f"tea@{DOMAIN}"]

    def test_kept_until_they_are_acknowledged(
        self, world: World, rooms: Component, alice: Client, bob: Client
    ) -> None:
        """XEP-0198 §4, §5."""
        alice.sends(f"<enable xmlns='{SM}' resume='true'/>")
        id = alice.receives_next(f"<enabled xmlns='{SM}'/>").get("id")
        rooms.sends(message(header(alice.jid, bob.jid)))
        alice.drops()
        rooms.sends(message(header(bob.jid, alice.jid)).replace("m1", "m2"))
        again = world.stranger()
        login.open_stream(again, world.domain)
        login.authenticate(again, "alice", PASSWORD, "PLAIN")
        login.open_stream(again, world.domain)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
        for number in ("m1", "m2"):
            again.receives_next(f"<message id='{number}' to='{alice.jid}'>{TEXT}</message>")
        again.receives_next(f"<r xmlns='{SM}'/>")
        again.receives_nothing()

    def test_held_back_for_a_client_that_does_not_look(
        self, rooms: Component, alice: Client, bob: Client
    ) -> None:
        """XEP-0352: presence waits, the last of each sender."""
        alice.sends("<inactive xmlns='urn:xmpp:csi:0'/>")
        for status in ("a", "b"):
            content = f"<status>{status}</status>"
            rooms.sends(
                f"<presence from='{ROOM}' to='localhost'>{header(alice.jid, bob.jid)}{content}</presence>"
            )
        alice.receives_nothing()
        rooms.sends(message(header(alice.jid, bob.jid)))
        alice.receives_next("<presence><status>b</status></presence>", f"<message>{TEXT}</message>")


class TestOffer:
    """§2: who learns that there is such a service."""

    def test_by_a_feature_of_the_stream(self, world: World) -> None:
        caller = world.caller(DOMAIN).opens(COMPONENT, to=DOMAIN, version="1.0")
        digest = hashlib.sha1(f"{caller.header['id']}{SECRET}".encode()).hexdigest()
        caller.sends(f"<handshake>{digest}</handshake>").receives_next("<handshake/>")
        offer = "<multicast xmlns='urn:stellwerk:multicast' jid='localhost' addresses='5' bytes='524288'/>"
        caller.receives_next(f"<stream:features><sm xmlns='{SM}'/>{offer}</stream:features>")

    def test_by_service_discovery(self, world: World, rooms: Component, alice: Client) -> None:
        """§2.1; those who may not use it are not told."""
        world.reconfigure(
            component={
                DOMAIN: ComponentTable(secret=SECRET),
                "bots.localhost": ComponentTable(secret=SECRET, multicast=False),
            }
        )
        bots = world.component("bots.localhost")
        offer = f"<query xmlns='{INFO}'><feature var='{NAMESPACE}'/></query>"
        ask = f"<iq type='get' id='1' from='%s' to='localhost'><query xmlns='{INFO}'/></iq>"
        rooms.sends(ask % DOMAIN).receives_next(f"<iq type='result'>{offer}</iq>")
        answer = bots.sends(ask % "bots.localhost").receives_next("<iq type='result'/>")
        told = alice.asks(f"<query xmlns='{INFO}'/>", to="localhost")
        for result in (answer, told):
            assert NAMESPACE not in [feature.get("var") for feature in result[0]]

    def test_a_component_whose_right_changes_connects_anew(self, world: World, rooms: Component) -> None:
        """It learns of it before it sends anything more."""
        world.reconfigure(component={DOMAIN: ComponentTable(secret=SECRET, multicast=False)})
        rooms.is_told("reset")

    def test_any_other_change_leaves_it_alone(self, world: World, rooms: Component) -> None:
        world.reconfigure(component={DOMAIN: ComponentTable(secret=SECRET, hidden=True)})
        rooms.receives_nothing()
        assert rooms.end is None


def test_what_a_client_may_send_passes_with_addresses(alice: Client) -> None:
    """A component adds to it; the router must not end its stream for that."""
    world = World(
        component={DOMAIN: ComponentTable(secret=SECRET)}, limits=Bounds(elements=20, multicast_addresses=15)
    )
    rooms = world.component(DOMAIN)
    occupants = [world.client(f"user{n}@localhost/x") for n in range(15)]
    rooms.sends(message(header(*[one.jid for one in occupants]), "<x xmlns='urn:x'/>" * 18 + TEXT))
    for occupant in occupants:
        occupant.receives_next(f"<message>{TEXT}</message>")


class Taken:
    """What is given to the router to be distributed."""

    def __init__(self) -> None:
        self.taken: object = None

    def distribute(self, letter: Envelope, recipients: Iterable[JID]) -> None:
        self.taken = letter.wire(), letter.children, [recipient.full for recipient in recipients]


def outcome(written: str) -> object:
    """What becomes of a presence with this content: its letter and recipients, or the error's condition."""
    router = Taken()
    received = Multicast(cast(Router, router), lambda domain: True, 1000).feature().domain_received
    stanza = read_envelope(f"<presence from='{ROOM}' to='localhost'>{written}</presence>".encode())
    try:
        received[stanza.children[0]](stanza)
    except StanzaError as error:
        return error.condition
    return router.taken


TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
    )
)


@given(
    st.lists(TEXTS, min_size=1),
    st.sampled_from(["", "<show>away</show>", "<x xmlns='urn:x'><![CDATA['/></addresses>]]></x>"]),
    st.booleans(),
)
def test_the_short_way_leads_to_the_same_end(resources: list[str], content: str, escaped: bool) -> None:
    """However the same header is written."""
    written = [f"a@localhost/{escape(one) if escaped else one}" for one in resources]
    assume(escaped or not any(set(one) & set("<&'") for one in written))
    canonical = header(*written)
    other = canonical.replace("<address type='bcc'", "<address  type='bcc'")
    assert outcome(canonical + content) == outcome(other + content)
