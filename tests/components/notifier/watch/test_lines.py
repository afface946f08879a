"""The line protocol without sockets: what comes at which moment, and a database that is slow or fails."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from components.common.entrance import NotCommitted
from components.common.transaction import Transaction
from components.notifier.watch.config import LinesSettings
from components.notifier.watch.intake import QuoteGiven, Taken
from components.notifier.watch.lines import AT_ONCE, Connection, LinesServer

pytestmark = pytest.mark.usefixtures("runner")


class Wire(asyncio.Transport):
    """What the connection writes, and whether it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.is_closed = False
        self.reads = True
        self.wrote: Callable[[str], object] = lambda line: None

    def write(self, data: Any) -> None:
        for line in bytes(data).decode().splitlines():
            self.lines.append(line)
            self.wrote(line)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


class Desk:
    """Takes lines; commits them when the test says so."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.commits: list[asyncio.Future[None]] = []
        self.slow = False
        self.error: Exception | None = None
        self.server = LinesServer(
            LinesSettings(), lambda token: None, self.take, lambda source: 0, self.perform
        )

    def take(
        self, given: Sequence[QuoteGiven], transaction: Transaction, source: str, sequence: int | None
    ) -> Taken:
        if self.error is not None:
            raise self.error
        self.taken += [quote.symbol for quote in given]
        return Taken(len(given))

    async def perform(self, work: Any) -> Any:
        result = work(Transaction(datetime.now(UTC)))
        if self.slow:
            commit = asyncio.get_running_loop().create_future()
            self.commits.append(commit)
            await commit
        else:
            await asyncio.sleep(0)
        return result

    def connect(self) -> tuple[Connection, Wire]:
        connection, wire = Connection(self.server), Wire()
        connection.connection_made(wire)
        return connection, wire


async def turns(count: int = 50) -> None:
    """Let the loop do what can be done."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("hops", range(12))
async def test_what_comes_just_then_is_not_left_lying(hops: int) -> None:
    """The next lines come so many turns of the loop after an answer: whatever it is doing, they are taken."""
    desk = Desk()
    connection, wire = desk.connect()
    loop = asyncio.get_running_loop()

    def after(left: int, line: bytes) -> None:
        if left:
            loop.call_soon(after, left - 1, line)
        else:
            connection.data_received(line)

    def answered(line: str) -> None:
        count = int(line.removeprefix("ok "))
        if count < 5:
            after(hops, f"S{count} 1\n".encode())

    wire.wrote = answered
    connection.data_received(b"token t\n")
    await turns(200)
    assert wire.lines == [f"ok {count}" for count in range(6)]
    assert desk.taken == [f"S{count}" for count in range(5)]


async def test_a_line_in_pieces() -> None:
    """The network may cut anywhere."""
    desk = Desk()
    connection, wire = desk.connect()
    for piece in b"token t\nSAP 12.5 EUR\nA 1\n":
        connection.data_received(bytes([piece]))
        await turns(5)
    assert (desk.taken, wire.lines[-1]) == (["SAP", "A"], "ok 2")


async def test_lines_go_on_while_others_are_committed() -> None:
    """Four transactions at most; what comes meanwhile is taken together. Answers follow the commits."""
    desk = Desk()
    connection, wire = desk.connect()
    connection.data_received(b"token t\n")
    await turns()
    desk.slow = True
    for number in range(7):
        connection.data_received(f"S{number} 1\n".encode())
        await turns()
    assert desk.taken == ["S0", "S1", "S2", "S3"]
    assert wire.lines == ["ok 0"]
    desk.commits[0].set_result(None)
    await turns()
    assert desk.taken == [f"S{number}" for number in range(7)]
    for commit in desk.commits[1:]:
        commit.set_result(None)
    await turns()
    assert wire.lines == ["ok 0", "ok 1", "ok 2", "ok 3", "ok 4", "ok 7"]


async def test_after_a_failure_nothing_more_is_taken() -> None:
    """Else lines would be missing in the middle; the sender learns, and goes on from its last answer."""
    desk = Desk()
    connection, wire = desk.connect()
    connection.data_received(b"token t feed\nA 1\n")
    await turns()
    desk.error = NotCommitted()
    connection.data_received(b"B 1\n")
    connection.data_received(b"C 1\n")
    await turns()
    desk.error = None
    connection.data_received(b"D 1\n")
    await turns()
    assert desk.taken == ["A"]
    assert wire.lines == ["ok 0", "ok 1", "error nothing was taken: the database takes nothing now"]
    assert wire.is_closed


async def test_the_unexpected_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """And the connection ends."""
    desk = Desk()
    connection, wire = desk.connect()
    desk.error = RuntimeError("on purpose")
    connection.data_received(b"token t\nA 1\n")
    await turns()
    assert "on purpose" in caplog.text
    assert wire.lines[-1].startswith("error this has failed here")


async def test_a_flood_waits_in_the_network() -> None:
    """More than fits is not read until what is here is taken; a transaction takes no more than so many."""
    desk = Desk()
    connection, wire = desk.connect()
    connection.data_received(b"token t\n")
    await turns()
    desk.slow = True
    flood = b"A 1\n" * (AT_ONCE * 5)
    for at in range(0, len(flood), 65536):
        connection.data_received(flood[at : at + 65536])
    connection.data_received(b"B 1\n" * 70_000)
    assert not wire.reads
    await turns()
    assert len(desk.taken) == 4 * AT_ONCE
    desk.slow = False
    for commit in desk.commits:
        commit.set_result(None)
    await turns(500)
    assert len(desk.taken) == AT_ONCE * 5 + 70_000
    assert wire.reads
    assert wire.lines[-1] == f"ok {len(desk.taken)}"


async def test_who_does_not_read_is_not_read() -> None:
    """Answers do not pile up for a sender that takes none."""
    connection, wire = Desk().connect()
    connection.pause_writing()
    assert not wire.reads
    connection.resume_writing()
    assert wire.reads


async def test_the_end_waits_for_what_is_being_committed() -> None:
    """An orderly stop answers what was taken."""
    desk = Desk()
    connection, wire = desk.connect()
    connection.data_received(b"token t\n")
    await turns()
    desk.slow = True
    connection.data_received(b"A 1\n")
    await turns()
    ending = asyncio.create_task(desk.server.close())
    await turns()
    assert not wire.is_closed
    desk.commits[0].set_result(None)
    await ending
    assert wire.lines == ["ok 0", "ok 1"]
    assert wire.is_closed
