"""The archive of what was said."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The archive."""
    op.create_table(
        "archive",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("nick", sa.Text, nullable=False),
        sa.Column("jid", ADDRESS, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
