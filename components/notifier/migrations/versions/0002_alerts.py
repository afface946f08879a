"""Alerts with their instances, silences, limits of messages."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of alerts."""
    op.create_table(
        "alert",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("due", sa.Text),
        sa.Column("news_due", sa.Text),
    )
    op.create_table(
        "alert_instance",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "silence",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("matchers", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
    )
    op.create_table(
        "flood",
        sa.Column("recipient", ADDRESS, primary_key=True),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
    )
