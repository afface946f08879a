"""Whether there is an account cannot be found out by trying to log in (RFC 6120 §13.8.3)."""

import asyncio
import hashlib

import pytest

from core_router.store.memory import MemoryAccounts
from core_router.streams.negotiation.credentials import Credential, Credentials
from core_router.streams.negotiation.exchange import SaslFailure
from core_router.streams.negotiation.scram import HASHES, ITERATIONS, SALT_BYTES, make_verifier
from core_router.xmpp.jid import JID, InvalidJid, prepare_local
from tests.core_router.world import START

KEY = bytes(32)


def looked_up(accounts: MemoryAccounts, user: str, hash: str = "sha-256", key: bytes = KEY) -> Credential:
    """What an exchange for that user name is run against."""
    try:
        account = JID(prepare_local(user), "localhost", "")
    except InvalidJid:
        account = None
    return asyncio.run(Credentials(accounts, key).of(account, user, hash))


@pytest.fixture
def accounts() -> MemoryAccounts:
    made = MemoryAccounts()
    verifiers = {hash: make_verifier("pencil", hash) for hash in HASHES}
    asyncio.run(made.create("alice@localhost", verifiers, START))
    return made


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("user", ["nobody", "a b", ""])
def test_a_made_up_verifier_looks_like_one(accounts: MemoryAccounts, user: str, hash: str) -> None:
    made_up, real = looked_up(accounts, user, hash).verifier, looked_up(accounts, "alice", hash).verifier
    assert (
        (len(made_up.salt), made_up.iterations)
        == (len(real.salt), real.iterations)
        == (SALT_BYTES, ITERATIONS)
    )
    size = hashlib.new(HASHES[hash]).digest_size
    assert len(made_up.stored_key) == len(made_up.server_key) == len(real.stored_key) == size


@pytest.mark.parametrize(
    ("one", "other"), [("alice", "ALICE"), ("nobody", "NOBODY"), ("nobody", "ｎｏｂｏｄｙ")]
)
def test_one_name_has_one_salt_however_it_is_written(accounts: MemoryAccounts, one: str, other: str) -> None:
    """Otherwise a name in capitals would tell whether there is such an account."""
    assert looked_up(accounts, one).verifier.salt == looked_up(accounts, other).verifier.salt


def test_salts_stay_the_same_as_long_as_the_key_is_kept(accounts: MemoryAccounts) -> None:
    salt = looked_up(accounts, "nobody").verifier.salt
    assert looked_up(accounts, "nobody").verifier.salt == salt
    assert looked_up(accounts, "nobody", key=b"x" * 32).verifier.salt != salt


def test_they_differ_by_name_and_by_hash(accounts: MemoryAccounts) -> None:
    salts = {
        looked_up(accounts, user, hash).verifier.salt for user in ("nobody", "nobody2") for hash in HASHES
    }
    assert len(salts) == 4


def test_nothing_proves_to_be_nobody(accounts: MemoryAccounts) -> None:
    credential = looked_up(accounts, "nobody")
    assert credential.verifier.stored_key != looked_up(accounts, "nobody").verifier.stored_key
    with pytest.raises(SaslFailure, match="not-authorized"):
        credential.admitted()
