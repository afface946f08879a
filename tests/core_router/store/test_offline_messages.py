"""Messages that wait for their recipient, in every store."""

from datetime import timedelta

import pytest

from core_router.store.interfaces import OfflineMessage, Stored, Stores
from tests.core_router.store.conftest import ALICE, NOW
from tests.core_router.store.stores import done

BOB = "bob@localhost"


async def keep(stores: Stores, *stanzas: bytes, account: str = ALICE) -> list[Stored]:
    return [await done(stores.offline.keep(account, stanza, NOW, 1000, 10**6)) for stanza in stanzas]


async def waiting(stores: Stores, account: str = ALICE) -> list[bytes]:
    return [message.stanza for message in await done(stores.offline.waiting(account))]


async def test_they_wait_in_the_order_in_which_they_came(stores: Stores) -> None:
    stanzas = [b"<message id='%d'/>" % number for number in range(20)]
    assert set(await keep(stores, *stanzas)) == {Stored.KEPT}
    found = await done(stores.offline.waiting(ALICE))
    assert [message.stanza for message in found] == stanzas
    numbers = [message.number for message in found]
    assert numbers == sorted(set(numbers))


async def test_they_are_read_as_they_were_written(stores: Stores) -> None:
    received = NOW + timedelta(microseconds=123_000)
    stanza = "<message><body>ü漢🚂\0</body></message>".encode()
    await done(stores.offline.keep(ALICE, stanza, received, 10, 1000))
    [found] = await done(stores.offline.waiting(ALICE))
    assert found == OfflineMessage(found.number, received, stanza)


async def test_who_has_no_account_has_none(stores: Stores) -> None:
    assert await keep(stores, b"<message/>", account="nobody@localhost") == [Stored.NO_ACCOUNT]
    assert await waiting(stores, "nobody@localhost") == []


@pytest.mark.parametrize(("messages", "bytes", "kept"), [(2, 1000, 2), (10, 30, 3), (0, 1000, 0), (10, 0, 0)])
async def test_there_are_as_many_as_there_may_be(
    stores: Stores, messages: int, bytes: int, kept: int
) -> None:
    outcomes = [await done(stores.offline.keep(ALICE, b"<message/>", NOW, messages, bytes)) for _ in range(5)]
    assert outcomes == [Stored.KEPT] * kept + [Stored.FULL] * (5 - kept)
    assert len(await waiting(stores)) == kept


async def test_each_account_has_its_own(stores: Stores) -> None:
    await done(stores.accounts.create(BOB, {}, NOW))
    await keep(stores, b"<message id='a'/>")
    await keep(stores, b"<message id='b'/>", account=BOB)
    assert await done(stores.offline.keep(BOB, b"<message/>", NOW, 1, 1000)) is Stored.FULL
    assert await waiting(stores) == [b"<message id='a'/>"]
    assert await waiting(stores, BOB) == [b"<message id='b'/>"]


async def test_those_that_were_delivered_are_forgotten(stores: Stores) -> None:
    await keep(stores, b"1", b"2", b"3", b"4")
    numbers = [message.number for message in await done(stores.offline.waiting(ALICE))]
    await done(stores.offline.delete(ALICE, [numbers[0], numbers[2]]))
    assert await waiting(stores) == [b"2", b"4"]
    await done(stores.offline.delete(ALICE, []))
    await done(stores.offline.delete(ALICE, numbers))
    assert await waiting(stores) == []


async def test_many_are_forgotten_at_once(stores: Stores) -> None:
    """More than a statement may have parameters in any database."""
    await keep(stores, b"<message/>")
    [message] = await done(stores.offline.waiting(ALICE))
    await done(stores.offline.delete(ALICE, range(message.number, message.number + 40_000)))
    assert await waiting(stores) == []


async def test_another_account_cannot_forget_them(stores: Stores) -> None:
    await done(stores.accounts.create(BOB, {}, NOW))
    await keep(stores, b"<message/>")
    [message] = await done(stores.offline.waiting(ALICE))
    await done(stores.offline.delete(BOB, [message.number]))
    assert await waiting(stores) == [b"<message/>"]


async def test_a_number_is_never_given_twice(stores: Stores) -> None:
    """What is forgotten late must not be what came since."""
    await keep(stores, b"1")
    [first] = await done(stores.offline.waiting(ALICE))
    await done(stores.offline.delete(ALICE, [first.number]))
    await keep(stores, b"2")
    [second] = await done(stores.offline.waiting(ALICE))
    assert second.number > first.number


async def test_those_kept_before_the_question_are_in_the_answer(stores: Stores) -> None:
    pending = [stores.offline.keep(ALICE, b"%d" % number, NOW, 1000, 10**6) for number in range(50)]
    found = stores.offline.waiting(ALICE)
    for one in pending:
        assert await done(one) is Stored.KEPT
    assert [message.stanza for message in await done(found)] == [b"%d" % number for number in range(50)]
