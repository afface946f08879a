"""Occupants' ids, and message numbers that are stanza ids."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The service's secret, who set a subject, numbers of 64 bits."""
    op.create_table(
        "secret",
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.add_column("room", sa.Column("subject_occupant", sa.Text))
    with op.batch_alter_table("history") as history:
        history.alter_column("number", existing_type=sa.Integer, type_=sa.BigInteger)
