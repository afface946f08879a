"""Tokens of clients, and what becomes of them with the account (XEP-0484)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core_router.store.interfaces import CLIENTS_WITH_TOKENS, NoSuchAccount, Stores, Token, Verifier
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

PHONE, LAPTOP = "d4565fa7-4d72-4749-b3d3-740edbf87770", "0f1d2c3b-5a69-4788-9697-a5b4c3d2e1f0"
FIRST = Token(b"first", "HT-SHA-256-NONE", NOW, NOW + timedelta(days=21))
SECOND = Token(b"second", "HT-SHA-256-ENDP", NOW, NOW + timedelta(days=22))
THIRD = Token(b"third", "HT-SHA-256-EXPR", NOW, NOW + timedelta(days=23))


async def of(stores: Stores, client: str = PHONE, account: str = ALICE) -> set[Token]:
    return set(await done(stores.tokens.of(account, client)))


async def issue(stores: Stores, token: Token, client: str = PHONE) -> None:
    await done(stores.tokens.issue(ALICE, client, token))


async def use(stores: Stores, token: Token, count: int | None = None, *, revoke: bool = False) -> bool:
    return await done(stores.tokens.use(ALICE, PHONE, token.seed, count, revoke=revoke))


async def test_a_token_is_kept_as_it_is(stores: Stores) -> None:
    assert await of(stores) == set()
    await issue(stores, FIRST)
    assert await of(stores) == {FIRST}
    assert await of(stores, LAPTOP) == set()
    assert await of(stores, account="bob@localhost") == set()


async def test_one_that_was_never_used_is_replaced(stores: Stores) -> None:
    for token in (FIRST, SECOND):
        await issue(stores, token)
    assert await of(stores) == {SECOND}


async def test_one_in_use_stays_until_the_new_one_is_used(stores: Stores) -> None:
    """§5.1."""
    await issue(stores, FIRST)
    assert await use(stores, FIRST)
    await issue(stores, SECOND)
    assert await of(stores) == {FIRST, SECOND}
    assert await use(stores, FIRST)
    await issue(stores, THIRD)
    assert await of(stores) == {FIRST, THIRD}
    assert await use(stores, THIRD)
    assert await of(stores) == {THIRD}
    assert not await use(stores, FIRST)
    assert not await use(stores, SECOND)


async def test_the_count_must_grow(stores: Stores) -> None:
    """§3.4."""
    await issue(stores, FIRST)
    assert [await use(stores, FIRST, count) for count in (0, 0, 5, 5, 4, None, 5, 6)] == [
        True, False, True, False, False, True, False, True,
    ]  # fmt: skip
    assert await of(stores) == {replace(FIRST, count=6)}


async def test_a_use_that_is_refused_changes_nothing(stores: Stores) -> None:
    await issue(stores, FIRST)
    await use(stores, FIRST, 3)
    await issue(stores, SECOND)
    assert not await use(stores, FIRST, 3, revoke=True)
    assert await of(stores) == {replace(FIRST, count=3), SECOND}


@pytest.mark.parametrize("used_before", [False, True])
async def test_a_token_can_be_used_for_the_last_time(stores: Stores, used_before: bool) -> None:
    """§3.6."""
    await issue(stores, FIRST)
    if used_before:
        await use(stores, FIRST)
    assert await use(stores, FIRST, revoke=True)
    assert await of(stores) == set()
    assert not await use(stores, FIRST)


async def test_the_last_use_of_a_new_one_ends_the_old_one_too(stores: Stores) -> None:
    await issue(stores, FIRST)
    await use(stores, FIRST)
    await issue(stores, SECOND)
    assert await use(stores, SECOND, revoke=True)
    assert await of(stores) == set()


async def test_the_clients_of_an_account_are_bounded(stores: Stores) -> None:
    for number in range(CLIENTS_WITH_TOKENS + 2):
        token = replace(FIRST, seed=b"%d" % number, expires=NOW + timedelta(days=number))
        await issue(stores, token, f"00000000-0000-4000-8000-{number:012}")
    kept = [
        bool(await of(stores, f"00000000-0000-4000-8000-{number:012}"))
        for number in range(CLIENTS_WITH_TOKENS + 2)
    ]
    assert kept == [False, False] + [True] * CLIENTS_WITH_TOKENS


async def test_a_new_password_makes_them_void(stores: Stores) -> None:
    await issue(stores, FIRST)
    await done(stores.accounts.set_verifiers(ALICE, {"sha-256": Verifier(b"s", 1, b"k", b"k")}))
    assert await of(stores) == set()


async def test_a_disabled_account_has_none_and_gets_none(stores: Stores) -> None:
    await issue(stores, FIRST)
    await done(stores.accounts.set_disabled(ALICE, True))
    await issue(stores, SECOND)
    assert await of(stores) == set()
    await done(stores.accounts.set_disabled(ALICE, False))
    assert await of(stores) == set()
    await issue(stores, THIRD)
    assert await of(stores) == {THIRD}


async def test_they_go_with_the_account(stores: Stores) -> None:
    await issue(stores, FIRST)
    await done(stores.accounts.remove(ALICE))
    assert await of(stores) == set()
    await issue(stores, SECOND)
    await done(stores.accounts.create(ALICE, {"sha-256": Verifier(b"s", 1, b"k", b"k")}, NOW))
    assert await of(stores) == set()


async def test_who_is_disabled_is_seen(stores: Stores) -> None:
    async def disabled() -> tuple[bool, bool]:
        credential = await done(stores.accounts.credential(ALICE, "sha-256"))
        [account] = await done(stores.accounts.list(None))
        assert credential is not None
        return credential.disabled, account.disabled

    assert await disabled() == (False, False)
    await done(stores.accounts.set_disabled(ALICE, True))
    assert await disabled() == (True, True)
    await done(stores.accounts.set_disabled(ALICE, False))
    assert await disabled() == (False, False)


async def test_who_does_not_exist_cannot_be_disabled(stores: Stores) -> None:
    with pytest.raises(NoSuchAccount):
        await done(stores.accounts.set_disabled("bob@localhost", True))
    assert await done(stores.accounts.credential("bob@localhost", "sha-256")) is None
    assert await done(stores.accounts.credential(ALICE, "sha-1")) is None, "it has none for that hash"
