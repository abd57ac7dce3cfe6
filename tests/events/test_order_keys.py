"""Order keys follow event order, whatever the order of arrival and the split into loads."""

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations import builders as sql
from opportune.language.relations import order
from opportune.language.relations.builders import Source, column
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import format_instant
from opportune.language.vocabulary.kinds import Kind

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
    for whose in ("identity_key IS NOT NULL", "identity_key IS NULL"):
        rows = asked(engine, f"SELECT ts, order_key FROM events WHERE {whose} ORDER BY {ORDER_OF_LINES}")
        assert all(before[1] < after[1] for before, after in pairwise(rows))
        assert all(key // order.RANKS == ts for ts, key in rows)
    assert asked(engine, "SELECT * FROM facts WHERE name <> 'layout'") == []
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


def test_an_instant_with_more_events_than_ranks_is_a_fact_and_plans_do_without_keys() -> None:
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
