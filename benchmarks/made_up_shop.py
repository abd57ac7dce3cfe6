"""Stored tables of any size, made by one statement each: for benchmarks, where only sizes and shares matter.

Gives  the relations of `language/relations/map.py`: a hundred events a customer over two years in arrival order, unevenly spread, an
       eighth of the ids anonymous and most of those linked, late arrivals, ties on whole seconds
"""

import duckdb

from opportune.language.relations.map import RELATIONS
from opportune.stages.customers import spans
from opportune.stages.events import order_keys

END = 1_700_000_000_000_000
YEAR = 31_536_000_000_000
SECOND = 1_000_000
SHARES = {
    "Page Viewed": 42, "Product Viewed": 25, "Products Searched": 6, "Product Added": 7, "Checkout Started": 3, "Order Completed": 3,
    "Product Purchased": 4, "Email Opened": 6, "Email Link Clicked": 2, "Order Refunded": 1, "Consent Given": 1,
}  # fmt: skip
"""Event name → share of all events, in percent."""


def made_up_shop(events: int, path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection to the stored tables with `events` events."""
    connection = duckdb.connect(path)
    for relation in RELATIONS:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in relation.columns)
        connection.execute(f"CREATE TABLE {relation.name} ({columns})")
    identities = max(events // 100, 16)
    known = identities * 7 // 8
    connection.execute(
        "INSERT INTO identities SELECT i, 'customer-' || i, i <= $known, md5_number('customer-' || i) FROM range(1, $identities + 1) t(i)",
        {"identities": identities, "known": known},
    )
    connection.execute(
        _EVENTS, {"events": events, "identities": identities, "names": [n for n, share in SHARES.items() for _ in range(share)]}
    )
    connection.execute(_LINKS, {"identities": identities, "known": known})
    connection.execute(_TRAITS, {"identities": identities})
    for statement in (*order_keys.filled(), *spans.laid_out("SELECT from_key FROM links")):
        connection.execute(statement)
    connection.execute("CHECKPOINT")
    return connection


# Chance is a hash of the row's number, so every run has the same shop.
_EVENTS = f"""
INSERT INTO events BY NAME
SELECT md5(i::VARCHAR) AS event_id, 0 AS line, 1 + floor($identities * pow((hash(i * 7) % 1000003) / 1000003.0, 1.5))::INT AS identity_key,
    list_extract($names, 1 + (hash(i * 13) % 100)::INT) AS name,
    {END - 2 * YEAR} + floor(i::DOUBLE * {2 * YEAR // SECOND} / $events)::BIGINT * {SECOND} AS ts,
    ts + CASE WHEN hash(i * 31) % 50 = 0 THEN (hash(i * 37) % 3600)::BIGINT * {SECOND} ELSE {SECOND} END AS received_at,
    false AS is_imported,
    list_extract(['lamps', 'rugs', 'beds', 'desks', NULL], 1 + (hash(i * 3) % 5)::INT) AS category,
    (hash(i * 5) % 2000000)::BIGINT AS price, (hash(i * 11) % 4000000)::BIGINT AS total, 1.0 + hash(i * 17) % 3 AS quantity,
    (hash(i * 19) % 4)::DOUBLE AS results, (hash(i * 23) % 90)::BIGINT * {SECOND} AS dwell,
    list_extract(['human', 'human', 'machine'], 1 + (hash(i * 29) % 3)::INT) AS agent,
    list_extract(['email', 'profiling', 'sms'], 1 + (hash(i * 41) % 3)::INT) AS purpose
FROM range($events) t(i)
"""
_LINKS = f"""
INSERT INTO links
SELECT 'link-' || i, i, 1 + (hash(i) % $known)::INT, {END} - (hash(i * 3) % {YEAR})::BIGINT AS ts, ts
FROM range($known + 1, $identities + 1) t(i) WHERE hash(i * 5) % 4 > 0
"""
_TRAITS = f"""
INSERT INTO traits
SELECT name || i, i, name,
    list_extract(['"US"', '"DE"', '"plus"', '"basic"', 'null'], 1 + (hash(i * 7) % 5)::INT), {END - YEAR}, {END - YEAR}
FROM range(1, $identities + 1) t(i), (VALUES ('country'), ('plan')) names(name)
"""
