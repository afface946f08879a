"""The link to the router: its counters, and what was sent and is not acknowledged."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import LONG_BINARY

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "link",
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("resumption_id", sa.Text, nullable=False),
        sa.Column("handled", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.BigInteger, nullable=False),
        sa.Column("sent_before", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stanzas", LONG_BINARY, nullable=False),
    )
