"""What is to be sent tells what need not be sent again, so that rows need not be deleted at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Of what is there already, nothing is known to be acknowledged."""
    op.add_column("outbox", sa.Column("acknowledged", sa.BigInteger, nullable=False, server_default="0"))
