"""Forged senders, guessed ids, addresses of the wrong size: nobody is taken for somebody else."""

import pytest

from tests.core_router import login
from tests.core_router.world import PASSWORD, Client, World

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ROSTER = "jabber:iq:roster"


class TestIds:
    """CVE-2024-46957: an answer counts only from whom it was asked."""

    @pytest.mark.parametrize("to", ["localhost", "alice@localhost", "alice@localhost/gone"])
    @pytest.mark.parametrize("type", ["result", "error"])
    def test_answers_nobody_waits_for_are_dropped(
        self, world: World, alice: Client, bob: Client, to: str, type: str
    ) -> None:
        for id in ("ping", "push1", "1", "bind"):
            bob.sends(f"<iq type='{type}' to='{to}' id='{id}'><query xmlns='{ROSTER}'/></iq>")
        alice.receives_nothing()
        bob.receives_nothing()

    def test_an_answer_is_known_by_its_sender(self, alice: Client, bob: Client) -> None:
        """Whoever guesses an id cannot guess away the stamp of his own address."""
        bob.sends(f"<iq type='result' to='{alice.jid}' id='ask-1'><query xmlns='{ROSTER}'/></iq>")
        assert alice.receives_next("<iq type='result' id='ask-1'/>").get("from") == bob.jid

    def test_a_roster_push_comes_from_the_account_only(self, alice: Client, bob: Client) -> None:
        """RFC 6121 §2.1.6."""
        bob.sends(
            f"<iq type='set' to='{alice.jid}' id='1'><query xmlns='{ROSTER}'><item jid='x@y.z'/></query></iq>"
        )
        assert alice.receives_next("<iq type='set'/>").get("from") == bob.jid

    def test_components_answer_for_their_domain_only(self, world: World, alice: Client) -> None:
        rooms = world.component("rooms.localhost")
        rooms.sends(f"<iq type='result' from='localhost' to='{alice.jid}' id='ask-1'/>")
        rooms.is_told("invalid-from")
        alice.receives_nothing()


class TestAddresses:
    """CVE-2015-2058: too long is refused, never cut; what looks alike is not the same."""

    @pytest.mark.parametrize(
        "to",
        [
            "x" * 1024 + "@localhost",
            "bob@localhost/" + "x" * 1024,
            "x@" + "y." * 512 + "localhost",
            "ü" * 512 + "@localhost",
            "bob@localhost/",
            "@localhost",
            "bob@@localhost",
            "bob@local host",
            "bob\N{NO-BREAK SPACE}@localhost",
            "bob@localhost/\N{ZERO WIDTH NON-JOINER}",
            "bob@localhost@localhost",
        ],
    )
    def test_what_is_none_is_refused(self, alice: Client, bob: Client, to: str) -> None:
        alice.sends(f"<message to='{to}' id='1'><body>!</body></message>")
        alice.receives_next(
            f"<message type='error' id='1'><error><jid-malformed xmlns='{STANZAS}'/></error></message>"
        )
        bob.receives_nothing()

    @pytest.mark.parametrize(
        "to", ["x" * 1023 + "@localhost", "bob@localhost/" + "x" * 1023, "ü" * 511 + "@localhost"]
    )
    def test_the_longest_there_may_be(self, alice: Client, to: str) -> None:
        """RFC 7622 §3.1: 1023 octets each."""
        alice.sends(f"<iq type='get' to='{to}' id='1'><x xmlns='urn:x'/></iq>")
        answer = alice.receives_next("<iq type='error' id='1'/>")
        assert answer.get("from") == to
        assert answer.find(f".//{{{STANZAS}}}jid-malformed") is None

    @pytest.mark.parametrize(
        "user", ["bob" + "x" * 509, "bob ", "b\N{CYRILLIC SMALL LETTER O}b", "bob\N{SOFT HYPHEN}", "bob\0"]
    )
    def test_nobody_logs_in_by_a_name_like_anothers(self, world: World, user: str) -> None:
        world.account("bob@localhost")
        peer = world.stranger()
        login.open_stream(peer, world.domain)
        peer.sends(login.auth("PLAIN", f"\0{user}\0{PASSWORD}".encode()))
        assert b"<success" not in peer.raw

    def test_an_administrators_name_elsewhere_is_no_administrators(self, world: World) -> None:
        """CVE-2020-8086: a local part alone is nobody. Here, that of an account, at a component."""
        alice, rooms = world.client("alice@localhost/home"), world.component("rooms.localhost")
        for kind in ("get", "set"):
            rooms.sends(
                f"<iq type='{kind}' from='alice@rooms.localhost' to='alice@localhost' id='{kind}'>"
                f"<query xmlns='{ROSTER}'><item jid='mallory@localhost'/></query></iq>"
            )
            rooms.receives_next(f"<iq type='error' id='{kind}'/>")
        alice.receives_nothing()


class TestMidway:
    """What is begun is ended in the way it was begun."""

    def test_a_stream_header_in_the_middle_of_an_exchange_begins_nothing(self, world: World) -> None:
        world.account("alice@localhost")
        peer = world.stranger()
        login.open_stream(peer, world.domain)
        peer.sends(login.auth("SCRAM-SHA-1", b"n,,n=alice,r=abc"))
        login.challenge(peer)
        peer.sends("<stream:stream to='localhost' version='1.0'>").receives_nothing()
        peer.sends("</stream:stream>").is_told("unsupported-stanza-type")

    def test_challenges_come_to_an_end(self, world: World) -> None:
        """Five times one may begin anew, however many answers are sent."""
        peer = world.stranger()
        login.open_stream(peer, world.domain)
        for _ in range(200):
            peer.sends(login.auth("SCRAM-SHA-1", b"n,,n=alice,r=abc"), login.response(b"c=biws,r=abc,p=AAAA"))
        assert peer.end == "closed"
        assert peer.raw.count(b"<challenge") == 5

    def test_a_namespace_that_names_another_element_is_not_that_element(
        self, alice: Client, bob: Client
    ) -> None:
        """CVE-2022-25235: the separator between namespace and name, within a namespace."""
        alice.sends(f"<message to='{bob.jid}'><x xmlns='urn:x}}body'/></message>")
        alice.is_told("not-well-formed")
        bob.receives_nothing()
