"""docs/language.md: every example runs, both readings give the result shown, and every word of the language is on the page."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest
from tests.docs.asking import imported, project_of
from tests.docs.both import Shop, answered, happened, opened
from tests.docs.language_shop import PAGE, asked, files
from tests.docs.pages import Block, blocks, code, page, section, tables

from opportune.language.tree import later
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.predictions import KINDS as PREDICTIONS
from opportune.language.tree.rooms import ROOMS
from opportune.language.tree.walking import parts_of
from opportune.language.tree.words import MOMENTS as MOMENT_WORDS
from opportune.language.tree.words import Aggregate, CalendarPart, Census, Comparison, Extreme, Operator, Rhythm, TextTest
from opportune.language.vocabulary.durations import UNITS
from opportune.language.vocabulary.events import EVENTS, PROPERTIES, PURPOSES
from opportune.language.vocabulary.instants import parse_instant
from opportune.language.vocabulary.problems import Severity

NOON = parse_instant("2026-03-07T12:00:00Z")
VALUES = [rows for rows in tables(page(PAGE)) if rows[0][1:] == ["ada", "bob"]]
SHOWN = {code(expression): {"ada": ada, "bob": bob} for rows in VALUES for expression, ada, bob in rows[1:]}
_ROWS = next(rows for rows in tables(page(PAGE)) if rows[0] == ["moment", "customer", "at", "trigger"])[1:]
MOMENTS: dict[str, list[tuple[str, str, str]]] = {}
for _moment, _customer, _at, _trigger in _ROWS:
    MOMENTS.setdefault(code(_moment) or list(MOMENTS)[-1], []).append((_customer, _at, _trigger))
JOURNEYS_ONLY = {"EntryId", "EntryAt", "TriggerProperty"}
"""They have no value for a customer alone: docs/journeys.md shows them."""
NEVER_WRITTEN = {"Reference", "IsNamed", "Labelled"}
"""Gone once definitions are resolved, or not written in expressions."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The page's history, imported, and its project with everything the page asks among its metrics."""
    block = _block("json", "")
    engine, report = imported(tmp_path_factory.mktemp("history"), "history.ndjson", block.text)
    assert (report.loaded, report.set_aside) == (len(block.text.splitlines()), ())
    project, _ = asked(tmp_path_factory.mktemp("project"), list(SHOWN))
    assert [str(problem) for problem in project.problems] == []
    yield opened(engine, project, NOON)
    engine.close()


def _block(language: str, word: str) -> Block:
    (found,) = [block for block in blocks(PAGE, language) if block.word == word]
    return found


def _trees(shop: Shop) -> dict[str, Expr]:
    metrics = shop.project.definitions.metrics
    return {expression: metrics[f"asked_{number}"] for number, expression in enumerate(SHOWN)}


def test_both_readings_give_the_results_shown(tmp_path: Path, shop: Shop) -> None:
    assert answered(shop, _trees(shop), NOON, tmp_path / "out.csv") == SHOWN


@pytest.mark.parametrize("text", MOMENTS)
def test_both_readings_give_the_moments_shown(tmp_path: Path, shop: Shop, text: str) -> None:
    assert happened(shop, shop.project.moment(text, "page")[0], NOON, tmp_path / "out.csv") == MOMENTS[text]


def test_both_readings_give_what_is_said_of_odd_data(tmp_path: Path) -> None:
    shown = next(rows for rows in tables(page(PAGE)) if rows[0] == ["expression", "eve", "because"])[1:]
    lines = "".join(f"  m{number}: |\n    {code(row[0])}\n" for number, row in enumerate(shown))
    project = project_of(tmp_path / "shop", f"{_block('yaml', 'odd').text}\n--- b.yml\nmetrics:\n{lines}")
    assert [str(problem) for problem in project.problems if problem.severity is Severity.ERROR] == []
    engine, report = imported(tmp_path, "odd.ndjson", _block("json", "odd").text)
    assert (report.loaded, report.unconverted, report.set_aside) == (7, 1, ())
    found = answered(opened(engine, project, NOON), project.definitions.metrics, NOON, tmp_path / "out.csv")
    assert [found[f"m{number}"]["eve"] for number in range(len(shown))] == [row[1] for row in shown]
    engine.close()


