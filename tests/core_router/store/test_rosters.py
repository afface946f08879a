"""Rosters, in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core_router.store.interfaces import RosterItem, StoredRoster, Stores, first_roster_version
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

FIRST = first_roster_version(NOW)
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


async def put(stores: Stores, item: RosterItem, version: int, account: str = ALICE) -> RosterItem:
    """Store the item with that version, as it is to be read."""
    stored = replace(item, version=version)
    await done(stores.rosters.put(account, stored))
    return stored


async def test_a_new_account_has_an_empty_one(stores: Stores) -> None:
    assert await roster(stores) == StoredRoster(FIRST, horizon=FIRST)


async def test_a_later_account_of_the_name_has_later_versions(stores: Stores) -> None:
    """Clients that knew the earlier one do not take its contacts for those of this one."""
    await put(stores, ITEMS[0], FIRST + 5)
    await done(stores.accounts.remove(ALICE))
    await done(stores.accounts.create(ALICE, {}, NOW + timedelta(minutes=10)))
    found = await roster(stores)
    assert found.version > FIRST + 5
    assert found.horizon == found.version


async def test_who_has_no_account_has_none(stores: Stores) -> None:
    assert await done(stores.rosters.load("nobody@localhost")) is None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.jid)
async def test_an_item_is_read_as_it_was_written(stores: Stores, item: RosterItem) -> None:
    stored = await put(stores, item, 1)
    assert await roster(stores) == StoredRoster(1, (stored,), horizon=FIRST)


async def test_an_item_is_replaced_as_a_whole(stores: Stores) -> None:
    full = RosterItem(
        "bob@localhost", "Bob", "both", ask=True, pending=b"x", approved=True, groups=("A", "B")
    )
    await put(stores, full, 1)
    bare = await put(stores, RosterItem("bob@localhost"), 2)
    assert await roster(stores) == StoredRoster(2, (bare,), horizon=FIRST)


async def test_all_items_are_there(stores: Stores) -> None:
    stored = [await put(stores, item, version) for version, item in enumerate(ITEMS, start=1)]
    found = await roster(stores)
    assert found.version == len(ITEMS)
    assert sorted(found.items, key=lambda item: item.jid) == stored


async def test_a_removed_item_is_gone_and_that_is_remembered(stores: Stores) -> None:
    await put(stores, ITEMS[0], 1)
    second = await put(stores, ITEMS[1], 2)
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 3, 0))
    assert await roster(stores) == StoredRoster(3, (second,), ((ITEMS[0].jid, 3),), 0)


async def test_removals_are_remembered_in_their_order_back_to_the_horizon(stores: Stores) -> None:
    for version, name in enumerate("zyxw", start=1):
        await done(stores.rosters.delete(ALICE, name, version, max(0, version - 3)))
    assert await roster(stores) == StoredRoster(4, (), (("y", 2), ("x", 3), ("w", 4)), 1)


async def test_what_comes_back_was_not_removed(stores: Stores) -> None:
    await put(stores, ITEMS[0], 1)
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 2, 0))
    again = await put(stores, ITEMS[0], 3)
    assert await roster(stores) == StoredRoster(3, (again,), horizon=0)
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 4, 0))
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 5, 0))
    assert (await roster(stores)).removed == ((ITEMS[0].jid, 5),)


async def test_what_is_forgotten_leaves_no_trace(stores: Stores) -> None:
    await put(stores, ITEMS[3], 1)
    await done(stores.rosters.forget(ALICE, ITEMS[3].jid))
    assert await roster(stores) == StoredRoster(1, horizon=FIRST)


async def test_of_an_account_that_was_removed_meanwhile_nothing_is_kept(stores: Stores) -> None:
    """A change may be on its way while the operator removes the account."""
    await done(stores.accounts.remove(ALICE))
    await put(stores, ITEMS[0], 1)
    await done(stores.rosters.delete(ALICE, ITEMS[0].jid, 2, 0))
    await done(stores.rosters.forget(ALICE, ITEMS[0].jid))
    assert await done(stores.rosters.load(ALICE)) is None


async def test_each_account_has_its_own(stores: Stores) -> None:
    await done(stores.accounts.create("bob@localhost", {}, NOW))
    hers = await put(stores, ITEMS[1], 5)
    his = await put(stores, ITEMS[2], 1, "bob@localhost")
    assert (await roster(stores)).items == (hers,)
    assert (await roster(stores, "bob@localhost")).items == (his,)


async def test_changes_take_effect_in_the_order_of_the_calls(stores: Stores) -> None:
    """None waits for the one before: what is asked for last sees them all."""
    pending = [
        stores.rosters.put(ALICE, RosterItem("bob@localhost", str(number), version=number))
        for number in range(50)
    ]
    found = stores.rosters.load(ALICE)
    for change in pending:
        await done(change)
    last = await done(found)
    assert last is not None
    assert last.items == (RosterItem("bob@localhost", "49", version=49),)
