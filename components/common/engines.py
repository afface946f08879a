"""Connections to SQLite, PostgreSQL and MySQL, set up alike, and the schema brought up to date."""

from functools import partial
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text


def engine(url: URL, schema: str, pool_size: int) -> Engine:
    """An engine for the component named `schema`; nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, pool_size)
    if url.get_backend_name() == "postgresql":
        # One database serves all processes of an installation, each in a schema of its own.
        url = url.update_query_dict({"options": f"-csearch_path={schema}"})
    return create_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True)


def _sqlite(url: URL, pool_size: int) -> Engine:
    made = create_engine(url, pool_size=pool_size, max_overflow=0)

    @event.listens_for(made, "connect")
    def configure(connection: Any, record: object) -> None:
        # The driver's own transactions begin too late for savepoints and reads; "begin" below does it.
        connection.isolation_level = None
        # synchronous=NORMAL: a commit is in the file when it returns, and survives the death of any
        # process; only a power cut can take the last ones, never consistency. FULL would wait for
        # the disk at every commit. Whoever needs that has PostgreSQL.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return made


def migrate(engine: Engine, schema: str, migrations: Path) -> None:
    """Bring the component's tables to the newest revision in `migrations` (Alembic), in one transaction.

    Raises `alembic.util.CommandError` if the database was written by a newer version.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        with EnvironmentContext(config, scripts, fn=partial(_steps, scripts)) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()


def _steps(scripts: ScriptDirectory, revision: Any, context: object) -> Any:
    return scripts._upgrade_revs("head", revision)
