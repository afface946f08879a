"""RFC 6120 §4, §8 and §9 as a client meets them: headers, stream errors, addresses, limits."""

import base64

import pytest

from core_router.config import Bounds, Clients
from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.hooks import Phase
from core_router.routing.sessions import Session
from core_router.streams.client import ClientStream
from core_router.streams.negotiation.bind import NAMESPACE as BIND
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from core_router.xmpp.namespaces import STANZA_ERRORS, STREAM
from tests.core_router import login
from tests.core_router.world import PASSWORD, Client, Peer, World

HEADER = (
    f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAM}'"
    " to='localhost' version='1.0'>"
)


@pytest.fixture
def stranger(world: World) -> Peer:
    return world.stranger()


class TestHeader:
    """§4.7."""

    def test_it_is_answered_with_features(self, stranger: Peer) -> None:
        stranger.opens(to="localhost", version="1.0").receives_next("<stream:features/>")
        assert stranger.raw.startswith(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' ")

    def test_from_is_the_domain(self, stranger: Peer) -> None:
        """§4.7.1, prepared."""
        stranger.opens(to="LOCALHOST.", version="1.0")
        assert stranger.header["from"] == "localhost"

    def test_to_is_whom_the_client_says_to_be(self, stranger: Peer) -> None:
        """§4.7.2."""
        stranger.sends(HEADER.replace(" to=", " from='alice@localhost' to="))
        assert stranger.header["to"] == "alice@localhost"

    def test_every_stream_has_an_id_of_its_own(self, world: World) -> None:
        """§4.7.3: restarted ones, too."""
        ids = set()
        for _ in range(3):
            alice = world.stranger()
            world.account("alice@localhost")
            login.open_stream(alice, "localhost")
            ids.add(alice.header["id"])
            login.authenticate(alice, "alice", PASSWORD, "PLAIN")
            login.open_stream(alice, "localhost")
            ids.add(alice.header["id"])
        assert len(ids) == 6

    def test_the_language_is_the_one_the_server_speaks(self, stranger: Peer) -> None:
        """§4.7.4."""
        stranger.opens(to="localhost", version="1.0", xml_lang="de")
        assert stranger.header["{http://www.w3.org/XML/1998/namespace}lang"] == "en"

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_later_minor_versions_are_spoken(self, stranger: Peer, version: str) -> None:
        """§4.7.5: the lower of the two is used."""
        stranger.opens(to="localhost", version=version).receives_next("<stream:features/>")
        assert stranger.header["version"] == "1.0"

    @pytest.mark.parametrize("version", [{}, {"version": "0.9"}, {"version": "2.0"}, {"version": "one"}])
    def test_other_versions_are_not(self, stranger: Peer, version: dict[str, str]) -> None:
        """§4.9.3.25."""
        stranger.opens(to="localhost", **version).is_told("unsupported-version")

    def test_without_to_it_is_for_the_first_domain(self, stranger: Peer) -> None:
        stranger.opens(version="1.0").receives_next("<stream:features/>")
        assert stranger.header["from"] == "localhost"

    def test_a_domain_not_served_here_is_unknown(self, stranger: Peer) -> None:
        """§4.9.3.6."""
        stranger.opens(to="elsewhere.example", version="1.0").is_told("host-unknown")
        assert stranger.header["from"] == "localhost"

    @pytest.mark.parametrize("to", ["", "a b", "alice@localhost", "localhost/x"])
    def test_what_is_no_domain_is_improper(self, stranger: Peer, to: str) -> None:
        """§4.9.3.7."""
        stranger.opens(to=to, version="1.0").is_told("improper-addressing")

    @pytest.mark.parametrize("namespace", ["jabber:server", "jabber:component:accept", "urn:x", ""])
    def test_another_content_namespace_is_invalid(self, stranger: Peer, namespace: str) -> None:
        """§4.9.3.10."""
        stranger.opens(namespace, to="localhost", version="1.0").is_told("invalid-namespace")

    def test_another_stream_namespace_is_invalid(self, stranger: Peer) -> None:
        stranger.sends("<s:stream xmlns='jabber:client' xmlns:s='urn:x' to='localhost' version='1.0'>")
        stranger.is_told("invalid-namespace")

    def test_an_error_before_the_header_follows_a_header(self, stranger: Peer) -> None:
        """§4.9.1.2: even then the error is sent inside of a stream."""
        stranger.sends("GET / HTTP/1.1\r\n\r\n").is_told("not-well-formed")
        assert stranger.header["from"] == "localhost"
        assert stranger.header["id"]

    def test_an_account_of_another_domain_is_invalid(self, stranger: Peer) -> None:
        """§4.9.3.9."""
        stranger.sends(HEADER.replace(" to=", " from='alice@elsewhere.example' to="))
        stranger.is_told("invalid-from")

    def test_the_domain_cannot_change_after_authentication(self) -> None:
        """CVE-2018-10847: the login was for another one."""
        world = World(more_domains=["elsewhere.example"])
        login.open_stream(world.stranger(), "elsewhere.example")
        alice = world.stranger()
        world.account("alice@localhost")
        login.open_stream(alice, "localhost")
        login.authenticate(alice, "alice", PASSWORD, "PLAIN")
        alice.opens(to="elsewhere.example", version="1.0").is_told("host-unknown")


class TestEnd:
    """§4.4, §4.9.1."""

    def test_the_closing_tag_is_answered(self, alice: Client) -> None:
        alice.closes()
        assert alice.end == "closed"
        assert alice.connection.end == "closed"

    def test_what_comes_after_it_is_ignored(self, alice: Client, bob: Client) -> None:
        alice.sends("</stream:stream><message to='bob@localhost/desk'/>").receives_nothing()
        bob.receives_nothing()

    def test_what_comes_after_an_error_is_ignored(self, alice: Client, bob: Client) -> None:
        alice.sends("<a><message to='bob@localhost/desk'/></b>")
        alice.is_told("not-well-formed")
        alice.stream.received(b"<message to='bob@localhost/desk'/>")
        bob.receives_nothing()

    def test_what_came_before_an_error_counts(self, alice: Client, bob: Client) -> None:
        alice.sends("<message to='bob@localhost/desk'><body>1</body></message><message></iq>")
        bob.receives_next("<message><body>1</body></message>")
        alice.is_told("not-well-formed")

    def test_an_error_of_the_clients_ends_the_stream_in_peace(self, alice: Client) -> None:
        """§4.9.1.1: it is not answered with another."""
        errors = "urn:ietf:params:xml:ns:xmpp-streams"
        alice.sends(f"<stream:error><not-well-formed xmlns='{errors}'/></stream:error>").receives_nothing()
        assert alice.end == "closed"

    def test_a_mistake_of_ours_is_an_internal_server_error(
        self, world: World, alice: Client, bob: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        """§4.9.3.8: nobody else is disturbed."""

        def breaks(session: Session, stanza: Envelope) -> Envelope:
            raise ZeroDivisionError

        world.server.router.install([Feature("broken", (), sent=((Phase.COPY, breaks),))])
        alice.sends("<message to='bob@localhost/desk'/>").is_told("internal-server-error")
        assert "ZeroDivisionError" in caplog.text
        caplog.clear()
        assert bob.end is None


class TestBeforeTheSession:
    @pytest.mark.parametrize(
        "stanza", ["<message to='bob@localhost'/>", "<presence/>", "<iq type='set' id='1'/>"]
    )
    @pytest.mark.parametrize("secure", [True, False], ids=["under TLS", "in clear"])
    def test_no_stanza_is_accepted_before_authentication(
        self, world: World, secure: bool, stanza: str
    ) -> None:
        """§4.9.3.12."""
        stranger = world.stranger(secure=secure)
        login.open_stream(stranger, "localhost")
        stranger.sends(stanza).is_told("not-authorized")

    def test_nor_one_to_an_address_that_is_none(self, stranger: Peer) -> None:
        login.open_stream(stranger, "localhost")
        stranger.sends("<message to='@'/>").is_told("not-authorized")

    def test_nor_a_request_to_bind(self, stranger: Peer) -> None:
        login.open_stream(stranger, "localhost")
        stranger.sends(f"<iq type='set' id='1'><bind xmlns='{BIND}'/></iq>").is_told("not-authorized")

    @pytest.mark.parametrize(
        "element",
        [
            "<query xmlns='urn:x'/>",
            "<message xmlns='jabber:server'/>",
            "<body/>",
            HEADER.partition("?>")[2] + "</stream:stream>",
        ],
    )
    def test_what_is_neither_a_stanza_nor_a_step_is_unsupported(self, stranger: Peer, element: str) -> None:
        """§4.9.3.24."""
        login.open_stream(stranger, "localhost")
        stranger.sends(element).is_told("unsupported-stanza-type")

    def test_an_element_is_small_before_authentication(self, stranger: Peer) -> None:
        """§13.12, CVE-2021-32918."""
        login.open_stream(stranger, "localhost")
        stranger.sends(login.auth("PLAIN", b"x" * 10_000)).is_told("policy-violation")

    def test_a_header_is_small(self, stranger: Peer) -> None:
        stranger.sends(HEADER[:-1], *[" " * 1000] * 10).is_told("policy-violation")

    def test_after_it_elements_may_be_larger(self, alice: Client, bob: Client) -> None:
        alice.sends(f"<message to='bob@localhost/desk'><body>{'x' * 200_000}</body></message>")
        bob.receives_next("<message><body>*</body></message>")
        alice.sends(f"<message to='bob@localhost/desk'><body>{'x' * 262_144}</body></message>")
        alice.is_told("policy-violation")


class TestPipelining:
    """§5.4.3.3, §6.4.6, §7: a restart takes effect at the very byte it is due."""

    def test_everything_may_come_at_once(self, world: World, bob: Client) -> None:
        world.account("alice@localhost")
        auth = login.auth("PLAIN", f"\0alice\0{PASSWORD}".encode())
        bind = f"<iq type='set' id='b'><bind xmlns='{BIND}'><resource>home</resource></bind></iq>"
        alice = world.stranger().sends(
            f"{HEADER}{auth}{HEADER}{bind}<presence/>"
            "<message to='bob@localhost/desk'><body>1</body></message>"
        )
        bob.receives_next("<message from='alice@localhost/home'><body>1</body></message>")
        alice.receives("<iq type='result' id='b'/>", "<presence from='alice@localhost/home'/>")

    def test_or_byte_by_byte(self, world: World, bob: Client) -> None:
        world.account("alice@localhost")
        auth = login.auth("PLAIN", f"\0alice\0{PASSWORD}".encode())
        bind = f"<iq type='set' id='b'><bind xmlns='{BIND}'/></iq>"
        whole = f"{HEADER}{auth}{HEADER}{bind}<message to='bob@localhost/desk'/>".encode()
        world.stranger().sends(*(bytes([byte]) for byte in whole))
        bob.receives_next("<message/>")

    def test_old_and_new_stream_are_two_documents(self, world: World) -> None:
        """What the old one declared does not hold in the new one."""
        world.account("alice@localhost")
        auth = login.auth("PLAIN", f"\0alice\0{PASSWORD}".encode())
        declaring = HEADER.replace(" to=", " xmlns:p='urn:p' to=")
        alice = world.stranger().sends(f"{declaring}{auth}{HEADER}<p:x/>")
        alice.receives(f"<success xmlns='{SASL}'/>", "<stream:features/>", "<stream:features/>")
        alice.is_told("bad-namespace-prefix")

    def test_a_restarted_stream_begins_with_a_header(self, world: World) -> None:
        world.account("alice@localhost")
        alice = world.stranger()
        login.open_stream(alice, "localhost")
        login.authenticate(alice, "alice", PASSWORD, "PLAIN")
        alice.sends(f"<iq type='set' id='b'><bind xmlns='{BIND}'/></iq>").is_told("bad-format")


class TestAddresses:
    """§8.1."""

    @pytest.mark.parametrize("written", ["alice@localhost/home", "alice@localhost", "ALICE@localhost/home"])
    def test_a_client_may_name_itself(self, alice: Client, bob: Client, written: str) -> None:
        """§8.1.2.1: and is stamped with its full address all the same."""
        alice.sends(f"<message from='{written}' to='bob@localhost/desk'/>")
        bob.receives_next("<message from='alice@localhost/home'/>")

    def test_a_client_may_name_itself_as_the_occupant_it_is(self, alice: Client, bob: Client) -> None:
        """§8.1.2.1: overridden like any other address. Converse.js 14 writes so to other occupants."""
        alice.sends("<message from='bob@localhost/alice' to='bob@localhost/desk'/>")
        bob.receives_next("<message from='alice@localhost/home'/>")

    @pytest.mark.parametrize(
        "written", ["bob@localhost", "alice@localhost/other", "localhost", "alice@elsewhere.example", "@", ""]
    )
    @pytest.mark.parametrize("kind", ["message", "presence", "iq"])
    def test_but_nobody_else(self, alice: Client, bob: Client, kind: str, written: str) -> None:
        """§4.9.3.9, CVE: forged senders."""
        alice.sends(f"<{kind} from='{written}' to='bob@localhost/desk'/>").is_told("invalid-from")
        bob.receives_nothing()

    @pytest.mark.parametrize("kind", ["message", "presence", "iq"])
    @pytest.mark.parametrize("to", ["", "@", "a b@localhost", "bob@localhost/", f"{'x' * 1024}@localhost"])
    def test_an_address_that_is_none_is_malformed(self, alice: Client, kind: str, to: str) -> None:
        """§8.3.3.8."""
        alice.sends(f"<{kind} type='get' id='7' to='{to}'/>")
        alice.receives_next(
            f"<{kind} type='error' id='7'><error type='modify'>"
            f"<jid-malformed xmlns='{STANZA_ERRORS}'/></error></{kind}>"
        )
        assert alice.end is None

    @pytest.mark.parametrize("type", ["error", "result"])
    def test_an_answer_to_such_an_address_is_dropped(self, alice: Client, type: str) -> None:
        """§8.3.1: an error is never answered with one."""
        alice.sends(f"<iq type='{type}' id='7' to='@'/>").receives_nothing()

    def test_the_language_of_the_stream_is_that_of_its_stanzas(self, world: World, bob: Client) -> None:
        """§8.1.5, unless they say another."""
        alice = world.stranger()
        world.account("alice@localhost")
        auth = login.auth("PLAIN", f"\0alice\0{PASSWORD}".encode())
        german = HEADER.replace(" to=", " xml:lang='de' to=")
        alice.sends(f"{german}{auth}{german}<iq type='set' id='b'><bind xmlns='{BIND}'/></iq>")
        for written, expected in (("", "de"), (" xml:lang='fr'", "fr"), (" xml:lang=''", None)):
            alice.sends(f"<message{written} to='bob@localhost/desk'/>")
            found = bob.receives_next("<message/>")
            assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == expected


class TestSessions:
    def test_a_connection_that_is_lost_ends_its_session(self, world: World, alice: Client) -> None:
        alice.drops()
        assert world.server.router.sessions.of(alice.bare) == []

    def test_the_router_ends_all_sessions_when_it_stops(self, world: World, alice: Client) -> None:
        """§4.9.3.20."""
        world.server.end_sessions()
        alice.is_told("system-shutdown")
        assert world.server.router.sessions.of(alice.bare) == []

    def test_starttls_is_not_for_those_who_are_in(self, alice: Client) -> None:
        alice.sends(f"<starttls xmlns='{TLS}'/>").receives_next(f"<failure xmlns='{TLS}'/>")
        assert alice.end == "closed"

    def test_nor_is_authentication(self, alice: Client) -> None:
        alice.sends(login.auth("PLAIN", b"\0bob\0" + PASSWORD.encode())).is_told("not-authorized")


def test_without_required_tls_a_login_in_clear_is_possible() -> None:
    world = World(clients=Clients(require_tls=False))
    world.account("alice@localhost")
    alice = world.stranger(secure=False)
    login.open_stream(alice, "localhost")
    login.authenticate(alice, "alice", PASSWORD, "SCRAM-SHA-256")
    login.open_stream(alice, "localhost")
    assert login.bind(alice, "home") == "alice@localhost/home"


def test_what_has_come_is_counted_presence_to_all_contacts_for_many(world: World, alice: Client) -> None:
    """For the limits of the connection: it makes more work than what goes to one."""
    assert isinstance(alice.stream, ClientStream)
    alice.stream.taken()
    alice.sends("<message to='localhost'/><iq type='result' id='1'/>", "<presence to='bob@localhost'/>")
    assert alice.stream.taken() == 3
    alice.sends("<presence/>")
    assert alice.stream.taken() == 20
    assert alice.stream.taken() == 0


def test_limits_are_those_of_the_configuration() -> None:
    world = World(limits=Bounds(unauthenticated_bytes=1000, client_stanza_bytes=10_000, depth=3))
    stranger = world.stranger()
    login.open_stream(stranger, "localhost")
    stranger.sends(login.auth("PLAIN", base64.b64encode(b"x" * 1000))).is_told("policy-violation")
    alice = world.client("alice@localhost/home")
    alice.sends("<message><a><b/></a></message>").ignores()
    alice.sends("<message><a><b><c/></b></a></message>").is_told("policy-violation")
    alice = world.client("alice@localhost/home")
    alice.sends(f"<message><body>{'x' * 10_000}</body></message>").is_told("policy-violation")
