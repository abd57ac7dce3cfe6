"""Kinds: filled in, and what does not fit is said."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import timedelta

import pytest

from opportune.language.tree.expressions import Compare, Expr, Literal, Metric, Property, Trait
from opportune.language.tree.parse import expression
from opportune.language.tree.places import Places
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.types import checked
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place

HERE = Place("segments/lapsed.yml", 7)
SCHEMA = USUAL.with_event("Wishlist Added", {"color": Kind.TEXT, "size": Kind.NUMBER}).with_event("Other", {"size": Kind.TEXT})


def check(text: str, expect: Kind | None = None, schema: Schema = SCHEMA) -> tuple[Expr, Kind, list[str]]:
    places = Places()
    tree, problems = expression(text, HERE, places=places)
    assert tree is not None, problems
    known, kind, found = checked(tree, schema=schema, expect=expect, place=HERE, places=places, references={"metric.orders": Kind.NUMBER})
    return known, kind, [str(problem) for problem in found]


def test_a_text_beside_a_duration_is_a_duration() -> None:
    tree, _, problems = check('age("Order Completed") > "3d"')
    assert problems == []
    assert isinstance(tree, Compare)
    assert tree.right == Literal(timedelta(days=3))


def test_a_declared_property_has_its_kind_and_says_so() -> None:
    tree, _, _ = check('did("Product Viewed", dwell >= "30s")')
    assert isinstance(tree, Metric)
    assert isinstance(tree.where, Compare)
    assert tree.where.left == Property("dwell", Kind.DURATION, True)
    assert tree.where.right == Literal(timedelta(seconds=30))


@pytest.mark.parametrize(
    "constant, kind", [('"x"', Kind.TEXT), ("3", Kind.NUMBER), ("True", Kind.BOOLEAN), ('"30s"', Kind.TEXT), ("trait.b", Kind.TEXT)]
)
def test_an_undeclared_trait_takes_the_kind_of_what_it_equals(constant: str, kind: Kind) -> None:
    tree, _, problems = check(f"trait.a == {constant}")
    assert problems == []
    assert isinstance(tree, Compare)
    assert tree.left == Trait("a", kind)


def test_a_duration_text_in_an_order_makes_an_undeclared_trait_a_duration() -> None:
    tree, _, _ = check('trait.a > "30s"')
    assert tree == Compare(tree.operator, Trait("a", Kind.DURATION), Literal(timedelta(seconds=30)))  # type: ignore[union-attr]


def test_a_bare_trait_as_a_condition_is_a_boolean() -> None:
    assert check("trait.vip", Kind.BOOLEAN)[0] == Trait("vip", Kind.BOOLEAN)


def test_money_and_numbers_go_together_as_amounts() -> None:
    assert check('sum("Order Completed", total) > 100')[2] == []
    assert check('sum("Order Completed", total) / sum("Order Completed", tax)')[1] is Kind.NUMBER
    assert check('sum("Order Completed", total) / 3')[1] is Kind.MONEY
    assert check('coalesce(last("Order Completed", total), 0)')[1] is Kind.MONEY
    assert check('1 - age("Order Completed") / "60d"')[1] is Kind.NUMBER


def test_the_type_error_of_the_contract_names_the_missing_unit() -> None:
    assert check('age("Order Completed") > 3')[2] == [
        'segments/lapsed.yml:7: 3 has no unit where a duration is wanted [E109]\n  Write "3d" for days, "3h" for hours.'
    ]


def test_a_misspelt_event_is_reported_with_its_place_and_its_neighbour() -> None:
    assert check('did("Order Complete")')[2] == [
        "segments/lapsed.yml:7: no event is called 'Order Complete' [E103]\n  Did you mean 'Order Completed'?"
    ]


def test_an_event_nobody_knows_is_a_warning() -> None:
    assert check('did("Lamp Rubbed")')[2] == [
        "segments/lapsed.yml:7: warning: no event is called 'Lamp Rubbed' [E103]\n"
        "  Nothing of this name has arrived; declare it under `events:` if it will."
    ]


def test_a_misspelt_property_is_reported_on_its_own_line() -> None:
    assert check('did("Order Completed",\n  totl > 3)')[2] == [
        "segments/lapsed.yml:8: 'Order Completed' has no property called 'totl' [E104]\n  Did you mean 'total'?"
    ]


def test_a_misspelt_trait_is_a_problem_only_once_data_arrived() -> None:
    learned = Schema(traits={"country": Kind.TEXT})
    assert check('trait.contry == "US"')[2] == []
    assert check('trait.contry == "US"', schema=learned)[2] == [
        "segments/lapsed.yml:7: no trait is called 'contry' [E104]\n  Did you mean 'country'?"
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ('did("Order Completed", total > "3")', "money cannot be compared with text [E108]\n  Write 3 without quotes."),
        ('did("Order Completed", coupon == 3)', 'text cannot be compared with a number [E108]\n  Write "3" in quotes.'),
        ('did("Order Completed") > 1', "a condition cannot be compared with a number [E108]"),
        ("consent.email < True", "conditions have no order, so < cannot stand here [E108]\n  Write == or !=."),
        ('age("Order Completed") > "3x"', "'3x' is no duration; write a whole number and a unit, such as '30s', '10m', '2h', '7d' or '2w' [E107]"),
        ('count("Order Completed") + "a"', "a number + text makes no sense [E108]\n  It is written here: count(\"Order Completed\") + \"a\""),
        ('sum("Order Completed", total) + metric.orders', 'money + a number makes no sense [E108]\n  It is written here: sum("Order Completed", total) + metric.orders'),
        ('sum("Order Completed", coupon)', "sum() adds numbers, and 'coupon' is text [E108]"),
        ("not metric.orders", "a condition is wanted here, and this is a number [E108]\n  Compare it with something, as in ... > 0."),
        ("metric.ordrs > 1", "no metric is called 'ordrs' [E110]\n  Did you mean 'orders'?"),
        ("trait.a == None", "warning: a comparison with None is always false [E144]\n  Write known(x), or not known(x)."),
        ('coalesce(metric.orders, "a")', "coalesce() wants values of one kind, and these are a number and text [E108]"),
        ('did(any("Wishlist Added", "Other"), size == 1)', "'size' is declared as number and text by different events [E108]\n  Select one of these events."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_word_for_word(text: str, message: str) -> None:
    assert check(text)[2][0] == f"segments/lapsed.yml:7: {message}"


def test_a_number_where_a_condition_is_wanted_is_a_problem() -> None:
    assert check('count("Order Completed")', Kind.BOOLEAN)[2] == [
        "segments/lapsed.yml:7: a condition is wanted here, and this is a number [E108]\n  Compare it with something, as in ... > 0."
    ]
