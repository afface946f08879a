"""The stores of each kind, and one test account in them."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core_router.store.interfaces import Stores
from core_router.store.memory import memory_stores
from core_router.streams.negotiation.scram import make_verifier
from tests.core_router.store.stores import done, empty, in_database, sqlite
from tests.servers.postgresql import PostgreSQL

ALICE = "alice@localhost"
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database in PostgreSQL, one for all tests: each leaves it empty."""
    with PostgreSQL.temporary() as cluster:
        yield cluster.database()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def stores(request: pytest.FixtureRequest, runner: asyncio.Runner, tmp_path: Path) -> Iterator[Stores]:
    """New stores, with the account alice@localhost."""
    made: AbstractContextManager[Stores]
    if request.param == "memory":
        made = nullcontext(memory_stores())
    elif request.param == "sqlite":
        made = in_database(sqlite(tmp_path), runner.get_loop())
    else:
        made = in_database(request.getfixturevalue("postgresql"), runner.get_loop())
    with made as stores:
        verifiers = {"sha-256": make_verifier("pencil", "sha-256", iterations=1)}
        runner.run(done(stores.accounts.create(ALICE, verifiers, NOW)))
        yield stores
    if request.param == "postgresql":
        empty(request.getfixturevalue("postgresql"))
