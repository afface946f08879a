"""From a received stanza to what is sent: handle, commit, then send; nothing lost, nothing twice.

A stanza's effects are committed before anything about them leaves the process, so what others have
seen of a component is true after any crash. The same commit holds how many stanzas were handled and
what is to be sent: a new process goes on where the last one ended, whatever ended it. The order of
sending is the order of handling.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from sqlalchemy.exc import DataError, IntegrityError

from components.common.acknowledging import Acknowledging
from components.common.commits import Action, Commits, Effect
from components.common.dispatch import Handler, dispatch, refusal
from components.common.link_store import LinkState
from components.common.multicast import Multicast
from components.common.negotiation import Negotiation
from components.common.outbox import Kept
from components.common.record import Record
from components.common.store import Store
from components.common.transaction import Outgoing, RowChange, RowKey, Transaction

# Stanzas that wait for the router, at which nothing more comes in by other ways than the stream: 80 MB, where
# each has 300 bytes.
MOST = 100_000


class Link:
    """Carries stanzas between the stream and the component's handler."""

    def __init__(
        self,
        handler: Handler,
        store: Store,
        transmit: Callable[[bytes], bool],
        call_later: Callable[[float, Action], object],
        now: Callable[[], float],
        state: LinkState,
        router_domain: str,
    ) -> None:
        """`transmit` takes bytes to the router, or says False when there is no stream; `now` is any
        clock in seconds.

        `router_domain` is the one whose clients' sessions are the router's own, and end with it.
        """
        self._handler, self._store, self._transmit = handler, store, transmit
        self.commits = Commits(store, self)
        self.failed: Callable[[BaseException], object] = lambda error: None  # nothing more can be done
        self.reconnect: Action = lambda: None  # end the connection, begin another
        self.renewed: Action = lambda: None  # up, but not resumed: stanzas may have been lost
        self._record = Record(state)
        self._acknowledging = Acknowledging(self._record, transmit, call_later, now, self._note, self.commit)
        self._negotiation = Negotiation(self, self._record, self._acknowledging, transmit, router_domain)
        self.stream_error = self._negotiation.stream_error  # the router ends the stream with one
        self._entering: list[asyncio.Future[None]] = []  # who waits for `has_room`
        self._connections = 0
        self._composed: list[Kept] = []  # what is being committed
        self._sendable: list[Kept] = []
        self.received = self.sent = 0  # stanzas since the start

    @property
    def is_up(self) -> bool:
        """Whether stanzas can be sent."""
        return self._negotiation.is_up

    async def has_room(self) -> None:
        """Wait until less waits for the router than may, or the store has failed."""
        while len(self._record.outbox) >= MOST and not self.commits.broken:
            waiting = asyncio.get_running_loop().create_future()
            self._entering.append(waiting)
            await waiting

    @property
    def unacknowledged(self) -> int:
        """How many of our stanzas the router has not acknowledged."""
        return len(self._record.outbox)

    @property
    def acknowledgements(self) -> int:
        """How many elements of them were sent and received."""
        return self._acknowledging.elements

    # -- the stream comes and goes ------------------------------------------------------------------

    def connected(self, offers_management: bool, multicast: Multicast | None = None) -> None:
        """The handshake is done; what the router offers: stream management, XEP-0033."""
        self._connections += 1
        self._negotiation.connected(offers_management, multicast)

    def disconnected(self) -> None:
        """The stream is gone."""
        self._connections += 1
        self._negotiation.disconnected()

    def manage(self, element: Element) -> None:
        """An element of stream management."""
        self._negotiation.manage(element)
        self._let_in()

    # -- what is handled ----------------------------------------------------------------------------

    def receive(self, element: Element) -> None:
        """Handle one stanza."""
        if self.commits.broken:
            return
        self.received += 1
        if self._negotiation.counts:
            self._record.handled += 1
        transaction = dispatch(self._handler, element, datetime.now(UTC))
        if transaction.rows or transaction.outgoing:
            self._put(transaction.rows, transaction.outgoing, source=element)

    def perform(self, transaction: Transaction, then: Action | None = None) -> None:
        """Commit a transaction that does not come from a stanza, then send its stanzas.

        `then` follows the commit; if the store refuses it, the process ends and `then` is never called.
        """
        if transaction.rows or transaction.outgoing or then is not None:
            self._put(transaction.rows, transaction.outgoing, then)

    def commit(self, then: Action = lambda: None) -> None:
        """Commit where the link is; `then` follows, unless another connection has begun meanwhile."""
        connection = self._connections

        def committed() -> None:
            if connection == self._connections:
                then()

        self._put({}, (), committed, is_position=True)

    async def drain(self) -> None:
        """Wait until what was received is committed, sent and acknowledged, or the store has failed."""
        self._acknowledging.owe_all()
        if self._record.keeping:
            self.commit()
        await self.commits.drain()

    def _note(self) -> None:
        self._put({}, ())

    def _put(
        self,
        rows: dict[RowKey, RowChange],
        outgoing: Sequence[Outgoing],
        then: Action | None = None,
        source: Element | None = None,
        is_position: bool = False,
    ) -> None:
        position = self._record.position
        self._record.put = position.handled
        self.commits.put(Effect(rows, outgoing, position, then, source, is_position))

    # -- what is committed --------------------------------------------------------------------------

    def compose(self, batch: Sequence[Effect]) -> dict[RowKey, RowChange]:
        """What goes into one commit (`commits.Committer`)."""
        rows: dict[RowKey, RowChange] = {}
        outgoing: list[Outgoing] = []
        is_position = False
        for effect in batch:
            rows.update(effect.rows)
            outgoing += effect.outgoing
            is_position = is_position or effect.is_position
        self._composed = self._record.enter(rows, outgoing, batch[-1].position, is_position)
        return rows

    def divided(self) -> None:
        """What was composed is composed again, in parts."""
        for kept in reversed(self._composed):
            self._record.outbox.take_back(kept)

    def committed(self, batch: Sequence[Effect]) -> None:
        """What was composed is in the store: it is sent.

        After the router was told what is safe: should it die next, that will not come again.
        """
        self._record.safe = batch[-1].position.handled
        for kept in self._composed:
            kept.committed = True
            self.sent += kept.copies
        self._sendable += self._composed
        self._composed = []
        for effect in batch:
            if effect.then is not None:
                effect.then()
        self._send(self._acknowledging.answer(), self._sendable if self.is_up else ())

    def refused(self, effect: Effect, error: BaseException) -> None:
        """The database has refused what a stanza brings about: the process ends.

        If the stanza itself is the cause, the next process must not be given it again, and so on for
        ever: its sender is told.
        """
        keeping, is_its_fault = (self._record.keeping, isinstance(error, DataError | IntegrityError))
        self._let_in()
        if effect.source is None or not keeping or not is_its_fault:
            self.failed(error)
            return
        self.divided()
        rows: dict[RowKey, RowChange] = {}
        self._record.enter(rows, refusal(effect.source), effect.position, True)
        self._store.write(rows).add_done_callback(lambda _: self.failed(error))

    # -- what is sent -------------------------------------------------------------------------------

    def send_all(self) -> None:
        """The link is up: send what is committed and not acknowledged."""
        self._sendable = []
        self._send(b"", [kept for kept in self._record.outbox if kept.committed])

    def _send(self, answer: bytes, sendable: Sequence[Kept]) -> None:
        """Send the stanzas, after an element of stream management if there is one."""
        if not sendable:
            if answer:
                self._transmit(answer)
            return
        acknowledged, end = self._record.outbox.acknowledged, sendable[-1].end
        sent = self._transmit(answer + "".join([kept.render(acknowledged) for kept in sendable]).encode())
        self._sendable = []
        if self._acknowledging.is_on:
            self._acknowledging.sent(end)
        elif sent:
            self._record.forget(end)  # nobody will acknowledge it
            self._let_in()

    def _let_in(self) -> None:
        if self._entering and (len(self._record.outbox) < MOST or self.commits.broken):
            entering, self._entering = self._entering, []
            for waiting in entering:
                if not waiting.done():
                    waiting.set_result(None)
