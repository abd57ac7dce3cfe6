"""Print and parse are inverse; see language/tree/print.py."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tree import strategies, whole
from tests.tree.names import NAMES

from opportune.language.tree.expressions import Expr, Literal, Property, Trait, TriggerProperty
from opportune.language.tree.moments import Moment
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.print import text_of
from opportune.language.tree.types import checked, checked_moment, kind_of
from opportune.language.vocabulary.problems import Place, Severity

HERE = Place("here.yml", 3)
SCOPE = strategies.Scope(in_journey=True)


@settings(max_examples=80, deadline=None)
@given(strategies.values(SCOPE))
def test_a_checked_tree_comes_back_from_its_text(tree: Expr) -> None:
    parsed, problems = expression(text_of(tree), HERE)
    assert not problems
    assert parsed is not None
    again, _, found = checked(parsed, place=HERE, expect=kind_of(tree))
    assert not [problem for problem in found if problem.severity is Severity.ERROR]
    assert again == tree


@settings(max_examples=80, deadline=None)
@given(strategies.values(SCOPE))
def test_text_is_canonical(tree: Expr) -> None:
    text = text_of(tree)
    parsed, _ = expression(text, HERE)
    assert parsed is not None
    assert text_of(parsed) == text
    assert expression(text_of(parsed), HERE) == (parsed, [])


@settings(max_examples=100, deadline=None)
@given(strategies.moments)
def test_a_moment_comes_back_from_its_text(drawn: Moment) -> None:
    parsed, problems = moment(text_of(drawn), HERE)
    assert not problems
    assert parsed is not None
    again, found = checked_moment(parsed, place=HERE)
    assert not [problem for problem in found if problem.severity is Severity.ERROR]
    assert again == drawn


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_as_a_literal(text: str) -> None:
    assert expression(text_of(Literal(text)), HERE) == (Literal(text), [])


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: bool(name.strip())))
def test_any_name_survives_as_trait_trigger_and_property(name: str) -> None:
    assert expression(text_of(Trait(name)), HERE) == (Trait(name), [])
    assert expression(text_of(TriggerProperty(name)), HERE) == (TriggerProperty(name), [])
    assert expression(text_of(Property(name)), HERE, in_predicate=True) == (Property(name), [])


def test_python_words_and_the_word_at_are_read_with_prop() -> None:
    assert text_of(Property("class")) == 'prop("class")'
    assert text_of(Property("at")) == 'prop("at")'
    assert text_of(Property("total")) == "total"


@pytest.mark.parametrize(
    "text",
    [
        "1 - (2 - 3)",
        "1 - 2 - 3",
        "2 * (3 + 4)",
        "6 / (3 * 2)",
        "-(1 + 2) * 3",
        "--trait.a",
        "(trait.a < 1) == trait.b",
        "(trait.a or trait.b) and not (trait.a and trait.b)",
        "not trait.a == 1",
        "(not trait.a) == trait.b",
        "-1 in [-1, 2]",
        "(trait.a == 1) in [True]",
        "2 ** 3 ** 4",
        "(2 ** 3) ** 4",
        "(-2) ** 2",
        "-2 ** 2",
        "-2 ** -1",
        "2 * 3 ** 4",
        "(2 * 3) ** 4",
        "1 if trait.a else 2 if trait.b else 3",
        "(1 if trait.a else 2) if trait.b else 3",
        "1 if (True if trait.a else trait.b) else 3",
        "1 if trait.a or trait.b else 3",
        "not (trait.a if trait.b else trait.c)",
        "(1 if trait.a else 2) + 1",
        "(2).lower()",
        "(-2).lower()",
        "(1 + trait.a).lower()",
        "trait.a.lower().contains(trait.b.lower())",
    ],
)
def test_brackets_are_printed_exactly_where_they_are_needed(text: str) -> None:
    tree, problems = expression(text, HERE)
    assert problems == []
    assert tree is not None
    assert text_of(tree) == text


@settings(max_examples=150, deadline=None)
@given(whole.expressions())
def test_any_expression_comes_back_from_its_text(tree: Expr) -> None:
    assert expression(text_of(tree), HERE, names=NAMES) == (tree, [])


@settings(max_examples=100, deadline=None)
@given(whole.expressions(in_predicate=True))
def test_any_predicate_comes_back_from_its_text(tree: Expr) -> None:
    assert expression(text_of(tree), HERE, names=NAMES, in_predicate=True) == (tree, [])


@settings(max_examples=100, deadline=None)
@given(whole.moments)
def test_any_moment_comes_back_from_its_text(tree: Moment) -> None:
    assert moment(text_of(tree), HERE, names=NAMES) == (tree, [])
