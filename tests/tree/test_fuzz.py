"""Whatever text it is given, the parser ends, and ends in a tree or in problems."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.soaking import share_of

from opportune.language.tree.parse import expression, moment
from opportune.language.tree.print import text_of
from opportune.language.tree.types import checked
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
        ")",
        '"Order Completed"',
        '"7d"',
        "within=",
        "since=entry",
        ",",
    ),
    *(
        "trait.",
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
    tree, problems = expression(text, HERE)
    assert (tree is None) == bool(problems)
    moment(text, HERE)
    if tree is not None:
        checked(tree, place=HERE)
        assert expression(text_of(tree), HERE)[0] == tree


@settings(max_examples=150, deadline=None)
@given(texts)
def test_any_text_ends_in_a_tree_or_in_problems(text: str) -> None:
    _read(text)


@pytest.mark.soak
@settings(max_examples=share_of(100_000), deadline=None)
@given(texts)
def test_many_texts_end_in_a_tree_or_in_problems(text: str) -> None:
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
        "1 < " * LONG + "1",
        "9" * LONG,
        '"' + "x" * LONG + '"',
        "\\" * LONG,
        "known(" * (LONG // 4),
        "trait.a in [" + "1," * LONG + "]",
    ],
    ids=range(17),
)
def test_long_and_deep_texts_end_soon_and_without_a_crash(text: str) -> None:
    began = time.perf_counter()
    tree, problems = expression(text, HERE)
    assert (tree is None) == bool(problems)
    assert len(problems) <= 1
    if tree is not None:
        checked(tree, place=HERE)
        text_of(tree)
    assert time.perf_counter() - began < 20
