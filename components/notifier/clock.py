"""What is due later: an agenda in memory, made anew from the state at each start, and who looks at it."""

import asyncio
import contextlib
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from components.common.entrance import NotCommitted, Perform
from components.common.transaction import Transaction

log = logging.getLogger(__name__)

Key = tuple[str | int, ...]
Action = Callable[[Transaction], object]

LOOKS = 30.0  # seconds at most between two looks at the clock
JUMP = timedelta(seconds=5)  # more than this between both clocks is a jump
AGAIN = timedelta(seconds=30)  # after an action that has failed


@dataclass(slots=True)
class Entry:
    """Something that is due."""

    key: Key
    due: datetime
    act: Action
    elapses: bool


class Agenda:
    """What is due when. Pure: parts put things on it and take them off, `Clock` has them done.

    It is not stored: what is due follows from rows, and `Part.configure` puts it here at the start.
    """

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._heap: list[tuple[datetime, int, Entry]] = []
        self._order = itertools.count()
        self.earlier: Callable[[], object] = lambda: None  # something is due sooner than was known

    def __len__(self) -> int:
        return len(self._entries)

    def put(
        self, transaction: Transaction, key: Key, due: datetime, act: Action, elapses: bool = True
    ) -> None:
        """Have `act` called in a transaction of its own once it is `due`; replaces what has that key.

        `key` begins with the part's name. `elapses`: the due time stands for a length of time (a wait),
        and moves when somebody sets the clock; else for a point of the calendar.
        """
        before = self._entries.get(key)
        self._set(Entry(key, due, act, elapses))
        transaction.changed(lambda: self._restore(key, before))

    def remove(self, transaction: Transaction, key: Key) -> None:
        """Take it off, if it is there."""
        before = self._entries.pop(key, None)
        if before is not None:
            transaction.changed(lambda: self._restore(key, before))

    def next(self) -> datetime | None:
        """When the next one is due."""
        while self._heap and self._entries.get(self._heap[0][2].key) is not self._heap[0][2]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def act(self, transaction: Transaction) -> bool:
        """Do the one thing that is due first; False if nothing is."""
        due = self.next()
        if due is None or due > transaction.now:
            return False
        entry = self._heap[0][2]
        self.remove(transaction, entry.key)
        entry.act(transaction)
        return True

    def postpone(self, now: datetime) -> None:
        """What is due first has failed: it is due again a little later."""
        if self.next() is not None:
            entry = self._heap[0][2]
            self._set(Entry(entry.key, now + AGAIN, entry.act, entry.elapses))

    def shift(self, jump: timedelta) -> None:
        """The clock was set: lengths of time are what they were."""
        for entry in list(self._entries.values()):
            if entry.elapses:
                self._set(Entry(entry.key, entry.due + jump, entry.act, True))

    def _restore(self, key: Key, before: Entry | None) -> None:
        self._entries.pop(key, None)
        if before is not None:
            self._set(before)

    def _set(self, entry: Entry) -> None:
        first = self.next()
        self._entries[entry.key] = entry
        heapq.heappush(self._heap, (entry.due, next(self._order), entry))
        if first is None or entry.due < first:
            self.earlier()


class Clock:
    """Has done what is due; an entrance. Notices when somebody sets the clock of the machine."""

    def __init__(self, agenda: Agenda, perform: Perform) -> None:
        self._agenda, self._perform = agenda, perform
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._offset = _offset()

    async def open(self) -> None:
        """Begin to look."""
        self._agenda.earlier = self._changed.set
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """What is being done is done; nothing more is begun."""
        self._agenda.earlier = lambda: None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._notice_jump()
            try:
                while await self._perform(self._agenda.act):
                    pass
            except NotCommitted:
                return
            except Exception:
                log.exception("what was due has failed, and is tried again in %s", AGAIN)
                self._agenda.postpone(datetime.now(UTC))
                continue
            # Not `wait_for`: that can miss being cancelled (until Python 3.12).
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._changed.wait()

    def _pause(self) -> float:
        due = self._agenda.next()
        if due is None:
            return LOOKS
        return min(LOOKS, max(0.0, (due - datetime.now(UTC)).total_seconds()))

    def _notice_jump(self) -> None:
        offset = _offset()
        jump = offset - self._offset
        self._offset = offset
        if abs(jump) > JUMP:
            seconds = jump.total_seconds()
            log.warning(
                "the machine's clock was set by %+.0f s; what waits, waits as long as before", seconds
            )
            self._agenda.shift(jump)


def _offset() -> timedelta:
    """What the clock of the machine shows, compared with one that nobody can set and that runs on while
    the machine sleeps.
    """
    steady = time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
    return timedelta(seconds=time.time() - steady)
