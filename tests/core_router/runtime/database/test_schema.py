"""The tables the migrations make are those of the schema."""

from pathlib import Path
from unittest import mock

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from core_router.runtime.database import Database
from core_router.runtime.database.schema import metadata
from tests.core_router.store.stores import sqlite


def test_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    url = make_url(sqlite(tmp_path))
    database = Database(url, mock.Mock())
    database.open()
    database.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []
