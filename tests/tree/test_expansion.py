"""Named events, tables and zones spelled out."""

import pytest
from tests.tree.names import NAMES, PAID

from opportune.language.tree.expansion import Undecided, expanded, expanded_moment, expanded_selector
from opportune.language.tree.expressions import (
    All,
    Any,
    Calendar,
    Compare,
    Comparison,
    Expr,
    IsNamed,
    Literal,
    Lookup,
    Metric,
    Property,
    Selector,
    Table,
    Void,
)
from opportune.language.tree.moments import Every, Lapse, Moment, ThingMoment
from opportune.language.tree.names import NamedEvent, Names
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place

HERE = Place("a.yml", 7)
LARGE = Compare(Comparison.GT, Property("total"), Literal(100))
VOIDED = Void(("Order Completed",), Selector(("Order Cancelled",)), None, Property("order_id"))


def spelled(text: str, names: Names = NAMES) -> Expr:
    tree, problems = expression(text, HERE, names=names)
    assert tree is not None, problems
    return expanded(tree, names)


def spelled_moment(text: str) -> Moment:
    tree, problems = moment(text, HERE, names=NAMES)
    assert tree is not None, problems
    return expanded_moment(tree, NAMES)


def test_a_named_event_becomes_its_names_and_its_condition() -> None:
    tree = spelled("count(order)")
    assert isinstance(tree, Metric)
    assert (tree.selector, tree.where) == (Selector(("Order Completed",)), PAID)


def test_the_condition_of_a_named_event_comes_before_the_predicate() -> None:
    tree = spelled('count(order, coupon == "A")')
    assert isinstance(tree, Metric)
    assert tree.where == All((PAID, Compare(Comparison.EQ, Property("coupon"), Literal("A"))))


def test_a_named_event_of_a_named_event_has_both_conditions_and_its_voids() -> None:
    tree = spelled("count(large)")
    assert isinstance(tree, Metric)
    assert tree.selector == Selector(("Order Completed",), voids=(VOIDED,))
    assert tree.where == All((PAID, LARGE))


def test_each_condition_holds_for_its_own_events_only() -> None:
    tree = spelled('count(any("Cart Viewed", order), quantity > 1)')
    assert isinstance(tree, Metric)
    assert tree.selector == Selector(("Cart Viewed", "Order Completed"))
    own = Any((IsNamed(("Cart Viewed",)), All((IsNamed(("Order Completed",)), PAID))))
    assert tree.where == All((own, Compare(Comparison.GT, Property("quantity"), Literal(1))))


def test_an_event_that_is_taken_as_it_comes_needs_no_condition_and_is_never_void() -> None:
    tree = spelled('count(any("Order Completed", large))')
    assert isinstance(tree, Metric)
    assert (tree.selector, tree.where) == (Selector(("Order Completed",)), None)


def test_a_condition_that_all_share_is_written_once() -> None:
    names = Names(events={"view": NamedEvent(Selector(("A", "B")), PAID), "same": NamedEvent(Selector(("C",)), PAID)})
    tree = spelled("count(any(view, same))", names)
    assert isinstance(tree, Metric)
    assert (tree.selector, tree.where) == (Selector(("A", "B", "C")), PAID)


def test_the_event_that_voids_brings_its_own_condition() -> None:
    where = Compare(Comparison.EQ, Property("page"), Literal("x"))
    void = Void((), Selector((), ("order",)), where, None)
    names = Names(events={**NAMES.events, "gone": NamedEvent(Selector(("A", "B")), None, (void,))})
    found = expanded_selector(Selector((), ("gone",)), names)
    assert found.selector.voids == (Void(("A", "B"), Selector(("Order Completed",)), All((PAID, where)), None),)


def test_what_voids_cannot_be_void_itself() -> None:
    names = Names(events={**NAMES.events, "gone": NamedEvent(Selector(("A",)), None, (Void((), Selector((), ("kept",))),))})
    with pytest.raises(Undecided, match="what makes an event void cannot be void itself"):
        expanded_selector(Selector((), ("gone",)), names)


