"""What remains of destroyed rooms."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The tombstones."""
    op.create_table(
        "tombstone",
        sa.Column("local", ADDRESS, primary_key=True),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("owners", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
    )
