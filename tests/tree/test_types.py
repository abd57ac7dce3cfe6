"""Kinds: filled in, and what does not fit is said."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import UTC, datetime, timedelta

import pytest
from tests.tree.names import NAMES

from opportune.language.tree.expansion import expanded, expanded_moment
from opportune.language.tree.expressions import (
    Arithmetic,
    Choice,
    Coalesce,
    Compare,
    Expr,
    Literal,
    Metric,
    Property,
    Selector,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import Around, Lapse, Moment
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.types import checked, checked_moment, kind_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place

HERE = Place("segments/lapsed.yml", 7)
SCHEMA = USUAL.with_event("Wishlist Added", {"color": Kind.TEXT, "size": Kind.NUMBER}).with_event("Other", {"size": Kind.TEXT})


REFERENCES = {"metric.orders": Kind.NUMBER, "ladder.l": Kind.TEXT, "ladder.l.weekly": Kind.NUMBER, "segment.vip": Kind.BOOLEAN}


def check(text: str, expect: Kind | None = None, schema: Schema = SCHEMA) -> tuple[Expr, Kind, list[str]]:
    places = Places()
    tree, problems = expression(text, HERE, names=NAMES, places=places)
    assert tree is not None, problems
    known, kind, found = checked(
        expanded(tree, NAMES, places), schema=schema, expect=expect, place=HERE, places=places, references=REFERENCES
    )
    return known, kind, [str(problem) for problem in found]


def check_moment(text: str) -> tuple[Moment, list[str]]:
    places = Places()
    tree, problems = moment(text, HERE, names=NAMES, places=places)
    assert tree is not None, problems
    known, found = checked_moment(expanded_moment(tree, NAMES, places), schema=SCHEMA, place=HERE, places=places, references=REFERENCES)
    return known, [str(problem) for problem in found]


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


@pytest.mark.parametrize(
    "text, kind",
    [
        ('count("Order Completed")', Kind.NUMBER),
        ('did("Order Completed")', Kind.BOOLEAN),
        ('sum("Order Completed", total)', Kind.MONEY),
        ('avg("Product Viewed", dwell)', Kind.DURATION),
        ('median("Order Completed", total)', Kind.MONEY),
        ('min("Product Purchased", quantity)', Kind.NUMBER),
        ('max("Order Completed", total)', Kind.MONEY),
        ('distinct("Product Viewed", product_id)', Kind.NUMBER),
        ('first("Product Viewed", product_id)', Kind.TEXT),
        ('top("Chat Ended", bot)', Kind.BOOLEAN),
        ('age("Order Completed")', Kind.DURATION),
        ('tenure("Order Completed")', Kind.DURATION),
        ('time("Order Completed")', Kind.TIME),
        ('first_time("Order Completed")', Kind.TIME),
        ('decayed("Order Completed", half_life="30d")', Kind.NUMBER),
        ('gap("Order Completed")', Kind.DURATION),
        ('active("Page Viewed")', Kind.DURATION),
        ('ago(sum("Order Completed", total), "7d")', Kind.MONEY),
        ('quantile(sum("Order Completed", total), 0.9)', Kind.MONEY),
        ("mean(metric.orders)", Kind.NUMBER),
        ("at", Kind.TIME),
        ("entry.at", Kind.TIME),
        ("entry.id", Kind.TEXT),
        ('at - time("Order Completed")', Kind.DURATION),
        ('at - "7d"', Kind.TIME),
        ('at - "2026-01-01"', Kind.DURATION),
        ('"2026-01-01" - at', Kind.DURATION),
        ('at + "7d"', Kind.TIME),
        ('"7d" + at', Kind.TIME),
        ('"7d" * 2', Kind.DURATION),
        ('age("Order Completed") / "1d"', Kind.NUMBER),
        ('age("Order Completed") / 2', Kind.DURATION),
        ("2 ** metric.orders", Kind.NUMBER),
        ("year(at)", Kind.NUMBER),
        ('hour("2026-01-01")', Kind.NUMBER),
        ('trait.a.contains("x")', Kind.BOOLEAN),
        ("trait.a.lower()", Kind.TEXT),
        ("1 if trait.a else metric.orders", Kind.NUMBER),
        ('sum("Order Completed", total) if trait.a else 0', Kind.MONEY),
        ('None if trait.a else "x"', Kind.TEXT),
        ('clamp(sum("Order Completed", total), 0, 100)', Kind.MONEY),
        ('least(time("Order Completed"), at)', Kind.TIME),
        ('greatest(0, sum("Order Completed", total))', Kind.MONEY),
        ('product["a"].stock', Kind.NUMBER),
        ('product["a"].price', Kind.MONEY),
        ('store["a"].city', Kind.TEXT),
        ('store["a"]["open until"]', Kind.TEXT),
        ("ladder.l", Kind.TEXT),
        ("ladder.l.weekly", Kind.NUMBER),
        ("prediction.next_order_at", Kind.TIME),
        ("coalesce(None, None)", Kind.NULL),
    ],
)
def test_every_word_has_its_kind(text: str, kind: Kind) -> None:
    tree, found, problems = check(text)
    assert problems == []
    assert found is kind
    if "ladder" not in text and "metric" not in text and "prediction" not in text:  # references are inlined before anybody asks
        assert kind_of(tree) is kind


def test_a_text_beside_a_time_is_a_time() -> None:
    day = Literal(datetime(2026, 1, 1, tzinfo=UTC))
    for text in (
        'time("Order Completed") > "2026-01-01"',
        'at >= "2026-01-01T01:00:00+01:00"',
        'trait.renewal - at < "7d" and at > "2026-01-01"',
    ):
        tree, _, problems = check(text)
        assert problems == []
        assert repr(day) in repr(tree)
    tree, _, _ = check('count("Order Completed", since="2026-01-01")')
    assert isinstance(tree, Metric)
    assert tree.since == day


def test_a_name_beside_times_and_durations_takes_the_kind_that_fits() -> None:
    rows = {
        "trait.x < at": Kind.TIME,
        'at - trait.x > "7d"': Kind.TIME,
        'trait.x - "7d" < at': Kind.TIME,
        'trait.x - "7d" > "1d"': Kind.DURATION,
        '"7d" + trait.x < at': Kind.TIME,
        "at + trait.x > at": Kind.DURATION,
        "at - trait.x > at": Kind.DURATION,
        "year(trait.x) == 2026": Kind.TIME,
    }
    for text, kind in rows.items():
        tree, _, problems = check(text)
        assert problems == []
        assert repr(Trait("x", kind)) in repr(tree)


def test_constants_in_a_choice_are_written_durations_and_times() -> None:
    tree, _, problems = check('age("Order Completed") > ("7d" if trait.a else "14d")')
    assert problems == []
    assert isinstance(tree, Compare)
    assert tree.right == Choice(Trait("a", Kind.BOOLEAN), Literal(timedelta(days=7)), Literal(timedelta(days=14)))
    tree, _, problems = check('coalesce("7d", age("Order Completed"))')
    assert problems == []
    assert isinstance(tree, Coalesce)
    assert tree.parts[0] == Literal(timedelta(days=7))


def test_a_duration_text_in_arithmetic_is_a_duration() -> None:
    tree, kind, _ = check('"7d" + "1d"')
    assert kind is Kind.DURATION
    assert tree == Arithmetic(tree.operator, Literal(timedelta(days=7)), Literal(timedelta(days=1)))  # type: ignore[union-attr]


def test_the_condition_and_the_property_of_a_void_are_checked() -> None:
    tree, _, problems = check("count(kept)")
    assert problems == []
    assert isinstance(tree, Metric)
    assert tree.selector.voids[0].same == Property("order_id", Kind.TEXT, True)


def test_every_expression_of_a_moment_is_checked() -> None:
    lapse, problems = check_moment('lapse("Product Viewed", dwell > "30s", unless=order, within="2h", same="product_id")')
    assert problems == []
    assert isinstance(lapse, Lapse)
    assert lapse.where == Compare(lapse.where.operator, Property("dwell", Kind.DURATION, True), Literal(timedelta(seconds=30)))  # type: ignore[union-attr]
    assert lapse.unless_where == Compare(lapse.unless_where.operator, Property("total", Kind.MONEY, True), Literal(0))  # type: ignore[union-attr]
    assert check_moment('before(trait.renewal, "7d")')[0] == Around(time=Trait("renewal", Kind.TIME), by=timedelta(days=-7))
    assert check_moment("enters(vip)")[1] == []
    assert check_moment('event("Stock Changed", stock > 0, reaching="Product Viewed", same="product_id")')[1] == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("enters(metric.orders)", "a condition is wanted here, and this is a number [E108]\n  Compare it with something, as in ... > 0."),
        ("enters(vpi)", "no segment is called 'vpi' [E110]\n  Did you mean 'vip'?"),
        ('after(metric.orders, "7d")', "a time is wanted here, and this is a number [E108]"),
        ('after("soon", "7d")', "'soon' is no time; write one such as '2026-03-01' or '2026-03-01T09:00:00Z' [E107]"),
        ("changes(metric.ordrs)", "no metric is called 'ordrs' [E110]\n  Did you mean 'orders'?"),
        ('lapse("Product Viewed", within="1d", unless="Product Veiwed")', "no event is called 'Product Veiwed' [E103]\n  Did you mean 'Product Viewed'?"),
        ('event("Stock Changed", reaching="Product Viewed", same="produc_id")', "'Stock Changed' has no property called 'produc_id' [E104]\n  Did you mean 'product_id'?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_a_moment_is_told_word_for_word(text: str, message: str) -> None:
    assert check_moment(text)[1][0] == f"segments/lapsed.yml:7: {message}"


@pytest.mark.parametrize(
    "text, message",
    [
        ('time("Order Completed") > 3', '3 is no time where one is wanted [E109]\n  Write "2026-03-01" or "2026-03-01T09:00:00Z".'),
        ('time("Order Completed") > "7d"', "'7d' is no time; write one such as '2026-03-01' or '2026-03-01T09:00:00Z' [E107]"),
        ("at - 3 > at", '3 has no unit where a duration is wanted [E109]\n  Write "3d" for days, "3h" for hours.'),
        ("at + at", "a time + a time makes no sense [E108]\n  It is written here: at + at"),
        ("at * 2", "a time * a number makes no sense [E108]\n  It is written here: at * 2"),
        ('age("Order Completed") ** 2', "a duration ** a number makes no sense [E108]\n  It is written here: age(\"Order Completed\") ** 2"),
        ('age("Order Completed") + 3', '3 has no unit where a duration is wanted [E109]\n  Write "3d" for days, "3h" for hours.'),
        ('count("Order Completed", since=metric.orders)', "a time is wanted here, and this is a number [E108]"),
        ('count("Order Completed", since="7d")', "'7d' is no time; write one such as '2026-03-01' or '2026-03-01T09:00:00Z' [E107]"),
        ('avg("Order Completed", coupon)', "avg() wants numbers, and 'coupon' is text [E108]"),
        ("metric.orders.lower()", ".lower() wants text, and this is a number [E108]"),
        ("trait.a.contains(3)", ".contains() wants text, and this is a number [E108]"),
        ("hour(metric.orders)", 'hour() wants a time, and this is a number [E108]\n  Write at, or time("Order Completed").'),
        ('quantile(last("Order Completed", coupon), 0.5)', "quantile() wants numbers, money or durations, and this is text [E108]"),
        ("mean(trigger.total)", "trigger.total cannot be read in mean() [E105]\n  It asks all customers, at one instant for all of them."),
        ('mean(count("Order Completed", since=entry))', "since=entry cannot be read in mean() [E105]\n  It asks all customers, at one instant for all of them."),
        ('1 if trait.a else "x"', "`x if c else y` wants values of one kind, and these are a number and text [E108]"),
        ("1 if metric.orders else 2", "a condition is wanted here, and this is a number [E108]\n  Compare it with something, as in ... > 0."),
        ('least("a", "b")', "least() wants numbers, money, durations or times, and this is text [E108]"),
        ('clamp(metric.orders, 0, "x")', "clamp() wants values of one kind, and these are a number and text [E108]"),
        ('greatest(age("Order Completed"), 3)', '3 has no unit where a duration is wanted [E109]\n  Write "3d" for days, "3h" for hours.'),
        ("product[metric.orders].stock", "the key of product is text, and this is a number [E108]"),
        ('product["a"].stok', "'Stock Changed' has no property called 'stok' [E104]\n  Did you mean 'stock'?"),
        ("ladder.l.wekly", "ladder 'l' has no 'wekly' [E110]\n  Did you mean 'weekly'?"),
        ("ladder.l.tone", "ladder 'l' has no 'tone' [E110]\n  Give its steps a value called 'tone' each."),
        ("ladder.m", "no ladder is called 'm' [E110]\n  Define it under `ladders:`."),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_the_newer_words_is_told_word_for_word(text: str, message: str) -> None:
    assert check(text)[2][0] == f"segments/lapsed.yml:7: {message}"


def test_a_trigger_takes_the_kind_its_events_declare() -> None:
    tree, _ = expression("trigger.total > 3", HERE)
    assert tree is not None
    known, _, problems = checked(tree, place=HERE, trigger=Selector(("Order Completed",)))
    assert problems == []
    assert isinstance(known, Compare)
    assert known.left == TriggerProperty("total", Kind.MONEY, True)
