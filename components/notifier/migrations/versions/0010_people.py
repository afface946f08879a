"""Presence of people, and what was agreed about duty."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0010"
down_revision = None


def upgrade() -> None:
    """Create the first tables of `people`."""
    op.create_table(
        "presence",
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("availability", sa.SmallInteger, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
    )
    op.create_table(
        "duty_override",
        sa.Column("schedule", ADDRESS, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("begin", sa.Text, nullable=False),
        sa.Column("end", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
    )
