"""Rosters, in every store."""

import pytest

from core_router.store.interfaces import RosterItem, StoredRoster, Stores
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

ITEMS = [
    RosterItem("bob@localhost"),
    RosterItem("carol@localhost", "Carol <'\"&> 漢", "both", groups=("Friends", 'ü, "b"', " ")),
    RosterItem("dave@localhost", subscription="from", ask=True, approved=True),
    RosterItem("eve@localhost", pending=b"<status>\xc3\xbc\0</status>", listed=False),
    RosterItem("f@localhost", pending=b""),
]


async def roster(stores: Stores, account: str = ALICE) -> StoredRoster:
    found = await done(stores.rosters.load(account))
    assert found is not None
    return found


async def test_a_new_account_has_an_empty_one(stores: Stores) -> None:
    assert await roster(stores) == StoredRoster(0, ())


async def test_who_has_no_account_has_none(stores: Stores) -> None:
    assert await done(stores.rosters.load("nobody@localhost")) is None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.jid)
async def test_an_item_is_read_as_it_was_written(stores: Stores, item: RosterItem) -> None:
    await done(stores.rosters.put(ALICE, item, 1))
    assert await roster(stores) == StoredRoster(1, (item,))


async def test_an_item_is_replaced_as_a_whole(stores: Stores) -> None:
    for version, item in enumerate(
        (
            RosterItem(
                "bob@localhost", "Bob", "both", ask=True, pending=b"x", approved=True, groups=("A", "B")
            ),
            RosterItem("bob@localhost"),
        ),
        start=1,
    ):
        await done(stores.rosters.put(ALICE, item, version))
    assert await roster(stores) == StoredRoster(2, (RosterItem("bob@localhost"),))


async def test_all_items_are_there(stores: Stores) -> None:
    for version, item in enumerate(ITEMS, start=1):
        await done(stores.rosters.put(ALICE, item, version))
    found = await roster(stores)
    assert found.version == len(ITEMS)
    assert sorted(found.items, key=lambda item: item.jid) == ITEMS


async def test_a_removed_item_is_gone_and_the_version_goes_on(stores: Stores) -> None:
    await done(stores.rosters.put(ALICE, ITEMS[0], 1))
    await done(stores.rosters.put(ALICE, ITEMS[1], 2))
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 3))
    assert await roster(stores) == StoredRoster(3, (ITEMS[1],))


async def test_removing_what_is_not_there_changes_nothing_else(stores: Stores) -> None:
    await done(stores.rosters.put(ALICE, ITEMS[0], 1))
    await done(stores.rosters.delete(ALICE, "nobody@localhost", 2))
    assert await roster(stores) == StoredRoster(2, (ITEMS[0],))


async def test_of_an_account_that_was_removed_meanwhile_nothing_is_kept(stores: Stores) -> None:
    """A change may be on its way while the operator removes the account."""
    await done(stores.accounts.remove(ALICE))
    await done(stores.rosters.put(ALICE, ITEMS[0], 1))
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 2))
    assert await done(stores.rosters.load(ALICE)) is None


async def test_each_account_has_its_own(stores: Stores) -> None:
    await done(stores.accounts.create("bob@localhost", {}, NOW))
    await done(stores.rosters.put(ALICE, ITEMS[1], 5))
    await done(stores.rosters.put("bob@localhost", ITEMS[2], 1))
    assert await roster(stores) == StoredRoster(5, (ITEMS[1],))
    assert await roster(stores, "bob@localhost") == StoredRoster(1, (ITEMS[2],))


async def test_changes_take_effect_in_the_order_of_the_calls(stores: Stores) -> None:
    """None waits for the one before: what is asked for last sees them all."""
    pending = [
        stores.rosters.put(ALICE, RosterItem("bob@localhost", str(number)), number) for number in range(50)
    ]
    found = stores.rosters.load(ALICE)
    for change in pending:
        await done(change)
    assert await done(found) == StoredRoster(49, (RosterItem("bob@localhost", "49"),))
