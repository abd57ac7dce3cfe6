"""Order keys follow event order, whatever the order of arrival and the split into loads."""

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations import builders as sql
from opportune.language.relations import order
from opportune.language.relations.builders import Source, column
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import format_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.events import order_keys

NOON = 1_772_366_400_000_000
ORDER_OF_LINES = "ts, line > 0, event_id, line"


def call(number: int, event_id: str, ts: int, who: str | None, lines: int) -> str:
    said = {
        "type": "track",
        "messageId": event_id,
        "timestamp": format_instant(NOON + ts),
        "receivedAt": format_instant(NOON + 100 + number),
    }
    if who is None:
        return json.dumps(said | {"event": "Stock Changed", "properties": {"product_id": "a"}})
    products = [{"product_id": str(line)} for line in range(lines)]
    return json.dumps(said | {"event": "Order Completed", "userId": who, "properties": {"products": products}})


def loaded(segments: list[list[str]]) -> DuckDB:
    engine = DuckDB.open(None, threads=1)
    with TemporaryDirectory() as folder:
        for number, lines in enumerate(segments):
            path = Path(folder) / f"{number}.ndjson"
            path.write_text("\n".join(lines))
            engine.load([path])
    return engine


def asked(engine: DuckDB, text: str) -> list[tuple]:
    return engine._connection.execute(text).fetchall()


told = st.tuples(st.integers(0, 3), st.sampled_from(("ann", "bob", None)), st.integers(0, 2))


