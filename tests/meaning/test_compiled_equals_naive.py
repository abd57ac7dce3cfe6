"""For all expressions, moments and histories: what the compiler's plans find is what the naive reading says.

The few examples of `make test` are the same at each run, and the longest of them wait for it; `make soak` draws thousands anew.
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.meaning.histories import Asked, Crowd, entries, histories, instants, questions, ranges, received_by
from tests.meaning.shelf import KEYS, Shelf, all_same, entry_columns
from tests.meaning.small_shop import DAY, EVER, HOUR, KNOWN, NEVER, link
from tests.meaning.small_shop import event as seen
from tests.soaking import share_of
from tests.tree import strategies

from opportune.language.compiler import moments as compiled_moments
from opportune.language.compiler import values as compiled_values
from opportune.language.compiler import watch as compiled_watch
from opportune.language.meaning.history import Entry, History, customers
from opportune.language.meaning.moments import Claim, MomentRow, follows, moments
from opportune.language.meaning.value import value
from opportune.language.meaning.watch import Watch, first_true
from opportune.language.relations.plans import Row
from opportune.language.tree.build import any_of
from opportune.language.tree.expressions import (
    Aggregate,
    Arithmetic,
    Compare,
    Comparison,
    Coverage,
    Expr,
    Literal,
    Metric,
    Negative,
    Operator,
    Score,
    ScorePart,
    Selector,
)
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.tree.print import text_of
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import FOREVER, Instant, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

IN_JOURNEY = strategies.Scope(in_journey=True)
DENSE = Crowd(names=("Product Viewed",) * 4 + ("Product Added",), identities=("ada", "ada", "ada", "cookie", "cookie", "bob"), most=12)
LATE = (Span(0), HOUR, DAY)


def drawn(examples: int) -> settings:
    """So many examples, each as slow as it likes."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


FEW, MANY = drawn(20), drawn(share_of(4_000))


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


dense_moments: st.SearchStrategy[Moment] = st.one_of(
    st.builds(EventMoment, selector=st.just(Selector(("Product Viewed",)))),
    st.builds(
        Reaches,
        selector=st.just(Selector(("Product Viewed",))),
        where=st.none() | strategies.predicates(),
        n=st.integers(1, 3),
        within=st.none() | st.sampled_from(strategies.WINDOWS),
    ),
    st.builds(
        Lapse,
        selector=st.sampled_from((Selector(("Product Viewed",)), Selector(("Product Viewed", "Product Added")))),
        where=st.none() | strategies.predicates(),
        unless=st.none() | st.just(Selector(("Product Added",))),
        within=st.sampled_from(strategies.WINDOWS),
        same=st.none() | st.just("product_id"),
    ),
)
any_moment = dense_moments | strategies.moments
any_history = histories(DENSE) | histories()


def check_snapshot(shelf: Shelf, history: History, named: list[Expr], at: Instant, seen: Instant) -> None:
    """The snapshot has exactly the customers there are, in order, each with its values."""
    shelf.store(history)
    plan = compiled_values.snapshot({f"v{number}": expr for number, expr in enumerate(named)})
    found = shelf.rows(plan, {"at": at, "seen": seen})
    assert [row[0] for row in found] == customers(history, at, seen)
    for row in found:
        meant = [value(expr, history, str(row[0]), at, seen) for expr in named]
        assert all_same(row[1:], meant), (row, meant, [text_of(expr) for expr in named])


def check_pairs(shelf: Shelf, history: History, named: list[Expr], asked: list[Asked]) -> None:
    """Every pair gets one row, with the values there."""
    shelf.store(history)
    rows: list[Row] = [(n, KEYS[one.customer], one.at, one.seen, *entry_columns(one.entry)) for n, one in enumerate(asked)]
    plan = compiled_values.at_pairs({f"v{number}": expr for number, expr in enumerate(named)})
    found = sorted(shelf.rows(plan, inputs={"pairs": rows}), key=lambda row: row[0])
    assert [row[0] for row in found] == list(range(len(asked)))
    for row, one in zip(found, asked, strict=True):
        meant = [value(expr, history, one.customer, one.at, one.seen, one.entry) for expr in named]
        assert all_same(row[1:], meant), (one, row, meant, [text_of(expr) for expr in named])


