"""The tables of approvals; the audit trail is only ever added to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Row, Table, Text, func, select

from components.common.rows import ADDRESS
from components.notifier.approvals.audit import Entry

metadata = MetaData()

approvals = Table(
    "approval",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),  # name of the program's token
    Column("key", ADDRESS, nullable=False),  # idempotency key, or empty
    Column("fingerprint", Text, nullable=False),  # of the request's body
    Column("request", Text, nullable=False),  # JSON
    Column("votes", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", Text, nullable=False),  # UTC, XEP-0082
    Column("deadline", Text, nullable=False),
    Column("decided", Text, nullable=False),  # empty while pending
)

audit = Table(
    "approval_audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False, index=True),  # of the approval
    Column("event", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("at", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

confirmations = Table(
    "confirmation",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),  # name of the program's token
    Column("request", Text, nullable=False),  # JSON
    Column("jid", Text, nullable=False),  # bare
    Column("created", Text, nullable=False),  # UTC, XEP-0082
    Column("state", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the part holds in memory."""

    approvals: Sequence[Row[Any]] = ()
    last_entry: Row[Any] | None = None
    confirmations: Sequence[Row[Any]] = ()


def load(connection: Connection) -> Stored:
    """On a reader's thread."""
    last = select(func.max(audit.c.sequence)).scalar_subquery()
    return Stored(
        connection.execute(select(approvals).order_by(approvals.c.number)).all(),
        connection.execute(select(audit).where(audit.c.sequence == last)).one_or_none(),
        connection.execute(select(confirmations).order_by(confirmations.c.number)).all(),
    )


def trail(connection: Connection) -> list[Entry]:
    """The whole audit trail."""
    return [entry_of(row) for row in connection.execute(select(audit).order_by(audit.c.sequence))]


def entry_of(row: Row[Any]) -> Entry:
    """An entry as it was signed."""
    return Entry(
        row.sequence,
        row.number,
        row.event,
        row.by,
        json.loads(row.detail),
        datetime.fromisoformat(row.at),
        row.before,
        row.signature,
    )


def row_of(entry: Entry) -> Mapping[str, Any]:
    """For the store, without the sequence number."""
    return {
        "number": entry.number,
        "event": entry.event,
        "by": entry.by,
        "detail": json.dumps(entry.detail, sort_keys=True),
        "at": entry.at.isoformat(),
        "before": entry.before,
        "signature": entry.signature,
    }
