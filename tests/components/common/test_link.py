"""Handle, commit, then send: in order, and nothing before its commit."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from xml.etree.ElementTree import Element, fromstring

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from components.common.elements import STREAM
from components.common.link import HIGH_WATER, LOW_WATER, Link
from components.common.stanza import Stanza
from components.common.store import Store
from components.common.transaction import Transaction

pytestmark = pytest.mark.usefixtures("runner")

TABLE = Table("t", MetaData(), Column("id", Integer, primary_key=True))


class SlowStore:
    """Commits when the test says so."""

    def __init__(self) -> None:
        self.commits: list[asyncio.Future[None]] = []

    def write(self, rows: Mapping[Any, Any]) -> "asyncio.Future[None]":
        """As `Store.write`."""
        commit = asyncio.get_running_loop().create_future()
        self.commits.append(commit)
        return commit


class Conversation:
    """A link between the test and a handler that writes a row for each message but those called `plain`."""

    def __init__(self) -> None:
        self.store = SlowStore()
        self.connected = True
        self.sent = ""
        self.link = Link(self._handle, cast(Store, self.store), self._transmit)

    def receives(self, name: str) -> None:
        """A stanza from the router."""
        [message] = fromstring(f"<s xmlns='{STREAM}'><message from='a@b/c' to='d' id='{name}'/></s>")
        self.link.receive(message)

    async def commits(self, *numbers: int, error: Exception | None = None) -> None:
        """The store is done with these writes."""
        for number in numbers:
            if error is None:
                self.store.commits[number].set_result(None)
            else:
                self.store.commits[number].set_exception(error)
        await asyncio.sleep(0)

    def _handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        if stanza.id != "plain":
            transaction.write(TABLE, (1,), {})
        transaction.reply(f"<{stanza.id}/>")
        return None

    def _transmit(self, stanzas: bytes) -> bool:
        if self.connected:
            self.sent += stanzas.decode()
        return self.connected


async def test_sent_after_the_commit() -> None:
    conversation = Conversation()
    conversation.receives("one")
    assert conversation.sent == ""
    await conversation.commits(0)
    assert conversation.sent == "<one/>"


async def test_what_writes_nothing_is_sent_at_once() -> None:
    conversation = Conversation()
    conversation.receives("plain")
    assert conversation.sent == "<plain/>"


async def test_the_order_of_handling_is_the_order_of_sending() -> None:
    conversation = Conversation()
    for name in ("one", "plain", "two"):
        conversation.receives(name)
    await conversation.commits(1)
    assert conversation.sent == ""
    await conversation.commits(0)
    assert conversation.sent == "<one/><plain/><two/>"


async def test_kept_while_there_is_no_stream() -> None:
    conversation = Conversation()
    conversation.connected = False
    conversation.receives("one")
    await conversation.commits(0)
    conversation.receives("plain")
    conversation.connected = True
    conversation.link.flush()
    assert conversation.sent == "<one/><plain/>"
    conversation.link.flush()
    assert conversation.sent == "<one/><plain/>"


async def test_after_a_refused_commit_nothing_is_sent() -> None:
    conversation = Conversation()
    failures: list[BaseException] = []
    conversation.link.failed = failures.append
    for name in ("one", "two", "three"):
        conversation.receives(name)
    error = OSError("disk full")
    conversation.store.commits[1].set_exception(error)
    await conversation.commits(0, 2)
    conversation.receives("plain")
    assert conversation.sent == "<one/>"
    assert failures == [error]


async def test_reading_stops_while_the_store_is_behind() -> None:
    conversation = Conversation()
    throttled: list[bool] = []
    conversation.link.throttle = throttled.append
    for _ in range(HIGH_WATER + 1):
        conversation.receives("x")
    assert throttled == [True]
    behind = HIGH_WATER + 1 - LOW_WATER
    await conversation.commits(*range(behind - 1))
    assert throttled == [True]
    await conversation.commits(behind - 1)
    assert throttled == [True, False]


async def test_drained_when_everything_is_sent() -> None:
    conversation = Conversation()
    for name in ("one", "plain"):
        conversation.receives(name)
    drained = asyncio.ensure_future(conversation.link.drain())
    await asyncio.sleep(0)
    assert not drained.done()
    await conversation.commits(0)
    await drained
    assert conversation.sent == "<one/><plain/>"


async def test_figures() -> None:
    conversation = Conversation()
    conversation.receives("plain")
    conversation.receives("plain")
    assert (conversation.link.received, conversation.link.sent) == (2, 2)
