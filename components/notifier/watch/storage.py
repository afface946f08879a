"""The tables of the stock watch; `migrations/versions/0030_watch.py` creates them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    Row,
    SmallInteger,
    Table,
    Text,
    select,
)

from components.common.rows import ADDRESS

metadata = MetaData()

watches = Table(
    "watch",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", ADDRESS, nullable=False),  # bare JID
    Column("condition", Text, nullable=False),  # as `grammar.read` reads it
    Column("phase", SmallInteger, nullable=False),  # watches.Phase
    Column("matches", BigInteger, nullable=False),  # so far
    Column("quiet_until", BigInteger, nullable=False),  # moments are microseconds since 1970, UTC
    Column("changed", BigInteger, nullable=False),  # the moment of the last change
)

matches = Table(
    "watch_match",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the prompt
    Column("watch", BigInteger, nullable=False),
    Column("condition", Text, nullable=False),  # as it was then
    Column("text", Text, nullable=False),  # one line for people
    Column("price", BigInteger, nullable=False),  # in 10⁻⁸
    Column("moment", BigInteger, nullable=False),  # of the quote
    Column("reference", BigInteger, nullable=False),  # what the price was compared with, or 0
    Column("told", Boolean, nullable=False),  # false: its owner hears of it in the next summary
)

quotes = Table(
    "quote",
    metadata,
    Column("instrument", ADDRESS, primary_key=True),
    Column("price", BigInteger, nullable=False),
    Column("moment", BigInteger, nullable=False),
)

series = Table(
    "quote_series",
    metadata,
    Column("key", ADDRESS, primary_key=True),  # instrument, measure, hours (`saving.key`)
    Column("state", Text, nullable=False),  # JSON (`series.Series.state`)
)

feeds = Table(
    "quote_feed",
    metadata,
    Column("source", ADDRESS, primary_key=True),
    Column("sequence", BigInteger, nullable=False),  # of the last batch (or line) that was taken
)


@dataclass(frozen=True, slots=True)
class WatchStored:
    """All rows."""

    watches: Sequence[Row[Any]] = ()
    matches: Sequence[Row[Any]] = ()
    quotes: Sequence[Row[Any]] = ()
    series: Sequence[Row[Any]] = ()
    feeds: Sequence[Row[Any]] = ()


def load(connection: Connection) -> WatchStored:
    """Everything the stock watch holds in memory."""
    return WatchStored(
        connection.execute(select(watches).order_by(watches.c.number)).all(),
        connection.execute(select(matches).order_by(matches.c.number)).all(),
        connection.execute(select(quotes)).all(),
        connection.execute(select(series)).all(),
        connection.execute(select(feeds)).all(),
    )
