"""`before` and `after` a time, and `every` wall time."""

from datetime import timedelta

import pytest
from tests.meaning.small_shop import DAY, HOUR, KNOWN, NOON, event, instant, link, trait

from opportune.language.meaning.history import Event, History
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.tree.expressions import Aggregate, Arithmetic, Expr, Literal, Metric, Operator, Property, Selector, Trait
from opportune.language.tree.moments import Around, Every, Moment
from opportune.language.tree.wall_times import occurrences
from opportune.language.vocabulary.instants import format_instant, parse_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

ORDERS = Selector(("Order Completed",))
RENEWAL = Trait("renewal", Kind.TIME)
DUE = Metric(function=Aggregate.LAST, selector=ORDERS, value=Property("due", Kind.TIME))
LATEST = Metric(function=Aggregate.TIME, selector=ORDERS)
ALL_WEEK = (1, 2, 3, 4, 5, 6, 7)


def before(time: Expr = DUE, hours: int = 1) -> Around:
    return Around(time=time, by=-timedelta(hours=hours))


def after(time: Expr = LATEST, hours: int = 1) -> Around:
    return Around(time=time, by=timedelta(hours=hours))


def order(at: int = 0, due: int | None = None, **more: object) -> Event:
    return event("Order Completed", at, **({} if due is None else {"due": at_text(due)}), **more)


def at_text(offset: int) -> str:
    return format_instant(instant(offset))


def rows(moment: Moment, *events: Event, links=(), traits=(), reading=Reading.AS_SEEN, lo=-DAY * 9, hi=9 * DAY, max_lateness=DAY):
    history = History(events=events, links=links, traits=traits, known=KNOWN)
    return moments(moment, history, instant(lo), instant(hi), reading, max_lateness)


def fired(moment: Moment, *events: Event, **more: object):
    """(m, trigger) of each; acted on at once."""
    found = rows(moment, *events, **more)
    assert all(row.at == row.acted_at for row in found)
    return [(row.at - NOON, row.trigger_event_id) for row in found]


def test_before_fires_so_long_before_the_time_because_of_the_event_that_set_it():
    assert fired(before(), order(0, due=5 * HOUR, id="a")) == [(4 * HOUR, "a")]
    assert fired(before(RENEWAL), traits=(trait("renewal", at_text(5 * HOUR)),)) == [(4 * HOUR, None)]


def test_a_time_known_late_fires_at_once_while_it_is_still_ahead():
    assert [m for m, _ in fired(before(hours=6), order(0, due=5 * HOUR))] == [0]
    assert [m for m, _ in fired(before(hours=6), order(0, due=1))] == [0]
    assert fired(before(hours=6), order(0, due=0)) == []


def test_after_fires_so_long_after_the_time_of_then():
    assert [m for m, _ in fired(after(), order(0))] == [HOUR]
    assert [m for m, _ in fired(after(), order(0), order(HOUR - 1))] == [2 * HOUR - 1]
    assert [m for m, _ in fired(after(), order(0), order(HOUR))] == [2 * HOUR]
    assert [m for m, _ in fired(after(), order(0), order(HOUR + 1))] == [HOUR, 2 * HOUR + 1]


def test_after_a_time_that_is_long_past_never_fires():
    assert fired(after(RENEWAL), traits=(trait("renewal", at_text(-HOUR - DAY)),)) == [(0, None)]
    assert fired(after(RENEWAL), traits=(trait("renewal", at_text(-HOUR - DAY - 1)),)) == []
    assert fired(after(RENEWAL), traits=(trait("renewal", at_text(-HOUR)),), max_lateness=0) == [(0, None)]


def test_what_is_replaced_before_it_is_due_does_not_fire():
    assert fired(before(), order(0, due=5 * HOUR, id="a"), order(4 * HOUR, due=9 * HOUR, id="b")) == [(8 * HOUR, "b")]
    assert fired(before(), order(0, due=5 * HOUR, id="a"), order(4 * HOUR + 1, due=9 * HOUR, id="b")) == [(4 * HOUR, "a"), (8 * HOUR, "b")]


def test_each_value_fires_once():
    seen = (order(0, due=5 * HOUR, id="a"), order(4 * HOUR + 1, due=9 * HOUR, id="b"), order(4 * HOUR + 2, due=5 * HOUR, id="c"))
    assert fired(before(), *seen) == [(4 * HOUR, "a")]
    assert fired(before(), seen[0], order(1, due=5 * HOUR, id="b")) == [(4 * HOUR, "a")]


def test_a_value_that_no_event_set_does_not_fire():
    recent = Metric(function=Aggregate.LAST, selector=ORDERS, value=Property("due", Kind.TIME), within=timedelta(hours=1))
    seen = (order(0, due=9 * HOUR, id="a"), order(1, due=5 * HOUR, id="b"))
    either = Arithmetic(Operator.ADD, recent, Literal(timedelta(0)))
    assert fired(before(either), *seen) == []
    brought = (order(0, due=5 * HOUR, by="cookie"),)
    assert [row.customer for row in rows(before(), *brought, event("Page Viewed", 0), links=(link("cookie", "ada", 1),))] == []


