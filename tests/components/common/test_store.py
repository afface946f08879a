"""The store: group commit, savepoints, migrations, on SQLite and on PostgreSQL."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from components.common import link_store
from components.common.store import Store
from components.common.transaction import RowChange, Transaction
from components.muc import storage
from tests.servers.postgresql import PostgreSQL

pytestmark = pytest.mark.usefixtures("runner")

notes = Table(
    "note", MetaData(), Column("id", Integer, primary_key=True), Column("body", Text, nullable=False)
)

MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "1", None
def upgrade():
    body = sa.Column("body", sa.Text, nullable=False)
    op.create_table("note", sa.Column("id", sa.Integer, primary_key=True), body)
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "2", "1"
def upgrade():
    op.add_column("note", sa.Column("extra", sa.Text))
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A component's migrations: one revision, which makes `notes`."""
    directory = tmp_path / "migrations"
    (directory / "versions").mkdir(parents=True)
    (directory / "versions" / "1.py").write_text(MIGRATION)
    return directory


@pytest.fixture
def store(runner: asyncio.Runner, database: URL, migrations: Path) -> Iterator[Store]:
    """An open store."""
    made = Store(database, "notes", migrations)
    made.open()
    yield made
    runner.run(made.close())


@pytest.fixture
def held(store: Store) -> "Held":
    """The store's writer, busy until it is released."""
    return Held(store)


