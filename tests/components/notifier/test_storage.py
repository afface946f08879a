"""The migrations of all parts make the tables that the parts declare."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine

from components.notifier.component import PROGRAM, TABLES
from settings.engines import engine, migrate

LINK = {"link", "outbox", "link_version", "alembic_version"}


@pytest.fixture
def migrated(tmp_path: Path) -> URL:
    url = URL.create("sqlite", database=str(tmp_path / "notifier.sqlite"))
    made = engine(url, "notifier", 1)
    migrate(made, "notifier", PROGRAM.migrations)
    made.dispose()
    return url


def test_migrations_and_tables_agree(migrated: URL) -> None:
    """What a part declares is what its chain of migrations has made; types are compared, too."""
    with create_engine(migrated).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, list(TABLES)) == []


def test_no_two_parts_have_a_table_of_the_same_name() -> None:
    """They share one database."""
    names = [name for metadata in TABLES for name in metadata.tables]
    assert sorted(names) == sorted(set(names) - LINK)
