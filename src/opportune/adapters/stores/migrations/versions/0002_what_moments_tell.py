"""Moments of every kind enter journeys: which of a list it was, and what it tells beside its trigger."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolments", Column("which", Integer, nullable=False, server_default="0", comment="place of the moment in the `when:` list"))
    op.add_column("enrolments", Column("told", Text, comment="JSON: what the moment tells as trigger.x; of a change old and new"))
