"""Connections to SQLite, PostgreSQL and MySQL, set up alike, and the schema brought up to date.

All processes of an installation keep their tables the same way: a SQLite file each, or a schema each
in one PostgreSQL database.
"""

from functools import partial
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

_PRAGMAS = (
    "journal_mode=WAL",
    # NORMAL: a commit is in the file when it returns and survives the death of any process; only a
    # power cut can take the last ones, never consistency. FULL would wait for the disk at every
    # commit; whoever needs that has PostgreSQL.
    "synchronous=NORMAL",
    "busy_timeout=10000",  # milliseconds
    "foreign_keys=ON",
)


def database_url(configured: str, home: Path) -> URL:
    """The URL as configured, a relative SQLite path being relative to the home.

    Raises ValueError for what is no URL of a database.
    """
    try:
        url = make_url(configured)
    except ArgumentError:
        raise ValueError(
            "expected a URL such as sqlite:///state/name.sqlite or "
            "postgresql+psycopg2://user:password@host/name"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(database=str(home / url.database))
    return url


def engine(url: URL, schema: str, pool_size: int) -> Engine:
    """An engine for the process whose tables are in `schema`; nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, pool_size)
    if url.get_backend_name() == "postgresql":
        # One database serves all processes of an installation, each in a schema of its own.
        url = url.update_query_dict({"options": f"-csearch_path={schema}"})
    return create_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True)


def _sqlite(url: URL, pool_size: int) -> Engine:
    made = create_engine(url, pool_size=pool_size, max_overflow=0)

    @event.listens_for(made, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late for savepoints and reads; "begin" below does it.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return made


def migrate(engine: Engine, schema: str, migrations: Path, version_table: str = "alembic_version") -> None:
    """Bring the tables to the newest revisions in `migrations` (Alembic), in one transaction.

    Parts of a process whose tables have nothing to do with each other may each have a chain of their own.

    Tables with a history of their own, such as those that every component has, have their revision
    in another `version_table`. Raises `alembic.util.CommandError` if the database was written by a
    newer version.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        with EnvironmentContext(config, scripts, fn=partial(_steps, scripts)) as environment:
            environment.configure(connection=connection, version_table=version_table)
            environment.run_migrations()


def _steps(scripts: ScriptDirectory, revision: Any, _context: object) -> Any:
    return scripts._upgrade_revs("heads", revision)
