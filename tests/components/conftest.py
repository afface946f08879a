"""Databases for the tests of components: a file, and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from tests.servers.postgresql import PostgreSQL


@pytest.fixture(scope="session")
def postgresql_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """One cluster for all tests of the run."""
    with PostgreSQL.temporary() as cluster:
        yield cluster


@pytest.fixture
def sqlite(tmp_path: Path) -> URL:
    """A database file that is not there yet."""
    return URL.create("sqlite", database=str(tmp_path / "test.sqlite"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def database(request: pytest.FixtureRequest, sqlite: URL) -> URL:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite
    cluster: PostgreSQL = request.getfixturevalue("postgresql_cluster")
    return make_url(cluster.database())
