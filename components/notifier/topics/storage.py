"""The tables of topics; `migrations/versions/0050_topics.py` creates them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Row, String, Table, Text, select

from components.common.rows import ADDRESS

metadata = MetaData()

# Short, so that MySQL has room for an address beside it in a key.
TOPIC = String(60)

subscriptions = Table(
    "topic_subscription",
    metadata,
    Column("topic", TOPIC, primary_key=True),
    Column("jid", ADDRESS, primary_key=True),  # bare JID
    Column("mode", Text, nullable=False),  # show, keep, forward
    Column("read", BigInteger, nullable=False),  # the number of the last item they have had
)

events = Table(
    "topic_event",
    metadata,
    Column("topic", TOPIC, primary_key=True),
    Column("jid", ADDRESS, primary_key=True),  # bare or full JID that gets pubsub events
    Column("since", Text, nullable=False),  # UTC, XEP-0082
)

items = Table(
    "topic_item",
    metadata,
    Column("topic", TOPIC, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),  # the publisher's
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("by", Text, nullable=False),  # bare JID, or the name of a program's token
    Column("at", Text, nullable=False),  # UTC, XEP-0082
    Column("prompt", BigInteger, nullable=False),  # by which rooms show it; 0: none
)


@dataclass(frozen=True, slots=True)
class TopicsStored:
    """All rows, in the order in which they shall be read."""

    subscriptions: Sequence[Row[Any]] = ()
    events: Sequence[Row[Any]] = ()
    items: Sequence[Row[Any]] = ()


def load(connection: Connection) -> TopicsStored:
    """Everything topics hold in memory."""
    return TopicsStored(
        connection.execute(select(subscriptions)).all(),
        connection.execute(select(events)).all(),
        connection.execute(select(items).order_by(items.c.topic, items.c.number)).all(),
    )
