"""Rooms the bot is in, who is there, whom it knows, and meetings it keeps minutes of."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """All tables."""
    op.create_table(
        "room",
        sa.Column("jid", ADDRESS, primary_key=True),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("nick", "password", "inviter")],
        sa.Column("entered", sa.Boolean, nullable=False),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("subject", "subject_nick")],
    )
    op.create_table(
        "occupant",
        *[sa.Column(name, ADDRESS, primary_key=True) for name in ("room", "nick")],
        *[sa.Column(name, sa.Text, nullable=False) for name in ("person", "jid", "role")],
    )
    op.create_table(
        "acquaintance",
        *[sa.Column(name, ADDRESS, primary_key=True) for name in ("room", "person")],
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "meeting",
        sa.Column("room", ADDRESS, primary_key=True),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("title", "nick", "began")],
    )
    op.create_table(
        "participant",
        *[sa.Column(name, ADDRESS, primary_key=True) for name in ("room", "person")],
        *[sa.Column(name, sa.Text, nullable=False) for name in ("nick", "jid")],
    )
    op.create_table(
        "line",
        sa.Column("room", ADDRESS, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *[sa.Column(name, sa.Text, nullable=False) for name in ("nick", "said", "at")],
    )
