"""The stores there are: in memory, in SQLite, in PostgreSQL. A test of an interface runs on each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import make_url, text
from twisted.internet.defer import Deferred

from core_router.runtime.database import Database, sql_stores
from core_router.runtime.database.schema import metadata
from core_router.runtime.database.work import SCHEMA
from core_router.store.interfaces import Stores
from settings.engines import engine

T = TypeVar("T")


class LoopReactor:
    """As much of a reactor as a database needs, on the loop of a test."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)


@contextmanager
def in_database(url: str, loop: asyncio.AbstractEventLoop) -> Iterator[Stores]:
    """Stores in a new database."""
    database = Database(make_url(url), LoopReactor(loop))  # type: ignore[arg-type]
    database.open()
    try:
        yield sql_stores(database)
    finally:
        database.close()


def empty(url: str) -> None:
    """Take everything out of a PostgreSQL database, which is quicker than making a new one."""
    opened = engine(make_url(url), SCHEMA, pool_size=1)
    with opened.begin() as connection:
        tables = ", ".join(metadata.tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    opened.dispose()


def sqlite(directory: Path) -> str:
    """The URL of a database in a file."""
    return f"sqlite:///{directory / 'router.sqlite'}"


async def done(work: Awaitable[T]) -> T:
    """The result of a store's work, whatever kind of awaitable it is."""
    if isinstance(work, Deferred):
        result: T = await work.asFuture(asyncio.get_running_loop())
        return result
    return await work
