"""RFC 6120 §6: SASL with the syntax every client knows."""

import base64
import gc
import weakref

import pytest
from twisted.internet.defer import Deferred

from bench.scram import Scram
from core_router.config import Clients, Login
from core_router.store.interfaces import Credential
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from tests.core_router import login
from tests.core_router.connection import BINDINGS
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World
from tests.scenarios.matching import Element


def arrives(world: World, *, secure: bool = True, bindings: dict[str, bytes] | None = None) -> Peer:
    world.account("alice@localhost")
    peer = world.stranger(secure=secure, bindings=BINDINGS if bindings is None else bindings)
    login.open_stream(peer, world.domain)
    return peer


def plain(user: str = "alice", password: str = PASSWORD, authzid: str = "") -> str:
    return login.auth("PLAIN", f"{authzid}\0{user}\0{password}".encode())


def mechanisms(features: Element) -> list[str]:
    return [str(found.text) for found in features.iterfind(f"{{{SASL}}}mechanisms/{{{SASL}}}mechanism")]


class TestOffer:
    """§6.4.1."""

    def test_the_strongest_stands_first(self, world: World) -> None:
        features = login.open_stream(world.stranger(), world.domain)
        assert mechanisms(features) == [
            "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
            "SCRAM-SHA-1",
            "PLAIN",
        ]

    def test_without_channel_binding_there_is_no_plus(self, world: World) -> None:
        features = login.open_stream(world.stranger(bindings={}), world.domain)
        assert mechanisms(features) == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]

    def test_without_tls_there_is_none(self, world: World) -> None:
        features = login.open_stream(world.stranger(secure=False), world.domain)
        assert mechanisms(features) == []

    def test_where_tls_is_not_required_passwords_still_do_not_travel_in_the_clear(self) -> None:
        world = World(clients=Clients(require_tls=False))
        features = login.open_stream(world.stranger(secure=False), world.domain)
        assert mechanisms(features) == ["SCRAM-SHA-256", "SCRAM-SHA-1"]

    def test_after_authentication_there_is_none(self, world: World) -> None:
        alice = arrives(world)
        login.authenticate(alice, "alice", PASSWORD, "PLAIN")
        assert mechanisms(login.open_stream(alice, world.domain)) == []


