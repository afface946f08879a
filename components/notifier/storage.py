"""The tables of the notifier's core; each part has its own module like this one.

Migrations stand together in `migrations/versions`, but each part has a chain of its own whose first
revision follows none (`down_revision = None`): core 0001…, people 0010…, inputs 0020…, watch 0030…,
approvals 0040…, topics 0050…. So parts change their tables without regard to one another.
"""

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

counters = Table(
    "counter",
    metadata,
    Column("name", ADDRESS, primary_key=True),  # of what is counted: "prompt", "work"
    Column("last", BigInteger, nullable=False),  # the number given last
)

prompts = Table(
    "prompt",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about, in the words of its kind
    Column("text", Text, nullable=False),
    Column("actions", Text, nullable=False),  # verbs, separated by spaces
    Column("urgent", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("asked_at", Text, nullable=False),  # UTC, XEP-0082
)

posts = Table(
    "post",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the prompt
    Column("sequence", SmallInteger, primary_key=True, autoincrement=False),
    Column("recipient", ADDRESS, nullable=False),  # bare JID of a person or a room, or e-mail address
    Column("channel", Text, nullable=False),  # chat, room, mail
    Column("state", Text, nullable=False),  # sent, received, displayed, failed
    Column("at", Text, nullable=False),  # UTC, of the state
    Column("versions", SmallInteger, nullable=False),  # of the text, so far
)

answers = Table(
    "answer",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the prompt
    Column("sequence", SmallInteger, primary_key=True, autoincrement=False),
    Column("by", Text, nullable=False),  # bare JID, or room/nickname, or "operator"
    Column("via", Text, nullable=False),  # see text.Via
    Column("verb", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Column("at", Text, nullable=False),  # UTC
)

work = Table(
    "work",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # callback or mail
    Column("owner", Text, nullable=False),  # the part that wants to hear of its end, or empty
    Column("key", Text, nullable=False),  # idempotency key
    Column("target", Text, nullable=False),  # URL or e-mail address
    Column("content", Text, nullable=False),  # JSON
    Column("attempts", SmallInteger, nullable=False),
    Column("due", Text, nullable=False),  # UTC; empty: it is dead
    Column("error", Text, nullable=False),  # of the last attempt
    Column("created", Text, nullable=False),  # UTC
)


@dataclass(frozen=True, slots=True)
class CoreStored:
    """All rows of the core, in the order in which they shall be read."""

    counters: Sequence[Row[Any]]
    prompts: Sequence[Row[Any]]
    posts: Sequence[Row[Any]]
    answers: Sequence[Row[Any]]
    work: Sequence[Row[Any]]


def load(connection: Connection) -> CoreStored:
    """Everything the core holds in memory."""
    return CoreStored(
        connection.execute(select(counters)).all(),
        connection.execute(select(prompts).order_by(prompts.c.number)).all(),
        connection.execute(select(posts).order_by(posts.c.number, posts.c.sequence)).all(),
        connection.execute(select(answers).order_by(answers.c.number, answers.c.sequence)).all(),
        connection.execute(select(work).order_by(work.c.number)).all(),
    )
