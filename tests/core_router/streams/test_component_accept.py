"""XEP-0114: a component's rights and duties.

The rows are those of the table of situations that other servers' users rely on: round trip, replacement,
components among themselves, secrets, hosts, discovery, forged senders, sloppy addresses, unknown
elements, malformed XML.
"""

import hashlib

import pytest

from core_router.config import Bounds
from core_router.config import Component as ComponentTable
from core_router.streams.component_accept import ComponentStream
from core_router.xmpp.namespaces import COMPONENT, STANZA_ERRORS
from tests.core_router.world import SECRET, Client, Component, World

ROOMS, GATEWAY = "conference.localhost", "irc.localhost"
ITEMS = "http://jabber.org/protocol/disco#items"


@pytest.fixture
def rooms(world: World) -> Component:
    return world.component(ROOMS)


def digest(component: Component, secret: str = SECRET) -> str:
    return hashlib.sha1(f"{component.header['id']}{secret}".encode()).hexdigest()


def refusal(kind: str, type: str, condition: str) -> str:
    error = f"<error type='{type}'><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    return f"<{kind} type='error'>{error}</{kind}>"


class TestRow1RoundTrip:
    """From a user to a component and back, the sender's address kept."""

    @pytest.mark.parametrize("kind", ["message", "presence", "iq"])
    @pytest.mark.parametrize("local", ["", "tea@"])
    def test_there_and_back(self, rooms: Component, alice: Client, kind: str, local: str) -> None:
        address, type = f"{local}{ROOMS}/nick", "type='get'" if kind == "iq" else ""
        alice.sends(f"<{kind} {type} id='1' to='{address}'><x xmlns='urn:x'/></{kind}>")
        rooms.receives_next(f"<{kind} id='1' from='{alice.jid}' to='{address}'><x xmlns='urn:x'/></{kind}>")
        rooms.sends(f"<{kind} {type} id='2' from='{address}' to='{alice.jid}'><y xmlns='urn:y'/></{kind}>")
        alice.receives_next(f"<{kind} id='2' from='{address}' to='{alice.jid}'><y xmlns='urn:y'/></{kind}>")

    def test_children_change_the_namespace_with_the_stream(self, rooms: Component, alice: Client) -> None:
        """RFC 6120 §4.8.3: the content namespace is that of the stream, on both sides."""
        alice.sends(f"<message to='{ROOMS}'><body>1</body></message>")
        assert b" from='alice@localhost/home'><body>1</body>" in rooms.raw
        rooms.sends(f"<message from='{ROOMS}' to='{alice.jid}'><body>2</body></message>")
        assert b" from='conference.localhost'><body>2</body>" in alice.raw

    def test_a_message_to_the_bare_address_finds_the_resource(self, rooms: Component, alice: Client) -> None:
        rooms.sends(f"<message from='{ROOMS}' to='{alice.bare}'><body>1</body></message>")
        alice.receives_next("<message to='alice@localhost'><body>1</body></message>")


class TestRow2Reconnect:
    def test_the_rightful_owner_replaces_a_stale_connection(self, world: World, rooms: Component) -> None:
        again = world.component(ROOMS)
        rooms.is_told("conflict")
        world.client("alice@localhost/home").sends(f"<message to='{ROOMS}'/>")
        again.receives_next("<message/>")
        assert again.end is None

    def test_after_an_abrupt_disconnect_it_is_accepted_at_once(self, world: World, rooms: Component) -> None:
        for _ in range(3):
            rooms.drops()
            rooms = world.component(ROOMS)
        world.client("alice@localhost/home").sends(f"<message to='{ROOMS}'/>")
        rooms.receives_next("<message/>")

    def test_the_late_end_of_the_stale_one_does_not_disconnect_the_new(self, world: World) -> None:
        stale = world.component(ROOMS)
        again = world.component(ROOMS)
        stale.drops()
        world.client("alice@localhost/home").sends(f"<message to='{ROOMS}'/>")
        again.receives_next("<message/>")

    def test_an_orderly_goodbye_is_answered(self, rooms: Component) -> None:
        rooms.closes()
        assert rooms.end == "closed"


def test_row_3_two_components_can_talk(world: World, rooms: Component) -> None:
    gateway = world.component(GATEWAY)
    rooms.sends(f"<message from='tea@{ROOMS}' to='{GATEWAY}'><body>1</body></message>")
    gateway.receives_next(f"<message from='tea@{ROOMS}'><body>1</body></message>")
    gateway.sends(f"<iq type='get' id='1' from='{GATEWAY}' to='{ROOMS}'><q xmlns='urn:q'/></iq>")
    rooms.receives_next(f"<iq type='get' from='{GATEWAY}'/>")


