"""Ways into a component besides its stream: HTTP, other sockets, the operator, a clock of its own.

What comes in by them takes effect like a stanza: in one transaction, with its stanzas sent after the commit.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from components.common.link import Link
from components.common.transaction import Transaction

R = TypeVar("R")


class NotCommitted(Exception):
    """The store takes nothing more; the process ends, and the next one knows nothing of it."""


class Perform(Protocol):
    """How an entrance brings something about."""

    async def __call__(self, work: Callable[[Transaction], R]) -> R:
        """What `work` returns, once its effects are committed.

        What it raises is raised here, and then nothing has changed. Raises `NotCommitted` if the store
        has failed. While a commit is awaited others may run: `work` itself is never interrupted. It begins
        at once, unless more waits for the router than may (`link.MOST`).
        """


class Entrance(Protocol):
    """Something that listens, or acts by itself, while the process lives."""

    async def open(self) -> None:
        """Begin. Raises `OSError` if that is impossible: the process then ends with its text."""

    async def close(self) -> None:
        """End: what was taken in has its effect before this returns; nothing more is taken in."""


class Performer:
    """Runs what comes in by entrances through the link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: set[asyncio.Future[None]] = set()

    async def __call__(self, work: Callable[[Transaction], R]) -> R:
        """See `Perform`."""
        await self._link.has_room()
        if self._link.commits.broken:
            raise NotCommitted
        transaction = Transaction(datetime.now(UTC))
        try:
            result = work(transaction)
        except BaseException:
            transaction.roll_back()
            raise
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(committed)

        def done() -> None:
            if not committed.done():  # who waited may have been cancelled
                committed.set_result(None)

        self._link.perform(transaction, done)
        try:
            await committed
        finally:
            self._waiting.discard(committed)
        return result

    def fail(self) -> None:
        """The store has failed: nobody is to wait any longer."""
        for committed in self._waiting:
            if not committed.done():
                committed.set_exception(NotCommitted())
