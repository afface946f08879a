"""Heartbeats, and what has come already."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0020"
down_revision = None


def upgrade() -> None:
    """Create the first tables of `inputs`."""
    op.create_table(
        "heartbeat",
        sa.Column("name", ADDRESS, primary_key=True),
        sa.Column("last", sa.Text, nullable=False),
        sa.Column("is_late", sa.Boolean, nullable=False),
    )
    op.create_table(
        "input_delivery",
        sa.Column("id", ADDRESS, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
    )