def check_live(shelf: Shelf, history: History, named: list[Expr], at: Instant) -> None:
    """What is told live, of what has arrived, is told of the whole history as seen: customers and values, fractions to 1e-9."""
    plan = compiled_values.snapshot({f"v{number}": expr for number, expr in enumerate(named)})
    shelf.store(received_by(history, at))
    live = [shelf.rows(plan, {"at": at, "seen": seen}) for seen in (at, FOREVER)]
    shelf.store(history)
    replayed = shelf.rows(plan, {"at": at, "seen": at})
    for told in live:
        assert [row[0] for row in told] == [row[0] for row in replayed]
        assert all(all_same(one, other) for one, other in zip(told, replayed, strict=True)), [text_of(expr) for expr in named]


def found_moments(
    shelf: Shelf, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], max_lateness: Span, *, narrow: bool = False
) -> list[MomentRow]:
    """What the plan finds, its two names of the owner held to each other."""
    plan = compiled_moments.moments(moment, reading, narrow=narrow)
    rows = shelf.rows(plan, {"lo": ends[0], "hi": ends[1], "max_lateness": max_lateness})
    assert all(KEYS[str(row[1])] == row[0] for row in rows)
    return [MomentRow(row[3], row[2], row[4], row[5], row[1], row[6], row[7]) for row in rows]  # type: ignore[arg-type]


def check_moments(
    shelf: Shelf, history: History, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], max_lateness: Span
) -> None:
    """The same rows in the same order."""
    shelf.store(history)
    meant = moments(moment, history, *ends, reading, max_lateness)
    for narrow in (False, True):
        assert found_moments(shelf, moment, reading, ends, max_lateness, narrow=narrow) == meant, (narrow, text_of(moment))


def check_cuts(shelf: Shelf, history: History, moment: Moment, reading: Reading, cuts: list[Instant]) -> None:
    """Ranges laid end to end find what one range finds: a tick may have any size."""
    shelf.store(history)
    cuts = sorted(cuts)
    parts = [row for lo, hi in pairwise(cuts) for row in found_moments(shelf, moment, reading, (lo, hi), DAY, narrow=True)]
    assert parts == found_moments(shelf, moment, reading, (cuts[0], cuts[-1]), DAY)


def check_prefix(shelf: Shelf, history: History, moment: Moment, hi: Instant) -> None:
    """What arrives after `hi` changes nothing that was acted on up to `hi`: live equals backtest."""
    shelf.store(history)
    with_the_future = found_moments(shelf, moment, Reading.AS_SEEN, (EVER, hi), DAY)
    shelf.store(received_by(history, hi))
    assert found_moments(shelf, moment, Reading.AS_SEEN, (EVER, hi), DAY) == with_the_future


def check_follows(shelf: Shelf, history: History, moment: Moment, seen: Instant) -> None:
    """Of every moment that was ever acted on or is known: whether it still follows at `seen`, for each customer."""
    shelf.store(history)
    taken = {*moments(moment, history, EVER, NEVER, Reading.AS_SEEN, DAY), *moments(moment, history, EVER, NEVER, Reading.AS_KNOWN, DAY)}
    claims = [
        Claim(customer=customer, at=row.at, trigger_event_id=row.trigger_event_id, trigger_line=row.trigger_line)
        for row in sorted(taken)
        for customer in KEYS
    ]
    rows: list[Row] = [(n, KEYS[c.customer], c.at, seen, c.trigger_event_id, c.trigger_line) for n, c in enumerate(claims)]
    found = sorted(shelf.rows(compiled_moments.follows(moment), inputs={"follows": rows}))
    assert found == [(n, follows(moment, history, claim, seen)) for n, claim in enumerate(claims)], (claims, text_of(moment))


