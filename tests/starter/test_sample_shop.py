"""The pack on the sample shop: nothing to complain of, and nobody is left without a place."""

from collections import Counter

import pytest

from opportune import starter
from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project, read_project
from opportune.adapters.sources.files import import_files
from opportune.language.compiler.values import snapshot
from opportune.language.vocabulary.instants import FOREVER, parse_instant
from opportune.samples.shop import Shop
from opportune.shell.deriving import compiled, derive
from opportune.shell.learning import learned_names
from opportune.shell.preparing import prepare
from opportune.shell.tabling import keep_tables

END = parse_instant("2026-11-01T00:00:00Z")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[DuckDB, Project]:
    """Thirty customers and a little more than two years."""
    folder = tmp_path_factory.mktemp("sample")
    Shop.build(customers=30, seed=7, start=parse_instant("2024-10-01T00:00:00Z"), days=761).write_history(folder / "history.ndjson")
    starter.write(folder / "pack")
    engine = DuckDB.open(None, currency="USD")
    import_files(engine.load, [folder / "history.ndjson"], set_aside=folder / "aside")
    return engine, read_project(folder / "pack", learned_names(engine), with_templates=False)


def test_the_pack_has_no_problem_and_no_warning_on_the_sample_shop(stocked: tuple[DuckDB, Project]) -> None:
    assert [str(problem) for problem in stocked[1].problems] == []


def test_everybody_stands_on_one_rung_of_every_ladder(stocked: tuple[DuckDB, Project]) -> None:
    engine, pack = stocked
    definitions = pack.definitions
    keep_tables(engine, pack.tables)
    derive(engine, compiled(definitions.derived.values()), END)
    plan = snapshot(definitions.ladders)
    prepare(engine, [plan], END, since=END)
    rows = engine.rows(plan, {"at": END, "seen": FOREVER})
    for number, name in enumerate(definitions.ladders, start=1):
        found = Counter(str(row[number]) for row in rows)
        assert set(found) <= set(definitions.steps_of[f"ladder.{name}"]), (name, found)
    assert len(rows) >= 30
