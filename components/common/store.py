"""The component's database: one writing thread with group commit, readers beside it.

The writer takes everything that is queued, runs it in one transaction, commits once, and only then
tells the callers. Under load a commit is shared by many stanzas; without load nobody waits for
others. No database work happens on the event loop.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from components.common import link_store
from components.common.rows import apply
from components.common.transaction import RowChange, RowKey
from settings.engines import engine, migrate

log = logging.getLogger(__name__)

T = TypeVar("T")
Rows = Mapping[RowKey, RowChange]

READERS = 4
BATCH = 1000  # jobs in one commit, so that nobody waits long for the first of them
RETRY_DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts when the server is away


@dataclass(slots=True)
class _Job:
    """Work waiting for the next commit: rows to write, or any function of the connection."""

    future: "asyncio.Future[Any]"
    rows: Rows | None = None
    run: Callable[[Connection], Any] | None = None
    result: Any = None
    error: BaseException | None = None


class Store:
    """The database of one component. `open` first; then use it from one event loop."""

    def __init__(self, url: URL, schema: str, migrations: Path) -> None:
        self._migrations, self._schema = migrations, schema
        self._engine: Engine = engine(url, schema, pool_size=1)
        self._readers_engine: Engine = engine(url, schema, pool_size=READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="store-writer", daemon=True)
        self._closing = threading.Event()
        self.commits = 0  # since the start
        self.jobs = 0

    def open(self) -> None:
        """Create or upgrade the tables and start the writer; the directory of a SQLite file is made.

        Blocks; raises `OSError`, `sqlalchemy.exc.SQLAlchemyError` or `alembic.util.CommandError` if it
        cannot.
        """
        url = self._engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            # Not its parents: where those are missing, more is wrong than that this is the first start.
            Path(url.database).parent.mkdir(mode=0o700, exist_ok=True)
        migrate(self._engine, self._schema, link_store.MIGRATIONS, link_store.VERSION_TABLE)
        migrate(self._engine, self._schema, self._migrations)
        self._writer.start()

    def write(self, rows: Rows) -> "asyncio.Future[None]":
        """Done when the rows are committed; raises what the database says otherwise."""
        job = _Job(asyncio.get_running_loop().create_future(), rows=dict(rows))
        self._jobs.put(job)
        return job.future

    def submit(self, run: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """The result of `run` in a transaction, once that is committed.

        `run` may be called again if another job of the batch fails or the database goes away.
        """
        job = _Job(asyncio.get_running_loop().create_future(), run=run)
        self._jobs.put(job)
        return job.future

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The result of `query`, on a connection of its own that does not wait for the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._query, query)

    def _query(self, query: Callable[[Connection], T]) -> T:
        with self._readers_engine.connect() as connection:
            return query(connection)

    async def close(self) -> None:
        """Commit what is queued, then close all connections."""
        self._closing.set()
        if self._writer.ident is not None:
            self._jobs.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()
        self._readers_engine.dispose()

    def _write(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._take()
            if not batch:
                continue
            self._commit(batch)
            self.jobs += len(batch)
            batch[0].future.get_loop().call_soon_threadsafe(_resolve, batch)

    def _take(self) -> tuple[list[_Job], bool]:
        """Everything that is queued, at least one job; whether there may be more."""
        batch: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH:
                return batch, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: list[_Job]) -> None:
        delays = iter(RETRY_DELAYS)
        while (away := self._attempt(batch)) is not None:
            if self._closing.is_set():
                for job in batch:
                    job.error = away
                return
            log.error("the database is away, trying again: %s", away.orig)
            self._closing.wait(next(delays, RETRY_DELAYS[-1]))

    def _attempt(self, batch: list[_Job]) -> DBAPIError | None:
        """Commit the batch, or give each failing job its error; what is wrong if the database is away."""
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            return error
        try:
            with connection, connection.begin():
                self._together(connection, batch)
        except DBAPIError as error:
            if error.connection_invalidated:
                return error
            self._one_by_one(batch)
        except Exception:  # noqa: BLE001 - a job's own failure; which one's, is found out there
            self._one_by_one(batch)
        else:
            self.commits += 1
        return None

    def _together(self, connection: Connection, batch: list[_Job]) -> None:
        """The usual way: no savepoints, rows that several jobs write are written once."""
        pending: dict[RowKey, RowChange] = {}
        for job in batch:
            if job.rows is not None:
                pending.update(job.rows)
            elif job.run is not None:
                apply(connection, pending.values())
                pending.clear()
                job.result = job.run(connection)
        apply(connection, pending.values())

    def _one_by_one(self, batch: list[_Job]) -> None:
        """After a failure: each job in a savepoint of its own, so that only the failing one fails."""
        try:
            with self._engine.begin() as connection:
                for job in batch:
                    self._in_savepoint(connection, job)
            self.commits += 1
        except Exception as error:  # noqa: BLE001 - the commit itself failed, nothing of it happened
            for job in batch:
                job.error = job.error or error

    def _in_savepoint(self, connection: Connection, job: _Job) -> None:
        try:
            with connection.begin_nested():
                if job.rows is not None:
                    apply(connection, job.rows.values())
                elif job.run is not None:
                    job.result = job.run(connection)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            job.error = error


def _resolve(batch: Iterable[_Job]) -> None:
    for job in batch:
        if job.future.done():  # the caller gave up waiting
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
