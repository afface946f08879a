"""What survives a restart of the router, and what survives its death, in every store."""

from core_router.store.interfaces import HeldStanza, Stores
from tests.core_router.store.stores import done


async def test_held_messages_come_back_in_the_order_in_which_they_were_held(stores: Stores) -> None:
    holders = ["session:a", "component:b", "session:a"]
    numbers = [
        await done(stores.continuity.hold(holder, b"<message id='%d'/>" % place))
        for place, holder in enumerate(holders)
    ]
    assert numbers == sorted(set(numbers))
    _, held = await done(stores.continuity.take())
    assert held == [
        HeldStanza(number, holder, b"<message id='%d'/>" % place)
        for place, (number, holder) in enumerate(zip(numbers, holders, strict=True))
    ]


async def test_they_are_not_forgotten_by_being_read(stores: Stores) -> None:
    """The router may die once more before they are delivered."""
    await done(stores.continuity.hold("session:a", "ü\0".encode()))
    first = await done(stores.continuity.take())
    assert await done(stores.continuity.take()) == first


async def test_they_change_hands(stores: Stores) -> None:
    numbers = [await done(stores.continuity.hold("component:a", b"%d" % number)) for number in range(3)]
    await done(stores.continuity.reassign({numbers[0]: "component:a/l/1", numbers[2]: "component:a/l/2"}))
    _, held = await done(stores.continuity.take())
    assert [message.holder for message in held] == ["component:a/l/1", "component:a", "component:a/l/2"]


async def test_those_that_were_acknowledged_are_forgotten(stores: Stores) -> None:
    first, second = [await done(stores.continuity.hold("session:a", b"%d" % number)) for number in range(2)]
    await done(stores.continuity.drop(first))
    await done(stores.continuity.drop(first))
    _, held = await done(stores.continuity.take())
    assert held == [HeldStanza(second, "session:a", b"1")]


async def test_a_number_is_never_given_twice(stores: Stores) -> None:
    first = await done(stores.continuity.hold("session:a", b"1"))
    await done(stores.continuity.drop(first))
    assert await done(stores.continuity.hold("session:a", b"2")) > first


async def test_states_are_saved_as_a_whole_and_taken_once(stores: Stores) -> None:
    """Taken, not read: after the router's death they would be those of sessions that are long gone."""
    assert await done(stores.continuity.take()) == ({}, [])
    await done(stores.continuity.save({"session:old": "{}"}))
    await done(stores.continuity.save({"session:a": '{"ü": "\\u0000"}', "component:b": "{}"}))
    states, _ = await done(stores.continuity.take())
    assert states == {"session:a": '{"ü": "\\u0000"}', "component:b": "{}"}
    assert await done(stores.continuity.take()) == ({}, [])


async def test_nothing_can_be_saved_too(stores: Stores) -> None:
    await done(stores.continuity.save({"session:a": "{}"}))
    await done(stores.continuity.save({}))
    assert await done(stores.continuity.take()) == ({}, [])
