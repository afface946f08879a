"""XEP-0484: FAST, with the mechanisms of draft-schmaus-kitten-sasl-ht."""

import pytest
from twisted.internet.defer import Deferred

from core_router.config import Login
from core_router.store.interfaces import CLIENTS_WITH_TOKENS
from core_router.store.memory import MemoryAccounts
from core_router.streams.negotiation.fast import NAMESPACE as FAST
from core_router.streams.negotiation.sasl2 import NAMESPACE as SASL2
from core_router.streams.negotiation.scram import make_verifier
from tests.core_router import login, login2
from tests.core_router.connection import BINDINGS
from tests.core_router.login2 import LAPTOP, PHONE, by_token, request_token, token_of
from tests.core_router.peer import Peer
from tests.core_router.world import World
from tests.scenarios.matching import Element

NONE, ENDP, EXPR = "HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"
MECHANISMS = [NONE, ENDP, EXPR]


def accounts(world: World) -> MemoryAccounts:
    assert isinstance(world.stores.accounts, MemoryAccounts)
    return world.stores.accounts


def gets_token(world: World, mechanism: str = NONE, client: str = PHONE) -> str:
    """Log in with the password and ask for a token."""
    success = login2.logs_in(login2.arrives(world), inline=request_token(mechanism, client))
    token = token_of(success)
    assert token
    return token


def returns(world: World, token: str, mechanism: str = NONE, *, fast: str = "", inline: str = "") -> Element:
    """Log in with the token; the `<success/>`."""
    alice = login2.arrives(world).sends(by_token(mechanism, token, fast=fast, inline=inline))
    return alice.receives_next(f"<success xmlns='{SASL2}'/>")


def is_refused(
    world: World,
    token: str,
    mechanism: str = NONE,
    *,
    client: str = PHONE,
    user: str = "alice",
    fast: str = "",
) -> None:
    __tracebackhide__ = True
    peer = login2.arrives(world).sends(by_token(mechanism, token, client=client, user=user, fast=fast))
    login2.fails(peer, "not-authorized")


class TestOffer:
    """§3.1."""

    def offered(self, world: World, **bindings: dict[str, bytes]) -> list[str | None]:
        features = login.open_stream(world.stranger(**bindings), world.domain)
        path = f"{{{SASL2}}}authentication/{{{SASL2}}}inline/{{{FAST}}}fast/{{{FAST}}}mechanism"
        return [found.text for found in features.iterfind(path)]

    def test_the_strongest_stands_first(self, world: World) -> None:
        assert self.offered(world) == [EXPR, ENDP, NONE]

    def test_only_what_the_connection_can_do(self, world: World) -> None:
        assert self.offered(world, bindings={}) == [NONE]
        end_point = {"tls-server-end-point": BINDINGS["tls-server-end-point"]}
        assert self.offered(world, bindings=end_point) == [ENDP, NONE]

    def test_it_can_be_switched_off(self) -> None:
        world = World(login=Login(token_days=0))
        assert self.offered(world) == []
        assert token_of(login2.logs_in(login2.arrives(world), inline=request_token(NONE))) == ""
        login2.fails(login2.arrives(world).sends(by_token(NONE, "x")), "invalid-mechanism")

    def test_these_are_no_mechanisms_of_the_older_sasl(self, world: World) -> None:
        peer = login2.arrives(world).sends(login.auth(NONE, b"alice\0x"))
        login.fails(peer, "invalid-mechanism")

    def test_early_data_is_not_invited(self, world: World) -> None:
        assert b"tls-0rtt" not in login2.arrives(world).raw


