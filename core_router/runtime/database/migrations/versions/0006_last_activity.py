"""When users were here last (XEP-0012)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("last_seen", sa.DateTime, nullable=True))
    op.add_column("accounts", sa.Column("last_status", sa.Text, nullable=True))
