"""Rows deleted as a whole, by the beginning of their key; statements about rows nobody knows."""

from datetime import UTC, datetime

from sqlalchemy import URL, Column, Integer, MetaData, Table, create_engine, delete, select, update

from components.common.rows import apply
from components.common.transaction import Transaction

METADATA = MetaData()
PAGES = Table(
    "page",
    METADATA,
    Column("book", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("words", Integer),
)


def test_everything_with_a_prefix(database: URL) -> None:
    """What was there, and what the same batch has written before, is gone; nothing else is."""
    engine = create_engine(database)
    METADATA.create_all(engine)
    earlier, ending = Transaction(datetime.now(UTC)), Transaction(datetime.now(UTC))
    for book, number in ((1, 1), (1, 2), (2, 1)):
        earlier.write(PAGES, (book, number), {"words": 100})
    with engine.begin() as connection:
        apply(connection, earlier.rows.values())
    for book in (1, 2):
        ending.write(PAGES, (book, 3), {"words": 100})
    ending.delete_all(PAGES, (1,))
    with engine.begin() as connection:
        apply(connection, ending.rows.values())
        left = connection.execute(select(PAGES.c.book, PAGES.c.number).order_by(PAGES.c.number)).all()
    METADATA.drop_all(engine)
    engine.dispose()
    assert [tuple(row) for row in left] == [(2, 1), (2, 3)]


def test_statements(database: URL) -> None:
    """They find what the same batch has written, and are told apart by kind and key."""
    engine = create_engine(database)
    METADATA.create_all(engine)
    transaction = Transaction(datetime.now(UTC))
    long = update(PAGES).where(PAGES.c.words > 10).values(words=10)
    transaction.execute(PAGES, "shorten", (1,), long.where(PAGES.c.book == 1))
    transaction.execute(PAGES, "shorten", (2,), long.where(PAGES.c.book == 2))
    transaction.execute(PAGES, "tear", (2,), delete(PAGES).where(PAGES.c.number == 2))
    for book, number in ((1, 1), (2, 1), (2, 2), (3, 1)):
        transaction.write(PAGES, (book, number), {"words": 100})
    with engine.begin() as connection:
        apply(connection, transaction.rows.values())
        left = connection.execute(select(PAGES).order_by(PAGES.c.book)).all()
    METADATA.drop_all(engine)
    engine.dispose()
    assert [tuple(row) for row in left] == [(1, 1, 10), (2, 1, 10), (3, 1, 100)]
