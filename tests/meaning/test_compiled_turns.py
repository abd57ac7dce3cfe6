"""For all conditions, values and histories: `enters`, `leaves` and `changes` are found where they are meant, narrow and wide alike."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import Crowd, histories, instants, ranges, received_by
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.small_shop import DAY, EVER, HOUR, KNOWN, MINUTE, NEVER, NOON, TWO_HOURS, event, instant, link
from tests.tree import strategies

from opportune.language.compiler import moments as compiled
from opportune.language.compiler.changes import changes as changed_in
from opportune.language.compiler.reads import reads_of
from opportune.language.compiler.scopes import Everybody
from opportune.language.compiler.turns import turns_together
from opportune.language.meaning.history import History
from opportune.language.meaning.moments import Claim, MomentRow, follows, moments
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    At,
    Calendar,
    CalendarPart,
    Compare,
    Comparison,
    Consent,
    Expr,
    Literal,
    Metric,
    Not,
    Property,
    Selector,
    Trait,
)
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import FOREVER, Instant, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def drawn(examples: int) -> settings:
    """So many examples, each as slow as it likes."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


FEW = drawn(15)
DENSE = Crowd(names=("Product Viewed",) * 4 + ("Order Completed",), identities=("ada", "ada", "ada", "cookie", "cookie", "bob"), most=12)
LATE = (Span(0), HOUR, DAY)
VIEWED = Selector(("Product Viewed",))
EITHER = Selector(("Product Viewed", "Order Completed"))
TOTAL, DWELL, ID = Property("total", Kind.MONEY, True), Property("dwell", Kind.DURATION, True), Property("product_id", Kind.TEXT, True)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


selectors = st.sampled_from((VIEWED, EITHER, Selector(("Order Completed",))))
windows: SearchStrategy[timedelta | None] = st.none() | st.sampled_from(strategies.WINDOWS)
wheres: SearchStrategy[Expr | None] = st.none() | strategies.predicates()
numbers = st.integers(-1, 3).map(Literal)
comparisons = st.sampled_from(tuple(Comparison))
numbered = st.builds(Metric, function=st.just(Aggregate.COUNT), selector=selectors, where=wheres, within=windows)
distinct = st.builds(Metric, function=st.just(Aggregate.DISTINCT), selector=selectors, where=wheres, within=windows, value=st.just(ID))
counts = numbered | distinct
sums = st.builds(Metric, function=st.sampled_from((Aggregate.SUM, Aggregate.AVG, Aggregate.MIN, Aggregate.MAX)), selector=selectors,
    where=wheres, within=windows, value=st.just(TOTAL))  # fmt: skip
ages = st.builds(Metric, function=st.sampled_from((Aggregate.AGE, Aggregate.TENURE)), selector=selectors, where=wheres)
durations = st.sampled_from((timedelta(0), *strategies.WINDOWS)).map(Literal)
gaps = st.builds(Metric, function=st.just(Aggregate.GAP), selector=selectors, within=windows)
dwells = st.builds(Metric, function=st.just(Aggregate.SUM), selector=selectors, within=windows, value=st.just(DWELL))
texts = st.builds(Metric, function=st.sampled_from((Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP)), selector=selectors, where=wheres,
    within=windows, value=st.just(ID))  # fmt: skip
simple: SearchStrategy[Expr] = st.one_of(
    st.builds(Compare, comparisons, counts, numbers),
    st.builds(Compare, comparisons, sums, numbers),
    st.builds(Compare, comparisons, ages, durations),
    st.builds(Compare, comparisons, ages, gaps | dwells),
    st.builds(Compare, st.sampled_from((Comparison.EQ, Comparison.NE)), texts, st.sampled_from(("a", "b")).map(Literal)),
    st.builds(Compare, st.just(Comparison.EQ), st.just(Trait("country", Kind.TEXT)), st.just(Literal("a"))),
    st.sampled_from((Consent("email"), Consent("profiling"))),
    st.builds(Metric, function=st.just(Aggregate.DID), selector=selectors, where=wheres, within=windows),
)
conditions = st.one_of(
    simple, simple.map(Not), st.lists(simple, min_size=2, max_size=2).map(all_of), st.lists(simple, min_size=2, max_size=2).map(any_of)
)
holds = st.none() | st.sampled_from(strategies.WINDOWS)
turns: SearchStrategy[Moment] = st.builds(Turns, condition=conditions, to=st.booleans(), hold=holds)
changes: SearchStrategy[Moment] = st.builds(
    Changes, value=st.one_of(counts, sums, texts, conditions, st.just(Trait("country", Kind.TEXT))), hold=holds
)
any_turn = turns | changes
any_history = histories(DENSE) | histories()


