"""Rooms, occupants, affiliations and history."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "room",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("local", ADDRESS, nullable=False, unique=True),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("subject_nick", sa.Text),
        sa.Column("subject_at", sa.Text),
    )
    op.create_table(
        "occupant",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("nick", sa.Text, nullable=False),
        sa.Column("role", sa.SmallInteger, nullable=False),
        sa.Column("presence", sa.Text, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
    )
    op.create_table(
        "affiliation",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("affiliation", sa.SmallInteger, nullable=False),
        sa.Column("nick", sa.Text, nullable=False),
    )
    op.create_table(
        "history",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("nick", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
    )
