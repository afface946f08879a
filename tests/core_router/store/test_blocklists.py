"""Blocklists, in every store."""

from core_router.store.interfaces import Stores
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

BOB = "bob@localhost"


async def load(stores: Stores) -> dict[str, frozenset[str]]:
    return await done(stores.blocklists.load())


async def test_at_first_nobody_is_blocked(stores: Stores) -> None:
    assert await load(stores) == {}


async def test_who_is_blocked_and_unblocked(stores: Stores) -> None:
    await done(stores.accounts.create(BOB, {}, NOW))
    await done(stores.blocklists.block(ALICE, ["eve@localhost", "example.org", "r@c.localhost/Ü 'x'"]))
    await done(stores.blocklists.block(BOB, ["eve@localhost"]))
    assert await load(stores) == {
        ALICE: frozenset(("eve@localhost", "example.org", "r@c.localhost/Ü 'x'")),
        BOB: frozenset(("eve@localhost",)),
    }
    await done(stores.blocklists.unblock(ALICE, ["eve@localhost", "nobody@localhost"]))
    await done(stores.blocklists.unblock(BOB, ["eve@localhost"]))
    assert await load(stores) == {ALICE: frozenset(("example.org", "r@c.localhost/Ü 'x'"))}


async def test_to_block_again_changes_nothing(stores: Stores) -> None:
    for _ in range(2):
        await done(stores.blocklists.block(ALICE, ["eve@localhost"]))
    await done(stores.blocklists.block(ALICE, []))
    await done(stores.blocklists.unblock(ALICE, []))
    assert await load(stores) == {ALICE: frozenset(("eve@localhost",))}


async def test_a_list_goes_with_its_account(stores: Stores) -> None:
    await done(stores.blocklists.block(ALICE, ["eve@localhost"]))
    await done(stores.accounts.remove(ALICE))
    await done(stores.blocklists.block(ALICE, ["eve@localhost"]))
    assert await load(stores) == {}