def test_one_event_cannot_be_void_in_two_ways() -> None:
    with pytest.raises(Undecided, match="'Order Completed' stands here twice, and is void in different ways"):
        expanded_selector(Selector((), ("order", "kept")), NAMES)


def test_every_event_cannot_be_void() -> None:
    names = Names(events={"all": NamedEvent(Selector(()), None, (Void((), Selector(("A",))),))})
    with pytest.raises(Undecided, match="any\\(\\) cannot be void"):
        expanded_selector(Selector((), ("all",)), names)


def test_a_named_event_that_names_itself_is_told() -> None:
    names = Names(events={"a": NamedEvent(Selector((), ("b",))), "b": NamedEvent(Selector((), ("a",)))})
    with pytest.raises(Undecided, match="event 'a' names itself"):
        expanded_selector(Selector((), ("a",)), names)


def test_derived_events_are_marked_and_a_session_is_one_always() -> None:
    tree = spelled('count(any("Basket Left", "Session Ended", "A"))')
    assert isinstance(tree, Metric)
    assert tree.selector.derived == ("Basket Left", "Session Ended")


def test_spelling_out_twice_changes_nothing() -> None:
    for text in ("count(large)", 'count(any("A", order))', "product[trait.a].stock", 'hour(at, tz="customer")'):
        once = spelled(text)
        assert expanded(once, NAMES) == once


def test_inner_metrics_predicates_and_beginnings_are_spelled_out_too() -> None:
    tree = spelled("did(any_view, count(order) > 1, since=time(order))")
    assert isinstance(tree, Metric)
    assert isinstance(tree.where, Compare)
    assert tree.where.left == spelled("count(order)")
    assert tree.since == spelled("time(order)")


def test_a_table_brings_its_source_and_the_kinds_of_its_columns() -> None:
    assert spelled('product["a"].stock') == Lookup("product", Literal("a"), "stock", None, Table("product", "product_id", "Stock Changed"))
    assert spelled('store["a"].size') == Lookup("store", Literal("a"), "size", Kind.NUMBER, Table("store", "store_id"))


def test_the_shops_zone_is_filled_in() -> None:
    for zone, filled, of_customer in (("shop", "Europe/Vienna", False), ("customer", "Europe/Vienna", True), ("UTC", "UTC", False)):
        tree = spelled(f'hour(at, tz="{zone}")')
        assert isinstance(tree, Calendar)
        assert (tree.zone, tree.of_customer) == (filled, of_customer)
    assert spelled_moment('every("09:00", tz="customer")') == Every(
        weekdays=(1, 2, 3, 4, 5, 6, 7), minute=540, zone="Europe/Vienna", of_customer=True
    )


def test_what_ends_a_lapse_and_whom_a_thing_reaches_have_conditions_of_their_own() -> None:
    lapse = spelled_moment('lapse(any_view, unless=order, within="2h")')
    assert isinstance(lapse, Lapse)
    assert (lapse.unless, lapse.unless_where) == (Selector(("Order Completed",)), PAID)
    thing = spelled_moment('event("Stock Changed", reaching=kept, same="product_id")')
    assert isinstance(thing, ThingMoment)
    assert (thing.reaching, thing.reaching_where) == (Selector(("Order Completed",), voids=(VOIDED,)), PAID)


def test_conditions_values_and_times_of_moments_are_spelled_out() -> None:
    for text in ("enters(count(order) > 1)", "leaves(count(order) > 1)", "changes(count(order))", 'before(time(order), "7d")'):
        assert not list(_named_in(spelled_moment(text)))


def _named_in(tree: Moment) -> list[str]:
    return [name for node in walk(tree) if isinstance(node, Metric) for name in node.selector.named]


def test_what_is_spelled_out_stands_where_it_was_written() -> None:
    places = Places()
    tree, _ = expression("did(any_view)\nand did(order)", HERE, names=NAMES, places=places)
    assert tree is not None
    made = expanded(tree, NAMES, places)
    assert isinstance(made, All)
    assert [places.of(part, Place("?")).line for part in made.parts] == [7, 8]
    assert [places.of(part.selector, Place("?")).line for part in made.parts if isinstance(part, Metric)] == [7, 8]
