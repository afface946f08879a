"""Tokens of clients, and accounts that are disabled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "tokens",
        sa.Column(
            "account",
            sa.String(512),
            sa.ForeignKey("accounts.jid", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("client", sa.String(36), primary_key=True),
        sa.Column("slot", sa.String(7), primary_key=True),
        sa.Column("seed", sa.LargeBinary(64), nullable=False),
        sa.Column("mechanism", sa.String(20), nullable=False),
        sa.Column("issued", sa.DateTime, nullable=False),
        sa.Column("expires", sa.DateTime, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