@given(calls=st.lists(told, min_size=1, max_size=10), ids=st.permutations(range(10)), cuts=st.sets(st.integers(1, 9), max_size=3))
@settings(max_examples=25, deadline=None)
def test_keys_rank_the_events_of_an_instant_whatever_the_order_of_arrival_and_the_split(calls, ids, cuts) -> None:
    lines = [call(n, f"m{ids[n]}", ts, who, products) for n, (ts, who, products) in enumerate(calls)]
    edges = [0, *sorted(cut for cut in cuts if cut < len(lines)), len(lines)]
    engine = loaded([lines[a:b] for a, b in pairwise(edges)])
    rows = asked(engine, f"SELECT ts, order_key FROM events WHERE identity_key IS NOT NULL ORDER BY {ORDER_OF_LINES}")
    assert all(before[1] < after[1] for before, after in pairwise(rows))
    assert all(key // order.RANKS == ts for ts, key in asked(engine, "SELECT ts, order_key FROM events"))
    assert asked(engine, "SELECT * FROM facts WHERE name <> 'layout'") == []
    engine.close()


def said(number: int, event_id: str, ts: int, who: str, known: str | None, lines: int) -> str:
    """An order of `who`; with `known` no event, but a call that links both; `known` nobody: one that parts them again."""
    told = {"type": "track", "messageId": event_id, "timestamp": format_instant(NOON + ts), "receivedAt": format_instant(NOON + 9 + number)}
    if known == "nobody":
        return json.dumps(told | {"event": "Identity Unlinked", "userId": "kate", "properties": {"previous_id": who}})
    told |= {"userId" if who in KNOWN else "anonymousId": who}
    if known:
        return json.dumps(told | {"type": "identify", "userId": known})
    products = [{"product_id": str(line)} for line in range(lines)]
    return json.dumps(told | {"event": "Order Completed", "properties": {"products": products}})


KNOWN = ("kate", "liz")
orders = st.tuples(st.sampled_from((0, 0, 1)), st.sampled_from((*KNOWN, "a", "b")), st.none(), st.sampled_from((0, 0, 2)))
joined = st.tuples(st.just(3), st.sampled_from(("a", "b")), st.sampled_from((*KNOWN, *KNOWN, "nobody")), st.just(0))


def kin(engine: DuckDB) -> dict[int, int]:
    """Identity → the least of those that stored links connect it with, found by walking."""
    links = asked(engine, "SELECT from_key, to_key FROM links WHERE to_key IS NOT NULL")
    found = {key: key for (key,) in asked(engine, "SELECT identity_key FROM identities")}
    for _ in found:
        for one, other in links:
            found[one] = found[other] = min(found[one], found[other])
    return found


def assert_in_order(engine: DuckDB) -> None:
    """Whoever may be one customer at some moment has her events in event order, each at a place of its own."""
    root = kin(engine)
    rows = asked(engine, f"SELECT identity_key, ts, order_key FROM events WHERE identity_key IS NOT NULL ORDER BY {ORDER_OF_LINES}")
    for whose in set(root.values()):
        mine = [(ts, key) for identity, ts, key in rows if root[identity] == whose]
        assert all(before[1] < after[1] for before, after in pairwise(mine))
    assert all(key // order.RANKS == ts for _, ts, key in rows)


@given(
    calls=st.lists(orders | joined, min_size=4, max_size=9),
    ids=st.permutations(range(9)),
    cuts=st.sets(st.integers(1, 8)),
    crowd=st.integers(1, 2),
)
@settings(max_examples=15, deadline=None)
def test_at_crowded_instants_those_whom_links_connect_have_their_events_in_order_whatever_arrives_when(calls, ids, cuts, crowd) -> None:
    lines = [said(n, f"m{ids[n]}", *told) for n, told in enumerate(calls)]
    edges = [0, *sorted(cut for cut in cuts if cut < len(lines)), len(lines)]
    with pytest.MonkeyPatch.context() as small:
        small.setattr(order_keys, "CROWD", crowd)
        engine = loaded([lines[a:b] for a, b in pairwise(edges)])
    assert_in_order(engine)
    counted = asked(engine, f"SELECT ts FROM events WHERE identity_key IS NOT NULL GROUP BY ts HAVING count(*) > {crowd} ORDER BY ts")
    assert asked(engine, "SELECT ts FROM crowded_instants ORDER BY ts") == counted
    assert engine._store.has_exact_order
    engine.close()


def crowded(*more: list[str]) -> DuckDB:
    """One event more at noon than there are ranks, each of somebody else, and the segments that follow."""
    return loaded([[said(n, f"m{n:05d}", 0, f"w{n}", None, 0) for n in range(order.RANKS + 1)], *more])


def test_a_list_imported_under_one_date_leaves_plans_their_keys() -> None:
    engine = crowded()
    assert engine._store.has_exact_order
    assert asked(engine, "SELECT ts FROM crowded_instants") == [(NOON,)]
    assert asked(engine, "SELECT DISTINCT order_key FROM events") == [(NOON * order.RANKS,)]
    engine.close()


def test_a_link_ranks_the_events_of_a_crowd_anew_that_are_one_customers_from_then_on() -> None:
    link = said(2000, "x", 5, "w3", "kate", 0)
    engine = crowded([said(1500, "a", 0, "kate", None, 0), said(1501, "b", 0, "w3", None, 0)], [link])
    keyed = asked(engine, f"SELECT event_id FROM events WHERE order_key <> {NOON * order.RANKS} AND ts = {NOON} ORDER BY order_key")
    assert keyed == [("b",), ("m00003",)]
    assert_in_order(engine)
    engine.close()


def test_kin_grows_through_those_who_were_linked_before() -> None:
    first, second = said(2000, "x", 5, "shared", "kate", 0), said(2001, "y", 6, "shared", "liz", 0)
    both = [said(1500, "b", 0, "kate", None, 0), said(1501, "a", 0, "liz", None, 0)]
    engine = crowded(both, [first], [second])
    assert asked(engine, "SELECT event_id, order_key % 1024 FROM events WHERE event_id IN ('a', 'b') ORDER BY 1") == [("a", 0), ("b", 1)]
    engine.close()


def test_the_keys_of_a_store_that_ranked_whole_crowds_are_mended_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    engine = DuckDB.open(path)
    source = tmp_path / "one.ndjson"
    told = [said(n, f"m{n:05d}", n // 2000, f"w{n % 900}", None, 0) for n in range(2100)]
    source.write_text("\n".join(told))
    engine.load([source])
    old = f"ts * 1024 + least(row_number() OVER (PARTITION BY ts ORDER BY {ORDER_OF_LINES}) - 1, 1023)"
    engine._connection.execute(f"CREATE OR REPLACE TABLE events AS SELECT * REPLACE ({old} AS order_key) FROM events ORDER BY received_at")
    engine._connection.execute("UPDATE facts SET value = 2 WHERE name = 'layout'")
    engine._connection.execute("INSERT INTO facts VALUES ('order_keys_full', 1)")
    engine._connection.execute("DROP TABLE crowded_instants")
    engine.close()
    engine = DuckDB.open(path)
    assert engine._store.has_exact_order
    assert asked(engine, "SELECT ts FROM crowded_instants") == [(NOON,)]
    assert_in_order(engine)
    engine.close()


def plan() -> Plan:
    """Everything `relations.order` can say of a place, in event order."""
    shown = {
        "event_id": column("event_id", "e"),
        "line": column("line", "e"),
        "ts": order.ts_of(order.order_of("e")),
        "is_late": sql.at_most(order.start_of(sql.parameter("at")), order.order_of("e")),
        "moved": order.ts_of(order.later(order.order_of("e"), sql.number(5))),
        "nothing": order.ts_of(order.none()),
    }
    kinds = (Kind.TEXT, Kind.NUMBER, Kind.TIME, Kind.BOOLEAN, Kind.TIME, Kind.TIME)
    source, is_of_people = Source("events", "e"), sql.is_known(column("identity_key", "e"))
    query = sql.query(shown, source, where=[is_of_people], order=[order.order_of("e")])
    return Plan(query, tuple(zip(shown, kinds, strict=True)), ("at",))


def test_a_plan_gives_the_same_rows_with_keys_and_with_the_columns_they_stand_for() -> None:
    lines = [call(n, f"m{(n * 7) % 13}", n % 3, "ann", n % 3) for n in range(13)]
    engine = loaded([lines])
    with_keys = engine.rows(plan(), {"at": NOON + 1})
    engine._store.has_exact_order = False
    assert "struct" not in plan().sql("duckdb").lower()
    assert engine.rows(plan(), {"at": NOON + 1}) == with_keys
    assert {row[2:5] for row in with_keys} == {(NOON + n, n >= 1, NOON + n + 5) for n in range(3)}
    assert [row[5] for row in with_keys] == [None] * len(with_keys)


def test_an_instant_with_more_events_of_one_customer_than_ranks_is_a_fact_and_plans_do_without_keys() -> None:
    lines = [call(n, f"m{n:05d}", 0, "ann", 0) for n in range(order.RANKS + 1)]
    exact, full = loaded([lines[:-1]]), loaded([lines[:-1], lines[-1:]])
    assert (exact._store.has_exact_order, full._store.has_exact_order) == (True, False)
    assert full.sibling()._store.has_exact_order is False
    assert asked(full, "SELECT * FROM facts WHERE name <> 'layout'") == [("order_keys_full", 1)]
    assert [row[0] for row in full.rows(plan(), {"at": NOON})] == [f"m{n:05d}" for n in range(order.RANKS + 1)]


def test_any_number_of_events_of_things_may_share_an_instant() -> None:
    engine = loaded([[call(n, f"m{n:05d}", 0, None, 0) for n in range(order.RANKS + 1)]])
    assert engine._store.has_exact_order


def test_an_instant_beyond_the_years_of_the_keys_is_a_fact_too() -> None:
    engine = loaded([[call(0, "b", -5_000_000_000_000_000 - NOON, "ann", 0), call(1, "a", 0, "ann", 0)]])
    assert not engine._store.has_exact_order
    assert [row[0] for row in engine.rows(plan(), {"at": NOON})] == ["b", "a"]
