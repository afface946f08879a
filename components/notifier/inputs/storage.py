"""What inputs remember: heartbeats, and what has come already."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, MetaData, Row, Table, Text, select

from components.common.rows import ADDRESS

metadata = MetaData()

heartbeats = Table(
    "heartbeat",
    metadata,
    Column("name", ADDRESS, primary_key=True),
    Column("last", Text, nullable=False),  # UTC, XEP-0082; of the last call, or since when it is expected
    Column("is_late", Boolean, nullable=False),  # an alert has been fired
)

deliveries = Table(
    "input_delivery",
    metadata,
    Column("id", ADDRESS, primary_key=True),  # input and its identifier
    Column("at", Text, nullable=False),  # UTC
)


@dataclass(frozen=True, slots=True)
class InputsStored:
    """All rows."""

    heartbeats: Sequence[Row[Any]]
    deliveries: Sequence[Row[Any]]


def load(connection: Connection) -> InputsStored:
    """On a reader's thread."""
    return InputsStored(
        connection.execute(select(heartbeats)).all(),
        connection.execute(select(deliveries).order_by(deliveries.c.at)).all(),
    )
