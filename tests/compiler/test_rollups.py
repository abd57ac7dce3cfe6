"""Values told from roll-ups are those told from the events, at any moment and after any split into loads."""

import json
import random
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.shop import parsed

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.compiler.rollups import rollups_for
from opportune.language.compiler.snapshot import snapshot
from opportune.language.vocabulary.instants import FOREVER, format_instant

DAY = 86_400_000_000
HOUR = DAY // 24
MIDNIGHT = 20_000 * DAY
TOLD = (
    'count("Order Completed", total > 5, within="2d")',
    'count("Order Completed", total > 5, within="1h")',
    'did("Order Completed", within="30h")',
    'count("Product Viewed", within="25h")',
    'count("Consent Given", within="2d")',
    'sum("Order Completed", total, within="49h")',
    'sum("Order Completed", total)',
    'avg("Order Completed", total, within="3d")',
    'count("Product Purchased")',
    'sum("Product Purchased", quantity, category == "lamps", within="7d")',
    'age("Order Completed")',
    'first_time("Product Viewed")',
    'gap(any(), within="4d")',
    "consent.email",
    'ago(count("Order Completed", within="2d"), "30h")',
)
NOT_TOLD = (
    'last("Order Completed", total)',
    'median("Order Completed", total)',
    'count("Order Completed", total > count("Product Viewed"))',
    'count("Order Completed", trait.vip == True)',
)


def call(number: int, name: str, who: str, ts: int, link: bool) -> str:
    said = {"type": "track", "messageId": f"m{number}", "event": name, "userId": who}
    if link:
        said |= {"type": "identify", "anonymousId": "x", "userId": "ann"}
    elif who == "x":
        said = {key: value for key, value in said.items() if key != "userId"} | {"anonymousId": "x"}
    products = [{"product_id": "a", "category": "lamps", "quantity": number % 3}, {"product_id": "b", "category": "rugs"}]
    told = {"total": number % 9, "products": products, "purpose": "email"} if name != "Product Viewed" else {}
    times = {"timestamp": format_instant(MIDNIGHT + ts), "receivedAt": format_instant(MIDNIGHT + 20 * DAY + number)}
    return json.dumps(said | times | {"properties": told})


def loaded(engine: DuckDB, folder: Path, segments: list[list[str]]) -> None:
    for lines in segments:
        path = folder / f"{len(list(folder.iterdir()))}.ndjson"
        path.write_text("\n".join(lines))
        engine.load([path])


EXPRS = {f"v{number}": parsed(text) for number, text in enumerate((*TOLD, *NOT_TOLD))}
PLAIN = snapshot(EXPRS)
edges = st.builds(lambda day, nudge: day * DAY + nudge, st.integers(-3, 8), st.sampled_from((0, 0, -1, 1, HOUR, -HOUR, 6 * HOUR)))
names = st.sampled_from(("Order Completed", "Order Completed", "Product Viewed", "Consent Given", "Consent Withdrawn"))
calls = st.lists(st.tuples(names, st.sampled_from(("ann", "bob", "x")), edges, st.integers(0, 9)), min_size=1, max_size=14)


@given(told=calls, ats=st.lists(edges, min_size=3, max_size=3), cuts=st.sets(st.integers(1, 13), max_size=3), begun=st.integers(0, 3))
@settings(max_examples=10, deadline=None)
def test_values_are_the_same_with_and_without_roll_ups_begun_at_any_load(told, ats, cuts, begun) -> None:
    lines = [call(number, name, who, ts, link == 0) for number, (name, who, ts, link) in enumerate(told)]
    segments = [lines[a:b] for a, b in pairwise([0, *sorted(cut for cut in cuts if cut < len(lines)), len(lines)])]
    engine = DuckDB.open(None, threads=1)
    with TemporaryDirectory() as folder:
        loaded(engine, Path(folder), segments[:begun])
        engine.keep(rollups_for(EXPRS.values()))
        loaded(engine, Path(folder), segments[begun:])
    rolled = snapshot(EXPRS, engine.kept())
    for at in ats:
        asked = {"at": MIDNIGHT + at, "seen": FOREVER}
        assert engine.rows(rolled, asked) == engine.rows(PLAIN, asked)
    engine.close()


