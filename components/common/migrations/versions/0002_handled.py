"""What is to be sent tells itself how much was handled, so that most commits write one row for the link."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Rows that are there already have a row of `link` that is as new."""
    op.add_column(
        "outbox",
        sa.Column("handled", sa.BigInteger, nullable=False, server_default="0"),
    )
