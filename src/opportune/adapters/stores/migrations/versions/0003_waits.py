"""Enrolments wait for conditions; messages are counted by the enrolment they belong to, which a merge moves."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolments", Column("waited_until", BigInteger, comment="while it waits for a condition: that does not hold up to here"))
    op.drop_index("messages_of_customer", "messages")
    op.create_index("messages_of_enrolment", "messages", ["enrolment_id"])
