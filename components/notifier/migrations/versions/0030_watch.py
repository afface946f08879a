"""Stock watch: watches, matches, last quotes."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0030"
down_revision = None


def upgrade() -> None:
    """Create the first tables of the stock watch."""
    op.create_table(
        "watch",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("owner", ADDRESS, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("phase", sa.SmallInteger, nullable=False),
        sa.Column("matches", sa.BigInteger, nullable=False),
        sa.Column("quiet_until", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "watch_match",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("watch", sa.BigInteger, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.BigInteger, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
    )
    op.create_table(
        "quote",
        sa.Column("instrument", ADDRESS, primary_key=True),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "quote_series",
        sa.Column("key", ADDRESS, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "quote_feed",
        sa.Column("source", ADDRESS, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
