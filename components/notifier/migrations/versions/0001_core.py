"""Numbers, prompts with their posts and answers, outbound work."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables of the core."""
    op.create_table(
        "counter",
        sa.Column("name", ADDRESS, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "prompt",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("asked_at", sa.Text, nullable=False),
    )
    op.create_table(
        "post",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("recipient", ADDRESS, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("versions", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "answer",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("rest", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "work",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("due", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
    )
