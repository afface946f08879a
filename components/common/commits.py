"""Transactions on their way into the store; what follows from them takes place afterwards, in order."""

import logging
from asyncio import Future, gather
from collections import deque
from collections.abc import Callable

from components.common.store import Rows, Store

log = logging.getLogger(__name__)

HIGH_WATER = 2000  # transactions awaiting their commit, at which nothing more is read
LOW_WATER = 500

Action = Callable[[], object]
Refused = Callable[[BaseException], object]


class Commits:
    """The queue between handling and sending. After the first refused commit it takes nothing more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[Future[None] | None, Action, Refused]] = deque()
        self.throttle: Callable[[bool], object] = lambda stop: None  # stop or resume reading
        self.advanced: Action = lambda: None  # some were committed, and what followed has taken place
        self._throttled = False
        self.broken = False

    def put(self, rows: Rows, then: Action, refused: Refused) -> None:
        """Write the rows; call `then` when they, and all that was put before, are committed.

        `refused` is called for the first whose commit fails: what memory holds from there on is not true.
        """
        if self.broken:
            return
        commit = None
        if rows:
            commit = self._store.write(rows)
            commit.add_done_callback(self._done)
        self._waiting.append((commit, then, refused))
        if len(self._waiting) == 1 and commit is None:
            self._advance()
        elif len(self._waiting) >= HIGH_WATER and not self._throttled:
            self._throttled = True
            self.throttle(True)

    async def drain(self) -> None:
        """Wait until everything that was put is committed, or refused."""
        await gather(
            *[commit for commit, _, _ in self._waiting if commit is not None], return_exceptions=True
        )

    def _done(self, commit: "Future[None]") -> None:
        if self.broken or commit.cancelled():
            return
        self._advance()
        error = commit.exception()
        if error is not None and not self.broken:
            # Memory is now ahead of the store. The component ends, and starts from what is stored.
            log.critical("the database refused a commit: %s", error)
            self.broken = True
            _, _, refused = self._waiting[0]
            self._waiting.clear()
            refused(error)

    def _advance(self) -> None:
        """Everything up to the first whose commit is still to come."""
        while self._waiting and _is_committed(self._waiting[0][0]):
            _, then, _ = self._waiting.popleft()
            then()
        if self._throttled and len(self._waiting) <= LOW_WATER:
            self._throttled = False
            self.throttle(False)
        self.advanced()


def _is_committed(commit: "Future[None] | None") -> bool:
    return commit is None or (commit.done() and commit.exception() is None)
