"""The tables of the room service; `migrations/` creates them, `load` reads them at the start.

No foreign keys: a room's rows are written and deleted together in one transaction, from a state in
memory that knows all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    SmallInteger,
    Table,
    Text,
    func,
    select,
)

from components.common.rows import ADDRESS

metadata = MetaData()

rooms = Table(
    "room",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("local", ADDRESS, nullable=False, unique=True),  # localpart of the room's JID
    Column("config", Text, nullable=False),  # JSON of what differs from the defaults
    Column("locked", Boolean, nullable=False),  # awaiting its first configuration, XEP-0045 §10.1
    Column("subject", Text),
    Column("subject_nick", Text),
    Column("subject_at", Text),  # UTC, XEP-0082
    Column("subject_occupant", Text),  # XEP-0421, of who set it
    Column("subject_language", Text),  # xml:lang, if there was one
)

occupants = Table(
    "occupant",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("jid", ADDRESS, primary_key=True),  # full JID, one row for each session
    Column("nick", Text, nullable=False),
    Column("role", SmallInteger, nullable=False),
    Column("presence", Text, nullable=False),
    Column("updated", Integer, nullable=False),  # orders the sessions of a nickname and the occupants
)

affiliations = Table(
    "affiliation",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("jid", ADDRESS, primary_key=True),  # bare JID or domain
    Column("affiliation", SmallInteger, nullable=False),
    Column("nick", Text, nullable=False),  # reserved nickname, or empty
)

voices = Table(
    "voice",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("jid", ADDRESS, primary_key=True),  # bare JID
    Column("role", SmallInteger, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("nick", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("sent", Text, nullable=False),  # UTC, XEP-0082
)


archive = Table(
    "archive",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # also the time, in microseconds
    Column("nick", Text, nullable=False),  # empty: the room itself
    Column("jid", ADDRESS, nullable=False),  # bare JID of the occupant
    Column("attributes", Text, nullable=False),
    Column("content", Text, nullable=False),
)

vcards = Table(
    "vcard",
    metadata,
    Column("room_id", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # XEP-0054, rendered
    Column("hashes", Text, nullable=False),  # of its pictures, SHA-1, separated by spaces
)

questions = Table(
    "question",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("stanza", Text, nullable=False),  # the request, rendered
)

tombstones = Table(
    "tombstone",
    metadata,
    Column("local", ADDRESS, primary_key=True),
    Column("venue", Text, nullable=False),  # JID of the alternate room, or empty
    Column("reason", Text, nullable=False),
    Column("owners", Text, nullable=False),  # JSON list of bare JIDs
    Column("until", Text, nullable=False),  # UTC, XEP-0082
)

secrets = Table(
    "secret",
    metadata,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),  # 1
    Column("value", LargeBinary, nullable=False),  # what occupants' ids are made from, XEP-0421
)


@dataclass(frozen=True, slots=True)
class Stored:
    """All rows, in the order in which they shall be read."""

    rooms: Sequence[Row[Any]]
    occupants: Sequence[Row[Any]]
    affiliations: Sequence[Row[Any]]
    history: Sequence[Row[Any]]
    tombstones: Sequence[Row[Any]] = ()
    secret: bytes | None = None
    last_archived: int = 0  # the highest room_id in the archive
    avatars: Sequence[Any] = ()  # room_id, hashes
    voices: Sequence[Any] = ()
    questions: Sequence[Any] = ()


def load(connection: Connection) -> Stored:
    """Everything the service holds in memory."""
    return Stored(
        connection.execute(select(rooms)).all(),
        connection.execute(select(occupants).order_by(occupants.c.updated)).all(),
        connection.execute(select(affiliations)).all(),
        connection.execute(select(history).order_by(history.c.room_id, history.c.number)).all(),
        connection.execute(select(tombstones)).all(),
        connection.execute(select(secrets.c.value)).scalar(),
        connection.execute(select(func.max(archive.c.room_id))).scalar() or 0,
        connection.execute(select(vcards.c.room_id, vcards.c.hashes)).all(),
        connection.execute(select(voices)).all(),
        connection.execute(select(questions).order_by(questions.c.number)).all(),
    )
