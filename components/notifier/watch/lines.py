"""Quotes as lines over TCP: `SYMBOL PRICE [CURRENCY] [TIME]`, for feeds that never pause.

    → token TOKEN [SOURCE]
    ← ok 0
    → 500000 12.48
    → SAP 120.50 EUR 1777888800.25
    ← ok 2

`ok N`: the effects of all lines up to the Nth are committed. The Nth of a source is counted over all its
connections, and the answer to `token` says how far it is: from there on it sends, so that nothing is lost
or taken twice, whatever ends. Without a source, lines are counted from the connection's beginning.
`bad N why`: that line is no quote; it counts all the same.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from components.common.entrance import NotCommitted, Perform
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.watch.config import LinesSettings
from components.notifier.watch.intake import QuoteGiven, Taken

log = logging.getLogger(__name__)

LONGEST_LINE = 200  # bytes
AT_ONCE = 5000  # lines in one transaction
_ON_THEIR_WAY = 4  # transactions of one feed
_HIGH_WATER = 256 * 1024  # bytes that wait in memory; then the sender waits
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_NO_QUOTE = QuoteGiven("", 0.0)

Take = Callable[[Sequence[QuoteGiven], Transaction, str, int | None], Taken]


class LinesServer:
    """Listens; an entrance."""

    def __init__(
        self,
        settings: LinesSettings,
        check: Callable[[str], object],
        take: Take,
        sequence: Callable[[str], int],
        perform: Perform,
    ) -> None:
        """`check` raises `StanzaError` for a token that may not send quotes; `sequence` tells how many lines
        of a source were taken.
        """
        self._settings = settings
        self.check, self.take, self.sequence, self.perform = check, take, sequence, perform
        self._servers: list[asyncio.Server] = []
        self.connections: set[Connection] = set()

    @property
    def ports(self) -> list[int]:
        """The ports that are open."""
        return [socket.getsockname()[1] for server in self._servers for socket in server.sockets]

    async def open(self) -> None:
        """Listen, unless the port is 0."""
        if not self._settings.port:
            return
        loop = asyncio.get_running_loop()
        for address in self._settings.addresses:
            self._servers.append(
                await loop.create_server(lambda: Connection(self), address, self._settings.port)
            )
        log.info("quotes come in at %s, port %d", self._settings.addresses, self._settings.port)

    async def close(self) -> None:
        """What was taken is answered; then nobody listens."""
        for server in self._servers:
            server.close()
        await asyncio.gather(*[connection.finish() for connection in self.connections])


class Connection(asyncio.Protocol):
    """One feed. Lines are taken as they come, a few transactions at a time on their way into the database;
    when that is behind, lines gather and the next transaction takes more of them.
    """

    def __init__(self, server: LinesServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._source: str | None = None  # None: not let in yet
        self._count = self._begun = 0  # lines handed over, and those whose transaction has begun
        self._committing: deque[asyncio.Task[None]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._paused = self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """They are gone; what is being committed is."""
        self._server.connections.discard(self)
        self._closing = True

    def data_received(self, data: bytes) -> None:
        """Gather; begin to take, unless that is under way."""
        self._buffer += data
        if len(self._buffer) > _HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if self._task is None and not self._closing:
            self._task = asyncio.get_running_loop().create_task(self._guarded(self._take_all()))

    def pause_writing(self) -> None:
        """They do not read our answers: we do not read, either, until they do."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """They have read."""
        if self._transport is not None and not self._paused:
            self._transport.resume_reading()

    def is_of(self, source: str) -> bool:
        """Whether this is the connection of that source."""
        return self._source == source

    def replaced(self) -> None:
        """Another connection of the same source has come."""
        self._end("another connection of this source has taken over")

    async def finish(self) -> None:
        """What was taken is committed and answered; then close."""
        tasks = [*self._committing, *([self._task] if self._task is not None else [])]
        self._closing = True
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Whatever goes wrong ends the connection, with a word about it."""
        try:
            await work
        except StanzaError as error:
            self._end(error.explanation or error.condition)
        except NotCommitted:
            self._end("nothing was taken: the database takes nothing now")
        except Exception:
            log.exception("taking quotes has failed")
            self._end("this has failed here; the log of the notifier has the details")

    async def _take_all(self) -> None:
        while not self._closing and (lines := self._lines()):
            if self._source is None:
                await self._let_in(lines.pop(0))
            if lines:
                self._hand_over(lines)
            # The task begins before the next lines are looked at.
            await (self._committing[0] if len(self._committing) >= _ON_THEIR_WAY else asyncio.sleep(0))
        self._task = None  # at once: what comes from now on begins another one

    def _lines(self) -> list[bytes]:
        """The next complete ones. Raises `policy-violation` for one that has no end."""
        buffer = self._buffer
        end = buffer.rfind(b"\n") + 1
        lines = bytes(buffer[:end]).split(b"\n", AT_ONCE)
        rest = lines.pop()  # whole lines that are too many for now
        buffer[:end] = rest
        if len(buffer) - len(rest) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in lines):
            raise StanzaError("policy-violation", f"a line has at most {LONGEST_LINE} bytes")
        if self._paused and len(buffer) <= _HIGH_WATER and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return lines

    async def _let_in(self, line: bytes) -> None:
        """Raises `not-authorized`, `forbidden`, `bad-request`.

        The newest connection of a source is the one that counts: an older one may be half dead. What that
        has sent is committed before we tell how far the source is.
        """
        words = line.decode("utf-8", "replace").split()
        if len(words) not in (2, 3) or words[0] != "token":
            raise StanzaError("bad-request", "the first line is: token TOKEN [SOURCE]")
        self._server.check(words[1])
        source = words[2] if len(words) == 3 else ""
        if source:
            for other in self._server.connections - {self}:
                if other.is_of(source):
                    other.replaced()
            self._count = await self._server.perform(lambda transaction: self._server.sequence(source))
            self._begun = self._count
        self._source = source
        self._write(f"ok {self._count}\n")

    def _hand_over(self, lines: list[bytes]) -> None:
        first, self._count = self._count, self._count + len(lines)
        work = self._guarded(self._commit(lines, first, self._count))
        task = asyncio.get_running_loop().create_task(work)
        self._committing.append(task)
        task.add_done_callback(self._committing.remove)

    async def _commit(self, lines: list[bytes], first: int, count: int) -> None:
        given, source = [_read(line) for line in lines], self._source or ""

        def take(transaction: Transaction) -> Taken:
            # Another connection may have taken over; or lines before these were not taken: they come again.
            if self._closing or self._begun != first:
                raise StanzaError("unexpected-request", "it goes on from the line that was acknowledged last")
            transaction.assign(self, "_begun", count)
            return self._server.take(given, transaction, source, count if source else None)

        taken = await self._server.perform(take)
        bad = "".join([f"bad {first + refusal.at + 1} {refusal.why}\n" for refusal in taken.refused])
        self._write(f"{bad}ok {count}\n")

    def _end(self, why: str) -> None:
        if not self._closing:
            self._closing = True
            self._write(f"error {why}\n")
            if self._transport is not None:
                self._transport.close()

    def _write(self, text: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(text.encode())


def _read(line: bytes) -> QuoteGiven:
    """What the line says; what is no quote is refused with the others of its batch."""
    words = line.decode("utf-8", "replace").split()
    if not 2 <= len(words) <= 4:
        return _NO_QUOTE
    currency = words.pop(2) if len(words) > 2 and _CURRENCY.fullmatch(words[2]) else ""
    if len(words) < 3:
        return QuoteGiven(words[0], words[1], None, currency)
    try:
        return QuoteGiven(words[0], words[1], float(words[2]), currency)
    except ValueError:
        pass
    try:
        return QuoteGiven(words[0], words[1], datetime.fromisoformat(words[2]), currency)
    except ValueError:
        return QuoteGiven(words[0], words[1], float("nan"), currency)
