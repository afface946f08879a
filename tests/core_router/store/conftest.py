"""The stores of each kind, and one test account in them."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core_router.store.interfaces import Stores
from core_router.store.memory import memory_stores
from core_router.streams.negotiation.scram import make_verifier
from tests.core_router.store.stores import done, in_database, sqlite
from tests.servers.postgresql import PostgreSQL

ALICE = "alice@localhost"
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL.temporary() as cluster:
        yield cluster


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def stores(request: pytest.FixtureRequest, runner: asyncio.Runner, tmp_path: Path) -> Iterator[Stores]:
    """New stores, with the account alice@localhost."""
    if request.param == "memory":
        made = nullcontext(memory_stores())
    elif request.param == "sqlite":
        made = in_database(sqlite(tmp_path), runner.get_loop())
    else:
        made = in_database(request.getfixturevalue("postgresql").database(), runner.get_loop())
    with made as stores:
        verifiers = {"sha-256": make_verifier("pencil", "sha-256", iterations=1)}
        runner.run(done(stores.accounts.create(ALICE, verifiers, NOW)))
        yield stores
