"""Moments at their edges: where each kind fires, when it can be acted on, and what a late arrival may still cause."""

from datetime import timedelta

from tests.meaning.small_shop import DAY, EVER, HOUR, KNOWN, MINUTE, NEVER, NOON, SECOND, TWO_HOURS, event, instant, link

from opportune.language.meaning.history import Event, History
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.tree.expressions import Compare, Comparison, Literal, Property, Selector
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

VIEW = Selector(("Product Viewed",))
ADD = Selector(("Product Added",))
VIEWED = EventMoment(selector=VIEW)
LAPSE = Lapse(selector=VIEW, unless=ADD, within=TWO_HOURS)
SAME = Lapse(selector=VIEW, unless=ADD, within=TWO_HOURS, same="product_id")
THREE = Reaches(selector=VIEW, n=3, within=TWO_HOURS)
W = 2 * HOUR


def view(at: int = 0, **more: object) -> Event:
    return event("Product Viewed", at, **more)


def added(at: int = 0, **more: object) -> Event:
    return event("Product Added", at, **more)


def rows(moment: Moment, *events: Event, links=(), reading=Reading.AS_SEEN, lo=EVER, hi=NEVER, max_lateness=DAY):
    """(customer, m, s) of every moment, in microseconds after noon."""
    history = History(events=events, links=links, known=KNOWN)
    found = moments(moment, history, Instant(lo), Instant(hi), reading, max_lateness)
    return [(row.customer, row.at - NOON, row.acted_at - NOON) for row in found]


def known(moment: Moment, *events: Event, **more: object):
    return [m for _, m, _ in rows(moment, *events, reading=Reading.AS_KNOWN, **more)]


def test_an_event_fires_at_its_ts_and_is_acted_on_when_received():
    assert rows(VIEWED, view(0, received=2 * SECOND)) == [("ada", 0, 2 * SECOND)]
    assert rows(VIEWED, view(5, received=2)) == [("ada", 5, 5)]
    assert rows(VIEWED, view(0, received=2), reading=Reading.AS_KNOWN) == [("ada", 0, 0)]


def test_a_range_is_open_on_the_left_and_closed_on_the_right():
    late = view(0, received=HOUR)
    assert rows(VIEWED, late, lo=instant(HOUR - 1), hi=instant(HOUR))
    assert not rows(VIEWED, late, lo=instant(HOUR), hi=NEVER)
    assert not rows(VIEWED, late, lo=EVER, hi=instant(HOUR - 1))
    assert rows(VIEWED, late, lo=instant(-1), hi=NOON, reading=Reading.AS_KNOWN)


def test_a_moment_later_than_max_lateness_does_not_count_but_is_known():
    assert rows(VIEWED, view(0, received=DAY))
    assert not rows(VIEWED, view(0, received=DAY + 1))
    assert known(VIEWED, view(0, received=DAY + 1)) == [0]


def test_a_predicate_looks_at_the_event_itself():
    red = Compare(Comparison.EQ, Property("colour", Kind.TEXT), Literal("red"))
    assert known(EventMoment(selector=VIEW, where=red), view(0, colour="red"), view(1, colour="blue"), view(2)) == [0]


def test_an_event_belongs_to_the_owner_known_when_it_is_acted_on():
    assert rows(VIEWED, view(0, by="cookie"), links=(link("cookie", "ada", 0),)) == [("ada", 0, 0)]
    assert rows(VIEWED, view(0, by="cookie"), links=(link("cookie", "ada", 1),)) == [("cookie", 0, 0)]
    assert rows(VIEWED, view(0, by="cookie", received=9), links=(link("cookie", "ada", 0, received=9),)) == [("ada", 0, 9)]
    assert rows(VIEWED, view(0, by="cookie"), links=(link("cookie", "ada", 0, received=1),)) == [("cookie", 0, 0)]


def test_events_of_things_fire_for_nobody():
    assert rows(EventMoment(selector=Selector(("Stock Changed",))), event("Stock Changed", by=None)) == []


def test_a_lapse_fires_when_the_window_has_passed_in_silence():
    assert rows(LAPSE, view(0)) == [("ada", W, W)]


def test_a_lapse_is_silenced_by_unless_on_the_closed_interval():
    assert known(LAPSE, view(0), added(W + 1)) == [W]
    assert known(LAPSE, view(0), added(W)) == []
    assert known(LAPSE, view(0, id="b"), added(0, id="a")) == []
    assert known(LAPSE, view(0), added(-1)) == [W]


def test_the_trigger_itself_never_silences_its_lapse():
    assert known(Lapse(selector=VIEW, unless=Selector(()), within=TWO_HOURS), view(0)) == [W]


def test_a_repeat_restarts_the_clock_even_at_its_very_end():
    assert known(LAPSE, view(0), view(HOUR)) == [HOUR + W]
    assert known(LAPSE, view(0), view(W)) == [2 * W]
    assert known(LAPSE, view(0), view(W + 1)) == [W, 2 * W + 1]
    assert known(LAPSE, view(0, id="a"), view(0, id="b")) == [W]


def test_with_same_every_value_runs_its_own_clock():
    assert known(SAME, view(0, product_id="a"), view(HOUR, product_id="b"), added(HOUR + 1, product_id="a")) == [HOUR + W]


