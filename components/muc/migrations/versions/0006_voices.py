"""Voice that lasts, and the language of subjects."""

import sqlalchemy as sa
from alembic import op

from components.common.rows import ADDRESS

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The voices; a column for the language."""
    op.create_table(
        "voice",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("jid", ADDRESS, primary_key=True),
        sa.Column("role", sa.SmallInteger, nullable=False),
    )
    op.add_column("room", sa.Column("subject_language", sa.Text))
