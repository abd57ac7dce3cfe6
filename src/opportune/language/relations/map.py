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
        Column("identity", "VARCHAR", "the id as sent, a userId or an anonymousId; or that of an address, `email:…`, `phone:…`; unique"),
        Column("is_known", "BOOLEAN", "it was ever sent as a userId; only ids that never were can be linked away, and addresses never are"),
        Column("identity_hash", "UHUGEINT", "MD5 of the id: found in an eighth of the time that texts take"),
    ),
)

EVENTS = Relation(
    name="events",
    writer="events",
    key=("event_id", "line", "received_at"),
    columns=(
        Column("event_id", "VARCHAR", "the sender's message id; of a derived line: of its order"),
        Column("line", "INTEGER", "0 for a raw event, 1.. for the lines of `products`, 1 for a derived event; public id `event_id#line`"),
        Column("identity_key", "INTEGER", "the id it was sent with; null for events of things"),
        Column("name", "VARCHAR", "Segment's name where there is one"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted; never decreases along the log"),
        Column("is_imported", "BOOLEAN", "came by import, so it never enrols live"),
        *(Column(name, STORED_AS[PROPERTIES[name]], f"property, {PROPERTIES[name].value}") for name in HOT),
        Column("rest", "JSON", "the properties that have no column here or did not fit theirs; null when none"),
        Column("withdrawn_at", "BIGINT", "of a derived event: instant from which it no longer follows from what was received; else null"),
        Column("order_key", "BIGINT", "place in event order: `ts * 1024` and the rank at that `ts`, 0 for events of things"),
    ),
)
"""In arrival order. Event order of one customer: (ts, line > 0, event_id, line), which `order_key` says in one number unless the fact
`order_keys_full` stands (relations.order): among identities that links ever connected no two events of people have the same key, unless
they are one; at CROWDED_INSTANTS events of others may, and events of things do at any instant. Rows that share (event_id, line) are one
derived event's versions, never visible together."""

LINKS = Relation(
    name="links",
    writer="customers",
    key=("event_id", "from_key", "to_key", "ts", "received_at"),
    columns=(
        Column("event_id", "VARCHAR", "the call that linked"),
        Column("from_key", "INTEGER", "an identity: a device's, or that of an address"),
        Column("to_key", "INTEGER", "one of a higher class; null: an un-merge, links before it do not count"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted"),
        Column("rank", "TINYINT", "by what it was found (`vocabulary.identity.Rank`), the best 0; null: carried on from others"),
    ),
)
"""In order of arrival. At (at, seen) an identity belongs to whom the `to_key` of one link belongs: of its visible links after its last
visible un-merge that with the least (rank, ts, event_id); without one, to itself. A link that repeats an earlier one (same pair and rank,
ts and received_at not smaller) is not stored, unless an un-merge of the identity arrived in between.
Where two or three links follow one another, rows without a rank give their ends and the instants at which all of them are visible; to
null, where an end was parted: they decide nothing, but with them every `to_key` an identity may ever belong to is found at one look."""

CLAIMS = Relation(
    name="claims",
    writer="customers",
    key=("event_id", "address_hash"),
    columns=(
        Column("identity_key", "INTEGER", "the user who told the address as hers"),
        Column("address_hash", "UHUGEINT", "MD5 of the id of the address, `email:…` or `phone:…`; of its identity, where there is one"),
        Column("is_phone", "BOOLEAN", "it is a number"),
        Column("event_id", "VARCHAR", "the call that told it"),
        Column("ts", "BIGINT", "instant it happened"),
        Column("received_at", "BIGINT", "instant it was accepted"),
    ),
)
"""In order of arrival; one that repeats an earlier one of its pair is not stored. Once an identity of the address is there, it is linked
to those who claim it."""

SPANS = Relation(
    name="spans",
    writer="customers",
    key=("from_key", "to_key", "at_from", "seen_from"),
    columns=(
        Column("from_key", "INTEGER", "an identity"),
        Column("to_key", "INTEGER", "the customer it belongs to at every (at, seen) inside, never itself another's there"),
        Column("at_from", "BIGINT", "first `at`"),
        Column("at_until", "BIGINT", "first `at` no longer inside; the largest BIGINT: none"),
        Column("seen_from", "BIGINT", "first `seen`"),
        Column("seen_until", "BIGINT", "first `seen` no longer inside; the largest BIGINT: none"),
    ),
)
"""What LINKS say, laid out: at most one span of an identity holds any (at, seen); where none does, it is its own customer."""

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

CALL_FILTERS = Relation(
    name="call_filters",
    writer="events",
    key=("block",),
    columns=(
        Column("block", "INTEGER", "which million of the rows of `calls`, in order of arrival, from 0"),
        Column("bits", "BLOB", "a Bloom filter of their hashes"),
    ),
)
"""Of full blocks, from the first on without a gap: what spares a small load the scan of all CALLS."""

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
        Column("first_received_at", "BIGINT", "the smallest"),
        Column("number", "BIGINT", "1, 2, ... in the order in which they were loaded"),
    ),
)

CROWDED_INSTANTS = Relation(
    name="crowded_instants",
    writer="events",
    key=("ts",),
    columns=(Column("ts", "BIGINT", "an instant with more events of people than `order_key` has ranks"),),
)
"""At these, events are ranked among those of the identities that links connect with theirs alone."""

