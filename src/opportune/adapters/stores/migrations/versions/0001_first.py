"""The tables of the first release."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Text, UniqueConstraint

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facts",
        Column("name", String, primary_key=True, comment="watermark, live_since, applied_version ..."),
        Column("value", Text, nullable=False),
    )
    op.create_table(
        "versions",
        Column("hash", String, primary_key=True, comment="content hash of the definition files"),
        Column("applied_at", BigInteger, nullable=False),
        Column("files", Text, nullable=False, comment="JSON: relative path → text"),
    )
    op.create_table(
        "running",
        Column("journey", String, primary_key=True),
        Column("version", String, nullable=False, comment="hash of the files it was applied from"),
        Column("applied_at", BigInteger, nullable=False, comment="it sees moments after this instant"),
    )
    op.create_table(
        "sources",
        Column("key_hash", String, primary_key=True, comment="SHA-256 of the write key; the key itself is never stored"),
        Column("name", String, nullable=False),
        Column("is_browser", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("revoked_at", BigInteger),
    )
    op.create_table(
        "enrolments",
        Column("id", String, primary_key=True),
        Column("journey", String, nullable=False),
        Column("version", String, nullable=False),
        Column("customer_id", String, nullable=False),
        Column("identity_key", Integer, nullable=False),
        Column("key", Text),
        Column("entered_at", BigInteger, nullable=False),
        Column("acted_at", BigInteger, nullable=False),
        Column("trigger_event_id", String, nullable=False),
        Column("trigger_line", Integer, nullable=False),
        Column("is_event_moment", Boolean, nullable=False),
        Column("same_value", Text),
        Column("held_out", Boolean, nullable=False),
        Column("status", String, nullable=False),
        Column("outcome", String, nullable=False),
        Column("ended_at", BigInteger),
        Column("cursor", Integer, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("asked_at", BigInteger),
        Column("watched_until", BigInteger, nullable=False),
    )
    op.create_index("enrolments_of_customer", "enrolments", ["identity_key"])
    op.create_index("enrolments_due", "enrolments", ["status", "due_at"])
    op.create_table(
        "moments",
        Column("journey", String, primary_key=True),
        Column("customer_id", String, primary_key=True),
        Column("at", BigInteger, primary_key=True),
        Column("trigger_event_id", String, primary_key=True),
        Column("acted_at", BigInteger, nullable=False),
        Column("result", String, nullable=False, comment="entered, or why not"),
    )
    op.create_table(
        "messages",
        Column("id", String, primary_key=True),
        Column("enrolment_id", String, nullable=False),
        Column("journey", String, nullable=False),
        Column("version", String, nullable=False),
        Column("step", String, nullable=False),
        Column("template", String, nullable=False),
        Column("channel", String, nullable=False),
        Column("is_marketing", Boolean, nullable=False),
        Column("customer_id", String, nullable=False),
        Column("identity_key", Integer, nullable=False),
        Column("address", String),
        Column("entered_at", BigInteger, nullable=False),
        Column("trigger_event_id", String, nullable=False),
        Column("trigger_line", Integer, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("decided_at", BigInteger, nullable=False),
        Column("status", String, nullable=False),
        Column("reason", String, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("next_attempt_at", BigInteger, comment="a planned message waits until then after a temporary refusal"),
        Column("settled_at", BigInteger, comment="when the outcome of the hand-over was known"),
        UniqueConstraint(
            "journey", "customer_id", "entered_at", "trigger_event_id", "trigger_line", "step", "channel", name="one_message_per_key"
        ),
    )
    op.create_index("messages_by_status", "messages", ["status", "next_attempt_at"])
    op.create_index("messages_of_customer", "messages", ["identity_key", "decided_at"])
    op.create_index("messages_by_time", "messages", ["decided_at"])
    op.create_table(
        "rendered",
        Column("message_id", String, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("text", Text, nullable=False),
    )
    op.create_table(
        "message_links",
        Column("message_id", String, primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("url", Text, nullable=False),
    )
    op.create_table(
        "notices",
        Column("id", String, primary_key=True, comment="message id of the event"),
        Column("call", LargeBinary, nullable=False, comment="a Segment call that still has to reach the event log"),
    )


def downgrade() -> None:
    for name in ("notices", "message_links", "rendered", "messages", "moments", "enrolments", "sources", "running", "versions", "facts"):
        op.drop_table(name)
