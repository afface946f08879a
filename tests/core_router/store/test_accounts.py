"""The user backend: accounts, their passwords' verifiers, and who may log in."""

from datetime import timedelta

import pytest

from core_router.store.interfaces import (
    Account,
    AccountExists,
    Credential,
    NoSuchAccount,
    RosterItem,
    Stored,
    Stores,
    Verifier,
)
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

BOB = "bob@localhost"
FIRST = Verifier(b"salt\0\xff", 10_000, b"s" * 32, b"k" * 32)
SECOND = Verifier(b"pepper", 4096, b"S" * 20, b"K" * 20)


async def test_a_verifier_is_read_as_it_was_written(stores: Stores) -> None:
    await done(stores.accounts.create(BOB, {"sha-256": FIRST, "sha-1": SECOND}, NOW))
    assert await done(stores.accounts.credential(BOB, "sha-256")) == Credential(FIRST, disabled=False)
    assert await done(stores.accounts.credential(BOB, "sha-1")) == Credential(SECOND, disabled=False)


@pytest.mark.parametrize(
    ("account", "hash"), [("nobody@localhost", "sha-256"), (ALICE, "md5"), ("", "sha-256")]
)
async def test_where_there_is_none_there_is_none(stores: Stores, account: str, hash: str) -> None:
    assert await done(stores.accounts.credential(account, hash)) is None


async def test_an_account_is_made_once(stores: Stores) -> None:
    with pytest.raises(AccountExists):
        await done(stores.accounts.create(ALICE, {"sha-256": FIRST}, NOW))
    credential = await done(stores.accounts.credential(ALICE, "sha-256"))
    assert credential is not None and credential.verifier != FIRST


async def test_a_new_password_replaces_all_of_the_old_one(stores: Stores) -> None:
    await done(stores.accounts.create(BOB, {"sha-256": FIRST, "sha-1": SECOND}, NOW))
    await done(stores.accounts.set_verifiers(BOB, {"sha-256": SECOND}))
    assert await done(stores.accounts.credential(BOB, "sha-256")) == Credential(SECOND, disabled=False)
    assert await done(stores.accounts.credential(BOB, "sha-1")) is None


async def test_an_account_can_be_disabled_and_enabled(stores: Stores) -> None:
    for disabled in (True, True, False):
        await done(stores.accounts.set_disabled(ALICE, disabled))
        credential = await done(stores.accounts.credential(ALICE, "sha-256"))
        assert credential is not None and credential.disabled is disabled


async def test_what_is_not_there_cannot_be_changed(stores: Stores) -> None:
    with pytest.raises(NoSuchAccount):
        await done(stores.accounts.set_verifiers(BOB, {"sha-256": FIRST}))
    with pytest.raises(NoSuchAccount):
        await done(stores.accounts.set_disabled(BOB, True))
    with pytest.raises(NoSuchAccount):
        await done(stores.accounts.remove(BOB))
    assert not await done(stores.accounts.exists(BOB))


async def test_with_the_account_goes_all_that_was_stored_for_it(stores: Stores) -> None:
    await done(stores.rosters.put(ALICE, RosterItem(BOB, version=1)))
    await done(stores.offline.keep(ALICE, b"<message/>", NOW, 10, 1000))
    await done(stores.accounts.remove(ALICE))
    assert not await done(stores.accounts.exists(ALICE))
    assert await done(stores.accounts.credential(ALICE, "sha-256")) is None
    assert await done(stores.rosters.load(ALICE)) is None
    assert await done(stores.offline.waiting(ALICE)) == []
    assert await done(stores.offline.keep(ALICE, b"<message/>", NOW, 10, 1000)) is Stored.NO_ACCOUNT


async def test_one_of_the_same_name_begins_with_nothing(stores: Stores) -> None:
    await done(stores.rosters.put(ALICE, RosterItem(BOB, version=7)))
    await done(stores.accounts.set_disabled(ALICE, True))
    await done(stores.accounts.remove(ALICE))
    await done(stores.accounts.create(ALICE, {"sha-256": FIRST}, NOW))
    roster = await done(stores.rosters.load(ALICE))
    assert roster is not None
    assert roster.items == ()
    assert await done(stores.accounts.credential(ALICE, "sha-256")) == Credential(FIRST, disabled=False)


async def test_they_are_listed_by_address(stores: Stores) -> None:
    later = NOW + timedelta(days=1, microseconds=5)
    for jid in ("carol@other.example", "ünal@localhost", "bob@localhost"):
        await done(stores.accounts.create(jid, {"sha-256": FIRST}, later))
    await done(stores.accounts.set_disabled(BOB, True))
    everybody = [account.jid for account in await done(stores.accounts.list(None))]
    assert everybody == [ALICE, BOB, "carol@other.example", "ünal@localhost"]
    here = await done(stores.accounts.list("localhost"))
    assert [account.jid for account in here] == [ALICE, BOB, "ünal@localhost"]
    assert here[1] == Account(BOB, later, disabled=True)


@pytest.mark.parametrize("domain", ["ocalhost", "", "%", "_ocalhost", "elsewhere.example"])
async def test_of_another_domain_there_are_none(stores: Stores, domain: str) -> None:
    assert await done(stores.accounts.list(domain)) == []
