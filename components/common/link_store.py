"""What of the link to the router is kept in the component's database, beside the component's own tables.

Written in the same commits as the component's rows, so that after a crash both are of the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import BigInteger, Column, Connection, MetaData, SmallInteger, Table, Text, select

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
    Column("stanzas", LONG_BINARY, nullable=False),  # of one transaction: text before, text after, addresses
)

LINK_KEY: RowKey = ("link", (1,))

_encode = msgspec.msgpack.Encoder().encode


class _Packed(msgspec.Struct, array_like=True):
    """An `Outgoing`; without the last where the row was written by a version that knew no multicast."""

    before: str
    after: str
    to: list[str]
    via: str = ""


_decoder = msgspec.msgpack.Decoder(list[_Packed])


@dataclass(slots=True)
class LinkState:
    """The link as the last process has left it."""

    resumption_id: str = ""
    handled: int = 0
    sent: int = 0
    sent_before: int = 0
    outbox: Sequence[tuple[int, Sequence[Outgoing]]] = ()  # number, stanzas


def load(connection: Connection) -> LinkState:
    """From the store."""
    kept = [
        (row.number, unpacked(row.stanzas))
        for row in connection.execute(select(outbox).order_by(outbox.c.number))
    ]
    link = connection.execute(select(links)).one_or_none()
    if link is None:
        return LinkState(outbox=kept)
    return LinkState(link.resumption_id, link.handled, link.sent, link.sent_before, kept)


def unpacked(stanzas: bytes) -> list[Outgoing]:
    """The stanzas in a row of `outbox`."""
    return [Outgoing(packed.before, packed.after, packed.to, packed.via) for packed in _decoder.decode(stanzas)]


def link_row(resumption_id: str, handled: int, sent: int, sent_before: int) -> RowChange:
    """The one row of `link`."""
    values = {
        "resumption_id": resumption_id,
        "handled": handled,
        "sent": sent,
        "sent_before": sent_before,
    }
    return RowChange(links, (1,), values)


def outbox_key(number: int) -> RowKey:
    """The key of the stanzas from that number on."""
    return ("outbox", (number,))


def outbox_row(number: int, outgoing: Sequence[Outgoing] | None) -> RowChange:
    """The stanzas from that number on; None when they are acknowledged. Packing costs 2 µs for 50 copies."""
    if outgoing is None:
        return RowChange(outbox, (number,), None)
    packed = _encode([(stanza.before, stanza.after, stanza.to, stanza.via) for stanza in outgoing])
    return RowChange(outbox, (number,), {"stanzas": packed})
