"""Rows deleted as a whole, by the beginning of their key."""

from datetime import UTC, datetime

from sqlalchemy import URL, Column, Integer, MetaData, Table, create_engine, select

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
