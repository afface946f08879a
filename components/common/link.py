"""From a received stanza to what is sent: handle, commit, then send; nothing lost, nothing twice.

A stanza's effects are committed before anything about them leaves the process, so what others have
seen of a component is true after any crash. The same commit holds how many stanzas were handled and
what is to be sent: a new process goes on where the last one ended, whatever ended it. The order of
sending is the order of handling.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from xml.etree.ElementTree import Element

from sqlalchemy.exc import DataError, IntegrityError

from components.common.acknowledging import Acknowledging
from components.common.commits import Action, Commits
from components.common.dispatch import Handler, dispatch, refusal
from components.common.link_store import LinkState, outbox_row
from components.common.multicast import Multicast
from components.common.negotiation import Negotiation
from components.common.outbox import Kept, Outbox
from components.common.record import Record
from components.common.rows import apply
from components.common.store import Store
from components.common.transaction import RowChange, RowKey, Transaction


class Link:
    """Carries stanzas between the stream and the component's handler."""

    def __init__(
        self,
        handler: Handler,
        store: Store,
        transmit: Callable[[bytes], bool],
        call_later: Callable[[float, Action], object],
        state: LinkState,
        router_domain: str,
    ) -> None:
        """`transmit` takes bytes to the router, or says False when there is no stream.

        `router_domain` is the one whose clients' sessions are the router's own, and end with it.
        """
        self._handler, self._store, self._transmit = handler, store, transmit
        self.commits = Commits(store)
        self.commits.advanced = self._advanced
        self.failed: Callable[[BaseException], object] = lambda error: None  # nothing more can be done
        self.reconnect: Action = lambda: None  # end the connection, begin another
        self.renewed: Action = lambda: None  # up, but not resumed: stanzas may have been lost
        self._record = Record(state)
        self._acknowledging = Acknowledging(self._record, transmit, call_later, self.commit)
        self._negotiation = Negotiation(self, self._record, self._acknowledging, transmit, router_domain)
        # An element of stream management, and an error the router ends the stream with.
        self.manage, self.stream_error = self._negotiation.manage, self._negotiation.stream_error
        self._connections = 0
        self._sendable: list[Kept] = []
        self.received = self.sent = 0  # stanzas since the start

    @property
    def is_up(self) -> bool:
        """Whether stanzas can be sent."""
        return self._negotiation.is_up

    @property
    def unacknowledged(self) -> int:
        """How many of our stanzas the router has not acknowledged."""
        return len(self._record.outbox)

    # -- the stream comes and goes ------------------------------------------------------------------

    def connected(self, offers_management: bool, multicast: Multicast | None = None) -> None:
        """The handshake is done; what the router offers: stream management, XEP-0033."""
        self._connections += 1
        self._negotiation.connected(offers_management, multicast)

    def disconnected(self) -> None:
        """The stream is gone."""
        self._connections += 1
        self._negotiation.disconnected()

    # -- stanzas ------------------------------------------------------------------------------------

    def receive(self, element: Element) -> None:
        """Handle one stanza."""
        if self.commits.broken:
            return
        self.received += 1
        if self._negotiation.counts:
            self._record.handled += 1
        self._put(dispatch(self._handler, element, datetime.now(UTC)), element)

    def perform(self, transaction: Transaction, then: Action | None = None) -> None:
        """Commit a transaction that does not come from a stanza, then send its stanzas.

        `then` follows the commit; if the store refuses it, the process ends and `then` is never called.
        """
        if not self.commits.broken:
            self._put(transaction, None, then)

    def _put(self, transaction: Transaction, source: Element | None, then: Action | None = None) -> None:
        rows, outgoing, record = transaction.rows, transaction.outgoing, self._record
        if not rows and not outgoing and then is None:
            return
        number = record.outbox.sent
        kept = record.outbox.put(outgoing) if outgoing else None
        if record.keeping and (rows or outgoing):
            if kept is not None:
                record.keep(rows, kept)
            record.note(rows)
        handled = record.handled
        self.commits.put(
            rows,
            partial(self._committed, kept, handled, then),
            partial(self._refused, source, number, handled),
        )

    def commit(self, then: Action = lambda: None) -> None:
        """Commit the counters alone; `then` follows, unless another connection has begun meanwhile."""
        connection, handled = self._connections, self._record.handled
        if self.commits.broken:
            return

        def committed() -> None:
            self._record.safe = handled
            if connection == self._connections:
                then()

        rows: dict[RowKey, RowChange] = {}
        self._record.keep_all(rows)
        self._record.note(rows)
        self.commits.put(rows, committed, self._gone)

    def _committed(self, kept: Kept | None, handled: int, then: Action | None) -> None:
        self._record.safe = handled
        if kept is not None:
            kept.committed = True
            self.sent += kept.copies
            self._sendable.append(kept)
        if then is not None:
            then()

    def _advanced(self) -> None:
        """Answer the router, if it has asked, and send what was committed.

        In this order: should it die next, what it has been told about will not come again.
        """
        self._acknowledging.answer()
        sendable, self._sendable = self._sendable, []
        if sendable and self.is_up:
            self._send("".join([kept.render() for kept in sendable]), sendable[-1].end)

    def _send(self, stanzas: str, end: int) -> None:
        """`end` is the number of the first stanza after these."""
        sent = self._transmit(stanzas.encode())
        if self._acknowledging.is_on:
            self._acknowledging.sent(end)
        elif sent:
            self._record.forget(end)  # nobody will acknowledge it

    def send_all(self) -> None:
        """The link is up: send what is committed and not acknowledged."""
        self._sendable.clear()
        outbox = self._record.outbox
        committed = [kept for kept in outbox if kept.committed]
        if committed:
            stanzas = "".join([kept.render(outbox.acknowledged) for kept in committed])
            self._send(stanzas, committed[-1].end)

    async def drain(self) -> None:
        """Wait until what was received is committed, sent and acknowledged, or the store has failed."""
        self._acknowledging.owe_all()
        if self._record.keeping:
            self.commit()
        await self.commits.drain()

    def _refused(self, source: Element | None, number: int, handled: int, error: BaseException) -> None:
        """The database has refused what a stanza brings about: the process ends.

        If the stanza itself is the cause, the next process must not be given it again, and so on for
        ever: its sender is told.
        """
        if source is None or not self._record.keeping or not isinstance(error, DataError | IntegrityError):
            self._gone(error)
            return
        answer = Outbox(number).put(refusal(source))
        rows = [outbox_row(number, answer.outgoing or None), self._record.row(handled, answer.end)]
        told = self._store.submit(lambda connection: apply(connection, rows))
        told.add_done_callback(lambda _: self._gone(error))

    def _gone(self, error: BaseException) -> None:
        self.failed(error)
