"""What a plan stands on is there when it is asked: tables, derived events in two versions, calibrations, wall times."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project, read_project
from opportune.language.compiler.moments import follows, moments
from opportune.language.compiler.snapshot import snapshot
from opportune.language.relations.plans import FOLLOWS, Row
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.instants import FOREVER, parse_instant
from opportune.language.vocabulary.problems import Severity
from opportune.language.vocabulary.reading import Reading
from opportune.shell.deriving import compiled, derive
from opportune.shell.ground import Ground

FILES = """
tables:
  product: {file: products.csv, key: product_id}
  shelf: {event: Stock Changed, key: product_id}
derived:
  Spree: {when: 'reaches("Product Viewed", n=2, within="%s")', set: {views: 'count("Product Viewed", since=previous)'}}
metrics:
  sprees: count("Spree")
  visits: count("Session Ended")
  margin: product[last("Product Viewed", product_id)].margin
  stock: shelf[last("Product Viewed", product_id)].stock
  usual: quantile(count("Product Viewed"), 0.5, every="day")
"""
AT = parse_instant("2026-03-03T12:00:00Z")


def project(folder: Path, within: str) -> Project:
    folder.mkdir()
    (folder / "opportune.yml").write_text("shop: {name: Shop, currency: USD}\n")
    (folder / "all.yml").write_text(dedent(FILES % within))
    (folder / "products.csv").write_text("product_id,margin\na,0.25\nb,0.5\n")
    found = read_project(folder)
    assert [p for p in found.problems if p.severity is Severity.ERROR] == []
    return found


class Dies(BaseException):
    """The process ended."""


class Dying(DuckDB):
    """An engine whose process ends instead of the write after so many."""

    writes_left = 10

    def write(self, writes: Sequence[Write], parameters=None, inputs=None) -> None:  # type: ignore[no-untyped-def]
        """See Engine.write."""
        if not self.writes_left:
            raise Dies
        self.writes_left -= 1
        super().write(writes, parameters, inputs)


def loaded(engine: DuckDB, folder: Path, calls: Sequence[dict[str, object]]) -> None:
    """The engine with these calls, each received as it happened."""
    folder.mkdir(exist_ok=True)
    number = len(list(folder.glob("*.ndjson")))
    lines = [
        {
            "type": "track",
            "messageId": f"m{number}-{n}",
            "receivedAt": call["timestamp"],
            "source": "test",
            "traits": {},
            "context": {},
            **call,
        }
        for n, call in enumerate(calls)
    ]
    (folder / f"{number:04}.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    engine.load([folder / f"{number:04}.ndjson"])


@pytest.fixture
def store(tmp_path: Path) -> DuckDB:
    calls = [
        {"userId": "ann", "event": "Product Viewed", "timestamp": "2026-03-01T10:00:00Z", "properties": {"product_id": "a"}},
        {"userId": "ann", "event": "Product Viewed", "timestamp": "2026-03-01T10:20:00Z", "properties": {"product_id": "b"}},
        {"userId": "bob", "event": "Product Viewed", "timestamp": "2026-03-01T11:00:00Z", "properties": {"product_id": "a"}},
        {"event": "Stock Changed", "timestamp": "2026-03-01T12:00:00Z", "properties": {"product_id": "b", "stock": 7}},
    ]
    engine = DuckDB.open(None, threads=1, currency="USD")
    loaded(engine, tmp_path, calls)
    return engine


def values(store: DuckDB, of: Project) -> dict[str, tuple[object, ...]]:
    ground = Ground(store, [of.definitions], of.tables)
    ground.settle(AT)
    return {str(row[0]): row[1:] for row in ground.rows(snapshot(of.definitions.metrics), {"at": AT, "seen": FOREVER})}


def test_everything_a_definition_reads_is_there(store: DuckDB, tmp_path: Path) -> None:
    assert values(store, project(tmp_path / "shop", "1h")) == {"ann": (1, 1, 0.5, 7, 1), "bob": (0, 1, 0.25, None, 1)}


def test_two_versions_of_a_definition_stand_side_by_side(store: DuckDB, tmp_path: Path) -> None:
    runs, tried = project(tmp_path / "runs", "1h"), project(tmp_path / "tried", "10m")
    assert values(store, runs)["ann"][0] == 1
    assert values(store, tried)["ann"][0] == 0
    assert values(store, runs)["ann"][0] == 1


def test_wall_times_come_round_by_themselves(store: DuckDB, tmp_path: Path) -> None:
    found = project(tmp_path / "shop", "1h")
    moment, definitions = found.moment('every("mon 09:00", tz="Europe/Berlin")', "here")
    ground = Ground(store, [definitions], found.tables)
    rows = ground.rows(moments(moment, Reading.AS_KNOWN), {"lo": parse_instant("2026-03-01T00:00:00Z"), "hi": AT})
    assert [(row[1], row[2]) for row in rows] == [(who, parse_instant("2026-03-02T08:00:00Z")) for who in ("ann", "bob")]


def derived_rows(engine: DuckDB) -> list[Row]:
    return engine._connection.execute("SELECT event_id, ts, received_at, withdrawn_at FROM events WHERE line > 0 ORDER BY ALL").fetchall()


@pytest.mark.parametrize("writes_left", range(4))
def test_a_derivation_that_dies_half_way_is_done_again_and_nothing_twice(tmp_path: Path, writes_left: int) -> None:
    plans = compiled(project(tmp_path / "shop", "1h").definitions.derived.values())
    whole, dying = DuckDB.open(None, threads=1, currency="USD"), Dying.open(None, threads=1, currency="USD")
    first, second = ("2026-03-01T10:00:00Z", "2026-03-01T10:10:00Z"), ("2026-03-02T10:00:00Z", "2026-03-02T10:10:00Z")
    for place, times in enumerate((first, second)):
        hi = parse_instant(f"2026-03-0{place + 1}T12:00:00Z")
        for engine in (whole, dying):
            calls = [{"userId": "ann", "event": "Product Viewed", "timestamp": at, "properties": {}} for at in times]
            loaded(engine, tmp_path / type(engine).__name__, calls)
        derive(whole, plans, hi)
        dying.writes_left = writes_left
        with suppress(Dies):
            derive(dying, plans, hi)
        dying.writes_left = 10
        derive(dying, plans, hi)
    assert len(derived_rows(whole)) == 4
    assert derived_rows(dying) == derived_rows(whole)


def test_whether_a_moment_still_follows_stands_on_what_its_predicate_asks_of_everybody(store: DuckDB, tmp_path: Path) -> None:
    found = project(tmp_path / "shop", "1h")
    usual = 'mean(count("Product Viewed"), every="day")'
    moment, definitions = found.moment(f'event("Product Viewed", count("Product Viewed") > {usual})', "here")
    at = parse_instant("2026-03-02T09:00:00Z")
    loaded(store, tmp_path, [{"userId": "ann", "event": "Product Viewed", "timestamp": "2026-03-02T09:00:00Z", "properties": {}}])
    ground = Ground(store, [definitions], found.tables)
    key = store._connection.execute("SELECT identity_key FROM identities WHERE identity = 'ann'").fetchall()[0][0]
    trigger = store._connection.execute(f"SELECT event_id FROM events WHERE ts = {at}").fetchall()[0][0]
    assert ground.rows(follows(moment), {}, {FOLLOWS.name: [(0, key, at, at, trigger, 0)]}) == [(0, True)]