class TestToken:
    """§3.3, §3.4."""

    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_it_replaces_the_password(self, world: World, mechanism: str) -> None:
        token = gets_token(world, mechanism)
        success = returns(world, token, mechanism, inline=login2.BIND)
        assert login2.identity(success).startswith("alice@localhost/")
        # The server proves that it knows the token, too.
        assert success.findtext(f"{{{SASL2}}}additional-data") == login2.responder(mechanism, token)

    def test_it_says_how_long(self, world: World) -> None:
        success = login2.logs_in(login2.arrives(world), inline=request_token(NONE))
        token = success.find(f"{{{FAST}}}token")
        assert token is not None
        assert token.get("expiry") == "2026-05-25T12:00:00Z"

    def test_it_is_asked_for_when_it_does_not_come_along(self, world: World) -> None:
        token = gets_token(world)
        whole = by_token(NONE, token)
        initial, _, rest = whole.partition("<initial-response>")[2].partition("</initial-response>")
        alice = login2.arrives(world).sends(f"<authenticate xmlns='{SASL2}' mechanism='{NONE}'>{rest}")
        alice.receives_next(f"<challenge xmlns='{SASL2}'/>")
        alice.sends(f"<response xmlns='{SASL2}'>{initial}</response>").receives_next(
            f"<success xmlns='{SASL2}'/>"
        )

    def test_it_can_be_asked_for_after_scram(self, world: World) -> None:
        """Every mechanism is as good as another for it (§3.2); none is given unasked."""
        assert token_of(login2.logs_in_by_scram(login2.arrives(world))) == ""

    @pytest.mark.parametrize("mechanism", ["HT-SHA-256-UNIQ", "PLAIN", ""])
    def test_for_what_is_not_on_offer_there_is_none(self, world: World, mechanism: str) -> None:
        assert token_of(login2.logs_in(login2.arrives(world), inline=request_token(mechanism))) == ""

    def test_the_database_does_not_have_it(self, world: World) -> None:
        """docs/decisions/0004: who can read the database cannot log in."""
        token = gets_token(world)
        [slots] = accounts(world).rows["alice@localhost"].tokens.values()
        assert slots.new is not None
        assert token.encode() not in slots.new.seed

    @pytest.mark.parametrize("issued", MECHANISMS)
    @pytest.mark.parametrize("used", MECHANISMS)
    def test_it_is_good_for_one_mechanism(self, world: World, issued: str, used: str) -> None:
        token = gets_token(world, issued)
        if used == issued:
            returns(world, token, used)
        else:
            is_refused(world, token, used)

    def test_it_is_bound_to_the_channel(self, world: World) -> None:
        token = gets_token(world, ENDP)
        peer = world.stranger(bindings={"tls-server-end-point": b"another certificate"})
        login.open_stream(peer, world.domain)
        login2.fails(peer.sends(by_token(ENDP, token)), "not-authorized")

    def test_it_is_one_clients(self, world: World) -> None:
        token = gets_token(world)
        is_refused(world, token, client=LAPTOP)

    @pytest.mark.parametrize("user", ["bob", "nobody", "a b"])
    def test_it_is_one_accounts(self, world: World, user: str) -> None:
        world.account("bob@localhost")
        is_refused(world, gets_token(world), user=user)

    @pytest.mark.parametrize("guess", ["", "x", "A" * 43])
    def test_guesses(self, world: World, guess: str) -> None:
        is_refused(world, guess)
        gets_token(world)
        is_refused(world, guess)

    def test_the_id_of_a_client_is_compared_without_regard_to_case(self, world: World) -> None:
        token = gets_token(world)
        alice = login2.arrives(world).sends(by_token(NONE, token, client=PHONE.upper()))
        alice.receives_next(f"<success xmlns='{SASL2}'/>")

    @pytest.mark.parametrize(
        "inline",
        [
            login2.user_agent(PHONE),
            f"<fast xmlns='{FAST}'/>",
            f"<user-agent/><fast xmlns='{FAST}'/>",
            f"{login2.user_agent(PHONE)}<fast xmlns='{FAST}' count='-1'/>",
            f"{login2.user_agent(PHONE)}<fast xmlns='{FAST}' count='{'9' * 5000}'/>",
            f"{login2.user_agent(PHONE)}<fast xmlns='{FAST}' count='\u0663'/>",
        ],
    )
    def test_what_must_come_with_it(self, world: World, inline: str) -> None:
        """§4.1."""
        alice = login2.arrives(world).sends(login2.authenticate(NONE, b"alice\0x", inline))
        login2.fails(alice, "malformed-request")

    @pytest.mark.parametrize("message", [b"", b"alice", b"\xff\0x"])
    def test_messages_that_are_none(self, world: World, message: bytes) -> None:
        inline = f"{login2.user_agent(PHONE)}<fast xmlns='{FAST}'/>"
        login2.fails(
            login2.arrives(world).sends(login2.authenticate(NONE, message, inline)), "malformed-request"
        )


class TestExpiry:
    """§4.2."""

    def test_after_it_the_password_is_needed(self, world: World) -> None:
        token = gets_token(world)
        world.later(days=21)
        alice = login2.arrives(world).sends(by_token(NONE, token))
        login2.fails(alice, "credentials-expired")
        login2.logs_in(alice)

    def test_a_wrong_token_is_not_told_that_it_has_expired(self, world: World) -> None:
        gets_token(world)
        world.later(days=21)
        is_refused(world, "x")

    def test_before_it_the_token_is_good(self, world: World) -> None:
        token = gets_token(world)
        world.later(days=21, seconds=-1)
        returns(world, token)


