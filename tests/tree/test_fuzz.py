"""Whatever text it is given, the parser ends, and ends in a tree or in problems."""

import json
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.soaking import share_of
from tests.tree import whole
from tests.tree.names import NAMES

from opportune.language.tree.dead_conditions import dead_conditions
from opportune.language.tree.expansion import expanded, expanded_moment
from opportune.language.tree.json_form import expression_of, moment_of, to_json
from opportune.language.tree.long_windows import long_windows
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.print import text_of
from opportune.language.tree.types import checked, checked_moment
from opportune.language.vocabulary.problems import Place

HERE = Place("a.yml", 1)
PIECES = (
    *(
        "count(",
        "did(",
        "sum(",
        "last(",
        "age(",
        "lapse(",
        "event(",
        "any(",
        "nth(",
        "enters(",
        "changes(",
        "before(",
        "every(",
        "quantile(",
        "ago(",
        "hour(",
        "clamp(",
        "decayed(",
        ")",
        '"Order Completed"',
        '"7d"',
        "within=",
        "since=entry",
        "since=",
        "n=3",
        "same='x'",
        "reaching=",
        "unless=",
        "hold=",
        "at_most=",
        "half_life=",
        "tz='shop'",
        "by=",
        "positive=True",
        "order",
        "kept",
        "product[",
        "'09:00'",
        "'2026-01-01'",
        ",",
    ),
    *(
        "trait.",
        "ladder.l.t",
        "prediction.churn_30d",
        ".stock",
        ".lower()",
        ".contains(",
        "x",
        "metric.a",
        "score.s.coverage",
        "and",
        "or",
        "not",
        "in",
        "[",
        "]",
        "1",
        "-",
        "+",
        "*",
        "/",
        "**",
        "==",
        "<",
        "=",
        ".",
        "\n",
        '"',
    ),
    *(
        "lambda:",
        "if",
        "else",
        "None",
        "True",
        "prop(",
        "known(",
        "coalesce(",
        "at",
        "entry.id",
        "trigger[",
        "'",
        "f''",
        "b''",
        "1j",
        "...",
        ":=",
        "await",
    ),
)
texts = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.text(max_size=40)


def _read(text: str) -> None:
    places = Places()
    tree, problems = expression(text, HERE, names=NAMES, places=places)
    assert (tree is None) == bool(problems)
    if tree is not None:
        known, _, _ = checked(expanded(tree, NAMES, places), place=HERE, places=places)
        dead_conditions(known, HERE, places)
        long_windows(known, timedelta(days=1), HERE, places)
        assert expression(text_of(tree), HERE, names=NAMES)[0] == tree
        assert expression_of(json.loads(json.dumps(to_json(tree))), HERE, names=NAMES) == (tree, [])
    when, problems = moment(text, HERE, names=NAMES, places=places)
    assert (when is None) == bool(problems)
    if when is not None:
        checked_moment(expanded_moment(when, NAMES, places), place=HERE, places=places)
        assert moment(text_of(when), HERE, names=NAMES)[0] == when
        assert moment_of(json.loads(json.dumps(to_json(when))), HERE, names=NAMES) == (when, [])


@settings(max_examples=150, deadline=None)
@given(texts)
def test_any_text_ends_in_a_tree_or_in_problems(text: str) -> None:
    _read(text)


@pytest.mark.soak
@settings(max_examples=share_of(500_000), deadline=None)
@given(texts)
def test_many_texts_end_in_a_tree_or_in_problems(text: str) -> None:
    _read(text)


_texts = whole.expressions().map(text_of) | whole.moments.map(text_of)
edited = st.tuples(_texts, st.integers(0), st.integers(0, 6), st.sampled_from(PIECES))


def _edited(drawn: tuple[str, int, int, str]) -> str:
    """A text of the language with a piece of it replaced."""
    text, start, length, piece = drawn
    at = start % (len(text) + 1)
    return text[:at] + piece + text[at + length :]


@settings(max_examples=100, deadline=None)
@given(edited.map(_edited))
def test_a_text_with_a_slip_in_it_ends_in_a_tree_or_in_problems(text: str) -> None:
    _read(text)


@pytest.mark.soak
@settings(max_examples=share_of(400_000), deadline=None)
@given(edited.map(_edited))
def test_many_texts_with_a_slip_in_them_end_in_a_tree_or_in_problems(text: str) -> None:
    _read(text)


LONG = 100_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["trait.a"] * LONG),
        " + ".join(["1"] * LONG),
        "not " * LONG + "1",
        "-" * LONG + "1",
        "(" * LONG,
        "(" * 150 + "1" + ")" * 150,
        "a" + ".b" * LONG,
        "a" + "[0]" * LONG,
        "1 if 1 else " * (LONG // 4) + "1",
        " ** ".join(["1"] * LONG),
        "lambda: " * (LONG // 4) + "1",
        "1 < " * (LONG // 4) + "1",
        "9" * LONG,
        '"' + "x" * LONG + '"',
        "\\" * LONG,
        "known(" * (LONG // 4),
        "trait.a in [" + "1," * LONG + "]",
        " or ".join(["trait.a > 1"] * LONG),
        " and ".join(f"trait.a > {n}" for n in range(LONG // 4)),
        "did(any(" + ",".join(f"'{n}'" for n in range(LONG // 2)) + "))",
        "coalesce(" + ",".join(["trait.a"] * LONG) + ")",
        "least(" * (LONG // 4),
        "any(" * (LONG // 4),
        "1 if trait.a else (" * 60 + "1" + ")" * 60,
        "ago(" * 50 + "trait.a" + ",'1d')" * 50,
        "count('A', x > " * 30 + "1" + ")" * 30,
        "did(any('A'), " * 60,
        "2 ** " * 60 + "2",
        "trait.a" + ".lower()" * LONG,
        "trait.a" + ".lower()" * 60,
        "at - (" * 60 + "at" + ")" * 60,
        "1e308 + 1",
        "did(any(" + ",".join(f"'{n}'" for n in range(1000)) + "))",
        "9" * 15 + " ** " + "9" * 15,
    ],
    ids=range(34),
)
def test_long_and_deep_texts_end_soon_and_without_a_crash(text: str) -> None:
    began = time.process_time()
    tree, problems = expression(text, HERE)
    assert (tree is None) == bool(problems)
    assert len(problems) <= 1
    if tree is not None:
        known, _, _ = checked(expanded(tree, NAMES), place=HERE)
        dead_conditions(known, HERE, Places())
        assert expression_of(to_json(tree), HERE)[0] in (tree, None)
        text_of(tree)
    assert time.process_time() - began < 20
