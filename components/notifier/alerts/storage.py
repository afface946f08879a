"""The tables of alerts; see `components.notifier.storage`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Row, Table, Text, select

from components.common.rows import ADDRESS

metadata = MetaData()

alerts = Table(
    "alert",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),  # name, empty for none
    Column("labels", Text, nullable=False),  # JSON: those it is grouped by
    Column("targets", Text, nullable=False),  # JSON list
    Column("state", Text, nullable=False),
    Column("since", Text, nullable=False),  # UTC, of the state
    Column("why", Text, nullable=False),  # who has acknowledged it, what suppresses it
    Column("started_at", Text, nullable=False),  # UTC
    Column("step", Integer, nullable=False),  # of the escalation, the next to be taken
    Column("rounds", Integer, nullable=False),  # through all steps, so far
    Column("due", Text),  # UTC: when the state goes on by itself
    Column("news_due", Text),  # UTC: when those who were told hear of what has joined
)

instances = Table(
    "alert_instance",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the alert
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # JSON of an Instance
)

silences = Table(
    "silence",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("matchers", Text, nullable=False),  # JSON list
    Column("by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("until", Text, nullable=False),  # UTC
)

floods = Table(
    "flood",
    metadata,
    Column("recipient", ADDRESS, primary_key=True),  # chat:JID, room:JID, mail:ADDRESS
    Column("told", Text, nullable=False),  # JSON list of times, UTC, of the latest messages
    Column("held", Text, nullable=False),  # JSON list of numbers that wait for the summary
)


@dataclass(frozen=True, slots=True)
class AlertsStored:
    """All rows, in the order in which they shall be read."""

    alerts: Sequence[Row[Any]]
    instances: Sequence[Row[Any]]
    silences: Sequence[Row[Any]]
    floods: Sequence[Row[Any]]


def load(connection: Connection) -> AlertsStored:
    """Everything that is held in memory."""
    return AlertsStored(
        connection.execute(select(alerts).order_by(alerts.c.number)).all(),
        connection.execute(select(instances).order_by(instances.c.number, instances.c.sequence)).all(),
        connection.execute(select(silences).order_by(silences.c.number)).all(),
        connection.execute(select(floods)).all(),
    )
