"""What comes in by other ways than the stream takes effect like a stanza."""

import asyncio

import pytest

from components.common import link
from components.common.entrance import NotCommitted, Performer
from components.common.errors import StanzaError
from components.common.link_store import links
from components.common.transaction import Transaction
from tests.components.common.conversation import Conversation

pytestmark = pytest.mark.usefixtures("runner")


def _work(transaction: Transaction) -> str:
    transaction.write(links, (7,), {"handled": 1})
    transaction.reply("<done/>")
    return "result"


async def _begun() -> tuple[Conversation, Performer]:
    conversation = Conversation()
    conversation.connects()
    return conversation, Performer(conversation.link)


async def test_the_result_follows_the_commit() -> None:
    """Nothing is sent and nobody is told before."""
    conversation, perform = await _begun()
    task = asyncio.ensure_future(perform(_work))
    await asyncio.sleep(0)
    assert not task.done()
    assert conversation.says() == ""
    await conversation.commits()
    assert await task == "result"
    assert conversation.says() == "<done/>"


async def test_what_writes_nothing_need_not_wait() -> None:
    """There is no commit to wait for."""
    conversation, perform = await _begun()
    assert await perform(lambda transaction: 5) == 5
    assert not conversation.store.commits


async def test_what_fails_changes_nothing() -> None:
    """Its error is the caller's."""
    conversation, perform = await _begun()
    state = {"a": 1}

    def work(transaction: Transaction) -> None:
        transaction.put(state, "b", 2)
        transaction.reply("<never/>")
        raise StanzaError("conflict")

    with pytest.raises(StanzaError):
        await perform(work)
    assert state == {"a": 1}
    assert conversation.says() == ""


async def test_nothing_comes_in_while_too_much_waits_for_the_router(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MOST", 2)
    conversation, perform = await _begun()
    conversation.disconnects()
    for _ in range(2):
        task = asyncio.ensure_future(perform(_work))
        await conversation.writes()
        await conversation.commits()
        await task
    task = asyncio.ensure_future(perform(_work))
    await conversation.writes()
    assert len(conversation.store.commits) == 2
    conversation.connects()
    assert conversation.says() == "<done/><done/>"
    await conversation.writes()
    await conversation.commits()
    assert await task == "result"
    assert conversation.says() == "<done/>"


async def test_whoever_waits_for_that_is_told_of_a_store_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MOST", 1)
    conversation, perform = await _begun()
    conversation.disconnects()
    first = asyncio.ensure_future(perform(_work))
    await conversation.writes()
    await conversation.commits()
    await first
    waiting = asyncio.ensure_future(perform(_work))
    conversation.receives("one")
    await conversation.writes()
    await conversation.commits(OSError("disk full"))
    with pytest.raises(NotCommitted):
        await waiting


async def test_a_store_that_fails_ends_the_waiting() -> None:
    """Nobody hangs, and nothing more is taken."""
    conversation, perform = await _begun()
    conversation.link.failed = lambda error: perform.fail()
    task = asyncio.ensure_future(perform(_work))
    await asyncio.sleep(0)
    await conversation.commits(error=OSError("disk full"))
    with pytest.raises(NotCommitted):
        await task
    with pytest.raises(NotCommitted):
        await perform(_work)