FACTS = Relation(
    name="facts",
    writer="events",
    key=("name",),
    columns=(
        Column(
            "name",
            "VARCHAR",
            "`layout`: which version of this map the store follows; `order_keys_full`: order_key cannot tell all ties apart",
        ),
        Column("value", "BIGINT", "of `layout` its number, of `order_keys_full` 1"),
    ),
)

CALIBRATIONS = Relation(
    name="calibrations",
    writer="membership",
    key=("population", "instant", "by_value"),
    columns=(
        Column("population", "VARCHAR", "content hash of the population function"),
        Column("instant", "BIGINT", "calibration instant: evaluated at it, as seen at it"),
        Column("by_value", "VARCHAR", "of the customers with this value of its `by`; null: of all"),
        Column("whole", "BIGINT", "the value, where it is money, a duration or a time; else null"),
        Column("real", "DOUBLE", "the value, where it is a number; else null"),
        Column("known", "BIGINT", "how many customers had a known value"),
        Column("is_unstable", "BOOLEAN", "the instant lies before the first scheduled one with 100 known values"),
        Column("loads", "BIGINT", "number of the last load it was counted from: stale once a later one brought what was received by then"),
    ),
)
"""A cache of a pure function of what was received by `instant`."""

DERIVATIONS = Relation(
    name="derivations",
    writer="events",
    key=("name",),
    columns=(
        Column("name", "VARCHAR", "a derived event"),
        Column("hash", "VARCHAR", "content hash of the definition its stored rows follow"),
        Column("until", "BIGINT", "they are complete for all received by then"),
        Column("loads", "BIGINT", "number of the last load they were derived from"),
    ),
)

TABLE_ROWS = Relation(
    name="table_rows",
    writer="events",
    key=("table_name", "ordinal"),
    columns=(
        Column("table_name", "VARCHAR", "an entry of `tables:` with a file"),
        Column("key", "VARCHAR", "value of its key column, numbers as their JSON text"),
        Column("ordinal", "BIGINT", "place in the file, from 1"),
        Column("ts", "BIGINT", "instant from which it holds; without a ts column the earliest instant there is"),
        Column("received_at", "BIGINT", "the same as ts"),
        Column("row", "JSON", "its columns by name"),
    ),
)

ROLLUPS = Relation(
    name="rollups",
    writer="events",
    key=("rollup",),
    columns=(
        Column("rollup", "INTEGER", "its number"),
        Column("hash", "VARCHAR", "content hash of its query"),
        Column("query", "VARCHAR", "what is kept of arriving events, in the words of the engine"),
    ),
)
"""Which roll-ups are kept, each complete for all events that are stored."""

ROLLUP_DAYS = Relation(
    name="rollup_days",
    writer="events",
    key=("rollup", "identity_key", "day", "first_ts"),
    columns=(
        Column("rollup", "INTEGER", "the roll-up it is of"),
        Column("identity_key", "INTEGER", "the id its events were sent with"),
        Column("day", "INTEGER", "UTC day of their ts, counted from 1970; null where days do not matter"),
        Column("events", "BIGINT", "how many"),
        Column("known", "BIGINT", "how many have the value that is added up; null where none is"),
        Column("whole", "DECIMAL(38,0)", "total of the value, where it is money or a duration"),
        Column("real", "DOUBLE", "total of the value, where it is a number"),
        Column("first_ts", "BIGINT", "ts of the first"),
        Column("last_ts", "BIGINT", "ts of the last"),
    ),
)
"""To be added up: every load that has such events adds a row of its own for an identity and day. As known: arrivals are not told apart."""

SOURCE_DAYS = Relation(
    name="source_days",
    writer="events",
    key=("source", "is_imported", "name", "day"),
    columns=(
        Column("source", "VARCHAR", "name of the write key; of an import its map file, else `import`; null: from before this was kept"),
        Column("is_imported", "BOOLEAN", "came by import"),
        Column("name", "VARCHAR", "of events; of other calls `identify`, `group`, `alias`"),
        Column("day", "INTEGER", "UTC day of their received_at, counted from 1970"),
        Column("calls", "BIGINT", "how many were stored; repeated ones are not counted again"),
        Column("last_received_at", "BIGINT", "received_at of the last"),
    ),
)
"""Who sent what and when, for audits. It is counted in the load's transaction, so it holds every call of every load once."""

GOODS = Relation(
    name="goods",
    writer="events",
    key=("product_id", "variant_id"),
    columns=(
        Column("product_id", "VARCHAR", "a product that a `Product Updated` told of"),
        Column("variant_id", "VARCHAR", "the variant; empty: what was told of the product as a whole"),
        Column("ts", "BIGINT", "instant of the last update that counted"),
        Column("price", "BIGINT", "its last known price"),
        Column("stock", "DOUBLE", "how many there were last"),
        Column("is_gone", "BOOLEAN", "it was taken off the shelf"),
        Column("changed_at", "BIGINT", "ts of the last `Price Changed` or `Stock Changed` of the product; null before the first"),
    ),
)
"""How the goods stood last, from which the next update's changes are told."""

RELATIONS = (
    *(IDENTITIES, EVENTS, LINKS, CLAIMS, SPANS, TRAITS, CALLS, CALL_FILTERS, LOADS, CROWDED_INSTANTS, FACTS),
    *(CALIBRATIONS, DERIVATIONS, TABLE_ROWS, ROLLUPS, ROLLUP_DAYS, SOURCE_DAYS, GOODS),
)

LAYOUT = 5
"""The version of this map. 1: before spans, facts, order keys and derived events. 2: before crowded instants. 3: before source days.
4: before links had ranks."""
