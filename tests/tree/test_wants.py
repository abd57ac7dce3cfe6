"""What definitions want of what arrives: events, properties in the right events, traits, and nothing of what only makes events absent."""

from tests.compiler.shop import parsed, parsed_moment

from opportune.language.tree.expressions import All, Compare, Comparison, IsNamed, Literal, Metric, Property, Selector, Void
from opportune.language.tree.wants import Reader, Want, named_in, triggers_of
from opportune.language.tree.words import Aggregate
from opportune.language.vocabulary.kinds import Kind


def wanted(text: str) -> set[Want]:
    return set(Reader().wants(parsed(text)))


def test_a_metric_wants_its_events_and_their_properties_as_what_they_are_read_as() -> None:
    assert wanted('sum("Order Completed", total, coupon == "SPRING")') == {
        Want(("Order Completed",)),
        Want(("Order Completed",), "total", Kind.MONEY, True, "property"),
        Want(("Order Completed",), "coupon", Kind.TEXT, True, "property"),
    }


def test_of_several_events_any_will_do() -> None:
    assert Want(("Ad Viewed", "Ad Clicked")) in wanted('did(any("Ad Viewed", "Ad Clicked"))')


def test_every_event_is_wanted_by_nobody() -> None:
    assert wanted("did(any())") == set()


def test_traits_and_consents_are_wanted_by_name() -> None:
    assert wanted('trait.city == "Ulm" and consent.email') == {
        Want((), "city", Kind.TEXT, False, "trait"),
        Want((), "email", None, False, "consent"),
    }


def test_what_only_makes_events_absent_is_not_wanted() -> None:
    void = Void(("Order Completed",), Selector(("Order Cancelled",)))
    assert Reader().wants(Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",), (), (void,)))) == {
        Want(("Order Completed",))
    }


def test_a_condition_that_says_names_speaks_of_these_events_alone() -> None:
    clicks = All((IsNamed(("Email Opened",)), Compare(Comparison.EQ, Property("agent", Kind.TEXT, True), Literal("human"))))
    metric = Metric(function=Aggregate.DID, selector=Selector(("Page Viewed", "Email Opened")), where=clicks)
    assert Want(("Email Opened",), "agent", Kind.TEXT, True, "property") in Reader().wants(metric)
    assert named_in(None, ("A", "B")) == ("A", "B")


def test_a_lapse_wants_what_begins_and_what_ends_it_each_with_its_own_properties() -> None:
    found = Reader().wants(parsed_moment('lapse("Product Added", price > 5, unless="Order Completed", within="2h", same="cart_id")'))
    assert found == {
        Want(("Product Added",)),
        Want(("Order Completed",)),
        Want(("Product Added",), "price", Kind.MONEY, True, "property"),
        Want(("Product Added",), "cart_id", None, True, "property"),
    }


def test_triggers_are_the_events_of_moments_unless_one_has_another_cause() -> None:
    lapse, turns = parsed_moment('lapse("Product Added", within="2h")'), parsed_moment('enters(did("Order Completed"))')
    assert triggers_of([lapse]) == ("Product Added",)
    assert triggers_of([lapse, turns]) == ()