class TestRotation:
    """§3.5, §5.1."""

    def test_a_young_token_stays(self, world: World) -> None:
        token = gets_token(world)
        world.later(hours=23)
        assert token_of(returns(world, token)) == ""
        assert token_of(returns(world, token)) == ""

    def test_an_older_one_is_replaced_when_it_is_used(self, world: World) -> None:
        token = gets_token(world)
        world.later(days=1)
        renewed = token_of(returns(world, token))
        assert renewed not in ("", token)
        returns(world, renewed)

    def test_until_the_new_one_is_used_the_old_one_is_good(self, world: World) -> None:
        """The client may never have seen the new one."""
        token = gets_token(world)
        world.later(days=1)
        lost = token_of(returns(world, token))
        seen = token_of(returns(world, token))
        is_refused(world, lost)
        returns(world, seen)
        is_refused(world, token)

    def test_the_mechanism_stays(self, world: World) -> None:
        token = gets_token(world, ENDP)
        world.later(days=1)
        returns(world, token_of(returns(world, token, ENDP)), ENDP)

    def test_the_client_may_ask_for_another(self, world: World) -> None:
        token = gets_token(world, NONE)
        wanted = f"<request-token xmlns='{FAST}' mechanism='{EXPR}'/>"
        returns(world, token_of(returns(world, token, inline=wanted)), EXPR)
        is_refused(world, token)

    def test_a_token_that_is_asked_for_replaces_one_that_was_never_used(self, world: World) -> None:
        first, second = gets_token(world), gets_token(world)
        is_refused(world, first)
        returns(world, second)

    def test_clients_do_not_disturb_each_other(self, world: World) -> None:
        phone, laptop = gets_token(world, client=PHONE), gets_token(world, client=LAPTOP)
        returns(world, phone)
        alice = login2.arrives(world).sends(by_token(NONE, laptop, client=LAPTOP))
        alice.receives_next(f"<success xmlns='{SASL2}'/>")


class TestCounter:
    """§3.4: what was said once cannot be said again by somebody who has listened."""

    def test_it_must_grow(self, world: World) -> None:
        token = gets_token(world)
        for count in (0, 1, 5):
            returns(world, token, fast=f"count='{count}'")
            is_refused(world, token, fast=f"count='{count}'")
        is_refused(world, token, fast="count='4'")

    def test_it_begins_anew_with_a_new_token(self, world: World) -> None:
        token = gets_token(world)
        returns(world, token, fast="count='7'")
        returns(world, gets_token(world), fast="count='0'")

    def test_a_failed_login_does_not_count(self, world: World) -> None:
        token = gets_token(world)
        is_refused(world, "x", fast="count='9'")
        returns(world, token, fast="count='1'")


class TestInvalidation:
    """§3.6, §4.2."""

    @pytest.mark.parametrize("value", ["true", "1"])
    def test_by_the_client(self, world: World, value: str) -> None:
        token = gets_token(world)
        world.later(days=2)
        assert token_of(returns(world, token, fast=f"invalidate='{value}'")) == ""
        is_refused(world, token)

    def test_by_the_client_that_wants_another(self, world: World) -> None:
        token = gets_token(world)
        wanted = f"<request-token xmlns='{FAST}' mechanism='{NONE}'/>"
        renewed = token_of(returns(world, token, fast="invalidate='true'", inline=wanted))
        is_refused(world, token)
        returns(world, renewed)

    @pytest.mark.parametrize("value", ["false", "0"])
    def test_not_by_the_client_that_does_not_want_it(self, world: World, value: str) -> None:
        token = gets_token(world)
        returns(world, token, fast=f"invalidate='{value}'")
        returns(world, token)

    def test_by_a_new_password(self, world: World) -> None:
        token = gets_token(world)
        verifiers = {"sha-256": make_verifier("another", "sha-256")}
        Deferred.fromCoroutine(accounts(world).set_verifiers("alice@localhost", verifiers))
        is_refused(world, token)

    def test_by_disabling_the_account(self, world: World) -> None:
        token = gets_token(world)
        for disabled in (True, False):
            Deferred.fromCoroutine(accounts(world).set_disabled("alice@localhost", disabled))
            is_refused(world, token)

    def test_by_removing_the_account(self, world: World) -> None:
        """Also for the next one of that name."""
        token = gets_token(world)
        Deferred.fromCoroutine(accounts(world).remove("alice@localhost"))
        is_refused(world, token)  # the account is there again, with the same password

    def test_by_other_clients_if_there_are_too_many(self, world: World) -> None:
        first = gets_token(world)
        for number in range(CLIENTS_WITH_TOKENS):
            world.later(seconds=1)
            gets_token(world, client=f"00000000-0000-4000-8000-{number:012}")
        is_refused(world, first)
        assert len(accounts(world).rows["alice@localhost"].tokens) == CLIENTS_WITH_TOKENS


def test_a_token_outlives_a_restart_of_the_server(world: World) -> None:
    token = gets_token(world)
    world.restart()
    returns(world, token)


def test_who_cannot_be_given_a_token_is_logged_in_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_arguments: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(world.stores.tokens, "issue", broken)
    success = login2.logs_in(login2.arrives(world), inline=request_token(NONE) + login2.BIND)
    assert login2.identity(success).startswith("alice@localhost/")
    assert token_of(success) == ""
    caplog.clear()


def test_a_client_that_leaves_while_its_token_is_made_has_no_session(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: Deferred[None] = Deferred()
    monkeypatch.setattr(world.stores.tokens, "issue", lambda *_arguments: waiting)
    alice: Peer = login2.arrives(world)
    alice.sends(
        login2.authenticate("PLAIN", login2.plain("alice"), request_token(NONE) + login2.BIND)
    ).drops()
    waiting.callback(None)
    assert len(world.server.router.sessions) == 0