class TestFailures:
    """§6.5."""

    @pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
    def test_aborted(self, world: World, mechanism: str) -> None:
        alice = arrives(world).sends(login.auth(mechanism))
        assert login.challenge(alice) == b""
        alice.sends(f"<abort xmlns='{SASL}'/>")
        login.fails(alice, "aborted")
        alice.sends(plain()).receives_next(f"<success xmlns='{SASL}'/>")

    def test_account_disabled_is_told_to_who_knows_the_password(self, world: World) -> None:
        alice = arrives(world)
        Deferred.fromCoroutine(world.stores.accounts.set_disabled("alice@localhost", True))
        for attempt in (plain(password="a guess"), plain()):
            alice.sends(attempt)
        login.fails(alice, "not-authorized")
        login.fails(alice, "account-disabled")
        scram = Scram("SCRAM-SHA-256", "alice", PASSWORD)
        alice.sends(login.auth("SCRAM-SHA-256", scram.first()))
        alice.sends(login.response(scram.final(login.challenge(alice))))
        login.fails(alice, "account-disabled")

    def test_encryption_required(self, world: World) -> None:
        alice = arrives(world, secure=False)
        alice.sends(plain(), login.auth("SCRAM-SHA-256"))
        login.fails(alice, "encryption-required")
        login.fails(alice, "encryption-required")

    @pytest.mark.parametrize("data", ["not base 64!", "YQ", "YQ===", "Y Q==", "=YQ="])
    def test_incorrect_encoding(self, world: World, data: str) -> None:
        alice = arrives(world).sends(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{data}</auth>")
        login.fails(alice, "incorrect-encoding")

    def test_incorrect_encoding_of_a_response_ends_the_exchange(self, world: World) -> None:
        alice = arrives(world).sends(login.auth("PLAIN"))
        login.challenge(alice)
        alice.sends(f"<response xmlns='{SASL}'>!</response>")
        login.fails(alice, "incorrect-encoding")
        alice.sends(login.response(f"\0alice\0{PASSWORD}".encode()))
        login.fails(alice, "malformed-request")

    @pytest.mark.parametrize("authzid", ["bob@localhost", "alice@elsewhere.example", "alice", "@", "a@b@c"])
    def test_invalid_authzid(self, world: World, authzid: str) -> None:
        """CVE-2017-10807: nobody acts for somebody else."""
        login.fails(arrives(world).sends(plain(authzid=authzid)), "invalid-authzid")

    @pytest.mark.parametrize("authzid", ["alice@localhost", "Alice@LOCALHOST"])
    def test_one_may_say_who_one_is(self, world: World, authzid: str) -> None:
        arrives(world).sends(plain(authzid=authzid)).receives_next(f"<success xmlns='{SASL}'/>")

    @pytest.mark.parametrize("name", ["", "DIGEST-MD5", "ANONYMOUS", "EXTERNAL", "HT-SHA-256-NONE", "plain"])
    def test_invalid_mechanism(self, world: World, name: str) -> None:
        login.fails(arrives(world).sends(login.auth(name, b"x")), "invalid-mechanism")

    def test_a_mechanism_of_another_connection_is_invalid(self, world: World) -> None:
        alice = arrives(world, bindings={}).sends(login.auth("SCRAM-SHA-256-PLUS"))
        login.fails(alice, "invalid-mechanism")

    @pytest.mark.parametrize(
        "sent",
        [
            login.auth("PLAIN", b""),
            login.auth("PLAIN", b"alice\0secret"),
            login.auth("PLAIN", b"\0alice\0"),
            login.auth("PLAIN", b"\0\0secret"),
            login.auth("PLAIN", b"\0alice\0secret\0more"),
            login.auth("PLAIN", b"\0alice\0\xff"),
            login.auth("SCRAM-SHA-256", b"n,,n=alice"),
            login.response(b"nothing was asked"),
            f"<abort xmlns='{SASL}'/>",
            f"<auth xmlns='{SASL}' mechanism='PLAIN'><oops/></auth>",
        ],
    )
    def test_malformed_request(self, world: World, sent: str) -> None:
        login.fails(arrives(world).sends(sent), "malformed-request")

    def test_mechanism_too_weak(self) -> None:
        alice = arrives(World(login=Login(plain=False)))
        login.fails(alice.sends(plain()), "mechanism-too-weak")

    @pytest.mark.parametrize("user", ["alice", "nobody", "no body", "a@b", "x" * 2000])
    def test_not_authorized(self, world: World, user: str) -> None:
        """§6.5.10: whoever it is that does not exist or has another password."""
        failure = arrives(world).sends(plain(user, "wrong")).receives_next(f"<failure xmlns='{SASL}'/>")
        assert [child.tag for child in failure] == [f"{{{SASL}}}not-authorized"]

    def test_temporary_auth_failure(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        alice = arrives(world)

        async def broken(account: str, hash: str) -> Credential | None:
            raise OSError("the database is away")

        monkeypatch.setattr(world.stores.accounts, "credential", broken)
        login.fails(alice.sends(plain()), "temporary-auth-failure")
        assert "the database is away" in caplog.text
        caplog.clear()

    def test_most_failures_say_why(self, world: World) -> None:
        alice = arrives(world).sends(plain(authzid="bob@localhost"))
        failure = alice.receives_next(f"<failure xmlns='{SASL}'><text>*</text></failure>")
        assert failure[1].get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


class TestExchange:
    """§6.4."""

    def test_an_empty_initial_response(self, world: World) -> None:
        """§6.4.2: "=" stands for data of no length, and is not the absence of data."""
        alice = arrives(world).sends(f"<auth xmlns='{SASL}' mechanism='PLAIN'>=</auth>")
        login.fails(alice, "malformed-request")

    def test_after_five_failures_the_stream_ends(self, world: World) -> None:
        """§6.4.5."""
        alice = arrives(world)
        for _ in range(5):
            alice.sends(plain(password="a guess"))
            login.fails(alice, "not-authorized")
        alice.is_told("policy-violation")

    def test_a_second_login_is_refused(self, world: World) -> None:
        alice = arrives(world)
        login.authenticate(alice, "alice", PASSWORD, "PLAIN")
        login.open_stream(alice, world.domain)
        alice.sends(plain()).is_told("not-authorized")

    @pytest.mark.parametrize(
        "sent",
        [
            login.auth("PLAIN", b"\0alice\0secret"),
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
            "<r xmlns='urn:xmpp:sm:3'/>",
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>",
        ],
    )
    def test_nothing_else_is_said_meanwhile(self, world: World, sent: str) -> None:
        alice = arrives(world).sends(login.auth("SCRAM-SHA-256"))
        login.challenge(alice)
        alice.sends(sent).is_told("policy-violation")

    def test_stanzas_before_the_end_of_it_are_refused(self, world: World) -> None:
        alice = arrives(world).sends(login.auth("SCRAM-SHA-256"))
        login.challenge(alice)
        alice.sends("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>").is_told("not-authorized")

    def test_the_stream_is_for_one_domain(self, world: World) -> None:
        """CVE-2018-10847: who logged in for one domain does not get another."""
        alice = arrives(world)
        login.authenticate(alice, "alice", PASSWORD, "PLAIN")
        alice.opens(to="localhost.example", version="1.0").is_told("host-unknown")


class TestWhileTheStoreIsAsked:
    """Exchanges that wait for something else than the client."""

    @pytest.fixture
    def asked(self, world: World, monkeypatch: pytest.MonkeyPatch) -> list[Deferred[Credential | None]]:
        """The questions to the user backend; each is answered by the test."""
        questions: list[Deferred[Credential | None]] = []

        def credential(account: str, hash: str) -> Deferred[Credential | None]:
            questions.append(Deferred())
            return questions[-1]

        monkeypatch.setattr(world.stores.accounts, "credential", credential)
        return questions

    def test_the_client_may_give_up(self, world: World, asked: list[Deferred[Credential | None]]) -> None:
        alice = arrives(world).sends(plain(), f"<abort xmlns='{SASL}'/>")
        login.fails(alice, "aborted")
        asked[0].callback(None)
        alice.receives_nothing()

    def test_a_response_to_no_challenge(self, world: World, asked: list[Deferred[Credential | None]]) -> None:
        arrives(world).sends(plain(), login.response(b"x")).is_told("policy-violation")
        assert len(asked) == 1

    def test_a_client_that_leaves_is_not_logged_in(
        self, world: World, asked: list[Deferred[Credential | None]]
    ) -> None:
        alice = arrives(world).sends(plain()).drops()
        stored = world.stores.accounts.rows["alice@localhost"]  # type: ignore[attr-defined]
        asked[0].callback(Credential(stored.verifiers["sha-256"], disabled=False))
        assert alice.stream.account is None  # type: ignore[attr-defined]


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(world: World) -> None:
    alice = arrives(world).sends(login.auth("SCRAM-SHA-256"))
    login.challenge(alice)
    stream = weakref.ref(alice.stream)
    alice.drops()
    del alice
    gc.collect()
    assert stream() is None


def test_scram_is_asked_for_when_it_does_not_come_along(world: World) -> None:
    """RFC 4422 §3: without an initial response the server asks with an empty challenge."""
    alice = arrives(world).sends(login.auth("SCRAM-SHA-1"))
    assert login.challenge(alice) == b""
    scram = Scram("SCRAM-SHA-1", "alice", PASSWORD)
    alice.sends(login.response(scram.first()))
    alice.sends(login.response(scram.final(login.challenge(alice))))
    success = alice.receives_next(f"<success xmlns='{SASL}'/>")
    scram.verify(base64.b64decode(success.text or ""))


def test_passwords_are_compared_as_they_are_prepared(world: World) -> None:
    """RFC 8265 §4.2: NFC, and any space is a space."""
    world.account("carol@localhost", "caf\u00e9 noir")
    arrives(world).sends(plain("carol", "cafe\u0301\u00a0noir")).receives_next(f"<success xmlns='{SASL}'/>")