def check_watch(shelf: Shelf, history: History, condition: Expr, watch: Watch, reading: Reading) -> None:
    """The same first true instant; a condition true already is no watch."""
    start, at_once = watch.after, Instant(watch.after + 1)
    known_to = {at: at if reading is Reading.AS_SEEN else FOREVER for at in (start, at_once)}
    assume(not any(value(condition, history, watch.customer, at, seen, watch.entry) is True for at, seen in known_to.items()))
    shelf.store(history)
    rows: list[Row] = [(7, KEYS[watch.customer], watch.after, watch.until, *entry_columns(watch.entry))]
    found = shelf.rows(compiled_watch.first_true(condition, reading), inputs={"watches": rows})
    meant = first_true(condition, history, watch, reading)
    assert [(row[0], row[1]) for row in found if row[1] is not None] == ([(7, meant)] if meant is not None else []), text_of(condition)


@st.composite
def asked_of_a_history(draw: st.DrawFn) -> tuple[History, list[Asked]]:
    """A history and up to six questions."""
    history = draw(histories())
    return history, draw(st.lists(questions(history), min_size=1, max_size=6))


@st.composite
def watched_histories(draw: st.DrawFn) -> tuple[History, Watch]:
    """A history, a customer and a range, one in two inside an enrolment."""
    history = draw(histories())
    after, until = draw(ranges)
    customer = draw(st.sampled_from(("ada", "ada", "bob", "cookie")))
    entry: Entry | None = draw(st.none() | entries(history))
    return history, Watch(customer=customer, after=after, until=until, entry=entry)


def test_links_that_contest_a_customer_twice_count_nobody_twice(shelf):
    twice = (link("cookie", "bob", -4, received=DAY), link("cookie", "ada", 120), link("cookie", "bob", -2))
    history = History(events=(*(seen("Product Viewed", 20, by="bob", id=id) for id in ("m1", "m5")),), links=twice, known=KNOWN)
    check_moments(shelf, history, Reaches(selector=Selector(("Product Viewed",)), n=2), Reading.AS_KNOWN, (EVER, NEVER), DAY)


readings = st.sampled_from(Reading)
weights = st.sampled_from((0, 1, 25, 40.5))
numbers = strategies.values(depth=1).filter(lambda tree: kind_of(tree) is Kind.NUMBER)
leaves = st.builds(ScorePart, weights, st.just("leaf"), numbers)
groups = st.builds(ScorePart, weights, st.just("group"), st.lists(leaves, min_size=1, max_size=3).map(tuple))
scores = st.lists(leaves | groups, min_size=1, max_size=3).map(lambda parts: Score(tuple(parts)))
nested = st.builds(
    Metric,
    function=st.sampled_from((Aggregate.COUNT, Aggregate.DID, Aggregate.AGE)),
    selector=strategies.selectors,
    where=strategies.conditions(strategies.Scope(in_predicate=True), depth=1),
    within=st.none(),
)
lists_of_values = st.lists(strategies.values() | scores | scores.map(Coverage) | nested, min_size=1, max_size=4)
lists_of_values_in_journeys = st.lists(strategies.values(IN_JOURNEY), min_size=1, max_size=4)
ages = st.builds(
    Metric,
    function=st.sampled_from((Aggregate.AGE, Aggregate.TENURE)),
    selector=strategies.selectors,
    where=st.none() | strategies.predicates(),
    within=st.none(),
)
lengths = st.sampled_from(strategies.WINDOWS).map(Literal)
differences = st.builds(Arithmetic, st.sampled_from((Operator.ADD, Operator.SUB)), ages, ages | lengths) | ages.map(Negative)
moving = st.builds(Compare, st.sampled_from((Comparison.GE, Comparison.LT, Comparison.EQ)), differences, lengths | ages | differences)
"""Sampled: what varies all the time is looked at daily besides. Ranges have few days."""
either = st.lists(moving | strategies.conditions(IN_JOURNEY, 0), min_size=2, max_size=2).map(any_of)
watched_conditions = strategies.conditions(IN_JOURNEY, 1) | strategies.conditions(IN_JOURNEY, 1) | moving | either
seens = st.just(FOREVER) | instants


