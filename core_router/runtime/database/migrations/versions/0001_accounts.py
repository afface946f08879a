"""Accounts, verifiers, rosters, offline messages."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ADDRESS = sa.String(512)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("jid", _ADDRESS, primary_key=True),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("roster_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "verifiers",
        _account("jid", primary_key=True),
        sa.Column("hash", sa.String(16), primary_key=True),
        sa.Column("salt", sa.LargeBinary(64), nullable=False),
        sa.Column("iterations", sa.Integer, nullable=False),
        sa.Column("stored_key", sa.LargeBinary(64), nullable=False),
        sa.Column("server_key", sa.LargeBinary(64), nullable=False),
    )
    op.create_table(
        "roster_items",
        _account("account", primary_key=True),
        sa.Column("jid", _ADDRESS, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subscription", sa.String(4), nullable=False),
        sa.Column("ask", sa.Boolean, nullable=False),
        sa.Column("pending", sa.LargeBinary, nullable=True),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
    )
    op.create_table(
        "offline_messages",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        _account("account", nullable=False, index=True),
        sa.Column("received", sa.DateTime, nullable=False),
        sa.Column("stanza", sa.LargeBinary(2**24 - 1), nullable=False),
        # A number is never given twice: what was delivered is forgotten by number.
        sqlite_autoincrement=True,
    )


def _account(name: str, **settings: Any) -> "sa.Column[str]":
    return sa.Column(name, _ADDRESS, sa.ForeignKey("accounts.jid", ondelete="CASCADE"), **settings)
