"""What definitions read and do not get: each flaw is found, each way to be well is left alone."""

from collections.abc import Mapping

from opportune.language.tree.wants import Want
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.measurement.audited import Finding, Level
from opportune.stages.measurement.lacking import (
    Arrived,
    dead,
    empty_tables,
    fill_of,
    fills,
    missing_events,
    missing_properties,
    missing_traits,
)

ORDER, AD = Want(("Order Completed",)), Want(("Ad Viewed",))


def arrived(
    events: Mapping[str, int],
    typed: Mapping[tuple[str, str], int] | None = None,
    said: Mapping[tuple[str, str], Mapping[str, int]] | None = None,
    traits: Mapping[str, Mapping[str, int]] | None = None,
) -> Arrived:
    return Arrived(events=events, typed=typed or {}, said=said or {}, traits=traits or {}, derived={"Visit@0123": "Visit"})


def property_of(name: str, kind: Kind, *, declared: bool = False, event: str = "Order Completed") -> Want:
    return Want((event,), name, kind, declared, "property")


def told_of(want: Want, store: Arrived) -> list[Finding]:
    return missing_properties(fills({"metric.m": frozenset({want})}, store))


def test_what_only_our_own_messages_say_is_not_missed() -> None:
    store = arrived({"Email Opened": 500, "Order Completed": 50})
    assert told_of(property_of("journey", Kind.TEXT, event="Email Opened"), store) == []
    assert len(told_of(property_of("journey", Kind.TEXT), store)) == 1


def test_who_reads_nothing_that_arrives_is_dead_and_a_journey_by_its_moments() -> None:
    store = arrived({"Order Completed": 50})
    readers = {
        "segment.fans": frozenset({AD}),
        "segment.buyers": frozenset({ORDER, AD}),
        "journey.ads": frozenset({ORDER, AD}),
        "segment.named": frozenset({Want((), "city", Kind.TEXT, False, "trait")}),
    }
    assert dead(readers, {"journey.ads": frozenset({AD})}, store) == {"segment.fans", "journey.ads"}


def test_an_event_that_never_arrived_is_told_with_who_suffers_the_dead_first() -> None:
    store = arrived({"Order Completed": 50})
    readers = {"segment.buyers": frozenset({ORDER, AD}), "segment.fans": frozenset({AD})}
    (found,) = missing_events(readers, {"segment.fans"}, store)
    assert (found.level, found.what) == (Level.LOOK, "“Ad Viewed” has never arrived")
    assert found.suffering == ("segment.fans", "segment.buyers")
    assert found.why == "1 definition reads nothing else and can never hold or begin. 1 other knows less."


def test_a_journey_that_can_never_begin_is_to_mend() -> None:
    (found,) = missing_events({"journey.ads": frozenset({AD})}, {"journey.ads"}, arrived({}))
    assert found.level is Level.MEND


def test_where_any_of_several_events_will_do_one_is_enough() -> None:
    either = Want(("Ad Viewed", "Order Completed"))
    assert missing_events({"segment.s": frozenset({either})}, (), arrived({"Order Completed": 1})) == []
    (found,) = missing_events({"segment.s": frozenset({either})}, (), arrived({}))
    assert found.what == "Neither “Ad Viewed” nor “Order Completed” has ever arrived"


def test_a_derived_event_is_told_by_the_name_people_know() -> None:
    (found,) = missing_events({"segment.s": frozenset({Want(("Visit@0123",))})}, (), arrived({}))
    assert found.what == "“Visit” has never followed from what arrived"


def test_properties_in_columns_of_their_kind_and_elsewhere_are_counted() -> None:
    store = arrived(
        {"Order Completed": 100},
        {("Order Completed", "total"): 90},
        {("Order Completed", "total"): {"text": 10}, ("Order Completed", "points"): {"number": 30, "digits": 20}},
    )
    total, points = (fill_of(property_of(name, kind), store) for name, kind in (("total", Kind.MONEY), ("points", Kind.NUMBER)))
    assert (total.readable, dict(total.misread)) == (90, {"text": 10})
    assert (points.readable, dict(points.misread), points.share) == (30, {"digits": 20}, 0.3)


