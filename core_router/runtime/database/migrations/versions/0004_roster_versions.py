"""What has changed in a roster since a version, and not only that something has (RFC 6121 §2.6)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("roster_horizon", sa.Integer, nullable=False, server_default="0"))
    op.add_column("roster_items", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    # Of changes up to now nothing is known but their number.
    op.execute("UPDATE accounts SET roster_horizon = roster_version")
    op.create_table(
        "removed_roster_items",
        sa.Column(
            "account", sa.String(512), sa.ForeignKey("accounts.jid", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("jid", sa.String(512), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
