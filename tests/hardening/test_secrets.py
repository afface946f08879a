"""Timing (CVE-2021-32921): what fails does the same work as what succeeds, and compares in constant time.

Time itself is not measured here, but what takes it: hashing, and asking the database.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from core_router.xmpp.namespaces import COMPONENT
from tests.core_router import login
from tests.core_router.world import PASSWORD, World

SCRAM = ["SCRAM-SHA-1", "SCRAM-SHA-256"]


@pytest.fixture
def work() -> Iterator[list[Any]]:
    """Every password hashed, with its number of iterations, and every question to the user backend."""
    done: list[Any] = []
    hashing = hashlib.pbkdf2_hmac

    def counted(digest: str, password: bytes, salt: bytes, iterations: int, *rest: int) -> bytes:
        done.append((digest, iterations, len(salt)))
        return hashing(digest, password, salt, iterations, *rest)

    with mock.patch.object(hashlib, "pbkdf2_hmac", counted):
        yield done


def fails(world: World, user: str, mechanism: str) -> None:
    peer = world.stranger()
    login.open_stream(peer, world.domain)
    if mechanism == "PLAIN":
        peer.sends(login.auth(mechanism, f"\0{user}\0wrong".encode()))
    else:
        peer.sends(login.auth(mechanism, f"n,,n={user},r=abc".encode()))
        nonce = login.challenge(peer).partition(b",")[0]
        peer.sends(login.response(b"c=biws," + nonce + b",p=" + b"A" * 27 + b"="))
    login.fails(peer, "not-authorized")


def observed(world: World, user: str, mechanism: str, work: list[Any]) -> list[Any]:
    """What a failed login makes the server do."""
    work.clear()
    asked = world.accounts.credential
    with mock.patch.object(world.accounts, "credential", side_effect=asked) as credential:
        fails(world, user, mechanism)
        return [*work, credential.call_count]


@pytest.mark.parametrize("mechanism", ["PLAIN", *SCRAM])
def test_an_unknown_user_costs_what_a_known_one_does(world: World, mechanism: str, work: list[Any]) -> None:
    world.account("alice@localhost")
    known = observed(world, "alice", mechanism, work)
    assert observed(world, "nobody", mechanism, work) == known
    assert known[-1] == 1


@pytest.mark.parametrize("mechanism", SCRAM)
def test_an_unknown_user_is_challenged_like_a_known_one(world: World, mechanism: str) -> None:
    """RFC 5802 §9: the same salt at each try, of the same length, and as many iterations."""
    world.account("alice@localhost")

    def challenge(user: str) -> tuple[str, str]:
        peer = world.stranger()
        login.open_stream(peer, world.domain)
        peer.sends(login.auth(mechanism, f"n,,n={user},r=abc".encode()))
        _, salt, iterations, *_ = login.challenge(peer).decode().split(",")
        return salt, iterations

    salt, iterations = challenge("alice")
    for user in ("nobody", "nobody-else"):
        first = challenge(user)
        assert first == challenge(user)
        assert (len(first[0]), first[1]) == (len(salt), iterations)
    assert challenge("nobody") != challenge("nobody-else")


def compared(call: Any) -> list[tuple[Any, ...]]:
    """What is compared in constant time meanwhile."""
    with mock.patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compare:
        call()
    return [tuple(arguments.args) for arguments in compare.call_args_list]


def test_the_secret_of_a_component_is_compared_in_constant_time(world: World) -> None:
    world.component("rooms.localhost").drops()
    caller = world.caller().opens(COMPONENT, to="rooms.localhost")
    guess = "0" * 40
    comparisons = compared(lambda: caller.sends(f"<handshake>{guess}</handshake>"))
    assert guess.encode() in [given for given, _ in comparisons]
    caller.is_told("not-authorized")


@pytest.mark.parametrize("mechanism", ["PLAIN", *SCRAM])
def test_proofs_are_compared_in_constant_time(world: World, mechanism: str) -> None:
    world.account("alice@localhost")
    peer = world.stranger()
    login.open_stream(peer, world.domain)
    comparisons = compared(lambda: login.authenticate(peer, "alice", PASSWORD, mechanism))
    key = {"PLAIN": "sha-256", "SCRAM-SHA-1": "sha-1", "SCRAM-SHA-256": "sha-256"}[mechanism]
    verifier = world.accounts.rows["alice@localhost"].verifiers[key]
    assert {verifier.stored_key, verifier.server_key} & {stored for _, stored in comparisons}
