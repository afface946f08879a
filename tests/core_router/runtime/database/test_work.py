"""Database work: one writer, shared commits, failures that stay with those who made them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from core_router.runtime.database import work
from core_router.runtime.database.work import Database
from tests.core_router.store.stores import LoopReactor, done, sqlite


@pytest.fixture
def database(tmp_path: Path, runner: asyncio.Runner) -> Iterator[Database]:
    """Open, with the table `t`."""
    opened = Database(make_url(sqlite(tmp_path)), LoopReactor(runner.get_loop()))  # type: ignore[arg-type]
    opened.open()
    runner.run(done(opened.submit(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER)")))))
    yield opened
    opened.close()


def insert(number: int) -> Callable[[Connection], int]:
    def run(connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number

    return run


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t ORDER BY rowid")).scalars())


class Gate:
    """Keeps the writer busy until it is opened, so that what follows is taken together."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.open = self._event.set

    def __call__(self, _connection: Connection) -> None:
        assert self._event.wait(30)


async def test_the_result_is_what_the_job_returns(database: Database) -> None:
    assert await done(database.submit(insert(5))) == 5
    assert await done(database.submit(numbers)) == [5]


async def test_jobs_run_in_order(database: Database) -> None:
    for number in range(100):
        database.submit(insert(number))
    assert await done(database.submit(numbers)) == list(range(100))


async def test_what_waits_is_committed_together(database: Database) -> None:
    gate = Gate()
    waiting = database.submit(gate)
    rest = [database.submit(insert(number)) for number in range(50)]
    before = database.commits
    gate.open()
    await done(waiting)
    assert [await done(one) for one in rest] == list(range(50))
    assert database.commits - before <= 2  # the gate's, which may have taken some along, and theirs


async def test_one_that_fails_fails_alone(database: Database) -> None:
    def fails(connection: Connection) -> None:
        insert(99)(connection)
        raise ZeroDivisionError

    def breaks(connection: Connection) -> None:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    gate = Gate()
    database.submit(gate)
    jobs: list[Any] = [database.submit(run) for run in (insert(1), fails, insert(2), breaks, insert(3))]
    gate.open()
    outcomes = await asyncio.gather(*map(done, jobs), return_exceptions=True)
    assert [outcomes[place] for place in (0, 2, 4)] == [1, 2, 3]
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert isinstance(outcomes[3], OperationalError)
    assert await done(database.submit(numbers)) == [1, 2, 3]  # nothing is left of those that failed


async def test_closing_commits_what_waits(tmp_path: Path) -> None:
    reactor: Any = LoopReactor(asyncio.get_running_loop())
    first = Database(make_url(sqlite(tmp_path)), reactor)
    first.open()
    first.submit(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER)")))
    for number in range(100):
        first.submit(insert(number))
    first.close()
    second = Database(make_url(sqlite(tmp_path)), reactor)
    second.open()
    assert await done(second.submit(numbers)) == list(range(100))
    second.close()


class TestGone:
    """The database server goes away, and comes back or does not."""

    @pytest.fixture(autouse=True)
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(work, "_RETRIES", (0.0, 0.0))

    def gone(self, times: int) -> Callable[[Connection], None]:
        left = iter(range(times))

        def run(connection: Connection) -> None:
            if next(left, None) is not None:
                failure = OperationalError("SELECT", {}, Exception("server closed the connection"))
                failure.connection_invalidated = True
                raise failure

        return run

    async def test_it_is_tried_again(self, database: Database, caplog: pytest.LogCaptureFixture) -> None:
        kept, tried = database.submit(insert(1)), database.submit(self.gone(2))
        assert await done(kept) == 1
        await done(tried)
        assert "the database went away, trying again" in caplog.text
        assert await done(database.submit(numbers)) == [1]
        caplog.clear()

    async def test_not_for_ever(self, database: Database, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(OperationalError, match="server closed the connection"):
            await done(database.submit(self.gone(100)))
        assert await done(database.submit(numbers)) == []
        caplog.clear()