@FEW
@given(history=histories(), named=lists_of_values, at=instants)
def test_a_snapshot_as_known_says_what_is_meant(shelf, history, named, at):
    check_snapshot(shelf, history, named, at, FOREVER)


@FEW
@given(history=histories(), named=lists_of_values, at=instants)
def test_a_snapshot_as_seen_says_what_is_meant(shelf, history, named, at):
    check_snapshot(shelf, history, named, at, at)


@drawn(12)
@given(history=histories(), named=st.lists(scores | scores.map(Coverage), min_size=1, max_size=3) | lists_of_values, at=instants)
def test_scores_and_values_are_the_same_live_and_replayed(shelf, history, named, at):
    check_live(shelf, history, named, at)


@FEW
@given(asked=asked_of_a_history(), named=lists_of_values_in_journeys)
def test_values_at_pairs_are_what_is_meant(shelf, asked, named):
    check_pairs(shelf, asked[0], named, asked[1])


@pytest.mark.slow
@drawn(30)
@given(history=any_history, moment=any_moment, ends=ranges | st.just((EVER, NEVER)), max_lateness=st.sampled_from(LATE))
def test_moments_as_seen_are_what_is_meant(shelf, history, moment, ends, max_lateness):
    check_moments(shelf, history, moment, Reading.AS_SEEN, ends, max_lateness)


@FEW
@given(history=any_history, moment=any_moment, ends=ranges | st.just((EVER, NEVER)), max_lateness=st.sampled_from(LATE))
def test_moments_as_known_are_what_is_meant(shelf, history, moment, ends, max_lateness):
    check_moments(shelf, history, moment, Reading.AS_KNOWN, ends, max_lateness)


@pytest.mark.slow
@FEW
@given(history=histories(DENSE), moment=dense_moments, reading=readings, cuts=st.lists(instants, min_size=3, max_size=5))
def test_moments_do_not_depend_on_how_time_is_cut(shelf, history, moment, reading, cuts):
    check_cuts(shelf, history, moment, reading, cuts)


@pytest.mark.slow
@FEW
@given(history=histories(DENSE), moment=dense_moments, hi=instants)
def test_moments_as_seen_do_not_depend_on_what_arrives_later(shelf, history, moment, hi):
    check_prefix(shelf, history, moment, hi)


@FEW
@given(history=histories(DENSE), moment=dense_moments, seen=seens)
def test_whether_a_moment_still_follows_is_what_is_meant(shelf, history, moment, seen):
    check_follows(shelf, history, moment, seen)


@FEW
@given(watched=watched_histories(), condition=watched_conditions, reading=readings)
def test_a_condition_is_first_true_when_it_is_meant_to_be(shelf, watched, condition, reading):
    check_watch(shelf, watched[0], condition, watched[1], reading)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=histories(), named=lists_of_values, at=instants, seen=seens)
def test_snapshots_at_length(shelf, history, named, at, seen):
    check_snapshot(shelf, history, named, at, seen)
    check_live(shelf, history, named, at)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(asked=asked_of_a_history(), named=lists_of_values_in_journeys)
def test_values_at_pairs_at_length(shelf, asked, named):
    check_pairs(shelf, asked[0], named, asked[1])


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=any_history, moment=any_moment, reading=readings, ends=ranges | st.just((EVER, NEVER)), late=st.sampled_from(LATE))
def test_moments_at_length(shelf, history, moment, reading, ends, late):
    check_moments(shelf, history, moment, reading, ends, late)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=any_history, moment=any_moment, reading=readings, cuts=st.lists(instants, min_size=3, max_size=5), seen=instants)
def test_cuts_prefixes_and_restatements_at_length(shelf, history, moment, reading, cuts, seen):
    check_cuts(shelf, history, moment, reading, cuts)
    check_prefix(shelf, history, moment, seen)
    check_follows(shelf, history, moment, seen)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(watched=watched_histories(), condition=watched_conditions, reading=readings)
def test_watches_at_length(shelf, watched, condition, reading):
    check_watch(shelf, watched[0], condition, watched[1], reading)
