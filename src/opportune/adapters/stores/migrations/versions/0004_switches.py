"""Which version was switched to when: the way back. What was applied before is taken in the order in which each version first came."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("version", sa.String, nullable=False, comment="hash of the files that ran from then on"),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO switches (number, version, at) SELECT row_number() OVER (ORDER BY v.applied_at, v.hash), v.hash, v.applied_at "
        "FROM versions AS v WHERE v.hash NOT IN (SELECT value FROM facts WHERE name = 'applied_version')"
    )
    op.execute(
        "INSERT INTO switches (version, at) SELECT v.hash, v.applied_at FROM versions AS v "
        "WHERE v.hash IN (SELECT value FROM facts WHERE name = 'applied_version')"
    )
