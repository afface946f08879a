"""Requests that are answered out of the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import LONGTEXT

# MySQL's TEXT ends at 64 KiB.
LONG_TEXT = sa.Text().with_variant(LONGTEXT, "mysql", "mariadb")

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """The open questions."""
    op.create_table(
        "question",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stanza", LONG_TEXT, nullable=False),
    )
