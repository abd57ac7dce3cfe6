"""docs/import.md: the files shown are imported, with the result shown; every column and key is on the page."""

import re
from pathlib import Path

from tests.docs.asking import imported, values
from tests.docs.pages import blocks, page, section, tables

from opportune.adapters.sources.expressions import _AGGREGATES, _FUNCTIONS
from opportune.adapters.sources.mapped import _KEYS
from opportune.adapters.sources.plain import _FLAT
from opportune.language.vocabulary.instants import parse_instant

PAGE = "docs/import.md"
LATER = parse_instant("2026-04-01T00:00:00Z")
PLAIN, FOREIGN = blocks(PAGE, "csv")


def test_the_plain_file_is_stored_but_for_the_rows_the_page_names(tmp_path: Path) -> None:
    engine, report = imported(tmp_path, "orders.csv", PLAIN.text)
    assert [f"{Path(aside.file).name}:{aside.line}: {aside.reason}" for aside in report.set_aside] == blocks(PAGE, "text")[
        0
    ].text.splitlines()
    asked = ['sum("Order Completed", total)', 'sum("Product Purchased", quantity)', 'age("Order Completed")']
    found = values(tmp_path, engine, asked, LATER)
    assert [found[expression] for expression in asked] == [
        {"ada": "59.9", "bob": "12"},
        {"ada": "2", "bob": "0"},
        {"ada": "2642400", "bob": "2640600"},
    ]
    engine.close()


def test_segment_calls_bring_traits_and_links(tmp_path: Path) -> None:
    engine, report = imported(tmp_path, "calls.ndjson", blocks(PAGE, "json")[0].text)
    assert (report.loaded, report.set_aside) == (2, ())
    found = values(tmp_path, engine, ["count(any())", "trait.country"], LATER)
    assert found == {"count(any())": {"ada": "1"}, "trait.country": {"ada": "DE"}}
    engine.close()


def test_the_foreign_table_becomes_what_the_page_shows(tmp_path: Path) -> None:
    (plan,) = blocks(PAGE, "yaml")
    engine, report = imported(tmp_path, "lines.csv", FOREIGN.text, plan.text)
    assert (report.set_aside, report.left_out) == ((), 0)
    shown = next(rows for rows in tables(page(PAGE)) if rows[0][:2] == ["customer", "orders"])
    asked = ['count("Order Completed")', 'sum("Order Completed", total)', 'sum("Order Refunded", total)', "trait.country"]
    found = values(tmp_path, engine, asked, LATER)
    assert [[customer, *(found[expression][customer] for expression in asked)] for customer in found[asked[0]]] == shown[1:]
    engine.close()


def test_every_column_key_and_function_is_on_the_page() -> None:
    named = {name for cell, *_ in next(t for t in tables(page(PAGE)) if t[0][0] == "column")[1:] for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(_FLAT)
    keys = {name for cell, *_ in next(t for t in tables(page(PAGE)) if t[0][0] == "key")[1:] for name in re.findall(r"`(\w+)`", cell)}
    assert keys == set(_KEYS["events"]) | set(_KEYS["customers"])
    said = section(PAGE, "Map files")
    assert [name for name in (*_AGGREGATES.values(), *_FUNCTIONS.values()) if not re.search(rf"`[^`]*\b{name}\b", said)] == []
