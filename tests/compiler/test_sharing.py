"""What definitions say of each other is worked out once."""

import pytest
from tests.compiler.shop import ANN, EVERYTHING, Shop, pair, parsed

from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.tree.expressions import Coverage, Expr, Literal, Score, ScorePart

VIEWS = 'count("Product Viewed") * 2 + 1'


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def score() -> Score:
    """6 of 10 with two views; its second part is known only to who has more than one."""
    known = parsed('1 if count("Product Viewed") > 1 else None')
    group = ScorePart(50, "group", (ScorePart(1, "a", known), ScorePart(1, "b", parsed(VIEWS))))
    return Score((ScorePart(50, "views", parsed(f"({VIEWS}) / 25")), group))


def text_of(named: dict[str, Expr]) -> str:
    return snapshot(named).query.sql("duckdb")


def test_a_part_of_several_definitions_is_written_once():
    asked = {"one": parsed(VIEWS), "other": parsed(f"({VIEWS}) / 3"), "third": parsed(f"({VIEWS}) > 4 and ({VIEWS}) < 9")}
    assert text_of(asked).count("* CAST(2 AS DOUBLE)") == 1


def test_a_score_grows_with_its_parts_and_not_with_those_who_ask_it():
    alone, often = len(text_of({"x": score()})), len(text_of({f"x{n}": score() for n in range(20)}))
    assert often < alone + 20 * 40


def test_what_stands_once_is_written_where_it_stands():
    assert "worked" not in text_of({"one": parsed(VIEWS), "other": parsed('did("Product Viewed")')})


def test_shared_values_are_those_of_each_definition_alone(shop):
    for number in range(2):
        shop.event(f"e{number}", "Product Viewed", number)
    named: dict[str, Expr] = {
        "score": score(),
        "coverage": Coverage(score()),
        "views": parsed(VIEWS),
        "more": parsed(f"({VIEWS}) + ({VIEWS}) / 5"),
        "clamped": parsed(f"clamp({VIEWS}, 0, 4)"),
        "before": parsed(f'ago(({VIEWS}) + ({VIEWS}), "30s")'),
        "nothing": Literal(None),
    }
    together = shop.engine.rows(snapshot(named), {**EVERYTHING, "at": 60_000_000})
    alone = [shop.engine.rows(snapshot({name: expr}), {**EVERYTHING, "at": 60_000_000})[0][1] for name, expr in named.items()]
    assert [list(row[1:]) for row in together] == [alone]
    assert alone == [6.0, 1.0, 5.0, 6.0, 4, 6.0, None]
    asked = {"pairs": [pair(1, ANN, 1)]}
    assert [list(row[1:]) for row in shop.engine.rows(at_pairs(named), inputs=asked)] == [alone]