def found(shelf: Shelf, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], late: Span, *, narrow: bool) -> list[MomentRow]:
    """What the plan finds."""
    plan = compiled.moments(moment, reading, narrow=narrow)
    rows = shelf.rows(plan, {"lo": ends[0], "hi": ends[1], "max_lateness": late})
    assert all(KEYS[str(row[1])] == row[0] for row in rows)
    return [MomentRow(row[3], row[2], row[4], row[5], row[1], row[6], row[7], row[8], row[9]) for row in rows]  # type: ignore[arg-type]


def comparable(rows: list[MomentRow]) -> list[tuple[object, ...]]:
    """Rows in one order, values as what their JSON says."""

    def value(text: str | None) -> object:
        return None if text is None else json.loads(text)

    told = [
        (r.acted_at, r.at, r.customer, r.trigger_event_id, r.trigger_line, r.is_imported, value(r.old_value), value(r.new_value))
        for r in rows
    ]
    return sorted(told, key=repr)


def check(shelf: Shelf, history: History, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], late: Span) -> None:
    """The same rows, narrow and wide."""
    shelf.store(history)
    meant = comparable(moments(moment, history, *ends, reading, late))
    for narrow in (True, False):
        assert comparable(found(shelf, moment, reading, ends, late, narrow=narrow)) == meant, (narrow, text_of(moment))


@FEW
@given(history=any_history, moment=any_turn, ends=ranges | st.just((EVER, NEVER)))
def test_turns_as_known_are_what_is_meant(shelf, history, moment, ends):
    check(shelf, history, moment, Reading.AS_KNOWN, ends, DAY)


@FEW
@given(history=any_history, moment=any_turn, ends=ranges | st.just((EVER, NEVER)), late=st.sampled_from(LATE))
def test_turns_as_seen_are_what_is_meant(shelf, history, moment, ends, late):
    check(shelf, history, moment, Reading.AS_SEEN, ends, late)


@pytest.mark.slow
@FEW
@given(history=histories(DENSE), moment=any_turn, reading=st.sampled_from(Reading), cuts=st.lists(instants, min_size=3, max_size=5))
def test_turns_do_not_depend_on_how_time_is_cut(shelf, history, moment, reading, cuts):
    shelf.store(history)
    cuts = sorted(cuts)
    parts = [row for lo, hi in pairwise(cuts) for row in found(shelf, moment, reading, (lo, hi), DAY, narrow=True)]
    assert comparable(parts) == comparable(found(shelf, moment, reading, (cuts[0], cuts[-1]), DAY, narrow=False))


@pytest.mark.slow
@FEW
@given(history=histories(DENSE), moment=any_turn, hi=instants)
def test_turns_as_seen_do_not_depend_on_what_arrives_later(shelf, history, moment, hi):
    shelf.store(history)
    with_the_future = found(shelf, moment, Reading.AS_SEEN, (EVER, hi), DAY, narrow=False)
    shelf.store(received_by(history, hi))
    assert comparable(found(shelf, moment, Reading.AS_SEEN, (EVER, hi), DAY, narrow=False)) == comparable(with_the_future)


def check_follows(shelf: Shelf, history: History, moment: Moment, seen: Instant) -> None:
    """Of every turn that was ever acted on or is known: whether it still follows at `seen`, for each customer."""
    shelf.store(history)
    taken = [row for reading in Reading for row in moments(moment, history, EVER, NEVER, reading, DAY)]
    keys = sorted({(row.at, row.trigger_event_id, row.trigger_line) for row in taken}, key=repr)
    claims = [Claim(customer=who, at=at, trigger_event_id=id, trigger_line=line) for at, id, line in keys for who in KEYS]
    rows: list[Row] = [(n, KEYS[c.customer], c.at, seen, c.trigger_event_id, c.trigger_line) for n, c in enumerate(claims)]
    told = sorted(shelf.rows(compiled.follows(moment), inputs={"follows": rows}))
    assert told == [(n, follows(moment, history, claim, seen)) for n, claim in enumerate(claims)], (claims, text_of(moment))


@pytest.mark.slow
@FEW
@given(history=histories(DENSE), moment=any_turn, seen=st.just(FOREVER) | instants)
def test_whether_a_turn_still_follows_is_what_is_meant(shelf, history, moment, seen):
    check_follows(shelf, history, moment, seen)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(400)
