"""XEP-0388: SASL2."""

import pytest
from twisted.internet.defer import Deferred

from bench.scram import Scram
from core_router.config import Clients, Login
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from core_router.streams.negotiation.sasl2 import NAMESPACE as SASL2
from tests.core_router import login, login2
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World
from tests.scenarios.matching import Element

AUTHENTICATION = f"{{{SASL2}}}authentication"
INITIAL = (
    f"<authenticate xmlns='{SASL2}' mechanism='PLAIN'><initial-response>%s</initial-response></authenticate>"
)


def offered(features: Element) -> list[str]:
    return [str(found.text) for found in features.iterfind(f"{AUTHENTICATION}/{{{SASL2}}}mechanism")]


def challenged(world: World) -> Peer:
    """In the middle of an exchange."""
    alice = login2.arrives(world).sends(login2.authenticate("SCRAM-SHA-256"))
    alice.receives_next(f"<challenge xmlns='{SASL2}'/>")
    return alice


class TestOffer:
    """§2.1."""

    def test_mechanisms_and_what_can_be_asked_with_them(self, world: World) -> None:
        features = login.open_stream(world.stranger(), world.domain)
        assert offered(features) == [
            "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
            "SCRAM-SHA-1",
            "PLAIN",
        ]
        inline = features.find(f"{AUTHENTICATION}/{{{SASL2}}}inline")
        assert inline is not None
        assert [child.tag for child in inline] == [
            "{urn:xmpp:sm:3}sm",
            "{urn:xmpp:bind:0}bind",
            "{urn:xmpp:fast:0}fast",
        ]

    def test_nothing_without_tls(self) -> None:
        """§3, even where the older SASL may do without."""
        world = World(clients=Clients(require_tls=False))
        alice = world.stranger(secure=False)
        features = login.open_stream(alice, world.domain)
        assert features.find(AUTHENTICATION) is None
        login2.fails(alice.sends(login2.authenticate("SCRAM-SHA-256")), "encryption-required")

    def test_it_does_not_tell_who_exists(self, world: World) -> None:
        """§3: the offer does not depend on whose the client says it is."""
        known, unknown = login2.arrives(world), world.stranger()
        unknown.opens(to="localhost", version="1.0", **{"from": "nobody@localhost"})
        features = [peer.raw.partition(b"<stream:features>")[2] for peer in (known, unknown)]
        assert features[0] == features[1]

    @pytest.mark.parametrize("from_", ["alice@elsewhere.example", "alice@localhost.example/home"])
    def test_a_client_of_another_domain_is_wrong_here(self, world: World, from_: str) -> None:
        world.stranger().opens(to="localhost", version="1.0", **{"from": from_}).is_told("invalid-from")

    @pytest.mark.parametrize("from_", ["", "localhost", "@", "a@b@c"])
    def test_what_is_no_account_is_as_if_it_were_not_there(self, world: World, from_: str) -> None:
        world.stranger().opens(to="localhost", version="1.0", **{"from": from_}).receives(
            "<stream:features/>"
        )

    def test_the_answer_is_for_whom_the_header_is_from(self, world: World) -> None:
        """RFC 6120 §4.7.2."""
        assert login2.arrives(world).header["to"] == "alice@localhost"