def test_with_same_a_null_value_has_no_clock_and_silences_nothing():
    assert known(SAME, view(0), view(1, product_id=None)) == []
    assert known(SAME, view(0, product_id="a"), added(1), view(2)) == [W]


def test_a_lapse_of_a_view_received_late_is_acted_on_when_it_arrives():
    assert rows(LAPSE, view(0, received=W - 1)) == [("ada", W, W)]
    assert rows(LAPSE, view(0, received=W + 1)) == [("ada", W, W + 1)]


def test_a_lapse_stands_that_a_later_arrival_would_have_silenced():
    assert rows(LAPSE, view(0), added(1, received=W + 1)) == [("ada", W, W)]
    assert rows(LAPSE, view(0), added(1, received=W)) == []
    assert known(LAPSE, view(0), added(1, received=W + 1)) == []


def test_a_view_as_anonymous_fires_its_lapse_for_the_customer_who_signed_in():
    signed_in = (link("cookie", "ada", HOUR),)
    assert rows(LAPSE, view(0, by="cookie"), links=signed_in) == [("ada", W, W)]
    assert rows(LAPSE, view(0, by="cookie"), added(W, by="ada"), links=signed_in) == []
    assert rows(LAPSE, view(0, by="cookie"), added(W, by="ada"), links=(link("cookie", "ada", W + 1),)) == [("cookie", W, W)]


def test_a_link_that_arrives_late_makes_no_older_lapse_follow():
    stolen = (link("cookie", "ada", -2), link("cookie", "bob", -3, received=W + 1))
    assert rows(LAPSE, view(0), added(1, by="cookie"), links=stolen) == []
    assert known(LAPSE, view(0), added(1, by="cookie"), links=stolen) == [W]


def test_reaches_fires_on_the_rising_edge_only():
    assert known(THREE, view(0), view(1), view(2), view(3)) == [2]
    assert known(THREE, view(0), view(1), view(2), view(2 + W), view(3 + W), view(4 + W)) == [2, 4 + W]


def test_the_window_of_reaches_is_open_on_the_left():
    assert known(THREE, view(0), view(1), view(W - 1)) == [W - 1]
    assert known(THREE, view(0), view(1), view(W)) == []


def test_reaches_without_a_window_fires_once():
    ever = Reaches(selector=VIEW, n=2)
    assert known(ever, view(-999 * DAY), view(0), view(1)) == [0]
    assert known(Reaches(selector=VIEW, n=1, within=timedelta(seconds=1)), view(0), view(DAY)) == [0]


def test_reaches_among_equal_instants_follows_event_order():
    history = History(events=tuple(view(0, id=name) for name in "cab"))
    found = moments(THREE, history, EVER, NEVER, Reading.AS_KNOWN, DAY)
    assert [row.trigger_event_id for row in found] == ["c"]


def test_a_view_received_late_completes_a_reaches_at_an_older_moment():
    assert rows(THREE, view(0), view(1, received=HOUR), view(2)) == [("ada", 2, HOUR)]
    assert rows(THREE, view(0), view(1, received=DAY + 1), view(2)) == [("ada", 2, DAY + 1)]
    assert rows(THREE, view(0), view(1, received=DAY + 2), view(2)) == []


def test_a_late_view_may_take_the_count_from_the_event_before():
    two = Reaches(selector=VIEW, n=2, within=timedelta(hours=1))
    seen = (view(-HOUR - 9), view(-9), view(0), view(-HOUR - 10, received=MINUTE))
    assert known(two, *seen) == [-HOUR - 9, 0]
    assert rows(two, *seen) == [("ada", 0, 0), ("ada", -HOUR - 9, MINUTE)]


def test_a_link_that_arrives_late_makes_no_older_reaches_follow():
    signed_in = (link("cookie", "ada", -1, received=HOUR),)
    views = (view(0, by="cookie"), view(1), view(2))
    assert known(THREE, *views, links=signed_in) == [2]
    assert rows(THREE, *views, links=signed_in) == []
    assert rows(THREE, *views, view(-W, received=HOUR), links=signed_in) == [("ada", 2, HOUR)]
    assert rows(THREE, *views, view(-W, received=HOUR + 1), links=signed_in) == []
    assert rows(THREE, *views, view(0, received=HOUR + 1), links=signed_in) == [("ada", 1, HOUR + 1)]


def test_a_row_says_whether_its_trigger_was_imported_and_the_value_it_ran_under():
    history = History(events=(view(0, product_id="a", is_imported=True, id="v"),))
    (row,) = moments(SAME, history, EVER, NEVER, Reading.AS_SEEN, DAY)
    assert (row.is_imported, row.same_value, row.trigger_event_id, row.trigger_line) == (True, "a", "v", 0)


def test_a_moment_follows_until_an_arrival_withdraws_it():
    history = History(events=(view(0, id="v"), added(1, received=W + 1)))
    claim = Claim(customer="ada", at=instant(W), trigger_event_id="v", trigger_line=0)
    assert follows(LAPSE, history, claim, instant(W))
    assert not follows(LAPSE, history, claim, instant(W + 1))
    assert not follows(LAPSE, history, Claim(customer="bob", at=instant(W), trigger_event_id="v", trigger_line=0), instant(W))
    assert not follows(LAPSE, history, Claim(customer="ada", at=instant(W - 1), trigger_event_id="v", trigger_line=0), instant(W))
