"""Loading log segments gives what a naive loader gives, whatever the split into segments."""

import json
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.naive import Naive

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.loads import SetAside
from opportune.language.relations.map import FACTS, RELATIONS
from opportune.language.vocabulary.instants import format_instant

NOON = 1_772_366_400_000_000
SECOND = 1_000_000


def stored(engine: DuckDB, relation: str) -> list[tuple]:
    return engine._connection.execute(f"SELECT * FROM {relation}").fetchall()  # tests look at the tables, callers use plans


def load_each(engine: DuckDB, folder: Path, segments: list[list[str]]):
    reports = []
    for number, lines in enumerate(segments):
        path = folder / f"{number:04d}.ndjson"
        path.write_text("".join(line + "\n" for line in lines))
        reports.append(engine.load([path]))
    return reports


def contents(engine: DuckDB) -> dict[str, object]:
    def canonical(text: str | None) -> str | None:
        return None if text is None else json.dumps(json.loads(text), sort_keys=True)

    return {
        "identities": sorted(row[:3] for row in stored(engine, "identities")),
        "events": sorted((*row[:-3], canonical(row[-3])) for row in stored(engine, "events")),
        "links": sorted(stored(engine, "links")),
        "traits": sorted((*row[:3], canonical(row[3]), *row[4:]) for row in stored(engine, "traits")),
    }


def naive_contents(naive: Naive) -> dict[str, object]:
    return {
        "identities": sorted((key, identity, known) for identity, (key, known) in naive.identities.items()),
        "events": sorted(naive.events),
        "links": sorted(naive.links),
        "traits": sorted((*row[:3], json.dumps(row[3], sort_keys=True), *row[4:]) for row in naive.traits),
    }


ids = st.sampled_from(["ann", "bob", "eve", "x1", "x2", "x3"])
anonymous = st.sampled_from(["x1", "x2", "x3", "ann"])
scalars = st.sampled_from([None, 1, 2.5, "7", "12.345678", "lamps", True, [1, None], {"a": None}])
keys = ["total", "price", "quantity", "product_id", "category", "dwell", "agent", "order_id", "colour", 'it\'s "odd"']
product = st.dictionaries(st.sampled_from(keys[1:5]), scalars, max_size=3)
properties = st.builds(
    lambda told, currency, products: (
        told | ({"currency": currency} if currency else {}) | ({"products": products} if products is not None else {})
    ),
    st.dictionaries(st.sampled_from(keys), scalars, max_size=4),
    st.sampled_from([None, None, "USD", "usd", "EUR"]),
    st.none() | st.lists(product | st.just("odd"), max_size=3),
)
names = st.sampled_from(["Order Completed", "Order Completed", "Email Opened", "Stock Changed", "Wished"])
traits = st.dictionaries(st.sampled_from(["country", "group_id", "a.b"]), st.none() | st.sampled_from(["US", "DE"]), max_size=2)


def zoned(instant: int) -> str:
    """An instant as some sender writes it: with a `Z` or at another offset."""
    return format_instant(instant) if instant // SECOND % 2 else format_instant(instant + 7200 * SECOND).replace("Z", "+02:00")


def call(kind: str, **said: st.SearchStrategy) -> st.SearchStrategy:
    """Calls of one type that can be stored, mostly of two ids."""
    both = {"userId": ids, "anonymousId": anonymous}
    optional = {
        "source": st.sampled_from(["web", "import"]),
        "timestamp": st.integers(-3, 400).map(lambda n: zoned(NOON + n * SECOND)),
    }
    event_id = st.integers(0, 30).map(lambda n: f"m{n}")
    whole = {"type": st.just(kind), "messageId": event_id} | both | said
    told = st.fixed_dictionaries(whole, optional=optional)
    return st.builds(lambda said, gone: {k: v for k, v in said.items() if k != gone}, told, st.sampled_from(["", "userId", "anonymousId"]))


whole = st.one_of(
    call("track", event=names, properties=properties),
    call("track", event=names, properties=properties),
    call("page", properties=properties),
    call("identify", traits=traits),
    call("group", traits=traits),
    call("alias", previousId=anonymous),
)
wrong = st.sampled_from(
    [
        {"type": "nonsense"},
        {"messageId": ""},
        {"timestamp": "yesterday"},
        {"event": "Product Purchased"},
        {"properties": []},
        {"userId": None},
        {},
    ]
)
calls = st.builds(lambda said, slip: said | slip, whole, st.just({}) | st.just({}) | st.just({}) | wrong)


@st.composite
def logs(draw: st.DrawFn) -> list[list[str]]:
    """Segments of lines whose receivedAt never decreases."""
    said = draw(st.lists(calls, min_size=1, max_size=20))
    steps = accumulate(draw(st.lists(st.integers(0, 2), min_size=len(said), max_size=len(said))))
    lines = [json.dumps(call | {"receivedAt": format_instant(NOON + step * SECOND)}) for call, step in zip(said, steps, strict=True)]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(["{broken", "[]", '"text"'])))
    cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=3)))
    return [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]