def test_the_anonymous_customer_is_one_until_the_sign_in(tmp_path: Path, shop: Shop) -> None:
    tree = {"n": _trees(shop)["count(any())"]}
    before, after = parse_instant("2026-03-06T10:30:00Z"), parse_instant("2026-03-06T11:00:00Z")
    assert answered(shop, tree, before, tmp_path / "1.csv") == {"n": {"ada": "8", "cookie-7": "2"}}
    assert answered(shop, tree, after, tmp_path / "2.csv") == {"n": {"ada": "8", "bob": "2"}}


def test_the_definitions_of_the_page_use_every_map_and_have_a_row_each(shop: Shop) -> None:
    definitions = shop.project.definitions
    rooms = {"metric": definitions.metrics, "segment": definitions.segments, "score": definitions.scores}
    rooms |= {"ladder": definitions.ladders, "tier": definitions.tiers}
    named = {f"{room}.{name}" for room, found in rooms.items() for name in found if not name.startswith("asked_")}
    named |= {f"{whole}.{datum}" for whole, data in definitions.attached.items() for datum in data}
    named |= {f"score.{name}.coverage" for name in definitions.scores}
    assert sorted(named - set(SHOWN)) == []
    assert [
        word
        for word in ("settings", "events", "tables", "predictions", "derived", *(f"{room}s" for room in rooms))
        if f"{word}:\n" not in files()
    ] == []


def test_every_node_and_word_of_expressions_has_a_row(shop: Shop) -> None:
    used = set(_used(tuple(_trees(shop).values())))
    nodes = {node.__name__ for node in Expr.__args__} - JOURNEYS_ONLY - NEVER_WRITTEN
    assert sorted(nodes - used) == []
    words = {str(word) for words in (Aggregate, CalendarPart, Census, Comparison, Extreme, Operator, Rhythm, TextTest) for word in words}
    assert sorted(words - used) == []


def test_every_kind_of_moment_has_a_row(shop: Shop) -> None:
    found = [shop.project.moment(text, "page")[0] for text in MOMENTS]
    assert sorted({node.__name__ for node in Moment.__args__} - {type(one).__name__ for one in found}) == []
    arguments = ("unless", "within", "same", "at_most", "reaching", "hold", "n")
    assert [word for word in arguments if not any(f"{word}=" in text for text in MOMENTS)] == []


def _used(node: object) -> Iterator[str]:
    """The names of the nodes and words in a tree."""
    yield type(node).__name__
    for name in getattr(node, "__dataclass_fields__", ()):
        value = getattr(node, name)
        if isinstance(value, Enum):
            yield str(value)
    for part in parts_of(node):
        yield from _used(part)


def test_every_event_of_the_vocabulary_is_listed_with_its_properties() -> None:
    listed = next(rows for rows in tables(section(PAGE, "Events")) if rows[0] == ["event", "properties"])[1:]
    assert {code(name): tuple(re.findall(r"`(\w+)`", cell)) for name, cell in listed} == EVENTS


def test_every_kind_of_a_property_is_told() -> None:
    said = section(PAGE, "Events").split("Their kinds: ", 1)[1].split("\n\n")[0].replace("\n", " ")
    told = {kind: re.search(rf"{kind}[^`]*`([\w ]+)`", said) for kind in ("money", "duration", "boolean", "number")}
    for kind, found in told.items():
        assert found, kind
        assert set(found[1].split()) == {name for name, value in PROPERTIES.items() if value.value == kind}


def test_every_room_moment_and_unit_is_on_the_page() -> None:
    text = page(PAGE)
    assert [room for room in ROOMS if f"`{room}." not in text] == []
    assert [word for word in MOMENT_WORDS if f"`{word}(" not in text] == []
    assert [unit for unit in UNITS if f"`{unit}`" not in text and not re.search(rf"\d{unit}\"", text)] == []
    assert " ".join(PURPOSES) in text
    assert " ".join(PREDICTIONS) in text


def test_every_word_of_a_later_version_is_listed_as_such() -> None:
    said = section(PAGE, "Not of this version yet")
    words = {word for name, group in vars(later).items() if name.isupper() for word in group}
    assert sorted(word for word in words if not re.search(rf"`[^`]*\b{word}\b[^`]*`", said)) == []
