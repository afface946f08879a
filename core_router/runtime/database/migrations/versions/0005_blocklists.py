"""Whom accounts block (XEP-0191)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "blocked",
        sa.Column(
            "account", sa.String(512), sa.ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("jid", sa.String(512), primary_key=True),
    )