@pytest.mark.slow
@given(segments=logs())
@settings(max_examples=25, deadline=None)
def test_any_log_in_any_split_loads_as_the_naive_loader_loads_it(segments: list[list[str]]):
    naive, engine = Naive(), DuckDB.open(None, currency="USD", threads=1)
    for line in (line for segment in segments for line in segment):
        naive.load(line)
    with TemporaryDirectory() as folder:
        reports = load_each(engine, Path(folder), segments)
    assert contents(engine) == naive_contents(naive)
    assert sum(report.loaded for report in reports) == len(naive.calls)
    assert sum(report.repeated for report in reports) == naive.repeated
    assert sum(report.clamped for report in reports) == naive.clamped
    assert [aside.reason for report in reports for aside in report.set_aside] == naive.set_aside
    engine.close()


def track(number: int, **said: object) -> str:
    whole = {
        "type": "track",
        "messageId": f"m{number}",
        "userId": "ann",
        "event": "Order Completed",
        "receivedAt": format_instant(NOON + number),
    } | said
    return json.dumps(whole)


def test_the_same_segment_loads_once(tmp_path: Path):
    engine = DuckDB.open(None)
    (tmp_path / "a.ndjson").write_text(track(1))
    assert engine.load([tmp_path / "a.ndjson"]).loaded == 1
    again = engine.load([tmp_path / "a.ndjson"])
    assert (again.loaded, again.skipped) == (0, 1)
    assert len(stored(engine, "events")) == 1
    assert stored(engine, "loads") == [("a.ndjson", 1, 0, 0, NOON + 1, NOON + 1, 1)]


def test_a_repeat_is_counted_and_so_is_a_different_content(tmp_path: Path):
    engine = DuckDB.open(None)
    first = track(1, properties={"total": 5, "colour": "red"})
    load_each(engine, tmp_path, [[first]])
    (tmp_path / "b").write_text("\n".join([first, track(1, properties={"colour": "red", "total": 5.0}), track(1, properties={"total": 6})]))
    report = engine.load([tmp_path / "b"])
    assert (report.loaded, report.repeated, report.changed_content) == (0, 3, 1)


def test_broken_lines_are_set_aside_with_their_number_and_the_good_ones_load(tmp_path: Path):
    engine = DuckDB.open(None)
    lines = [track(1).encode(), b"", b'{"type": "track"', track(2, timestamp="soon").encode(), b'{"messageId": "\xff"}', track(3).encode()]
    (tmp_path / "a.ndjson").write_bytes(b"\n".join(lines))
    report = engine.load([tmp_path / "a.ndjson"])
    assert report.set_aside == (
        SetAside("a.ndjson", 3, "line is no JSON object in UTF-8"),
        SetAside("a.ndjson", 4, "timestamp is no ISO 8601 time"),
        SetAside("a.ndjson", 5, "line is no JSON object in UTF-8"),
    )
    assert report.loaded == 2


def test_a_page_call_keeps_what_it_says_beside_its_properties(tmp_path: Path):
    engine = DuckDB.open(None)
    page = {"type": "page", "name": "Home", "context": {"page": {"path": "/a", "title": "A"}}, "properties": {"path": "/b"}}
    load_each(engine, tmp_path, [[track(1, **page)]])
    (row,) = engine._connection.execute("SELECT name, path, rest FROM events").fetchall()
    assert (row[0], row[1], json.loads(row[2])) == ("Page Viewed", "/b", {"name": "Home", "title": "A"})


def test_events_in_another_currency_keep_their_price_as_sent_and_are_counted(tmp_path: Path):
    engine = DuckDB.open(None, currency="GBP")
    (report,) = load_each(engine, tmp_path, [[track(1, properties={"total": 5, "currency": "EUR"})]])
    (row,) = engine._connection.execute("SELECT total, rest FROM events").fetchall()
    assert (report.unconverted, row[0], json.loads(row[1])) == (1, None, {"total": 5, "currency": "EUR"})


@pytest.mark.parametrize("crash_point", ["load", "commit"])
def test_a_load_that_dies_leaves_nothing_and_is_repeated_whole(tmp_path: Path, crash_point: str):
    class Died(BaseException):
        pass

    def reached(name: str) -> None:
        if name == crash_point:
            raise Died

    engine = DuckDB.open(None, reached=reached)
    (tmp_path / "a.ndjson").write_text(track(1))
    with pytest.raises(Died):
        engine.load([tmp_path / "a.ndjson"])
    assert all(stored(engine, relation.name) == [] for relation in RELATIONS if relation is not FACTS)
    engine._reached = lambda _: None
    assert engine.load([tmp_path / "a.ndjson"]).loaded == 1


def test_an_empty_segment_and_one_without_a_last_line_end_load(tmp_path: Path):
    engine = DuckDB.open(None)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "open").write_text("\n".join(track(n) for n in range(1, 4)))
    report = engine.load([tmp_path / "empty", tmp_path / "open"])
    assert report.loaded == 3
    assert [row[:2] for row in sorted(stored(engine, "loads"))] == [("empty", 0), ("open", 3)]


def test_a_load_of_nothing_is_nothing(tmp_path: Path):
    assert DuckDB.open(None).load([]).loaded == 0
