"""Does the outbound work after its commit, and tells it what became of each attempt; an entrance."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

from components.common.entrance import NotCommitted, Perform
from components.notifier.callbacks import Unsent
from components.notifier.work import Job, Work

log = logging.getLogger(__name__)

LOOKS = 30.0  # seconds at most between two looks at what is due
AT_ONE = 4  # attempts at one destination at a time, so that one that hangs does not hold up the others


class Way(Protocol):
    """How jobs of one kind are done."""

    async def send(self, job: Job, now: datetime) -> None:
        """One attempt. Raises `Unsent`."""

    async def close(self) -> None:
        """End what is open."""


class Sender:
    """Starts attempts when they are due, some at a time."""

    def __init__(self, work: Work, ways: Mapping[str, Way], perform: Perform) -> None:
        """`ways` by the kind of job."""
        self._work, self._ways, self._perform = work, ways, perform
        self._changed = asyncio.Event()
        self._running: dict[int, tuple[Job, asyncio.Task[None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin with what the last process has left."""
        self._work.more = self._changed.set
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Begin nothing more. Attempts under way are broken off: they are repeated with the same key."""
        self._work.more = lambda: None
        tasks = [task for _, task in self._running.values()]
        tasks += [self._task] if self._task is not None else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for way in self._ways.values():
            await way.close()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                # Returns after all commits before it, so nothing is done that could still be undone.
                due = await self._perform(lambda transaction: self._work.due(transaction.now))
            except NotCommitted:
                return
            for job in due:
                if self._has_place(job):
                    self._begin(job)
            # Not `wait_for`: that can miss being cancelled (until Python 3.12).
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._changed.wait()

    def _begin(self, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(self._attempt(job))
        self._running[job.number] = (job, task)

        def ended(_: object) -> None:
            self._running.pop(job.number, None)
            self._changed.set()

        task.add_done_callback(ended)

    async def _attempt(self, job: Job) -> None:
        try:
            await self._ways[job.kind].send(job, datetime.now(UTC))
        except Unsent as error:
            unsent = error
            level = logging.ERROR if unsent.final else logging.WARNING
            log.log(level, "%s %d to %s failed: %s", job.kind, job.number, job.target, unsent)
            await self._note(job, unsent)
            return
        except Exception:
            log.exception("%s %d to %s failed", job.kind, job.number, job.target)
            await self._note(job, Unsent("this has failed here; the log has the details"))
            return
        try:
            await self._perform(lambda transaction: self._work.done(job.number, transaction))
        except NotCommitted:
            return

    async def _note(self, job: Job, unsent: Unsent) -> None:
        try:
            await self._perform(
                lambda transaction: self._work.failed(job.number, str(unsent), transaction, unsent.final)
            )
        except NotCommitted:
            return

    def _pause(self) -> float:
        """Seconds until something falls due; the end of what is under way sets the event."""
        due = self._work.next(besides=self._running)
        if due is None:
            return LOOKS
        # What is due already waits for a free place.
        return min(LOOKS, max(0.0, (due - datetime.now(UTC)).total_seconds()) or LOOKS)

    def _has_place(self, job: Job) -> bool:
        if job.number in self._running or len(self._running) >= self._work.settings.at_once:
            return False
        return sum(_destination(other) == _destination(job) for other, _ in self._running.values()) < AT_ONE


def _destination(job: Job) -> str:
    return urlsplit(job.target).netloc if job.kind == "callback" else job.kind