class Held:
    """A job that keeps the writer waiting, so that what is queued meanwhile becomes one batch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = threading.Event()

    async def begin(self) -> None:
        """Returns once the writer is busy."""
        begun = threading.Event()

        def wait(connection: Connection) -> None:
            begun.set()
            self._go.wait(30)

        self._job = self._store.submit(wait)
        await asyncio.get_running_loop().run_in_executor(None, begun.wait, 30)

    def release(self) -> None:
        """Let the writer go on."""
        self._go.set()


def row(number: int, body: str | None) -> dict[tuple[str, tuple[int]], RowChange]:
    """The change of one row."""
    values = None if body is None else {"body": body}
    return {("note", (number,)): RowChange(notes, (number,), values)}


WITHOUT_BODY = {("note", (2,)): RowChange(notes, (2,), {"body": None})}


def insert(number: int, body: str | None) -> Callable[[Connection], int]:
    """A job that inserts, and fails where the row is there or the body is None."""

    def run(connection: Connection) -> int:
        connection.execute(notes.insert().values(id=number, body=body))
        return number

    return run


def everything(connection: Connection) -> dict[int, str]:
    """All rows."""
    return {row.id: row.body for row in connection.execute(select(notes))}


async def test_written_updated_deleted(store: Store) -> None:
    await store.write(row(1, "one") | row(2, "two"))
    assert await store.read(everything) == {1: "one", 2: "two"}
    await store.write(row(1, "uno") | row(2, None))
    assert await store.read(everything) == {1: "uno"}


async def test_result_of_a_job(store: Store) -> None:
    assert await store.submit(insert(7, "seven")) == 7
    assert await store.read(everything) == {7: "seven"}


async def test_what_is_queued_shares_a_commit(store: Store, held: Held) -> None:
    await held.begin()
    before = store.commits
    writes = [store.write(row(number, "x")) for number in range(50)]
    held.release()
    await asyncio.gather(*writes)
    assert store.commits == before + 2  # the held one and one more
    assert len(await store.read(everything)) == 50


async def test_of_several_writes_to_a_row_the_last_counts(store: Store, held: Held) -> None:
    await held.begin()
    writes = [store.write(row(1, body)) for body in ("a", None, "b")]
    held.release()
    await asyncio.gather(*writes)
    assert await store.read(everything) == {1: "b"}


async def test_jobs_see_the_rows_queued_before_them(store: Store, held: Held) -> None:
    await held.begin()
    first, count, last = (store.write(row(1, "a")), store.submit(everything), store.write(row(2, "b")))
    held.release()
    await asyncio.gather(first, last)
    assert await count == {1: "a"}


async def test_a_refused_write_is_refused_alone(store: Store, held: Held) -> None:
    await held.begin()
    writes = [store.write(row(1, "one")), store.write(WITHOUT_BODY), store.write(row(3, "three"))]
    held.release()
    await asyncio.gather(writes[0], writes[2])
    with pytest.raises(IntegrityError):
        await writes[1]
    assert await store.read(everything) == {1: "one", 3: "three"}


async def test_a_failing_job_fails_alone(store: Store, held: Held) -> None:
    await held.begin()
    first, second = store.write(row(1, "one")), store.submit(insert(2, "two"))
    bad = store.submit(insert(2, "twice"))
    later = store.submit(insert(3, "three"))
    held.release()
    with pytest.raises(IntegrityError):
        await bad
    await asyncio.gather(first, second, later)
    assert await store.read(everything) == {1: "one", 2: "two", 3: "three"}


async def test_any_failure_of_a_job_is_its_callers(store: Store) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(notes.insert().values(id=1, body="gone"))
        raise LookupError("on purpose")

    with pytest.raises(LookupError):
        await store.submit(fail)
    assert await store.read(everything) == {}


async def test_nothing_is_seen_before_its_commit(store: Store) -> None:
    inserted, go = threading.Event(), threading.Event()

    def run(connection: Connection) -> None:
        connection.execute(notes.insert().values(id=1, body="x"))
        inserted.set()
        go.wait(30)

    job = store.submit(run)
    await asyncio.get_running_loop().run_in_executor(None, inserted.wait, 30)
    assert await store.read(everything) == {}
    assert not job.done()
    go.set()
    await job
    assert await store.read(everything) == {1: "x"}


async def test_close_commits_what_is_queued(database: URL, migrations: Path) -> None:
    store = Store(database, "notes", migrations)
    store.open()
    writes = [store.write(row(number, "x")) for number in range(10)]
    await store.close()
    await asyncio.gather(*writes)
    again = Store(database, "notes", migrations)
    again.open()
    assert len(await again.read(everything)) == 10
    await again.close()


async def test_upgrade_keeps_the_rows(database: URL, migrations: Path) -> None:
    store = Store(database, "notes", migrations)
    store.open()
    await store.write(row(1, "one"))
    await store.close()
    (migrations / "versions" / "2.py").write_text(SECOND)
    newer = Store(database, "notes", migrations)
    newer.open()
    assert await newer.read(everything) == {1: "one"}
    assert await newer.read(lambda connection: connection.execute(text("SELECT extra FROM note")).all()) == [
        (None,)
    ]
    await newer.close()


async def test_a_database_that_cannot_be_opened(tmp_path: Path, migrations: Path) -> None:
    store = Store(URL.create("sqlite", database=str(tmp_path)), "notes", migrations)
    with pytest.raises(SQLAlchemyError):
        store.open()
    await store.close()


async def test_the_directory_of_the_file_is_made(tmp_path: Path, migrations: Path) -> None:
    """For its owner only; but not the one above, whose absence says that the address is wrong."""
    made = tmp_path / "state"
    store = Store(URL.create("sqlite", database=str(made / "notes.sqlite")), "notes", migrations)
    store.open()
    await store.close()
    assert made.stat().st_mode & 0o777 == 0o700
    nowhere = tmp_path / "sate" / "state" / "notes.sqlite"
    with pytest.raises(FileNotFoundError):
        Store(URL.create("sqlite", database=str(nowhere)), "notes", migrations).open()


@pytest.mark.real_server
async def test_components_share_a_postgresql_database(
    postgresql_cluster: PostgreSQL, migrations: Path
) -> None:
    url = make_url(postgresql_cluster.database())
    stores = [Store(url, name, migrations) for name in ("one", "two")]
    for number, store in enumerate(stores):
        store.open()
        await store.write(row(number, "mine"))
    assert [list(await store.read(everything)) for store in stores] == [[0], [1]]
    for store in stores:
        await store.close()


@pytest.mark.real_server
async def test_the_writer_waits_for_a_database_that_went_away(migrations: Path) -> None:
    with PostgreSQL.temporary() as cluster:
        store = Store(make_url(cluster.database()), "notes", migrations)
        store.open()
        await store.write(row(1, "before"))
        cluster.crash()
        waiting = store.write(row(2, "meanwhile"))
        await asyncio.sleep(0)
        assert not waiting.done()
        cluster.start()
        await waiting
        assert await store.read(everything) == {1: "before", 2: "meanwhile"}
        await store.close()


async def test_migrations_make_the_tables_the_code_has(database: URL) -> None:
    """The migrations of all components and of the room service say the same as the tables in the code."""
    store = Store(database, "muc", Path(storage.__file__).parent / "migrations")
    store.open()

    def columns(connection: Connection) -> dict[str, dict[str, bool]]:
        found = inspect(connection)
        return {
            table: {column["name"]: bool(column["nullable"]) for column in found.get_columns(table)}
            for table in found.get_table_names()
            if not table.endswith("_version")
        }

    expected = {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in (*storage.metadata.sorted_tables, *link_store.metadata.sorted_tables)
    }
    assert await store.read(columns) == expected
    await store.close()


async def test_rows_of_rooms_come_back(database: URL) -> None:
    """What a transaction notes is what `load` reads."""
    transaction = Transaction(datetime.now(UTC))
    transaction.write(
        storage.occupants,
        (1, "böb@example/Läptop 1"),
        {"nick": "b'ob", "role": 2, "presence": "<show>away</show>", "updated": 1},
    )
    store = Store(database, "muc", Path(storage.__file__).parent / "migrations")
    store.open()
    await store.write(transaction.rows)
    [occupant] = (await store.read(storage.load)).occupants
    assert (occupant.jid, occupant.nick, occupant.role) == ("böb@example/Läptop 1", "b'ob", 2)
    await store.close()
