"""Guessing passwords: RFC 6120 §13.9.2 leaves the defence to us; what is answered gives nothing away."""

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred

from core_router.config import Rates
from tests.core_router import login
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.2"


@pytest.fixture
def world() -> World:
    world = World(rates=Rates(failed_logins=6, failed_logins_of_account=3))
    for user in ("alice", "bob", "carol"):
        world.account(f"{user}@localhost")
    return world


def tries(world: World, user: str, password: str, *, host: str = HERE, mechanism: str = "PLAIN") -> str:
    """Log in on a new connection; how that ended."""
    peer = world.stranger(host=host)
    login.open_stream(peer, world.domain)
    outcome = _outcome(peer, user, password, mechanism)
    peer.drops()
    return outcome


def _outcome(peer: Peer, user: str, password: str, mechanism: str) -> str:
    try:
        login.authenticate(peer, user, password, mechanism)
    except AssertionError:
        [failure] = peer.received
        return str(failure[0].tag).rpartition("}")[2]
    return "success"


def guesses(world: World, user: str, number: int, *, host: str = HERE) -> Iterator[str]:
    for guess in range(number):
        yield tries(world, user, f"guess {guess}", host=host)


WRONG, LATER = "not-authorized", "temporary-auth-failure"


def test_an_account_is_closed_for_a_while_after_too_many_guesses(world: World) -> None:
    assert list(guesses(world, "alice", 5)) == [WRONG] * 3 + [LATER] * 2
    assert tries(world, "alice", PASSWORD) == LATER
    assert tries(world, "alice", PASSWORD, host=ELSEWHERE) == LATER
    assert tries(world, "bob", PASSWORD) == "success"
    world.later(minutes=20)
    assert tries(world, "alice", PASSWORD) == "success"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_the_right_password_is_answered_like_a_wrong_one(world: World, mechanism: str) -> None:
    list(guesses(world, "alice", 3))
    assert tries(world, "alice", "wrong", mechanism=mechanism) == LATER
    assert tries(world, "alice", PASSWORD, mechanism=mechanism) == LATER


def test_that_an_account_is_disabled_is_not_told_then_either(world: World) -> None:
    """It would tell that the password was right."""
    Deferred.fromCoroutine(world.stores.accounts.set_disabled("alice@localhost", True))
    assert tries(world, "alice", PASSWORD) == "account-disabled"
    list(guesses(world, "alice", 3))
    assert tries(world, "alice", PASSWORD) == LATER


def test_an_account_that_does_not_exist_looks_the_same(world: World) -> None:
    assert list(guesses(world, "nobody", 5)) == [WRONG] * 3 + [LATER] * 2


def test_an_address_may_guess_so_often_whatever_the_accounts(world: World) -> None:
    answers = [tries(world, f"user{number}", "secret") for number in range(8)]
    assert answers == [WRONG] * 6 + [LATER] * 2
    assert tries(world, "carol", PASSWORD) == LATER
    assert tries(world, "carol", PASSWORD, host=ELSEWHERE) == "success"
    world.later(minutes=10)
    assert tries(world, "carol", PASSWORD) == "success"


def test_an_address_with_ipv6_is_a_whole_link(world: World) -> None:
    for number in range(6):
        assert tries(world, f"user{number}", "secret", host=f"2001:db8::{number}") == WRONG
    assert tries(world, "carol", PASSWORD, host="2001:db8::99") == LATER


def test_nobody_is_locked_out_of_where_he_has_been_before(world: World) -> None:
    assert tries(world, "alice", PASSWORD, host=ELSEWHERE) == "success"
    assert list(guesses(world, "alice", 4))[-1] == LATER
    assert tries(world, "alice", PASSWORD, host=ELSEWHERE) == "success"
    assert tries(world, "alice", PASSWORD) == LATER


def test_that_lasts_until_the_first_wrong_password(world: World) -> None:
    assert tries(world, "alice", PASSWORD, host=ELSEWHERE) == "success"
    list(guesses(world, "alice", 3))
    assert tries(world, "alice", "wrong", host=ELSEWHERE) == WRONG
    assert tries(world, "alice", PASSWORD, host=ELSEWHERE) == LATER


def test_who_is_exempt_may_be_wrong_as_often_as_he_likes(world: World) -> None:
    assert list(guesses(world, "alice", 20, host="127.0.0.1")) == [WRONG] * 20
    assert tries(world, "alice", PASSWORD) == "success"


def test_guesses_at_one_time_count_like_one_after_the_other(world: World) -> None:
    """Exchanges that are all begun before the first of them fails."""
    peers = [world.stranger(host=HERE) for _ in range(5)]
    challenges = []
    for peer in peers:
        login.open_stream(peer, world.domain)
        peer.sends(login.auth("SCRAM-SHA-1", b"n,,n=alice,r=abc"))
        challenges.append(login.challenge(peer))
    for peer, challenge in zip(peers, challenges, strict=True):
        nonce = challenge.partition(b",")[0]
        peer.sends(login.response(b"c=biws," + nonce + b",p=" + b"A" * 27 + b"="))
    conditions = [str(peer.received[0][0].tag).rpartition("}")[2] for peer in peers]
    assert conditions == [WRONG] * 3 + [LATER] * 2


def test_secrets_of_components_are_not_guessed_either(world: World) -> None:
    world.component("rooms.localhost").drops()
    answers = []
    for guess in range(8):
        caller = world.caller().opens("jabber:component:accept", to="rooms.localhost")
        caller.sends(f"<handshake>{guess}</handshake>")
        text = caller.is_told("not-authorized").findtext("{urn:ietf:params:xml:ns:xmpp-streams}text")
        answers.append(text)
    # From where it has been the component is let in, until it fails itself.
    assert answers == ["wrong secret"] * 3 + ["too many wrong secrets; try again later"] * 5
    world.later(minutes=20)
    world.component("rooms.localhost")


def test_new_rules_hold_at_once(world: World) -> None:
    list(guesses(world, "alice", 4))
    world.reconfigure(rates=Rates(failed_logins=0, failed_logins_of_account=0))
    assert tries(world, "alice", PASSWORD) == "success"