def test_a_window_is_told_from_days_to_the_microsecond(tmp_path: Path) -> None:
    engine, instants = DuckDB.open(None, threads=1), (0, 1, DAY - 1, DAY, DAY + HOUR, 2 * DAY, 2 * DAY + HOUR)
    lines = [call(number, "Order Completed", "ann", ts, False) for number, ts in enumerate(instants)]
    loaded(engine, tmp_path, [lines[:3]])
    named = {text: parsed(f'count("Order Completed", within="{text}")') for text in ("2d", "1h")}
    engine.keep(rollups_for(named.values()))
    loaded(engine, tmp_path, [lines[3:]])
    rolled = snapshot(named, engine.kept())
    for at, meant in ((0, (1, 1)), (DAY - 1, (3, 1)), (DAY + HOUR, (5, 1)), (2 * DAY, (5, 1)), (2 * DAY + HOUR, (5, 1)), (3 * DAY, (3, 0))):
        assert engine.rows(rolled, {"at": MIDNIGHT + at, "seen": FOREVER}) == [("ann", *meant)], at
    engine.close()


def test_every_additive_measure_is_told_from_its_days_and_no_other_is() -> None:
    engine = DuckDB.open(None)
    engine.keep(rollups_for(EXPRS.values()))
    for text in TOLD:
        plan = snapshot({"v": parsed(text)}, engine.kept())
        assert '"group_0"' not in plan.sql("duckdb"), text
        assert "days_" in plan.sql("duckdb"), text
    assert rollups_for([parsed(text) for text in NOT_TOLD[:2]]) == ()


def test_what_is_no_longer_wanted_goes_and_the_rest_stays_as_it_is(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    loaded(engine, tmp_path, [[call(1, "Order Completed", "ann", 0, False), call(2, "Product Viewed", "ann", 0, False)]])
    both = rollups_for([parsed('count("Order Completed")'), parsed('count("Product Viewed")')])
    engine.keep(both)
    numbers = engine.kept()
    engine.keep(both[:-1])
    assert engine.kept() == {rollup.hash: numbers[rollup.hash] for rollup in both[:-1]}
    rows = engine._connection.execute("SELECT DISTINCT rollup FROM rollup_days ORDER BY 1").fetchall()
    assert rows == [(number,) for number in sorted(engine.kept().values())]
    engine.keep(both)
    assert engine.kept()[both[-1].hash] == max(numbers.values())


def test_totals_of_days_and_of_single_events_are_added_whatever_their_sizes(tmp_path: Path) -> None:
    # DuckDB 2.0.0 failed here by its own statistics: see adapters/engines/duckdb.py
    engine, days = DuckDB.open(None, threads=1), (-1, 2, 4)
    engine.keep(rollups_for(EXPRS.values()))
    loaded(engine, tmp_path, [[call(number, "Order Completed", "ann", day * DAY, False) for number, day in enumerate(days)]])
    asked = {"at": MIDNIGHT + 2 * DAY, "seen": FOREVER}
    assert engine.rows(snapshot(EXPRS, engine.kept()), asked) == engine.rows(PLAIN, asked)


@pytest.mark.slow
def test_a_thousand_random_events_add_up_at_many_moments(tmp_path: Path) -> None:
    chance, engine = random.Random(3), DuckDB.open(None, threads=1)
    names = ("Order Completed", "Product Viewed", "Consent Given")
    lines = [call(n, chance.choice(names), chance.choice(("ann", "bob", "x")), chance.randrange(9 * DAY), n % 97 == 0) for n in range(1000)]
    engine.keep(rollups_for(EXPRS.values()))
    loaded(engine, tmp_path, [lines[a : a + 300] for a in range(0, 1000, 300)])
    rolled = snapshot(EXPRS, engine.kept())
    for _ in range(10):
        asked = {"at": MIDNIGHT + chance.randrange(10 * DAY), "seen": FOREVER}
        assert engine.rows(rolled, asked) == engine.rows(PLAIN, asked)