@given(
    history=any_history, moment=any_turn, reading=st.sampled_from(Reading), ends=ranges | st.just((EVER, NEVER)), late=st.sampled_from(LATE)
)
def test_turns_at_length(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


BATCH = DAY + 5
"""When a device that was offline for a day sends all it has: everything shares its `received_at`."""


def as_meant(shelf: Shelf, history: History, moment: Moment, reading: Reading) -> list[tuple[str, int]]:
    """(customer, m) of what is meant, which is what the plans find."""
    check(shelf, history, moment, reading, (EVER, NEVER), DAY)
    return [(row.customer, row.at - NOON) for row in moments(moment, history, EVER, NEVER, reading, DAY)]


def seen_once(name: str, **more: object) -> Compare:
    return Compare(Comparison.GE, Metric(function=Aggregate.COUNT, selector=Selector((name,)), **more), Literal(1))


def test_an_event_that_nobody_asks_about_does_not_make_a_late_one_in_time(shelf):
    viewed = Turns(condition=seen_once("Product Viewed"), to=True, hold=TWO_HOURS)
    history = History(events=(event("Product Viewed", 0, received=BATCH), event("Email Opened", HOUR, received=BATCH)), known=KNOWN)
    assert as_meant(shelf, history, viewed, Reading.AS_SEEN) == []
    opened = Turns(condition=all_of([viewed.condition, seen_once("Email Opened")]), to=True, hold=TWO_HOURS)
    assert as_meant(shelf, history, opened, Reading.AS_SEEN) == [("ada", HOUR + 2 * HOUR)]


def test_turns_together_are_each_as_late_as_what_it_reads_itself(shelf):
    history = History(events=(event("Product Viewed", 0, received=BATCH), event("Order Completed", HOUR, received=BATCH)), known=KNOWN)
    shelf.store(history)
    some = [Turns(condition=seen_once(name), to=True, hold=TWO_HOURS) for name in ("Product Viewed", "Order Completed")]
    for narrow in (True, False):
        rows = shelf.rows(turns_together(some, Reading.AS_SEEN, narrow=narrow), {"lo": EVER, "hi": NEVER, "max_lateness": DAY})
        assert [(row[-1], row[2] - NOON) for row in rows] == [(1, 3 * HOUR)]


def test_what_was_hers_a_while_ago_is_remembered_after_an_unmerge(shelf):
    events = (event("Product Viewed", 60, by="cookie"), event("Product Viewed", -5))
    history = History(events=events, links=(link("cookie", "ada", 50), link("cookie", None, 90)), known=KNOWN)
    earlier = Changes(value=Ago(Metric(function=Aggregate.COUNT, selector=VIEWED), timedelta(hours=1)))
    for reading in Reading:
        found = as_meant(shelf, history, earlier, reading)
        assert found == [("ada", HOUR - 5), ("ada", HOUR + 60), ("ada", HOUR + 90), ("cookie", HOUR + 90)]


def test_what_was_said_of_her_a_while_ago_is_not_said_while_she_is_linked_away(shelf):
    links = (link("cookie", "ada", 0), link("cookie", None, MINUTE))
    history = History(events=(event("Product Viewed", -2 * HOUR, by="cookie"),), links=links, known=KNOWN)
    earlier = Ago(seen_once("Product Viewed"), timedelta(hours=1))
    for reading in Reading:
        found = as_meant(shelf, history, Turns(condition=earlier, to=True), reading)
        assert found == [("cookie", -HOUR), ("cookie", MINUTE), ("cookie", HOUR + MINUTE)]
        check(shelf, history, Changes(value=earlier), reading, (EVER, NEVER), DAY)


def test_one_row_of_long_ago_has_nobody_but_its_customer_looked_at_every_midnight(shelf):
    shelf.store(History(events=(event("Product Viewed", -9_000 * DAY), event("Product Viewed", 0, by="bob")), known=KNOWN))
    steps = Steps()
    fading = Metric(function=Aggregate.DECAYED, selector=VIEWED, half_life=timedelta(days=1))
    scope = Everybody(Reading.AS_KNOWN, lambda: sql.number(EVER), lambda: sql.number(instant(3 * DAY)), is_narrow=False)
    found = changed_in(steps, reads_of([fading]), scope, needs_presence=False)
    counted = sql.query({"identity_key": column("identity_key", "c"), "looks": sql.count()}, Source(found, "c"), group=1)
    looks = dict(shelf.rows(Plan(steps.close(counted), (("identity_key", Kind.NUMBER), ("looks", Kind.NUMBER)))))
    assert looks == {KEYS["ada"]: 9_003 + 1, KEYS["bob"]: 3 + 1}


def test_a_calendar_of_long_ago_turns_where_it_turned_then(shelf):
    hour = Calendar(CalendarPart.HOUR, At(), "Asia/Kolkata")
    long_ago = Turns(condition=Ago(Compare(Comparison.EQ, hour, Literal(18)), timedelta(days=3)), to=True)
    history = History(events=(event("Product Viewed", 0),), known=KNOWN)
    for reading in Reading:
        check(shelf, history, long_ago, reading, (instant(3 * DAY), instant(3 * DAY + HOUR)), DAY)
