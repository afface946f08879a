"""From a received stanza to what is sent: handle, commit, then send; nothing lost, nothing twice (XEP-0198).

A stanza's effects are committed before anything about them leaves the process, so what others have
seen of a component is true after any crash. The same commit holds how many stanzas were handled and
what is to be sent: a new process goes on where the last one ended, whatever ended it. The order of
sending is the order of handling. On servers that do not offer stream management to components, what is
on its way when the connection ends is lost.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Literal
from xml.etree.ElementTree import Element

from sqlalchemy.exc import DataError, IntegrityError

from components.common import stream_management as xep_0198
from components.common.commits import Action, Commits
from components.common.dispatch import Handler, dispatch, refusal
from components.common.link_store import LINK_KEY, LinkState, link_row, outbox_key, outbox_row
from components.common.outbox import CountTooHigh, Kept, Outbox
from components.common.rows import apply
from components.common.store import Store
from components.common.transaction import RowChange, RowKey, Transaction

log = logging.getLogger(__name__)

# Seconds between acknowledgements that are asked for or given, so that under load many stanzas share one.
PAUSE = 0.02

Phase = Literal["down", "plain", "resuming", "enabling", "starting", "managed"]


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
        self._handler, self._store, self._transmit, self._call_later = handler, store, transmit, call_later
        self.commits = Commits(store)
        self.commits.advanced = self._advanced
        self.failed: Callable[[BaseException], object] = lambda error: None  # nothing more can be done
        self.reconnect: Action = lambda: None  # end the connection, begin another
        self.renewed: Action = lambda: None  # up, but not resumed: stanzas may have been lost
        self._phase: Phase = "down"
        self._connections = 0
        self._keeping = True  # in the store, what is not acknowledged; not where nobody acknowledges
        self._outbox = Outbox(state.sent, state.outbox, state.sent_before)
        self._router_domain = router_domain
        self._resumption_id = state.resumption_id
        self._sent_before = state.sent_before
        self._handled = self._noted = self._safe = state.handled  # in memory, in a row, in a committed one
        self._requested = False  # the router waits for our answer
        self._owed: int | None = None  # so many must be safe before it gets it
        self._asked = False  # we wait for the router's answer
        self._transmitted = 0  # stanzas below that number went out on some connection
        self._pausing = self._due = False
        self._sendable: list[Kept] = []
        self._forgotten: dict[RowKey, RowChange] = {}  # rows that go with the next commit
        self.received = self.sent = 0  # stanzas since the start

    @property
    def is_up(self) -> bool:
        """Whether stanzas can be sent."""
        return self._phase in ("plain", "managed")

    @property
    def unacknowledged(self) -> int:
        """How many of our stanzas the router has not acknowledged."""
        return len(self._outbox)

    # -- stanzas ------------------------------------------------------------------------------------

    def receive(self, element: Element) -> None:
        """Handle one stanza."""
        if self.commits.broken:
            return
        self.received += 1
        if self._phase in ("starting", "managed"):
            self._handled += 1
        self._put(dispatch(self._handler, element, datetime.now(UTC)), element)

    def perform(self, transaction: Transaction, then: Action | None = None) -> None:
        """Commit a transaction that does not come from a stanza, then send its stanzas.

        `then` follows the commit; if the store refuses it, the process ends and `then` is never called.
        """
        if not self.commits.broken:
            self._put(transaction, None, then)

    def _put(self, transaction: Transaction, source: Element | None, then: Action | None = None) -> None:
        rows, outgoing = transaction.rows, transaction.outgoing
        if not rows and not outgoing and then is None:
            return
        number = self._outbox.sent
        kept = self._outbox.put(outgoing) if outgoing else None
        if self._keeping and (rows or outgoing):
            if kept is not None:
                self._store_kept(rows, kept)
            self._note(rows)
        handled = self._handled
        self.commits.put(
            rows,
            partial(self._committed, kept, handled, then),
            partial(self._refused, source, number, handled),
        )

    def _store_kept(self, rows: dict[RowKey, RowChange], kept: Kept) -> None:
        rows[outbox_key(kept.number)] = outbox_row(kept.number, kept.outgoing)
        kept.stored = True

    def _note(self, rows: dict[RowKey, RowChange]) -> None:
        """The counters as they are now go into the same commit, and what is acknowledged goes with it."""
        rows[LINK_KEY] = link_row(self._resumption_id, self._handled, self._outbox.sent, self._sent_before)
        self._noted = self._handled
        if self._forgotten:
            rows.update(self._forgotten)
            self._forgotten.clear()

    def _commit(self, then: Action = lambda: None) -> None:
        """Commit the counters alone; `then` follows, unless another connection has begun meanwhile."""
        connection, handled = self._connections, self._handled

        def committed() -> None:
            self._safe = handled
            if connection == self._connections:
                then()

        rows: dict[RowKey, RowChange] = {}
        for kept in self._outbox if self._keeping else ():
            if not kept.stored:  # from a time without stream management
                self._store_kept(rows, kept)
        self._note(rows)
        self.commits.put(rows, committed, self._gone)

    def _committed(self, kept: Kept | None, handled: int, then: Action | None) -> None:
        self._safe = handled
        if kept is not None:
            kept.committed = True
            self.sent += kept.stanzas
            self._sendable.append(kept)
        if then is not None:
            then()

    def _advanced(self) -> None:
        """Answer the router, if it has asked, and send what was committed.

        In this order: should it die next, what it has been told about will not come again.
        """
        self._answer()
        sendable, self._sendable = self._sendable, []
        if sendable and self.is_up:
            self._send("".join([kept.render() for kept in sendable]), sendable[-1].end)

    def _send(self, stanzas: str, end: int) -> None:
        """`end` is the number of the first stanza after these."""
        sent = self._transmit(stanzas.encode())
        if self._phase == "managed":
            self._transmitted = end
            self._attend()
        elif sent:
            self._forget(end)  # nobody will acknowledge it

    def _send_all(self) -> None:
        """The link is up: send what is committed and not acknowledged."""
        self._sendable.clear()
        committed = [kept for kept in self._outbox if kept.committed]
        if committed:
            acknowledged = self._outbox.acknowledged
            self._send("".join([kept.render(acknowledged) for kept in committed]), committed[-1].end)

    async def drain(self) -> None:
        """Wait until what was received is committed, sent and acknowledged, or the store has failed."""
        if self._phase == "managed":
            self._owed = self._handled
        if self._keeping:
            self._commit()
        await self.commits.drain()

    def _refused(self, source: Element | None, number: int, handled: int, error: BaseException) -> None:
        """The database has refused what a stanza brings about: the process ends.

        If the stanza itself is the cause, the next process must not be given it again, and so on for
        ever: its sender is told.
        """
        if source is None or not self._keeping or not isinstance(error, DataError | IntegrityError):
            self._gone(error)
            return
        answer = Outbox(number).put(refusal(source))
        rows = [
            outbox_row(number, answer.outgoing or None),
            link_row(self._resumption_id, handled, answer.end, self._sent_before),
        ]
        told = self._store.submit(lambda connection: apply(connection, rows))
        told.add_done_callback(lambda _: self._gone(error))

    def _gone(self, error: BaseException) -> None:
        self.failed(error)

    # -- acknowledgements (XEP-0198 §4) -------------------------------------------------------------

    def _attend(self) -> None:
        """Ask and answer what is due; now, or once the pause since the last time is over."""
        self._due = True
        if not self._pausing:
            self._pausing, self._due = True, False
            self._call_later(PAUSE, self._pause_over)
            if self._phase == "managed" and not self.commits.broken:
                self._ask_and_answer()

    def _pause_over(self) -> None:
        self._pausing = False
        if self._due:
            self._attend()

    def _ask_and_answer(self) -> None:
        if self._requested:
            self._requested, self._owed = False, self._handled
        if self._forgotten or (self._owed is not None and self._noted != self._handled):
            self._commit()
        self._answer()
        if self._transmitted > self._outbox.acknowledged and not self._asked:
            self._asked = self._transmit(xep_0198.ASK)

    def _answer(self) -> None:
        """Tell the router what is safe, once that is everything it asked about."""
        if self._owed is not None and self._safe >= self._owed and self._phase == "managed":
            self._owed = None
            if self._safe == self._handled:
                self._requested = False  # whatever was asked meanwhile is answered
            self._transmit(xep_0198.answer(self._safe))

    def _acknowledged(self, h: int) -> None:
        """The router has so many stanzas of this link."""
        known = self._outbox.acknowledged
        try:
            self._forget(known + xep_0198.later(h, known - self._sent_before))
        except CountTooHigh as error:
            # One of the two databases was put back to an earlier time. There is no way to tell what
            # the other side has; sending all again would be worse than sending none.
            log.error("the router and this component do not agree about what was sent: %s", error)
            self._forget(self._outbox.sent)
            self._resumption_id = ""
            self.reconnect()

    def _forget(self, number: int) -> None:
        self._have_forgotten(self._outbox.acknowledge(number))

    def _have_forgotten(self, done: list[Kept]) -> None:
        for kept in done:
            if kept.stored:
                self._forgotten[outbox_key(kept.number)] = outbox_row(kept.number, None)

    # -- the stream comes and goes ------------------------------------------------------------------

    def connected(self, offers_management: bool) -> None:
        """The handshake is done; whether the router offers stream management."""
        self._connections += 1
        if not offers_management:
            self._begin_plain()
            return
        self._keeping, self._phase = True, "resuming"
        # The router forgets what we say we have handled, so that must be committed.
        self._commit(self._resume)

    def disconnected(self) -> None:
        """The stream is gone."""
        self._phase = "down"
        self._connections += 1
        self._owed, self._requested, self._asked = None, False, False

    def stream_error(self) -> None:
        """The router has ended the stream with an error: if it was for resuming, that is over (§6)."""
        if self._phase == "resuming" and self._resumption_id:
            log.error("the router refuses to resume the link; a new one is begun")
            self._resumption_id = ""

    def manage(self, element: Element) -> None:
        """An element of stream management; one that has no meaning now is passed over."""
        match element.tag, self._phase:
            case xep_0198.REQUEST, "managed" | "starting":
                self._requested = True
                self._attend()
            case xep_0198.ANSWER, "managed":
                self._asked = False
                self._acknowledged(xep_0198.count(element) or 0)
                if self._outbox or self._forgotten:
                    self._attend()
            case xep_0198.RESUMED, "resuming":
                self._phase = "managed"
                self._acknowledged(xep_0198.count(element) or 0)
                self._start()
            case xep_0198.FAILED, "resuming":
                self._not_resumed(xep_0198.count(element))
            case xep_0198.ENABLED, "enabling":
                self._enabled(element.get("id", ""))
            case xep_0198.FAILED, "enabling":
                log.warning("the router offers stream management, but refuses it")
                self._begin_plain()

    def _resume(self) -> None:
        if self._resumption_id:
            self._transmit(xep_0198.resume(self._resumption_id, self._safe))
        else:
            self._enable()

    def _not_resumed(self, h: int | None) -> None:
        """The router has given up waiting, or has died. What it does not say it has, is sent again.

        But not what was for sessions that died with it: their clients come back and ask for everything
        anew, so that with each death in quick succession there would be more to send.
        """
        log.warning("the link cannot be resumed; a new one is begun")
        if h is not None:
            self._acknowledged(h)
        else:
            self._have_forgotten(self._outbox.sessions_died(self._router_domain))
        self._resumption_id = ""
        self._commit(self._enable)

    def _enable(self) -> None:
        self._phase = "enabling"
        self._transmit(xep_0198.ENABLE)

    def _enabled(self, resumption_id: str) -> None:
        """A new link: counting begins anew, and nothing is sent before that is committed."""
        self._phase = "starting"
        self._resumption_id = resumption_id
        self._sent_before = self._outbox.acknowledged
        self._handled = 0

        def start() -> None:
            self._phase = "managed"
            self._start()
            self.renewed()

        self._commit(start)

    def _start(self) -> None:
        log.info("link to the router is up, %d stanzas to be sent again", len(self._outbox))
        self._send_all()
        self._attend()

    def _begin_plain(self) -> None:
        self._keeping, self._phase = False, "plain"
        resumable, self._resumption_id = self._resumption_id, ""
        self._send_all()
        if self._forgotten or resumable:
            self._commit()
        self.renewed()
