"""A link between the test, as the router, and a handler; a store that commits when the test says so."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast
from xml.etree.ElementTree import Element, fromstring

from sqlalchemy import Column, Integer, MetaData, Table

from components.common.elements import STREAM
from components.common.link import Link
from components.common.link_store import LinkState, Position, unpacked
from components.common.outbox import count
from components.common.stanza import Stanza
from components.common.store import Store
from components.common.stream_management import NAMESPACE
from components.common.transaction import RowChange, RowKey, Transaction

TABLE = Table("t", MetaData(), Column("id", Integer, primary_key=True))


class SlowStore:
    """Commits when the test says so; `rows` are what is committed."""

    def __init__(self) -> None:
        self.commits: list[asyncio.Future[None]] = []
        self.written: list[Mapping[RowKey, RowChange]] = []
        self.rows: dict[RowKey, Mapping[str, Any]] = {}

    def write(self, rows: Mapping[RowKey, RowChange]) -> "asyncio.Future[None]":
        """As `Store.write`."""
        commit = asyncio.get_running_loop().create_future()
        self.commits.append(commit)
        self.written.append(dict(rows))
        return commit

    def commit(self, number: int) -> None:
        """The write of that number is committed."""
        for key, change in self.written[number].items():
            if change.statement is not None:  # `link_store.acknowledged`
                [below] = change.statement.compile().params.values()
                self.rows = {row: values for row, values in self.rows.items() if not _is_below(row, below)}
            elif change.values is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = change.values
        self.commits[number].set_result(None)

    def state(self) -> LinkState:
        """What a new process finds (`link_store.load`)."""
        link = dict(self.rows.get(("link", (1,)), {}))
        sent = link.pop("sent", 0)
        state = LinkState(Position(**link), sent)
        kept = []
        for (table, (number,)), row in sorted(self.rows.items(), key=lambda item: item[0]):
            if table == "outbox":
                kept.append((number, unpacked(row["stanzas"])))
                state.acknowledged = max(state.acknowledged, row["acknowledged"])
                if number >= state.sent:
                    state.position = state.position._replace(handled=row["handled"])
                    state.sent = number + count(kept[-1][1])
        state.outbox = kept
        return state


def _is_below(row: RowKey, number: int) -> bool:
    table, key = row
    return table == "outbox" and key < (number,)


class Conversation:
    """The test is the router. The handler writes a row for each message but those called `plain`."""

    def __init__(self, store: SlowStore | None = None) -> None:
        self.store = store or SlowStore()
        self.connected = False
        self.sent = ""
        self.requests = 0
        self.timers: list[Callable[[], object]] = []
        self.now = 0.0
        self.failures: list[BaseException] = []
        self.link = Link(
            self._handle,
            cast(Store, self.store),
            self._transmit,
            lambda _seconds, action: self.timers.append(action),
            lambda: self.now,
            self.store.state(),
            "example.org",
        )
        self.link.failed = self.failures.append
        self.link.commits.gathering = 0

    def connects(self, offers_management: bool = False) -> None:
        """The handshake succeeds."""
        self.connected = True
        self.link.connected(offers_management)

    def disconnects(self) -> None:
        """The stream is gone."""
        self.connected = False
        self.link.disconnected()

    def receives(self, *names: str) -> None:
        """Stanzas from the router; a name such as `x*3` is answered with three copies."""
        for name in names:
            [message] = fromstring(f"<s xmlns='{STREAM}'><message from='a@b/c' to='d' id='{name}'/></s>")
            self.link.receive(message)

    def manages(self, nonza: str) -> None:
        """An element of stream management from the router."""
        self.link.manage(fromstring(nonza.replace("/>", f" xmlns='{NAMESPACE}'/>")))

    async def commits(self, error: Exception | None = None) -> None:
        """The store is done with the write it was given, and with those that follow from that."""
        await self.writes()
        while self.store.commits and not self.store.commits[-1].done():
            await self.commits_one(error)

    async def writes(self) -> None:
        """What was received goes to the store, if that is not busy."""
        await asyncio.sleep(0)

    async def commits_one(self, error: Exception | None = None) -> None:
        """The store is done with the write it was given."""
        if error is None:
            self.store.commit(len(self.store.commits) - 1)
        else:
            self.store.commits[-1].set_exception(error)
        await asyncio.sleep(0)

    def pauses(self) -> None:
        """The time passes after which acknowledgements are due."""
        self.now += 10
        timers, self.timers = self.timers, []
        for timer in timers:
            timer()

    def says(self) -> str:
        """What was sent since the last time, without the namespace of XEP-0198, and without `<r/>`."""
        said, self.sent = self.sent.replace(f" xmlns='{NAMESPACE}'", ""), ""
        self.requests += said.count("<r/>")
        return said.replace("<r/>", "")

    def asks(self) -> int:
        """How many `<r/>` were sent since the last time; what else was sent is of no interest."""
        self.says()
        requests, self.requests = self.requests, 0
        return requests

    async def begins(self, id: str = "l1") -> None:
        """A new managed link is up."""
        self.connects(offers_management=True)
        await self.commits()
        assert self.says() == "<enable resume='true'/>"
        self.manages(f"<enabled id='{id}'/>")
        await self.commits()

    async def resumes(self, h: int, received: int, id: str = "l1") -> None:
        """The link is taken up again: the component has handled `h` stanzas, the router got `received`."""
        self.connects(offers_management=True)
        await self.commits()
        assert self.says() == f"<resume previd='{id}' h='{h}'/>"
        self.manages(f"<resumed previd='{id}' h='{received}'/>")
        await asyncio.sleep(0)

    def _handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        name = stanza.id or ""
        if name == "nothing":
            return None
        if name != "plain":
            transaction.write(TABLE, (1,), {})
        name, _, copies = name.partition("*")
        if copies:
            transaction.send(f"<{name} to='", "'/>", [str(n) for n in range(int(copies))])
        else:
            transaction.reply(f"<{name}/>")
        return None

    def _transmit(self, stanzas: bytes) -> bool:
        if self.connected:
            self.sent += stanzas.decode()
        return self.connected
