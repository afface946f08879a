"""The tables of the bot; `migrations/` creates them, `load` reads them at the start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Row, Table, Text, select

from components.common.rows import ADDRESS

metadata = MetaData()

rooms = Table(
    "room",
    metadata,
    Column("jid", ADDRESS, primary_key=True),
    Column("nick", Text, nullable=False),  # the bot's own
    Column("password", Text, nullable=False),
    Column("inviter", Text, nullable=False),  # empty: the configuration
    Column("entered", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_nick", Text, nullable=False),
)

occupants = Table(
    "occupant",
    metadata,
    Column("room", ADDRESS, primary_key=True),
    Column("nick", ADDRESS, primary_key=True),
    Column("person", Text, nullable=False),  # see `room.Occupant`
    Column("jid", Text, nullable=False),  # bare, or empty
    Column("role", Text, nullable=False),
)

acquaintances = Table(
    "acquaintance",
    metadata,
    Column("room", ADDRESS, primary_key=True),
    Column("person", ADDRESS, primary_key=True),
    Column("number", Integer, nullable=False),  # in the order in which the bot has met them
)

meetings = Table(
    "meeting",
    metadata,
    Column("room", ADDRESS, primary_key=True),
    Column("title", Text, nullable=False),
    Column("nick", Text, nullable=False),  # who wanted minutes
    Column("began", Text, nullable=False),  # UTC, XEP-0082
)

participants = Table(
    "participant",
    metadata,
    Column("room", ADDRESS, primary_key=True),
    Column("person", ADDRESS, primary_key=True),
    Column("nick", Text, nullable=False),
    Column("jid", Text, nullable=False),
)

lines = Table(
    "line",
    metadata,
    Column("room", ADDRESS, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("nick", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("at", Text, nullable=False),  # UTC, XEP-0082
)


@dataclass(frozen=True, slots=True)
class Stored:
    """All rows."""

    rooms: Sequence[Row[Any]]
    occupants: Sequence[Row[Any]]
    acquaintances: Sequence[Row[Any]]
    meetings: Sequence[Row[Any]]
    participants: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]


def load(connection: Connection) -> Stored:
    """Everything the bot holds in memory."""
    return Stored(
        connection.execute(select(rooms)).all(),
        connection.execute(select(occupants)).all(),
        connection.execute(select(acquaintances).order_by(acquaintances.c.number)).all(),
        connection.execute(select(meetings)).all(),
        connection.execute(select(participants)).all(),
        connection.execute(select(lines).order_by(lines.c.room, lines.c.number)).all(),
    )
