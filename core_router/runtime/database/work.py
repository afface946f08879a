"""Database work off the reactor's thread: one writer with group commit.

The writer takes everything that is queued, runs it in one transaction, commits once, and only then
fires the callers' Deferreds. Under load a commit is shared by many; without load nobody waits.
Reads that must see all earlier changes go the same way.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads

from settings.engines import engine, migrate

log = logging.getLogger(__name__)

T = TypeVar("T")

SCHEMA = "core_router"
_MIGRATIONS = Path(__file__).parent / "migrations"
_BATCH = 1000  # jobs in one commit, so that the first of them does not wait long
_RETRIES = (0.1, 0.2, 0.5, 1.0, 2.0)  # seconds between attempts while the database server is away


@dataclass(slots=True)
class _Job:
    run: Callable[[Connection], Any]
    done: "Deferred[Any]"
    result: Any = None
    error: BaseException | None = None


class Database:
    """The router's database. `open` first, from the reactor's thread."""

    def __init__(self, url: URL, reactor: IReactorFromThreads) -> None:
        self._engine = engine(url, SCHEMA, pool_size=1)
        self._reactor = reactor
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="database", daemon=True)
        self.commits = 0  # since the start

    def open(self) -> None:
        """Bring the tables up to date and start the writer.

        Blocks; raises `sqlalchemy.exc.SQLAlchemyError` or `alembic.util.CommandError`.
        """
        migrate(self._engine, SCHEMA, _MIGRATIONS)
        self._thread.start()

    def close(self) -> None:
        """Commit what is queued and close. Blocks."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._engine.dispose()

    def submit(self, run: Callable[[Connection], T]) -> "Deferred[T]":
        """The result of `run` in a transaction, once that is committed; jobs run in order.

        `run` may be called again, after another job of its batch has failed.
        """
        job = _Job(run, Deferred())
        self._jobs.put(job)
        return job.done

    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return self._jobs.qsize()

    # -- in the writer's thread ---------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            last = False
            while len(batch) < _BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    last = True
                    break
                batch.append(following)
            self._commit(batch)
            self._reactor.callFromThread(_fire, batch)
            if last:
                return

    def _commit(self, batch: list[_Job]) -> None:
        for delay in (*_RETRIES, None):
            try:
                self._together(batch)
                return
            except DBAPIError as error:
                if not error.connection_invalidated or delay is None:
                    break
                log.error("the database went away, trying again in %s s: %s", delay, error.orig)
                time.sleep(delay)
            except Exception:  # noqa: BLE001 - whose it is comes out below
                break
        self._one_by_one(batch)

    def _together(self, batch: list[_Job]) -> None:
        """The usual way, without savepoints."""
        with self._engine.begin() as connection:
            for job in batch:
                job.result = job.run(connection)
        self.commits += 1

    def _one_by_one(self, batch: list[_Job]) -> None:
        """After a failure: a savepoint for each job, so that only the one at fault fails."""
        try:
            with self._engine.begin() as connection:
                for job in batch:
                    try:
                        with connection.begin_nested():
                            job.result = job.run(connection)
                    except Exception as error:  # noqa: BLE001 - its caller gets it
                        job.error = error
            self.commits += 1
        except Exception as error:  # noqa: BLE001 - the commit failed: nothing of it has happened
            for job in batch:
                job.error = job.error or error


def _fire(batch: list[_Job]) -> None:
    for job in batch:
        if job.error is not None:
            job.done.errback(job.error)
        else:
            job.done.callback(job.result)
