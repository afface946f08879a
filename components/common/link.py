"""From a received stanza to what is sent: handle, commit, then send.

A stanza's effects are committed before anything about them leaves the process, so what others have
seen of a component is true after any crash. The order of sending is the order of handling.
"""

import logging
from asyncio import Future, gather
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from components.common.dispatch import Handler, dispatch
from components.common.store import Store
from components.common.transaction import Transaction

log = logging.getLogger(__name__)

HIGH_WATER = 2000  # transactions awaiting their commit, at which nothing more is read
LOW_WATER = 500


class Link:
    """Carries stanzas between the stream and the component's handler."""

    def __init__(self, handler: Handler, store: Store, transmit: Callable[[bytes], bool]) -> None:
        """`transmit` takes bytes to the router, or says False when there is no stream."""
        self._handler, self._store, self._transmit = handler, store, transmit
        self._uncommitted: deque[tuple[Transaction, Future[None] | None]] = deque()
        self._unsent: list[str] = []
        self.throttle: Callable[[bool], None] = lambda stop: None  # stop or resume reading
        self.failed: Callable[[BaseException], None] = lambda error: None  # a commit failed
        self._throttled = False
        self._broken = False
        self.received = self.sent = 0  # stanzas since the start

    def receive(self, element: Element) -> None:
        """Handle one stanza."""
        if self._broken:
            return
        self.received += 1
        self.perform(dispatch(self._handler, element, datetime.now(UTC)))

    def perform(self, transaction: Transaction) -> None:
        """Commit the transaction, then send its stanzas."""
        commit = None
        if transaction.rows:
            commit = self._store.write(transaction.rows)
            commit.add_done_callback(self._committed)
        elif not transaction.outgoing:
            return
        self._uncommitted.append((transaction, commit))
        if commit is None:
            self._advance()
        elif len(self._uncommitted) >= HIGH_WATER and not self._throttled:
            self._throttled = True
            self.throttle(True)

    def _committed(self, commit: "Future[None]") -> None:
        if not commit.cancelled() and (error := commit.exception()) is not None:
            # Memory is now ahead of the store. The component ends, and starts from what is stored.
            log.critical("the database refused a commit: %s", error)
            self._advance()
            self._uncommitted.clear()
            self._broken = True
            self.failed(error)
            return
        self._advance()

    def _advance(self) -> None:
        """Send everything up to the first transaction whose commit is still to come."""
        while self._uncommitted and _is_committed(self._uncommitted[0][1]):
            transaction, _ = self._uncommitted.popleft()
            self.sent += sum(len(stanza.to) for stanza in transaction.outgoing)
            self._unsent.append(transaction.render())
        if self._throttled and len(self._uncommitted) <= LOW_WATER:
            self._throttled = False
            self.throttle(False)
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent yet; it waits here while there is no stream."""
        if self._unsent and self._transmit("".join(self._unsent).encode()):
            self._unsent.clear()

    async def drain(self) -> None:
        """Wait until everything received so far is committed and sent, or the store has failed."""
        commits = [commit for _, commit in self._uncommitted if commit is not None]
        await gather(*commits, return_exceptions=True)


def _is_committed(commit: "Future[None] | None") -> bool:
    return commit is None or (commit.done() and commit.exception() is None)
