"""The map of the house's stored relations: columns, key, unit, and the one room that writes each.

Rooms meet here and nowhere else. `instant` and `span` are BIGINT microseconds, `money` BIGINT 1/10000 units.
Held to tests/relations/test_map.py: one writer per relation; tests/engines/test_duckdb.py: what the engine really stores.
"""

from dataclasses import dataclass

from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its unit and what it means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A stored relation. `writer` is the only room whose plans insert into it."""

    name: str
    writer: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


STORED_AS = {Kind.TEXT: "VARCHAR", Kind.MONEY: "BIGINT", Kind.DURATION: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.BOOLEAN: "BOOLEAN"}

IDENTITIES = Relation(
    name="identities",
    writer="customers",
    key=("identity_key",),
    columns=(
        Column("identity_key", "INTEGER", "dense number of the id, from 1 in order of arrival"),
        Column("identity", "VARCHAR", "the id as sent: a userId or an anonymousId; unique"),
        Column("is_known", "BOOLEAN", "it was ever sent as a userId; only ids that never were can be linked away"),
    ),
)

EVENTS = Relation(
    name="events",
    writer="events",
    key=("event_id", "line"),
    columns=(
        Column("event_id", "VARCHAR", "the sender's message id; of a derived line: of its order"),
        Column("line", "INTEGER", "0 for a raw event, 1.. for the lines of `products`; public id `event_id#line`"),
        Column("identity_key", "INTEGER", "the id it was sent with; null for events of things"),
        Column("name", "VARCHAR", "Segment's name where there is one"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted; never decreases along the log"),
        Column("is_imported", "BOOLEAN", "came by import, so it never enrols live"),
        *(Column(name, STORED_AS[PROPERTIES[name]], f"property, {PROPERTIES[name].value}") for name in HOT),
        Column("rest", "JSON", "the properties that have no column here or did not fit theirs; null when none"),
    ),
)
"""In arrival order. Event order of one customer: (ts, line > 0, event_id, line)."""

LINKS = Relation(
    name="links",
    writer="customers",
    key=("event_id", "from_key"),
    columns=(
        Column("event_id", "VARCHAR", "the call that linked"),
        Column("from_key", "INTEGER", "an anonymous identity"),
        Column("to_key", "INTEGER", "a known identity, never itself linked away"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted"),
    ),
)
"""At (at, seen) an identity belongs to the `to_key` of its first link in (ts, event_id) order with ts <= at and
received_at <= seen; without one, to itself. A link that repeats an earlier one (same pair, ts and received_at not smaller)
is not stored."""

TRAITS = Relation(
    name="traits",
    writer="customers",
    key=("event_id", "name"),
    columns=(
        Column("event_id", "VARCHAR", "the identify call that set it"),
        Column("identity_key", "INTEGER", "the id it was set for"),
        Column("name", "VARCHAR", "trait"),
        Column("value", "JSON", "as sent; JSON null clears it"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted"),
    ),
)
"""Latest in (ts, event_id) order over the customer's identities wins."""

CALLS = Relation(
    name="calls",
    writer="events",
    key=("call_hash",),
    columns=(Column("call_hash", "UHUGEINT", "MD5 of the message id of every call ever accepted, whatever its type"),),
)
"""What tells a repeated call from a new one: 16 bytes each, scanned at 4 ms a million."""

LOADS = Relation(
    name="loads",
    writer="events",
    key=("segment",),
    columns=(
        Column("segment", "VARCHAR", "name of the log segment or import; present exactly when its rows are"),
        Column("loaded_rows", "BIGINT", "rows stored"),
        Column("repeated_rows", "BIGINT", "rows whose event_id was there already"),
        Column("refused_rows", "BIGINT", "rows set aside with a reason"),
        Column("last_received_at", "BIGINT", "the largest received_at in it"),
    ),
)

RELATIONS = (IDENTITIES, EVENTS, LINKS, TRAITS, CALLS, LOADS)