def test_a_property_that_is_filled_is_no_finding() -> None:
    assert told_of(property_of("total", Kind.MONEY), arrived({"Order Completed": 100}, {("Order Completed", "total"): 95})) == []


def test_a_property_that_never_comes_is_to_look_at_and_a_seldom_one_to_know() -> None:
    store = arrived({"Order Completed": 100})
    assert [each.level for each in told_of(property_of("size", Kind.TEXT), store)] == [Level.LOOK]
    assert [each.level for each in told_of(property_of("coupon", Kind.TEXT), store)] == [Level.KNOW]


def test_a_property_of_few_events_is_to_know_unless_it_is_seldom_everywhere() -> None:
    few = {("Order Completed", "size"): {"text": 5}, ("Order Completed", "coupon"): {"text": 5}}
    store = arrived({"Order Completed": 100}, None, few)
    (found,) = told_of(property_of("size", Kind.TEXT), store)
    assert (found.level, found.cases) == (Level.KNOW, (("size", "in 5.0% of 100 events"),))
    assert told_of(property_of("coupon", Kind.TEXT), store) == []


def test_a_property_of_another_kind_is_to_mend() -> None:
    (found,) = told_of(
        property_of("points", Kind.NUMBER), arrived({"Order Completed": 50}, None, {("Order Completed", "points"): {"digits": 50}})
    )
    assert (found.level, found.cases) == (Level.MEND, (("points", "read as number, sent as digits in quotes 50 times"),))


def test_a_declared_text_takes_numbers() -> None:
    store = arrived({"Order Completed": 50}, None, {("Order Completed", "size"): {"number": 50}})
    assert told_of(property_of("size", Kind.TEXT, declared=True), store) == []
    assert told_of(property_of("size", Kind.TEXT), store) != []


def test_money_in_another_currency_is_told_as_such() -> None:
    store = arrived({"Order Completed": 50}, {("Order Completed", "total"): 10}, {("Order Completed", "total"): {"number": 40}})
    (found,) = told_of(property_of("total", Kind.MONEY), store)
    assert found.what == "“Order Completed” has `total` in a currency that has no rate"


def test_of_a_handful_of_events_and_of_derived_ones_nothing_is_said() -> None:
    assert told_of(property_of("size", Kind.TEXT), arrived({"Order Completed": 5})) == []
    assert told_of(property_of("size", Kind.TEXT, event="Visit@0123"), arrived({"Visit@0123": 500})) == []


def test_traits_that_nobody_told_or_told_otherwise_are_found_and_what_models_tell_is_not_asked_for() -> None:
    readers = {
        "metric.m": frozenset(
            Want((), name, kind, False, "trait")
            for name, kind in (("city", Kind.TEXT), ("age", Kind.NUMBER), ("plan", Kind.TEXT), ("prediction.churn_30d", Kind.NUMBER))
        )
    }
    found = missing_traits(readers, arrived({}, None, None, {"age": {"VARCHAR": 9, "BIGINT": 1}, "plan": {"VARCHAR": 5, "NULL": 3}}))
    assert [(each.level, each.cases[0]) for each in found] == [
        (Level.KNOW, ("city", "read by 1 definition")),
        (Level.MEND, ("age", "read as number, otherwise for 9 of 10")),
    ]


def test_a_table_that_is_read_and_has_no_row_is_told_by_its_name() -> None:
    readers = {"metric.m": frozenset({Want((), "stores@12", None, False, "table"), Want((), "needs@34", None, False, "table")})}
    (found,) = empty_tables(readers, {"stores@12": 0, "needs@34": 5, "unread@56": 0}, {"stores@12": "stores"})
    assert found.cases == (("stores", "read by 1 definition"),)
