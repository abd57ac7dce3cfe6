"""The tables of the state database, one per thing it remembers. Instants are BIGINT microseconds, UTC.

The migrations in `migrations/` create them; tests/stores/test_migrations.py holds the two equal.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()

FACTS = Table(
    "facts",
    METADATA,
    Column("name", String, primary_key=True, comment="watermark, live_since, applied_version ..."),
    Column("value", Text, nullable=False),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("hash", String, primary_key=True, comment="content hash of the definition files"),
    Column("applied_at", BigInteger, nullable=False),
    Column("files", Text, nullable=False, comment="JSON: relative path → text"),
)

RUNNING = Table(
    "running",
    METADATA,
    Column("journey", String, primary_key=True),
    Column("version", String, nullable=False, comment="hash of the files it was applied from"),
    Column("applied_at", BigInteger, nullable=False, comment="it sees moments after this instant"),
)

SWITCHES = Table(
    "switches",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("version", String, nullable=False, comment="hash of the files that ran from then on"),
    Column("at", BigInteger, nullable=False),
)

SOURCES = Table(
    "sources",
    METADATA,
    Column("key_hash", String, primary_key=True, comment="SHA-256 of the write key; the key itself is never stored"),
    Column("name", String, nullable=False),
    Column("is_browser", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

ENROLMENTS = Table(
    "enrolments",
    METADATA,
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
    Column("which", Integer, nullable=False, server_default="0", comment="place of the moment in the `when:` list"),
    Column("same_value", Text),
    Column("told", Text, comment="JSON: what the moment tells as trigger.x; of a change old and new"),
    Column("held_out", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("ended_at", BigInteger),
    Column("cursor", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("asked_at", BigInteger),
    Column("watched_until", BigInteger, nullable=False),
    Column("waited_until", BigInteger, comment="while it waits for a condition: that does not hold up to here"),
    Index("enrolments_of_customer", "identity_key"),
    Index("enrolments_due", "status", "due_at"),
)

MOMENTS = Table(
    "moments",
    METADATA,
    Column("journey", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("trigger_event_id", String, primary_key=True),
    Column("acted_at", BigInteger, nullable=False),
    Column("result", String, nullable=False, comment="entered, or why not"),
)

MESSAGES = Table(
    "messages",
    METADATA,
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
    Index("messages_by_status", "status", "next_attempt_at"),
    Index("messages_of_enrolment", "enrolment_id"),
    Index("messages_by_time", "decided_at"),
)

RENDERED = Table(
    "rendered",
    METADATA,
    Column("message_id", String, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
)

LINKS = Table(
    "message_links",
    METADATA,
    Column("message_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("url", Text, nullable=False),
)

NOTICES = Table(
    "notices",
    METADATA,
    Column("id", String, primary_key=True, comment="message id of the event"),
    Column("call", LargeBinary, nullable=False, comment="a Segment call that still has to reach the event log"),
)

LEDGER = Table(
    "ledger",
    METADATA,
    Column("source", String, primary_key=True),
    Column("hour", Integer, primary_key=True, comment="UTC hour, counted from 1970"),
    Column("kind", String, primary_key=True, comment="accepted, refused, withheld, failed"),
    Column("reason", String, primary_key=True, comment="the field, purpose or fault; empty where there is nothing to tell apart"),
    Column("count", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("sample", Text, nullable=False, comment="one of them, without secrets; empty: none"),
    Index("ledger_by_hour", "hour"),
)

PULLS = Table(
    "pulls",
    METADATA,
    Column("source", String, primary_key=True, comment="name of a folder or an address that is fetched at set times"),
    Column("progress", Text, nullable=False, comment="JSON: how far an address was read; of a folder empty"),
    Column("pulled_at", BigInteger, comment="when it was read to its end last; null: never yet"),
)

PULLED_FILES = Table(
    "pulled_files",
    METADATA,
    Column("source", String, primary_key=True),
    Column("name", String, primary_key=True, comment="path inside the folder"),
    Column("digest", String, nullable=False, comment="BLAKE2b of the first `bytes`"),
    Column("bytes", BigInteger, nullable=False, comment="how much of it was told"),
    Column("lines", BigInteger, nullable=False, comment="line ends in these"),
    Column("size", BigInteger, nullable=False, comment="of the file when it was read"),
    Column("modified_ns", BigInteger, nullable=False),
    Index("pulled_contents", "source", "digest"),
)
