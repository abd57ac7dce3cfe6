"""What each source brought and what was not taken of it, by hour."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True, comment="UTC hour, counted from 1970"),
        sa.Column("kind", sa.String, primary_key=True, comment="accepted, refused, withheld, failed"),
        sa.Column("reason", sa.String, primary_key=True, comment="the field, purpose or fault; empty where there is nothing to tell apart"),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("sample", sa.Text, nullable=False, comment="one of them, without secrets; empty: none"),
    )
    op.create_index("ledger_by_hour", "ledger", ["hour"])
