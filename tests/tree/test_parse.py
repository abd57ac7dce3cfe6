"""Text → trees, and what is said of text that is no expression."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import timedelta

import pytest
from tests.tree.names import NAMES

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
from opportune.language.tree.moments import EventMoment, Lapse, Nth, Reaches
from opportune.language.tree.parse import expression, moment
from opportune.language.vocabulary.problems import Place

HERE = Place("segments.yml", 7)
WEEK = timedelta(days=7)


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


def test_a_named_event_stays_as_written() -> None:
    tree, _ = expression("count(order, coupon == 'A')", HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.selector == Selector((), ("order",))
    assert tree.where == Compare(Comparison.EQ, Property("coupon"), Literal("A"))


def test_any_unites_names_and_named_events_and_alone_means_every_event() -> None:
    tree, _ = expression('did(any("Cart Viewed", any_view, any("Cart Viewed", "Page Viewed")))', HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.selector == Selector(("Cart Viewed", "Page Viewed"), ("any_view",))
    assert expression("did(any())", HERE)[0] == Metric(function=Aggregate.DID, selector=Selector(()))
    assert expression("did(any(any()))", HERE)[0] == Metric(function=Aggregate.DID, selector=Selector(()))


def test_metrics_inside_a_predicate_are_asked_at_the_pair() -> None:
    tree, problems = expression('count("A", total > avg("A", total, since=time("B")) and at > "2026-01-01")', HERE)
    assert problems == []
    assert isinstance(tree, Metric)
    assert said('count("A", x > ago(total, "7d"))') == [
        "segments.yml:7: nothing is called `total` here [E105]\n  Properties of an event are read inside a selector's predicate; other values as trait.x, metric.x, setting.x."
    ]


def test_a_setting_stands_wherever_a_constant_must() -> None:
    tree, _ = expression("did(order, within=setting.wait)", HERE, names=NAMES)
    assert isinstance(tree, Metric)
    assert tree.within == timedelta(hours=2)
    assert expression("quantile(trait.a, setting.most)", HERE, names=NAMES)[0] == expression("quantile(trait.a, 0.9)", HERE)[0]
    assert expression("hour(at, tz=setting.zone)", HERE, names=NAMES)[0] == expression('hour(at, tz="Europe/Berlin")', HERE)[0]
    assert expression("ago(trait.a, setting.span)", HERE, names=NAMES)[0] == expression('ago(trait.a, "1d")', HERE)[0]
    assert moment("nth(order, n=setting.n)", HERE, names=NAMES)[0] == Nth(selector=Selector((), ("order",)), n=3)
    assert moment("enters(vip, hold=setting.wait)", HERE, names=NAMES)[0] == moment('enters(vip, hold="2h")', HERE)[0]


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
    assert [line.split(" [")[1][:4] for line in said('did(ordr) and cout("A") and (trait.a is 2)')] == ["E103", "E105", "E101"]


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
        ("any_view.x", "segments.yml:7: nothing can be read from 'any_view' [E110]\n  There are trait, consent, metric, segment, score, ladder, tier, prediction, setting, trigger, entry."),
        ("count(any('A', any()))", "segments.yml:7: any() reads every event already, so nothing can stand beside it [E106]\n  Write any() alone, or the names without it."),
        ("count(any('A', all_of_it))", "segments.yml:7: any() reads every event already, so nothing can stand beside it [E106]\n  Leave one of them out, or give each a metric of its own."),
        ("count(any(order, kept))", "segments.yml:7: 'Order Completed' stands here twice, and is void in different ways [E106]\n  Leave one of them out, or give each a metric of its own."),
        ("decayed(order)", 'segments.yml:7: decayed() wants half_life= [E106]\n  Write after how long an event counts half: half_life="30d".'),
        ("decayed(order, 1, 2, half_life='1d')", 'segments.yml:7: decayed() takes an event and at most one predicate [E106]\n  Write decayed("Order Completed", half_life="30d"), or decayed("Order Completed", total > 0, half_life="30d").'),
        ("age(order, within='7d')", "segments.yml:7: age() has no argument 'within' [E106]\n  To compare a property write within == ... instead."),
        ("count(order, **trait.a)", "segments.yml:7: count() has no argument '**' [E106]"),
        ("ago(count(order))", 'segments.yml:7: ago() takes a value and how long ago [E106]\n  Write ago(count("Order Completed"), "7d").'),
        ("ago(count(order), 7)", 'segments.yml:7: ago() wants a duration, and 7 has no unit [E109]\n  Write "7d" for days, "2h" for hours.'),
        ("ago(count(order), trait.a)", 'segments.yml:7: ago() wants a duration [E107]\n  Write one, such as "7d", or a setting.'),
        ("quantile(trait.a)", "segments.yml:7: quantile() takes a value and a share [E106]\n  Write quantile(metric.x, 0.9)."),
        ("quantile(trait.a, 90)", "segments.yml:7: quantile() wants a share from 0 to 1 [E106]\n  Write 0.9 for the value that nine in ten do not exceed."),
        ("quantile(trait.a, trait.b)", "segments.yml:7: quantile() wants a share from 0 to 1 [E106]\n  Write 0.9 for the value that nine in ten do not exceed."),
        ("mean(trait.a, every='monht')", "segments.yml:7: every wants one of \"month\", \"week\", \"day\" [E106]\n  Did you mean 'month'?"),
        ("mean(trait.a, every=trait.b)", 'segments.yml:7: every wants one of "month", "week", "day" [E106]'),
        ("mean(trait.a, positive=1)", "segments.yml:7: positive wants True or False [E106]"),
        ("clamp(trait.a, 1)", "segments.yml:7: clamp() takes a value, the least and the most it may be [E106]\n  Write clamp(x, 0, 1)."),
        ("least(trait.a)", "segments.yml:7: least() takes two or more values [E106]"),
        (f"coalesce({'trait.a, ' * 100}1)", "segments.yml:7: coalesce() takes at most 100 values, not 101 [E106]"),
        ("known()", "segments.yml:7: known() takes one value [E106]"),
        ("hour()", 'segments.yml:7: hour() takes a time [E106]\n  Write hour(at), or hour(time("Order Completed")).'),
        ("hour(at, tz='Europe/Berln')", "segments.yml:7: no time zone is called 'Europe/Berln' [E106]\n  Did you mean 'Europe/Berlin'?"),
        ("hour(at, tz=3)", 'segments.yml:7: tz wants a text [E106]\n  Write "shop", "customer" or a zone such as "Europe/Berlin".'),
        ("trait.a.upper()", "segments.yml:7: no method is called '.upper' [E105]\n  There are .contains(), .startswith(), .matches(), .lower()."),
        ("trait.a.lower('x')", "segments.yml:7: .lower() takes nothing [E106]\n  Write x.lower()."),
        ("trait.a.contains()", 'segments.yml:7: .contains() takes one text [E106]\n  Write x.contains("lamp").'),
        ("prediction.chrn_30d", "segments.yml:7: no prediction is called 'chrn_30d' [E110]\n  Did you mean 'churn_30d'?"),
        ("score.s.x", "segments.yml:7: a score has no 'x' [E110]\n  Write score.s or score.s.coverage."),
        ("product.stock", "segments.yml:7: which row of product is not said [E106]\n  Write the key in brackets: product[product_id].stock."),
        ("product['a']", "segments.yml:7: which column of product is not said [E106]\n  Write it after a dot: product[...].name."),
        ("produkt['a'].stock", "segments.yml:7: no table is called 'produkt' [E110]\n  Did you mean 'product'?"),
        ("store['a'].cty", "segments.yml:7: table 'store' has no column called 'cty' [E104]\n  Did you mean 'city'?"),
        ("product[term_in('a', 'b')].name", "segments.yml:7: term_in() takes one text [E106]\n  Write product[term_in(trait.wish)].name."),
        ("term_in(trait.wish)", "segments.yml:7: term_in(...) is a key, not a value [E105]\n  Write needs[term_in(trait.wish)].need."),
        ("km_to(store, 1)", "segments.yml:7: km_to() takes a table, a latitude and a longitude [E106]\n  Write km_to(store, trait.latitude, trait.longitude)."),
        ("km_to(stores, 1, 2)", "segments.yml:7: no table is called 'stores' [E110]\n  Did you mean 'store'?"),
        ("count('A', km_to(store, x, 2) < 1)", "segments.yml:7: nothing is called `x` here [E105]\n  Properties of an event are read inside a selector's predicate; other values as trait.x, metric.x, setting.x."),
        ("entry.x", "segments.yml:7: entry has no 'x' [E110]\n  Write entry.id or entry.at."),
        ("enters(segment.vip)", "segments.yml:7: enters(...) is a moment, not a value [E105]\n  Moments stand under `when:` of a journey."),
        ("trait.a is None", "segments.yml:7: `is` is not part of the language [E101]\n  Write ==, or known(x)."),
    ],
)  # fmt: skip
def test_a_text_that_is_no_expression_is_told_so_word_for_word(text: str, message: str) -> None:
    assert said(text) == [message]


def test_moments_are_read_with_their_windows() -> None:
    lapse = 'lapse("Product Added", quantity > 1, unless=any("Order Completed"), within=setting.wait, same="product_id")'
    where = Compare(Comparison.GT, Property("quantity"), Literal(1))
    unless, order = Selector(("Order Completed",)), Selector((), ("order",))
    assert moment(lapse, HERE, names=NAMES)[0] == Lapse(
        selector=Selector(("Product Added",)), where=where, unless=unless, within=timedelta(hours=2), same="product_id"
    )
    assert moment("event(order)", HERE, names=NAMES)[0] == EventMoment(selector=order)
    assert moment("reaches(order, n=setting.n)", HERE, names=NAMES)[0] == Reaches(selector=order, n=3)


@pytest.mark.parametrize(
    "text, message",
    [
        ("lapse(any_view)", 'segments.yml:7: lapse() wants within= [E106]\n  Write how long nothing may follow: within="2h".'),
        ("reaches(any_view)", "segments.yml:7: reaches() wants n= [E106]\n  Write how many events it takes: n=3."),
        ("reaches(any_view, n=0)", "segments.yml:7: n wants a whole number from 1 to 1,000,000 [E106]"),
        ("reaches(any_view, n=1, n=2)", "segments.yml:7: reaches() is given the same argument twice [E106]"),
        ("nth(any_view)", "segments.yml:7: nth() wants n= [E106]\n  Write how many events it takes: n=3."),
        ("event(any_view, 1, 2)", "segments.yml:7: event() takes an event and at most one predicate [E106]"),
        ("event(any_view, reaching=order)", 'segments.yml:7: event() with reaching= wants same= [E106]\n  Write the property both events have: same="product_id".'),
        ("event(any_view, within='7d')", 'segments.yml:7: event() has within= only with reaching= [E106]\n  Write whom it reaches: reaching="Product Viewed", same="product_id".'),
        ("lapse(any_view, within='2h', at_most='1h')", "segments.yml:7: at_most must not be shorter than within [E106]\n  It ends a run of events that follow each other within this time."),
        ("lapse(any_view, within='2h', same=1)", 'segments.yml:7: same= wants the name of a property [E106]\n  Write same="product_id".'),
        ("reaches(any_view, n=1, hold='1d')", "segments.yml:7: reaches() has no argument 'hold' [E106]\n  To compare a property write hold == ... instead."),
        ("enters()", "segments.yml:7: enters() takes a segment or a condition [E106]\n  Write enters(segment.vip)."),
        ("changes(trait.a, trait.b)", "segments.yml:7: changes() takes a value [E106]\n  Write changes(metric.orders)."),
        ("before(trait.a)", 'segments.yml:7: before() takes a time and a duration [E106]\n  Write before(trait.renewal, "7d").'),
        ("after(trait.a, 7)", 'segments.yml:7: after() wants a duration, and 7 has no unit [E109]\n  Write "7d" for days, "2h" for hours.'),
        ("every()", 'segments.yml:7: every() takes a wall time [E106]\n  Write every("mon 09:00"), every("mon,thu 09:00") or every("09:00").'),
        ("every('noon')", 'segments.yml:7: \'noon\' is no wall time [E106]\n  Write every("mon 09:00"), every("mon,thu 09:00") or every("09:00").'),
        ("every('mon 24:00')", 'segments.yml:7: \'mon 24:00\' is no wall time [E106]\n  Write every("mon 09:00"), every("mon,thu 09:00") or every("09:00").'),
        ("laps(any_view)", "segments.yml:7: no moment is called 'laps' [E105]\n  Did you mean 'lapse'?"),
        ("did(any_view) and 1", 'segments.yml:7: a moment is wanted here [E106]\n  Write event("..."), lapse("...", within="2h") or reaches("...", n=3).'),
    ],
)  # fmt: skip
def test_a_text_that_is_no_moment_is_told_so_word_for_word(text: str, message: str) -> None:
    assert said_of_moment(text) == [message]
