"""What of the link to the router is kept in the component's database, beside the component's own tables.

Written in the same commits as the component's rows, so that after a crash both are of the same moment. A
commit with stanzas to send writes one row, in `outbox`, which also tells how much was handled; `link` is
written when there is nothing to send, and when the link itself is another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import BigInteger, Column, Connection, MetaData, SmallInteger, Table, Text, delete, select

from components.common.outbox import count
from components.common.rows import LONG_BINARY
from components.common.transaction import Outgoing, RowChange, RowKey

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "link_version"  # of these tables; they have a history of their own

metadata = MetaData()

links = Table(
    "link",
    metadata,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),  # 1
    Column("resumption_id", Text, nullable=False),  # XEP-0198 §5; empty: nothing can be resumed
    Column("handled", BigInteger, nullable=False),  # stanzas from the router, on this link
    Column("sent", BigInteger, nullable=False),  # stanzas to the router, on all links
    Column("sent_before", BigInteger, nullable=False),  # those of them that are not on this link
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the first stanza
    Column("handled", BigInteger, nullable=False),  # as in `link`, which is older if `sent` is not higher
    Column("acknowledged", BigInteger, nullable=False),  # stanzas below that number need not be sent again
    Column("stanzas", LONG_BINARY, nullable=False),  # of one commit: text before, text after, addresses
)

LINK_KEY: RowKey = ("link", (1,))
_ACKNOWLEDGED: RowKey = ("outbox acknowledged", ())

_encode = msgspec.msgpack.Encoder().encode


class _Packed(msgspec.Struct, array_like=True):
    """An `Outgoing`; without the last where the row was written by a version that knew no multicast."""

    before: str
    after: str
    to: list[str]
    via: str = ""


_decoder = msgspec.msgpack.Decoder(list[_Packed])


class Position(NamedTuple):
    """A link, and how far it has come with what the router sends."""

    resumption_id: str = ""
    sent_before: int = 0  # stanzas to the router before this link began
    handled: int = 0  # stanzas from the router on this link


@dataclass(slots=True)
class LinkState:
    """The link as the last process has left it."""

    position: Position = field(default_factory=Position)
    sent: int = 0
    acknowledged: int = 0
    outbox: Sequence[tuple[int, Sequence[Outgoing]]] = ()  # number, stanzas


def load(connection: Connection) -> LinkState:
    """From the store."""
    position, sent, acknowledged, kept = Position(), 0, 0, []
    link = connection.execute(select(links)).one_or_none()
    if link is not None:
        position, sent = (Position(link.resumption_id, link.sent_before, link.handled), link.sent)
    for row in connection.execute(select(outbox).order_by(outbox.c.number)):
        stanzas = unpacked(row.stanzas)
        kept.append((row.number, stanzas))
        acknowledged = max(acknowledged, row.acknowledged)
        if row.number >= sent:
            position, sent = (position._replace(handled=row.handled), row.number + count(stanzas))
    return LinkState(position, sent, acknowledged, kept)


def unpacked(stanzas: bytes) -> list[Outgoing]:
    """The stanzas in a row of `outbox`."""
    return [
        Outgoing(packed.before, packed.after, packed.to, packed.via) for packed in _decoder.decode(stanzas)
    ]


def link_row(position: Position, sent: int) -> RowChange:
    """The one row of `link`."""
    return RowChange(links, (1,), {**position._asdict(), "sent": sent})


def outbox_key(number: int) -> RowKey:
    """The key of the stanzas from that number on."""
    return ("outbox", (number,))


def outbox_row(number: int, outgoing: Sequence[Outgoing], handled: int, acknowledged: int) -> RowChange:
    """The stanzas from that number on. Packing costs 2 µs for 50 copies."""
    packed = _encode([(stanza.before, stanza.after, stanza.to, stanza.via) for stanza in outgoing])
    values = {"handled": handled, "acknowledged": acknowledged, "stanzas": packed}
    return RowChange(outbox, (number,), values)


def without(number: int) -> dict[RowKey, RowChange]:
    """No row of stanzas below that number is needed any more."""
    done = delete(outbox).where(outbox.c.number < number)
    return {_ACKNOWLEDGED: RowChange(outbox, (), None, statement=done)}