class TestRow4Secret:
    @pytest.fixture
    def caller(self, world: World, rooms: Component) -> Component:
        return world.caller().opens(COMPONENT, to=ROOMS)

    @pytest.mark.parametrize("secret", ["wrong", "", SECRET.upper()])
    def test_a_wrong_secret_is_not_authorized(
        self, caller: Component, rooms: Component, secret: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caller.sends(f"<handshake>{digest(caller, secret)}</handshake>").is_told("not-authorized")
        assert "wrong secret" in caplog.text
        assert rooms.end is None

    @pytest.mark.parametrize("content", ["", "x", "<a/>", "é", "&#x41;"])
    def test_so_is_what_is_no_digest(self, caller: Component, content: str) -> None:
        caller.sends(f"<handshake>{content}</handshake>").is_told("not-authorized")

    def test_a_digest_holds_for_one_stream_only(self, world: World, caller: Component) -> None:
        """XEP-0114 §3: the stream's id is part of it."""
        other = world.caller().opens(COMPONENT, to=ROOMS)
        caller.sends(f"<handshake>{digest(other)}</handshake>").is_told("not-authorized")

    def test_it_may_be_written_in_capitals(self, world: World) -> None:
        world.component(GATEWAY).drops()
        caller = world.caller().opens(COMPONENT, to=GATEWAY)
        caller.sends(f"<handshake>{digest(caller).upper()}</handshake>").receives_next("<handshake/>")

    @pytest.mark.parametrize(
        "stanza", [f"<message from='{ROOMS}' to='alice@localhost'/>", "<iq/>", "<other/>"]
    )
    def test_the_handshake_comes_first(self, caller: Component, stanza: str) -> None:
        caller.sends(stanza).is_told("not-authorized")

    def test_before_it_elements_are_small(self, caller: Component) -> None:
        caller.sends(f"<handshake>{'x' * 10_000}</handshake>").is_told("policy-violation")


class TestRow5Host:
    """Every refusal comes in a stream with a header."""

    @pytest.mark.parametrize(
        ("to", "condition"),
        [
            ("localhost", "conflict"),
            ("unknown.localhost", "host-unknown"),
            ("", "improper-addressing"),
            ("@", "improper-addressing"),
        ],
    )
    def test_hosts_that_are_no_component_here(self, world: World, to: str, condition: str) -> None:
        caller = world.caller().opens(COMPONENT, to=to)
        caller.is_told(condition)
        assert caller.header["id"]
        assert caller.raw.startswith(b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'")

    def test_a_missing_host_is_improper(self, world: World) -> None:
        world.caller().opens(COMPONENT).is_told("improper-addressing")

    def test_the_host_is_compared_in_its_canonical_form(self, world: World, rooms: Component) -> None:
        caller = world.caller().opens(COMPONENT, to=ROOMS.upper())
        assert caller.header["from"] == ROOMS

    def test_a_header_without_version_is_answered_without(self, rooms: Component) -> None:
        """XEP-0114 knows neither versions nor features."""
        assert "version" not in rooms.header
        rooms.receives_nothing()


class TestRow6Discovery:
    def test_it_is_among_the_domains_items(self, world: World, alice: Client) -> None:
        world.component(ROOMS)
        world.component("hidden.localhost", hidden=True)
        items = alice.asks(f"<query xmlns='{ITEMS}'/>", to="localhost")[0]
        assert [item.get("jid") for item in items] == [ROOMS]

    def test_questions_to_it_are_its_own(self, rooms: Component, alice: Client) -> None:
        alice.sends(f"<iq type='get' id='1' to='{ROOMS}'><query xmlns='{ITEMS}'/></iq>")
        rooms.receives_next(f"<iq type='get' id='1'><query xmlns='{ITEMS}'/></iq>")


class TestRow7ForeignFrom:
    @pytest.mark.parametrize(
        "sender", ["alice@localhost", "localhost", GATEWAY, f"x.{ROOMS}", "mallory@elsewhere.example"]
    )
    @pytest.mark.parametrize("kind", ["message", "presence", "iq"])
    def test_it_is_refused(self, rooms: Component, alice: Client, kind: str, sender: str) -> None:
        rooms.sends(f"<{kind} type='get' id='1' from='{sender}' to='{alice.jid}'/>").is_told("invalid-from")
        alice.receives_nothing()

    def test_anybody_at_its_own_domain_may_be_the_sender(self, rooms: Component, alice: Client) -> None:
        rooms.sends(f"<message from='anybody@{ROOMS}' to='{alice.jid}'/>")
        alice.receives_next(f"<message from='anybody@{ROOMS}'/>")


class TestRow8Addresses:
    """The link of a merely sloppy component stays up."""

    @pytest.mark.parametrize("kind", ["message", "presence", "iq"])
    @pytest.mark.parametrize(
        ("addresses", "condition"),
        [
            (f"from='{ROOMS}'", "bad-request"),
            ("to='alice@localhost/home'", "bad-request"),
            ("", "bad-request"),
            (f"from='{ROOMS}' to='@'", "jid-malformed"),
            (f"from='@' to='{ROOMS}'", "jid-malformed"),
            (f"from='{ROOMS}' to=''", "jid-malformed"),
        ],
    )
    def test_missing_and_bad_addresses(
        self, rooms: Component, alice: Client, kind: str, addresses: str, condition: str
    ) -> None:
        rooms.sends(f"<{kind} id='7' type='get' {addresses}/>")
        answer = rooms.receives_next(refusal(kind, "modify", condition))
        assert answer.get("id") == "7"
        rooms.sends(f"<message from='{ROOMS}' to='{alice.jid}'/>")
        alice.receives_next("<message/>")

    def test_answers_to_such_addresses_are_dropped(self, rooms: Component) -> None:
        rooms.sends("<message type='error'/>", "<iq type='result' id='1'/>").receives_nothing()
        assert rooms.end is None

    def test_what_cannot_be_delivered_comes_back(self, rooms: Component) -> None:
        rooms.sends(f"<message from='tea@{ROOMS}' to='nobody@localhost'><body>1</body></message>")
        rooms.receives_next(refusal("message", "cancel", "service-unavailable"))
        rooms.sends(f"<message from='tea@{ROOMS}' to='a@elsewhere.example'><body>1</body></message>")
        rooms.receives_next(refusal("message", "cancel", "remote-server-not-found"))


class TestRow9Unknown:
    @pytest.mark.parametrize(
        "element",
        [
            f"<other id='7' from='{ROOMS}' to='localhost'><a/></other>",
            "<handshake id='7'/>",
            "<query xmlns='urn:x' id='7'/>",
            "<e xmlns='' id='7'/>",
        ],
    )
    def test_an_unknown_element_is_answered_and_the_link_stays_up(
        self, rooms: Component, alice: Client, element: str
    ) -> None:
        rooms.sends(element)
        [answer] = rooms.received
        rooms.ignores()
        assert (answer.get("type"), answer.get("id")) == ("error", "7")
        error = answer.find("{jabber:client}error")
        assert error is not None
        assert error.find(f"{{{STANZA_ERRORS}}}feature-not-implemented") is not None
        rooms.sends(f"<message from='{ROOMS}' to='{alice.jid}'/>")
        alice.receives_next("<message/>")

    def test_an_error_is_not_answered_with_one(self, rooms: Component) -> None:
        rooms.sends("<other type='error'/>").receives_nothing()

    @pytest.mark.parametrize("to", ["localhost", "alice@localhost"])
    def test_an_unknown_request_is_answered_and_the_link_stays_up(
        self, rooms: Component, alice: Client, to: str
    ) -> None:
        rooms.sends(f"<iq type='get' id='7' from='{ROOMS}' to='{to}'><unknown xmlns='urn:unknown'/></iq>")
        rooms.receives_next(refusal("iq", "cancel", "service-unavailable"))
        assert rooms.end is None


class TestRow10Malformed:
    @pytest.mark.parametrize(
        ("sent", "condition"),
        [
            ("<message></iq>", "not-well-formed"),
            ("<a:message/>", "bad-namespace-prefix"),
            ("<!-- -->", "restricted-xml"),
            ("text<message/>", "bad-format"),
            (f"<message><body>{'x' * 524_288}</body></message>", "policy-violation"),
            ("<message xmlns='jabber:client'/>", "invalid-namespace"),
            ("<iq xmlns='jabber:server'/>", "invalid-namespace"),
        ],
    )
    def test_the_right_stream_error(self, rooms: Component, sent: str, condition: str) -> None:
        rooms.sends(sent).is_told(condition)

    @pytest.mark.parametrize("namespace", ["jabber:client", "jabber:server", "jabber:component:connect", ""])
    def test_another_namespace_in_the_header(self, world: World, rooms: Component, namespace: str) -> None:
        world.caller().opens(namespace, to=ROOMS).is_told("invalid-namespace")

    def test_an_error_of_the_components_ends_the_stream_in_peace(self, rooms: Component) -> None:
        rooms.sends("<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
        rooms.receives_nothing()
        assert rooms.end == "closed"


class TestConfiguration:
    def test_larger_stanzas_than_from_clients_are_accepted(self, rooms: Component, alice: Client) -> None:
        rooms.sends(f"<message from='{ROOMS}' to='{alice.jid}'><body>{'x' * 500_000}</body></message>")
        alice.receives_next("<message/>")

    def test_the_limit_is_that_of_the_configuration(self) -> None:
        world = World(limits=Bounds(component_stanza_bytes=10_000))
        rooms = world.component(ROOMS)
        rooms.sends(f"<message from='{ROOMS}' to='a@localhost'><body>{'x' * 10_000}</body></message>")
        rooms.is_told("policy-violation")

    def test_a_component_taken_out_of_the_configuration_is_gone(self, world: World, rooms: Component) -> None:
        """RFC 6120 §4.9.3.5."""
        world.reconfigure(component={GATEWAY: ComponentTable(secret=SECRET)})
        rooms.is_told("host-gone")
        world.caller().opens(COMPONENT, to=ROOMS).is_told("host-unknown")
        assert isinstance(world.component(GATEWAY).stream, ComponentStream)
