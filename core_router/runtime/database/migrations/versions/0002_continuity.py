"""What survives a restart: held messages, states of sessions and links."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "held_stanzas",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("holder", sa.String(300), nullable=False),
        sa.Column("stanza", sa.LargeBinary(2**24 - 1), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "states",
        sa.Column("holder", sa.String(300), primary_key=True),
        sa.Column("state", sa.LargeBinary(2**32 - 1), nullable=False),
    )
