"""The router's tables. A change here needs a migration in `migrations/versions`."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from core_router.store.interfaces import LONGEST_ADDRESS

# RFC 7622 §3.1 allows more; nobody whose address is longer has an account, or is in a roster, here.
ADDRESS = String(LONGEST_ADDRESS)

metadata = MetaData()


def time_stored(time: datetime) -> datetime:
    """A time as it is stored: in UTC, without saying so, as not all databases can."""
    return time.astimezone(UTC).replace(tzinfo=None)


def time_read(time: datetime) -> datetime:
    """A time that was stored."""
    return time.replace(tzinfo=UTC)


accounts = Table(
    "accounts",
    metadata,
    Column("jid", ADDRESS, primary_key=True),
    Column("created", DateTime, nullable=False),  # UTC
    Column("roster_version", Integer, nullable=False, default=0),
    Column("roster_horizon", Integer, nullable=False, default=0),
    Column("last_seen", DateTime, nullable=True),  # UTC
    Column("last_status", Text, nullable=True),
    Column("disabled", Boolean, nullable=False, default=False),
)

verifiers = Table(
    "verifiers",
    metadata,
    Column("jid", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True),
    Column("hash", String(16), primary_key=True),
    Column("salt", LargeBinary(64), nullable=False),
    Column("iterations", Integer, nullable=False),
    Column("stored_key", LargeBinary(64), nullable=False),
    Column("server_key", LargeBinary(64), nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("account", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True),
    Column("client", String(36), primary_key=True),
    Column("slot", String(7), primary_key=True),  # "current" or "new" (XEP-0484 §5.1)
    Column("seed", LargeBinary(64), nullable=False),
    Column("mechanism", String(20), nullable=False),
    Column("issued", DateTime, nullable=False),  # UTC
    Column("expires", DateTime, nullable=False),  # UTC
    Column("count", Integer, nullable=False),
)

roster_items = Table(
    "roster_items",
    metadata,
    Column("account", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True),
    Column("jid", ADDRESS, primary_key=True),
    Column("name", Text, nullable=False),
    Column("subscription", String(4), nullable=False),
    Column("ask", Boolean, nullable=False),
    Column("pending", LargeBinary, nullable=True),
    Column("approved", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("groups", Text, nullable=False),  # JSON array of names
    Column("version", Integer, nullable=False, default=0),
)

removed_roster_items = Table(
    "removed_roster_items",
    metadata,
    Column("account", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True),
    Column("jid", ADDRESS, primary_key=True),
    Column("version", Integer, nullable=False),
)

blocked = Table(
    "blocked",
    metadata,
    Column("account", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True),
    Column("jid", ADDRESS, primary_key=True),
)

offline_messages = Table(
    "offline_messages",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("account", ADDRESS, ForeignKey("accounts.jid", ondelete="CASCADE"), nullable=False, index=True),
    Column("received", DateTime, nullable=False),  # UTC
    Column("stanza", LargeBinary(2**24 - 1), nullable=False),
)

held_stanzas = Table(
    "held_stanzas",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("holder", String(300), nullable=False),
    Column("stanza", LargeBinary(2**24 - 1), nullable=False),
    sqlite_autoincrement=True,
)

states = Table(
    "states",
    metadata,
    Column("holder", String(300), primary_key=True),
    Column("state", LargeBinary(2**32 - 1), nullable=False),  # JSON
)
