"""Databases as every process opens them: where they are, how SQLite is set up, how tables come to be."""

from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, Engine, inspect, text

from settings.engines import database_url, engine, migrate

REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{number}", {before}
def upgrade():
    op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def opened(tmp_path: Path) -> Engine:
    """A database file that is not there yet."""
    return engine(URL.create("sqlite", database=str(tmp_path / "test.sqlite")), "test", 1)


def revision(directory: Path, number: int, table: str) -> Path:
    """One more revision in a folder of migrations, which makes a table."""
    (directory / "versions").mkdir(parents=True, exist_ok=True)
    before = repr(str(number - 1)) if number > 1 else None
    written = REVISION.format(number=number, before=before, table=table)
    (directory / "versions" / f"{number}.py").write_text(written)
    return directory


def tables(opened: Engine) -> set[str]:
    """Those there are."""
    return set(inspect(opened).get_table_names())


def test_sqlite_survives_the_death_of_the_process(opened: Engine) -> None:
    """WAL; synchronous=NORMAL (1)."""
    with opened.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_file_is_in_the_home(tmp_path: Path) -> None:
    assert database_url("sqlite:///state/x.sqlite", tmp_path).database == str(tmp_path / "state/x.sqlite")
    assert database_url("sqlite:////srv/x.sqlite", tmp_path).database == "/srv/x.sqlite"


def test_others_are_as_configured(tmp_path: Path) -> None:
    assert database_url("postgresql+psycopg2://u:p@db/x", tmp_path).database == "x"
    assert database_url("sqlite:///:memory:", tmp_path).database == ":memory:"


def test_no_url(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a URL such as sqlite:///state/name"):
        database_url("somewhere", tmp_path)


def test_only_what_is_missing_is_made(tmp_path: Path, opened: Engine) -> None:
    migrations = revision(tmp_path / "m", 1, "first")
    migrate(opened, "test", migrations)
    assert tables(opened) == {"first", "alembic_version"}
    migrate(opened, "test", revision(migrations, 2, "second"))
    assert tables(opened) == {"first", "second", "alembic_version"}


def test_a_percent_sign_in_the_path(tmp_path: Path, opened: Engine) -> None:
    """Alembic's configuration would expand it."""
    migrate(opened, "test", revision(tmp_path / "100%s", 1, "first"))
    assert "first" in tables(opened)


def test_tables_with_a_history_of_their_own(tmp_path: Path, opened: Engine) -> None:
    """Two folders that both begin with revision 1, in one database."""
    migrate(opened, "test", revision(tmp_path / "own", 1, "own"))
    migrate(opened, "test", revision(tmp_path / "shared", 1, "shared"), "shared_version")
    assert tables(opened) == {"own", "alembic_version", "shared", "shared_version"}


def test_the_database_of_a_newer_version(tmp_path: Path, opened: Engine) -> None:
    migrations = revision(tmp_path / "m", 1, "first")
    migrate(opened, "test", revision(migrations, 2, "second"))
    (migrations / "versions" / "2.py").unlink()
    with pytest.raises(CommandError):
        migrate(opened, "test", migrations)


def test_what_fails_leaves_nothing(tmp_path: Path, opened: Engine) -> None:
    """One transaction for all revisions."""
    migrations = revision(tmp_path / "m", 1, "first")
    revision(migrations, 2, "first")  # which is there by then
    with pytest.raises(Exception, match="already exists"):
        migrate(opened, "test", migrations)
    assert tables(opened) == set()