class TestSuccess:
    """§2.6.1."""

    @pytest.mark.parametrize(
        "mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]
    )
    def test_the_mechanisms_last_word_comes_along(self, world: World, mechanism: str) -> None:
        success = login2.logs_in_by_scram(login2.arrives(world), mechanism=mechanism)
        assert login2.identity(success) == "alice@localhost"

    def test_the_stream_goes_on_without_a_restart(self, world: World) -> None:
        alice = login2.arrives(world)
        login2.logs_in(alice)
        alice.receives_next(
            "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
        )
        assert alice.raw.count(b"<stream:stream ") == 1
        assert login.bind(alice, "home") == "alice@localhost/home"
        assert alice.asks("<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"

    def test_more_may_be_sent_than_before(self, world: World) -> None:
        """The limits of strangers hold no longer, on the very same stream."""
        alice = login2.arrives(world)
        login2.logs_in(alice, inline=login2.BIND)
        alice.ignores().sends(f"<message to='alice@localhost' id='1'><body>{'x' * 20000}</body></message>")
        assert alice.asks("<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"

    def test_all_in_one_segment(self, world: World) -> None:
        """A client that knows the server need not wait for anything."""
        world.account("alice@localhost")
        alice = world.stranger()
        alice.sends(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            " to='localhost' version='1.0'>"
            + login2.authenticate("PLAIN", login2.plain("alice"), login2.BIND)
            + "<presence/>"
        )
        alice.receives(f"<success xmlns='{SASL2}'/>", "<presence/>")

    @pytest.mark.parametrize(
        "sent",
        [
            login2.authenticate("PLAIN", login2.plain("alice")),
            login.auth("PLAIN", login2.plain("alice")),
            login2.response(b"x"),
        ],
    )
    def test_nobody_authenticates_twice(self, world: World, sent: str) -> None:
        """§4.8."""
        alice = login2.arrives(world)
        login2.logs_in(alice)
        alice.ignores().sends(sent).is_told("not-authorized")


class TestFailure:
    """§2.6.2."""

    def test_nothing_asked_for_is_done(self, world: World) -> None:
        inline = login2.request_token("HT-SHA-256-NONE") + login2.BIND
        alice = login2.arrives(world)
        alice.sends(login2.authenticate("PLAIN", login2.plain("alice", "a guess"), inline))
        login2.fails(alice, "not-authorized")
        assert not world.server.router.sessions.of("alice@localhost")
        assert world.stores.accounts.rows["alice@localhost"].tokens == {}  # type: ignore[attr-defined]
        alice.receives_nothing()

    def test_the_next_attempt_may_be_the_older_way(self, world: World) -> None:
        alice = login2.arrives(world)
        login2.fails(alice.sends(login2.authenticate("PLAIN", login2.plain("alice", "?"))), "not-authorized")
        login.authenticate(alice, "alice", PASSWORD, "SCRAM-SHA-256")

    def test_attempts_are_counted_over_both_ways(self, world: World) -> None:
        """RFC 6120 §6.4.5."""
        alice = login2.arrives(world)
        for _ in range(2):
            alice.sends(login2.authenticate("PLAIN", login2.plain("alice", "?")))
            alice.sends(login.auth("PLAIN", login2.plain("alice", "?")))
        alice.ignores().sends(login2.authenticate("PLAIN", login2.plain("alice", "?")))
        login2.fails(alice, "not-authorized")
        alice.is_told("policy-violation")

    def test_aborted(self, world: World) -> None:
        """§4.5, with what a client may say there."""
        alice = challenged(world).sends(f"<abort xmlns='{SASL2}'><text>Never mind</text></abort>")
        login2.fails(alice, "aborted")
        login2.logs_in(alice)

    def test_the_authorization_identity_is_the_streams(self, world: World) -> None:
        """§4.4."""
        world.account("bob@localhost")
        alice = login2.arrives(world)
        message = f"bob@localhost\0bob\0{PASSWORD}".encode()
        login2.fails(alice.sends(login2.authenticate("PLAIN", message)), "invalid-authzid")

    def test_a_weak_mechanism(self) -> None:
        world = World(login=Login(plain=False))
        alice = login2.arrives(world).sends(login2.authenticate("PLAIN", login2.plain("alice")))
        login2.fails(alice, "mechanism-too-weak")

    def test_a_disabled_account(self, world: World) -> None:
        alice = login2.arrives(world)
        Deferred.fromCoroutine(world.stores.accounts.set_disabled("alice@localhost", True))
        alice.sends(login2.authenticate("PLAIN", login2.plain("alice")))
        failure = login2.fails(alice, "account-disabled")
        assert failure.findtext(f"{{{SASL2}}}text")

    @pytest.mark.parametrize(
        ("sent", "condition"),
        [
            (login2.authenticate("DIGEST-MD5"), "invalid-mechanism"),
            (login2.authenticate("SCRAM-SHA-256", b"n,,n=alice"), "malformed-request"),
            (login2.authenticate("PLAIN", b""), "malformed-request"),
            (login2.response(b""), "malformed-request"),
            (f"<abort xmlns='{SASL2}'/>", "malformed-request"),
            (INITIAL % "AA A=", "incorrect-encoding"),
            (INITIAL % "<x/>", "malformed-request"),
        ],
    )
    def test_conditions(self, world: World, sent: str, condition: str) -> None:
        login2.fails(login2.arrives(world).sends(sent), condition)


class TestMeanwhile:
    """§2.4: during authentication nothing else is said."""

    @pytest.mark.parametrize(
        "sent",
        [
            login2.authenticate("PLAIN", login2.plain("alice")),
            login.auth("PLAIN", login2.plain("alice")),
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
            "<enable xmlns='urn:xmpp:sm:3'/>",
            f"<next xmlns='{SASL2}' task='x'/>",
            f"<response xmlns='{SASL}'/>",
        ],
    )
    def test_other_elements(self, world: World, sent: str) -> None:
        alice = challenged(world).sends(sent)
        assert b"<stream:error>" in alice.raw
        assert alice.end == "closed"

    def test_stanzas(self, world: World) -> None:
        alice = challenged(world).sends("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
        alice.is_told("not-authorized")

    def test_a_response_with_elements_in_it(self, world: World) -> None:
        alice = challenged(world).sends(f"<response xmlns='{SASL2}'><x/></response>")
        login2.fails(alice, "malformed-request")


@pytest.mark.parametrize(
    "user_agent",
    ["<user-agent/>", "<user-agent id='not a UUID'/>", "<user-agent id=''><software/></user-agent>"],
)
def test_an_id_that_is_none_is_as_if_it_were_not_there(world: World, user_agent: str) -> None:
    """§2.3: only clients with a stable id get what needs one."""
    inline = f"{user_agent}{login2.BIND}<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"
    success = login2.logs_in(login2.arrives(world), inline=inline)
    assert login2.identity(success).startswith("alice@localhost/")
    assert login2.token_of(success) == ""


def test_an_unknown_user_gets_the_same_challenge_every_time(world: World) -> None:
    """RFC 6120 §13.8.3: salt and iterations do not tell who exists, not even after a restart."""
    salts = []
    for _ in range(2):
        peer = world.stranger()
        login.open_stream(peer, world.domain)
        scram = Scram("SCRAM-SHA-256", "nobody", "?")
        peer.sends(login.auth("SCRAM-SHA-256", scram.first()))
        salts.append(login.challenge(peer).split(b",")[1:])
        world.restart()
    assert salts[0] == salts[1]
