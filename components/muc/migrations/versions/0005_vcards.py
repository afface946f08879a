"""The rooms' vCards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import LONGTEXT

# MySQL's TEXT ends at 64 KiB.
LONG_TEXT = sa.Text().with_variant(LONGTEXT, "mysql", "mariadb")

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The vCards."""
    op.create_table(
        "vcard",
        sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", LONG_TEXT, nullable=False),
        sa.Column("hashes", sa.Text, nullable=False),
    )
