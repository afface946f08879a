"""When users were here last, in every store."""

from datetime import timedelta, timezone

from core_router.store.interfaces import LastSeen, Stores
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done


async def test_at_first_it_is_when_the_account_was_made(stores: Stores) -> None:
    assert await done(stores.last_activity.load(ALICE)) == LastSeen(NOW, "")


async def test_the_last_counts(stores: Stores) -> None:
    for hours, status in ((1, "Lunch"), (2, "Größe <'&\"> 🚂")):
        seen = LastSeen(NOW + timedelta(hours=hours), status)
        await done(stores.last_activity.save(ALICE, seen))
        assert await done(stores.last_activity.load(ALICE)) == seen


async def test_a_time_is_a_time_wherever_it_is_told(stores: Stores) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    await done(stores.last_activity.save(ALICE, LastSeen(local, "")))
    assert await done(stores.last_activity.load(ALICE)) == LastSeen(NOW, "")


async def test_who_has_no_account_was_never_here(stores: Stores) -> None:
    await done(stores.last_activity.save("nobody@localhost", LastSeen(NOW, "")))
    assert await done(stores.last_activity.load("nobody@localhost")) is None
