"""Effects on their way into the store; what follows from them takes place afterwards, in order.

What comes while a commit is being made waits, and shares the next one. So under load a commit, and the
row in the outbox that goes with it, is that of many stanzas; a burst that was read at once shares one.
"""

import asyncio
import logging
from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.etree.ElementTree import Element

from components.common.link_store import Position
from components.common.store import Rows, Store
from components.common.transaction import Outgoing

log = logging.getLogger(__name__)

HIGH_WATER = 2000  # effects awaiting their commit, at which nothing more is read
LOW_WATER = 500

# Seconds to wait for more if the last commit was that of several: more messages share one commit, one write
# to the router, and one to each occupant. A commit of one message in a room takes 85 µs of CPU, one of
# ten 150. Who speaks alone does not wait.
GATHERING = 0.001

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one stanza, or one other event, has brought about."""

    rows: Rows
    outgoing: Sequence[Outgoing]
    position: Position  # how far the link had come by then
    then: Action | None = None  # follows the commit
    source: Element | None = None  # the stanza
    is_position: bool = False  # it is the position that is to be committed


class Committer(Protocol):
    """Whoever knows what goes into a commit, and what follows from it."""

    def compose(self, batch: Sequence[Effect]) -> Rows:
        """The rows of all of them, and those that are written once for all; often called just once.

        Called again for parts of a batch that was `divided`.
        """

    def divided(self) -> None:
        """What was composed last was refused, and is composed again in parts."""

    def committed(self, batch: Sequence[Effect]) -> None:
        """What was composed last is in the store."""

    def refused(self, effect: Effect, error: BaseException) -> None:
        """The store does not take it: what memory holds from there on is not true."""


class Commits:
    """The queue between handling and sending. After the first refused effect it takes nothing more."""

    def __init__(self, store: Store, committer: Committer) -> None:
        self._store, self._committer = store, committer
        self._open: list[Effect] = []
        self._writing: list[Effect] = []
        self._suspects = 0  # the first so many of the open ones are written one by one
        self._due = False
        self._shared = False  # the last commit was that of several
        self._drained: list[Future[None]] = []
        self._throttled = False
        self.throttle: Callable[[bool], object] = lambda stop: None  # stop or resume reading
        self.broken = False
        self.gathering = GATHERING

    def put(self, effect: Effect) -> None:
        """It is committed after all that was put before, together with what else comes now."""
        if self.broken:
            return
        self._open.append(effect)
        if not self._due and not self._writing:
            self._write_soon()
        elif len(self._open) >= HIGH_WATER and not self._throttled:
            self._throttled = True
            self.throttle(True)

    async def drain(self) -> None:
        """Wait until everything that was put is committed, or refused."""
        if (self._open or self._writing) and not self.broken:
            drained = asyncio.get_running_loop().create_future()
            self._drained.append(drained)
            await drained

    def _write_soon(self) -> None:
        self._due = True
        loop = asyncio.get_running_loop()
        if self._shared and self.gathering:
            loop.call_later(self.gathering, self._write)
        else:
            loop.call_soon(self._write)

    def _write(self) -> None:
        self._due = False
        while self._open and not self._writing and not self.broken:
            end = 1 if self._suspects else len(self._open)
            batch, self._open = self._open[:end], self._open[end:]
            self._suspects -= bool(self._suspects)
            if rows := self._committer.compose(batch):
                self._writing, self._shared = batch, len(batch) > 1
                self._store.write(rows).add_done_callback(self._done)
            else:
                self._committer.committed(batch)
        self._relax()

    def _done(self, commit: "Future[None]") -> None:
        if self.broken or commit.cancelled():
            return
        batch, self._writing = self._writing, []
        error = commit.exception()
        if error is None:
            self._committer.committed(batch)
        elif len(batch) > 1:
            self._committer.divided()
            self._open[:0] = batch
            self._suspects = len(batch)
        else:
            self._break(batch[0], error)
        if self._open and self._shared and self.gathering and not self._suspects and not self.broken:
            self._write_soon()
        else:
            self._write()

    def _break(self, effect: Effect, error: BaseException) -> None:
        # Memory is now ahead of the store. The component ends, and starts from what is stored.
        log.critical("the database refused a commit: %s", error)
        self.broken = True
        self._open.clear()
        self._committer.refused(effect, error)

    def _relax(self) -> None:
        if self._throttled and len(self._open) <= LOW_WATER:
            self._throttled = False
            self.throttle(False)
        if not self._writing and not self._open:
            drained, self._drained = self._drained, []
            for waiting in drained:
                if not waiting.done():
                    waiting.set_result(None)
