"""Topics: subscriptions and items."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0050"
down_revision = None

_TOPIC = sa.String(60)


def upgrade() -> None:
    """Create the first tables of topics."""
    op.create_table(
        "topic_subscription",
        sa.Column("topic", _TOPIC, primary_key=True),
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("read", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "topic_event",
        sa.Column("topic", _TOPIC, primary_key=True),
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
    )
    op.create_table(
        "topic_item",
        sa.Column("topic", _TOPIC, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("prompt", sa.BigInteger, nullable=False),
    )
