"""docs/language.md: every example runs, every result is the engine's, and every word of the language is on the page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.asking import imported, moments, project_of, read_csv, values
from tests.docs.pages import Block, blocks, code, page, section, tables

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.tree import later
from opportune.language.tree.calls import FUNCTIONS, ROOMS
from opportune.language.vocabulary.durations import UNITS
from opportune.language.vocabulary.events import EVENTS, PROPERTIES, PURPOSES
from opportune.language.vocabulary.instants import parse_instant
from opportune.shell.evaluation import columns_of, evaluate_all

PAGE = "docs/language.md"
NOON = parse_instant("2026-03-07T12:00:00Z")
RESULTS = [rows for rows in tables(page(PAGE)) if rows[0] == ["expression", "ada", "bob"]]
MOMENTS = next(rows for rows in tables(page(PAGE)) if rows[0] == ["moment", "customer", "at", "trigger"])[1:]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    """The page's history, imported."""
    (block,) = blocks(PAGE, "json")
    engine, report = imported(tmp_path_factory.mktemp("history"), "history.ndjson", block.text)
    assert (report.loaded, report.set_aside) == (len(block.text.splitlines()), ())
    yield engine
    engine.close()


@pytest.mark.parametrize("block", blocks(PAGE, "yaml"), ids=str)
def test_an_example_of_definitions_has_no_problem(tmp_path: Path, block: Block) -> None:
    assert [str(problem) for problem in project_of(tmp_path, block.text).problems] == []


@pytest.mark.parametrize("rows", RESULTS, ids=["metrics", "operators"])
def test_the_results_shown_are_those_the_engine_gives(tmp_path: Path, history: DuckDB, rows: list[list[str]]) -> None:
    shown = {code(expression): {"ada": ada, "bob": bob} for expression, ada, bob in rows[1:]}
    assert values(tmp_path, history, list(shown), NOON) == shown


def test_the_score_shown_is_what_the_engine_gives(tmp_path: Path, history: DuckDB) -> None:
    shown = next(rows for rows in tables(page(PAGE)) if rows[0] == ["customer", "engagement", "engagement.coverage"])
    block = next(block for block in blocks(PAGE, "yaml") if block.text.startswith("scores:"))
    out = tmp_path / "scores.csv"
    evaluate_all(history, columns_of(project_of(tmp_path, block.text).definitions, None), NOON, out)
    found = [[row["customer_id"], f"{float(row['engagement']):.2f}", row["engagement.coverage"]] for row in read_csv(out)]
    assert found == shown[1:]


def test_the_moments_shown_are_those_the_engine_gives(tmp_path: Path, history: DuckDB) -> None:
    shown: dict[str, list[tuple[str, str, str]]] = {}
    for moment, customer, at, trigger in MOMENTS:
        shown.setdefault(code(moment) or list(shown)[-1], []).append((customer, at, trigger))
    assert {moment: moments(tmp_path, history, moment) for moment in shown} == shown


def test_the_anonymous_customer_is_one_until_the_sign_in(tmp_path: Path, history: DuckDB) -> None:
    asked = ["count(any())"]
    assert values(tmp_path, history, asked, parse_instant("2026-03-06T10:30:00Z")) == {asked[0]: {"ada": "4", "cookie-7": "2"}}
    assert values(tmp_path, history, asked, parse_instant("2026-03-06T11:00:00Z")) == {asked[0]: {"ada": "4", "bob": "2"}}


def test_every_event_of_the_vocabulary_is_listed_with_its_properties() -> None:
    listed = next(rows for rows in tables(section(PAGE, "Events")) if rows[0] == ["event", "properties"])[1:]
    assert {code(name): tuple(re.findall(r"`(\w+)`", cell)) for name, cell in listed} == EVENTS


def test_every_kind_of_a_property_is_told() -> None:
    said = section(PAGE, "Events").split("Their kinds: ", 1)[1].split("\n\n")[0].replace("\n", " ")
    told = {kind: re.search(rf"{kind}[^`]*`([\w ]+)`", said) for kind in ("money", "duration", "boolean", "number")}
    for kind, found in told.items():
        assert found, kind
        assert set(found[1].split()) == {name for name, value in PROPERTIES.items() if value.value == kind}


def test_every_function_room_and_unit_of_this_version_is_on_the_page() -> None:
    text = page(PAGE)
    assert [name for name in FUNCTIONS if f"`{name}(" not in text and f"{name}(" not in text] == []
    assert [room for room in ROOMS if f"`{room}." not in text] == []
    assert [unit for unit in UNITS if f"`{unit}`" not in text and not re.search(rf"\d{unit}\"", text)] == []
    assert " ".join(PURPOSES) in text


def test_every_word_of_a_later_version_is_listed_as_such() -> None:
    said = section(PAGE, "Not of this version yet")
    words = (later.MAPS, later.STEPS, later.JOURNEY_KEYS)
    assert sorted({word for group in words for word in group if not re.search(rf"`[^`]*\b{word}\b[^`]*`", said)}) == []
