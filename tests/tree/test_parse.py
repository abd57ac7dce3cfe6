"""Text → trees, and what is said of text that is no expression."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import timedelta

import pytest

from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Arithmetic,
    Compare,
    Comparison,
    Known,
    Literal,
    Member,
    Metric,
    Not,
    Operator,
    Property,
    Reference,
    Selector,
    Since,
    Trait,
)
from opportune.language.tree.moments import EventMoment, Lapse, Reaches
from opportune.language.tree.names import NamedEvent, Names
from opportune.language.tree.parse import expression, moment
from opportune.language.vocabulary.problems import Place

HERE = Place("segments.yml", 7)
WEEK = timedelta(days=7)
ORDER = Compare(Comparison.GT, Property("total"), Literal(0))
NAMES = Names(
    events={
        "order": NamedEvent(Selector(("Order Completed",)), ORDER),
        "any_view": NamedEvent(Selector(("Page Viewed", "Product Viewed"))),
    },
    settings={"wait": Literal("2h"), "n": Literal(3), "bare": Literal(5)},
)


def said(text: str) -> list[str]:
    tree, problems = expression(text, HERE, names=NAMES)
    assert tree is None
    return [str(problem) for problem in problems]


def said_of_moment(text: str) -> list[str]:
    tree, problems = moment(text, HERE, names=NAMES)
    assert tree is None
    return [str(problem) for problem in problems]


def test_a_metric_reads_its_selector_predicate_and_window() -> None:
    tree, problems = expression('count("Product Viewed", category == "lamps", within="7d")', HERE)
    where = Compare(Comparison.EQ, Property("category"), Literal("lamps"))
    assert problems == []
    assert tree == Metric(function=Aggregate.COUNT, selector=Selector(("Product Viewed",)), where=where, within=WEEK)


def test_a_sum_names_its_property_before_the_predicate() -> None:
    tree, _ = expression('sum("Order Completed", total, coupon == "A", since=entry)', HERE)
    assert isinstance(tree, Metric)
    assert (tree.value, tree.since) == (Property("total"), Since.ENTRY)


def test_a_named_event_brings_its_condition_along() -> None:
    tree, _ = expression("count(order, coupon == 'A')", HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.selector == Selector(("Order Completed",))
    assert tree.where == All((ORDER, Compare(Comparison.EQ, Property("coupon"), Literal("A"))))


def test_any_unites_names_and_named_events_and_alone_means_every_event() -> None:
    tree, _ = expression('did(any("Cart Viewed", any_view))', HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.selector == Selector(("Cart Viewed", "Page Viewed", "Product Viewed"))
    assert expression("did(any())", HERE)[0] == Metric(function=Aggregate.DID, selector=Selector(()))


def test_a_setting_stands_for_a_duration() -> None:
    tree, _ = expression("did(order, within=setting.wait)", HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.within == timedelta(hours=2)


def test_and_and_or_are_flattened_and_chains_are_links() -> None:
    a, b = Trait("a"), Trait("b")
    assert expression("trait.a and (trait.b and trait.a)", HERE)[0] == All((a, b, a))
    assert expression("(trait.a or trait.b) or trait.a", HERE)[0] == Any((a, b, a))
    chain = All((Compare(Comparison.LT, Literal(1), a), Compare(Comparison.LE, a, Literal(3))))
    assert expression("1 < trait.a <= 3", HERE)[0] == chain


def test_not_in_is_false_for_null() -> None:
    member = Member(Trait("a"), (Literal("x"),))
    assert expression('trait.a not in ["x"]', HERE)[0] == All((Known(Trait("a")), Not(member)))
    assert expression('not trait.a in ["x"]', HERE)[0] == Not(member)


def test_operators_bind_as_in_python() -> None:
    product = Arithmetic(Operator.MUL, Literal(2), Literal(3))
    assert expression("1 + 2 * 3", HERE)[0] == Arithmetic(Operator.ADD, Literal(1), product)
    assert expression("-3", HERE)[0] == Literal(-3)


def test_coverage_of_a_score_is_a_reference_of_its_own() -> None:
    assert expression("score.engagement.coverage", HERE)[0] == Reference("score", "engagement.coverage")


def test_line_breaks_are_allowed_anywhere() -> None:
    assert expression("1\n+\n2", HERE)[0] == expression("1 + 2", HERE)[0]


def test_a_problem_carries_the_line_it_is_on() -> None:
    assert said('did(order)\nand did("A",\n  within="7x")') == [
        "segments.yml:9: '7x' is no duration; write a whole number and a unit, such as '30s', '10m', '2h', '7d' or '2w' [E107]"
    ]


def test_all_problems_of_a_text_are_told_at_once() -> None:
    assert [line.split(" [")[1][:4] for line in said('did(ordr) and cout("A") and trait.a ** 2')] == ["E103", "E105", "E112"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", 'segments.yml:7: an expression is missing [E101]\n  Write one, such as did("Order Completed").'),
        ("1 +", "segments.yml:7: this is no expression: invalid syntax [E101]"),
        ("trait.a = 1", "segments.yml:7: this is no expression: = stands where == is meant [E101]\n  Write == to compare."),
        ("a && b", "segments.yml:7: this is no expression: invalid syntax [E101]\n  Write `and` instead of `&&`."),
        (
            "(1",
            "segments.yml:7: this is no expression: brackets do not pair up [E101]\n"
            "  Close every ( and [ that is opened, and open every one that is closed.",
        ),
        ("1) + (2", "segments.yml:7: this is no expression: brackets do not pair up [E101]\n  Close every ( and [ that is opened, and open every one that is closed."),
        ("1], [2", "segments.yml:7: this is no single expression [E101]\n  Write one expression; brackets must pair up."),
        ('"abc', 'segments.yml:7: this is no expression: a quoted text is not closed [E101]\n  End it with the quote it began with: "...".'),
        ("lambda: 1", "segments.yml:7: lambda is not part of the language [E101]\n  SEMANTICS section 3 lists what is."),
        ("1e999", "segments.yml:7: a number is too large [E102]\n  The largest is 1,000,000,000,000,000."),
        ("9" * 5000, "segments.yml:7: a number is too large [E102]"),
        ("total > 3", "segments.yml:7: nothing is called `total` here [E105]\n  Properties of an event are read inside a selector's predicate; other values as trait.x, metric.x, setting.x."),
        ("order", "segments.yml:7: `order` is an event, not a value [E105]\n  Write did(order) or count(order)."),
        ("did(ordr)", "segments.yml:7: no named event is called 'ordr' [E103]\n  Did you mean 'order'?"),
        ("cout(order)", "segments.yml:7: no function is called 'cout' [E105]\n  Did you mean 'count'?"),
        ("sum(order)", 'segments.yml:7: sum() takes an event, a property and at most one predicate [E106]\n  Write sum("Order Completed", total).'),
        ("count(order, witin='7d')", "segments.yml:7: count() has no argument 'witin' [E106]\n  Did you mean 'within'?"),
        ("count(order, coupon='A')", "segments.yml:7: count() has no argument 'coupon' [E106]\n  To compare a property write coupon == ... instead."),
        ("did(order, within=7)", 'segments.yml:7: within wants a duration, and 7 has no unit [E109]\n  Write "7d" for days, "2h" for hours.'),
        ("did(order, within='0d')", "segments.yml:7: within must be longer than nothing [E107]"),
        ("did(order, within=setting.wiat)", "segments.yml:7: no setting is called 'wiat' [E110]\n  Did you mean 'wait'?"),
        ("did(order, within='1d', within='2d')", "segments.yml:7: did() is given the same argument twice [E106]"),
        ("did(order, within='7d', total > 3)", "segments.yml:7: this is no expression: positional argument follows keyword argument [E101]"),
        ("consent.emial", "segments.yml:7: no purpose of consent is called 'emial' [E110]\n  Did you mean 'email'?"),
        ("triat.a", "segments.yml:7: nothing can be read from 'triat' [E110]\n  Did you mean 'trait'?"),
        ("trait.a in [trait.b]", 'segments.yml:7: `in` wants a list of constants [E106]\n  Write it as in ["a", "b"]; for null use known(x).'),
        ("trait.a is None", "segments.yml:7: `is` is not part of the language [E101]\n  Write ==, or known(x)."),
    ],
)  # fmt: skip
def test_a_text_that_is_no_expression_is_told_so_word_for_word(text: str, message: str) -> None:
    assert said(text) == [message]


@pytest.mark.parametrize(
    "text, word",
    [
        ("avg(order, total)", "avg"),
        ("tenure(order) > '3d'", "tenure"),
        ("2 ** 3", "**"),
        ("1 if trait.a else 2", "x if c else y"),
        ("ladder.lifecycle == 'churned'", "ladder"),
        ("tier.value.tone == 'vip'", "tier"),
        ("prediction.churn_30d > 0.7", "prediction"),
        ("trait.a.contains('x')", ".contains(...)"),
        ("trait.a.lower() == 'x'", ".lower(...)"),
        ("quantile(trait.a, 0.9)", "quantile"),
        ("clamp(trait.a, 0, 1)", "clamp"),
        ("at == at", "at"),
        ("entry.at == 1", "entry.at"),
        ("count(order, since=previous)", "since=previous"),
        ("count(order, since=entry.at)", "since=TIME"),
        ("product['a']", "product[...]"),
        ("did(any('A', order))", "any(...) around a named event with `where`"),
    ],
)
def test_what_a_later_version_runs_is_named_and_never_ignored(text: str, word: str) -> None:
    expected = f"segments.yml:7: `{word}` is part of the language but not of this version yet [E112]\n  Leave it out for now; nothing is run that would be run wrongly."
    assert expected in said(text)


def test_moments_are_read_with_their_windows() -> None:
    lapse = 'lapse("Product Added", quantity > 1, unless=any("Order Completed"), within=setting.wait, same="product_id")'
    where = Compare(Comparison.GT, Property("quantity"), Literal(1))
    order = Selector(("Order Completed",))
    assert moment(lapse, HERE, names=NAMES)[0] == Lapse(
        selector=Selector(("Product Added",)), where=where, unless=order, within=timedelta(hours=2), same="product_id"
    )
    assert moment("event(order)", HERE, names=NAMES)[0] == EventMoment(selector=order, where=ORDER)
    assert moment("reaches(order, n=setting.n)", HERE, names=NAMES)[0] == Reaches(selector=order, where=ORDER, n=3)


@pytest.mark.parametrize(
    "text, message",
    [
        ("lapse(any_view)", 'segments.yml:7: lapse() wants within= [E106]\n  Write how long nothing may follow: within="2h".'),
        ("reaches(any_view)", "segments.yml:7: reaches() wants n= [E106]\n  Write how many events it takes: n=3."),
        ("reaches(any_view, n=0)", "segments.yml:7: n wants a whole number from 1 to 1,000,000 [E106]"),
        ("reaches(any_view, n=1, n=2)", "segments.yml:7: reaches() is given the same argument twice [E106]"),
        ("laps(any_view)", "segments.yml:7: no moment is called 'laps' [E105]\n  Did you mean 'lapse'?"),
        ("did(any_view) and 1", 'segments.yml:7: a moment is wanted here [E106]\n  Write event("..."), lapse("...", within="2h") or reaches("...", n=3).'),
    ],
)  # fmt: skip
def test_a_text_that_is_no_moment_is_told_so_word_for_word(text: str, message: str) -> None:
    assert said_of_moment(text) == [message]


@pytest.mark.parametrize(
    "text, word",
    [
        ("enters(segment.vip)", "enters"),
        ("nth(order, n=2)", "nth"),
        ("every('mon 09:00')", "every"),
        ("lapse(any_view, within='2h', at_most='1d')", "at_most= in lapse()"),
        ("lapse(any_view, within='2h', unless=order)", "unless= with a named event that has `where`"),
        ("event(any_view, reaching=order)", "reaching= in event()"),
        ("reaches(any_view, n=1, hold='1d')", "hold"),
    ],
)
def test_moments_of_later_versions_are_named(text: str, word: str) -> None:
    assert f"segments.yml:7: `{word}` is part of the language but not of this version yet [E112]" in said_of_moment(text)[0]