def test_as_seen_a_time_counts_from_its_arrival_and_as_known_from_its_ts():
    late = order(0, due=5 * HOUR, id="a", received=4 * HOUR + 1)
    assert fired(before(), late) == [(4 * HOUR + 1, "a")]
    assert fired(before(), late, reading=Reading.AS_KNOWN) == [(4 * HOUR, "a")]
    assert fired(before(), order(0, due=5 * HOUR, received=5 * HOUR)) == []


def test_a_range_holds_what_fires_in_it():
    assert [m for m, _ in fired(after(), order(0), lo=HOUR - 1, hi=HOUR)] == [HOUR]
    assert fired(after(), order(0), lo=HOUR, hi=DAY) == []
    assert fired(after(), order(0), lo=0, hi=HOUR - 1) == []


def test_a_moment_around_a_time_follows():
    history = History(events=(order(0, id="a"),))
    claims = [Claim(customer="ada", at=instant(at), trigger_event_id="a", trigger_line=0) for at in (HOUR, HOUR + 1)]
    assert [follows(after(), history, claim, instant(DAY)) for claim in claims] == [True, False]


NINE = Every(weekdays=(1,), minute=540, zone="Europe/Berlin")
HERS = Every(weekdays=ALL_WEEK, minute=540, zone="UTC", of_customer=True)


def rounds(moment: Every, *events: Event, **more: object):
    return [(row.customer, format_instant(row.at)) for row in rows(moment, *events, **more)]


def test_every_monday_at_nine_fires_for_every_customer_there_is():
    seen = (order(0), order(0, by="cookie"), order(2 * DAY, by="bob"))
    assert rounds(NINE, *seen, hi=2 * DAY) == [("ada", "2026-03-02T08:00:00Z"), ("cookie", "2026-03-02T08:00:00Z")]
    assert rounds(NINE, *seen, hi=2 * DAY, links=(link("cookie", "ada", 5),)) == [("ada", "2026-03-02T08:00:00Z")]
    assert rounds(NINE, order(0, received=DAY), hi=2 * DAY) == []
    assert rounds(NINE, order(0, received=DAY), hi=2 * DAY, reading=Reading.AS_KNOWN) == [("ada", "2026-03-02T08:00:00Z")]


def test_everybody_has_the_clocks_of_her_own_zone():
    zoned = (trait("timezone", "Asia/Tokyo"), trait("timezone", "Nowhere", by="bob"))
    assert rounds(HERS, traits=zoned, hi=DAY) == [("ada", "2026-03-02T00:00:00Z"), ("bob", "2026-03-02T09:00:00Z")]
    moved = (trait("timezone", "Asia/Tokyo"), trait("timezone", "UTC", 13 * HOUR))
    assert rounds(HERS, traits=moved, hi=DAY) == [("ada", "2026-03-02T00:00:00Z"), ("ada", "2026-03-02T09:00:00Z")]


def test_a_round_follows_for_those_who_are_there():
    history = History(events=(order(0),))
    claim = Claim(customer="ada", at=parse_instant("2026-03-02T08:00:00Z"), trigger_event_id=None, trigger_line=None)
    assert follows(NINE, history, claim, claim.at)
    assert not follows(NINE, history, Claim(customer="bob", at=claim.at, trigger_event_id=None, trigger_line=None), claim.at)


@pytest.mark.parametrize(
    "zone, minute, day, found",
    [
        ("Europe/Berlin", 150, "2026-03-29", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", 150, "2026-10-25", "2026-10-25T00:30:00Z"),
        ("America/Sao_Paulo", 0, "2018-11-04", "2018-11-04T03:00:00Z"),
        ("America/New_York", 120, "2026-03-08", "2026-03-08T07:00:00Z"),
        ("UTC", 0, "2026-03-01", "2026-03-01T00:00:00Z"),
        ("Pacific/Auckland", 0, "2026-03-02", "2026-03-01T11:00:00Z"),
    ],
)
def test_a_skipped_time_is_taken_after_the_gap_and_a_repeated_one_first(zone, minute, day, found):
    at = parse_instant(found)
    all_days = occurrences(Every(weekdays=ALL_WEEK, minute=minute), zone, parse_instant(day) - DAY, parse_instant(day) + DAY)
    assert at in all_days
    assert occurrences(Every(weekdays=ALL_WEEK, minute=minute), zone, at - 1, at) == [at]
    assert occurrences(Every(weekdays=ALL_WEEK, minute=minute), zone, at, at + HOUR) == []


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        occurrences(NINE, "Europe/Bonn", instant(0), instant(DAY))
