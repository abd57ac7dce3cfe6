"""Who belongs to the neighbourhood of a tick, one reason at a time: each tick finds what the whole store finds, and finds something."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from tests.meaning.histories import KNOWN
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.small_shop import DAY, HOUR, NOON, SECOND, event, instant, link, trait

from opportune.language.compiler import moments as compiled
from opportune.language.compiler.nearby import TABLES, Due, due_of, together
from opportune.language.compiler.values import at_pairs
from opportune.language.meaning.history import Event, History, Link, TraitSet
from opportune.language.relations.map import EVENTS
from opportune.language.relations.plans import PAIRS, Plan, Row, query_of
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Literal, Metric, Selector
from opportune.language.tree.moments import Moment, Turns
from opportune.language.tree.parse import moment as parsed
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place
from opportune.language.vocabulary.reading import Reading
from opportune.shell.nearby import Nearby, Vicinity

LATE = 7 * DAY
VIEW = "Product Viewed"
EARLIER = event(VIEW, -DAY)
SIGNED_IN = link("cookie", "ada", -HOUR)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


def moment(text: str) -> Moment:
    found, problems = parsed(text, Place("test.yml"))
    assert found is not None and not problems
    return found


def history(*told: Event | Link | TraitSet) -> History:
    """What was told, and that somebody else has been there for long."""
    every = sorted([event(VIEW, -300 * DAY, by="bob"), *told], key=lambda one: one.received_at)
    return History(
        events=tuple(one for one in every if isinstance(one, Event)),
        links=tuple(one for one in every if isinstance(one, Link)),
        traits=tuple(one for one in every if isinstance(one, TraitSet)),
        known=KNOWN,
    )


def same(shelf: Shelf, asked: Moment, until: int) -> list[Row]:
    """The moments of the last second before `until` µs after noon, of the neighbourhood; the whole store says the same."""
    lo, hi = instant(until - SECOND), instant(until)
    due, plan = due_of(asked), compiled.moments(asked, Reading.AS_SEEN, narrow=True)
    assert due is not None and due.is_told(lo, hi)
    parameters = {"lo": lo, "hi": hi, "max_lateness": LATE}
    near = Nearby(shelf.engine, Vicinity(due, [plan]), lo, hi)
    rows = near.rows(plan, parameters)
    assert rows == shelf.rows(plan, parameters)
    return rows


REASONS: dict[str, tuple[str, Sequence[Event | Link | TraitSet], int]] = {
    "an event happens": ('nth("Product Viewed", n=1)', [event(VIEW)], 0),
    "an event arrives late": ('enters(did("Product Viewed"))', [event(VIEW, -HOUR, received=0)], 0),
    "an event from ahead comes to pass": ('event("Product Viewed")', [event(VIEW, 2 * SECOND, received=0)], 2 * SECOND),
    "a lapse is over": ('lapse("Product Viewed", unless="Order Completed", within="2h")', [event(VIEW)], 2 * HOUR),
    "a run is over": (
        'lapse("Product Viewed", within="2h", at_most="3h")',
        [event(VIEW), event(VIEW, HOUR), event(VIEW, 2 * HOUR)],
        3 * HOUR,
    ),
    "a window is over": ('leaves(did("Product Viewed", within="2h"))', [event(VIEW)], 2 * HOUR),
    "a hold is over": ('enters(did("Product Viewed"), hold="2h")', [event(VIEW)], 2 * HOUR),
    "a window is over and held": ('leaves(did("Product Viewed", within="2h"), hold="1h")', [event(VIEW)], 3 * HOUR),
    "ago looks at what was seen late": ('enters(ago(did("Product Viewed"), "2h"))', [EARLIER, event(VIEW, 0)], -DAY + 2 * HOUR),
    "ago looks at an arrival": ('enters(ago(count("Product Viewed"), "2h") >= 2)', [EARLIER, event(VIEW, -HOUR, received=0)], 2 * HOUR),
    "ago looks at a trait": ('enters(ago(trait.country, "2h") == "a")', [EARLIER, trait("country", "a")], 2 * HOUR),
    "a trait is set": ('enters(trait.country == "a")', [trait("country", "a")], 0),
    "a trait arrives late": ('enters(trait.country == "a")', [trait("country", "a", -HOUR, received=0)], 0),
    "a link is made": ('enters(count("Product Viewed") >= 2)', [EARLIER, event(VIEW, -HOUR, by="cookie"), link("cookie", "ada")], 0),
    "a link arrives late": (
        'enters(count("Product Viewed") >= 2)',
        [EARLIER, event(VIEW, -2 * HOUR, by="cookie"), link("cookie", "ada", -HOUR, received=0)],
        0,
    ),
    "a link is undone": (
        'leaves(count("Product Viewed") >= 2)',
        [EARLIER, event(VIEW, -2 * HOUR, by="cookie"), SIGNED_IN, link("cookie", None)],
        0,
    ),
    "ago looks at a link": (
        'enters(ago(count("Product Viewed"), "2h") >= 2)',
        [EARLIER, event(VIEW, -HOUR, by="cookie"), link("cookie", "ada")],
        2 * HOUR,
    ),
    "her other id did the rest": ('nth("Product Viewed", n=2)', [event(VIEW, -DAY, by="cookie"), SIGNED_IN, event(VIEW)], 0),
    "an id of hers did it": ('nth("Product Viewed", n=2)', [EARLIER, SIGNED_IN, event(VIEW, by="cookie")], 0),
    "two ids of hers did it": (
        'nth("Product Viewed", n=2)',
        [event(VIEW, -DAY, by="jar"), link("jar", "ada", -HOUR), SIGNED_IN, event(VIEW, by="cookie")],
        0,
    ),
    "consent is given": ("enters(consent.email)", [event("Consent Given", purpose="email")], 0),
}


@pytest.mark.parametrize("reason", REASONS)
def test_whoever_has_a_moment_is_nearby(shelf: Shelf, reason: str) -> None:
    text, told, until = REASONS[reason]
    shelf.store(history(*told))
    assert same(shelf, moment(text), until), "nothing came due: the example says nothing"


@pytest.mark.parametrize("comparison, extra", [(Comparison.GE, 0), (Comparison.GT, 1)])
def test_whoever_comes_of_age_is_nearby(shelf: Shelf, comparison: Comparison, extra: int) -> None:
    shelf.store(history(event(VIEW)))
    age = Metric(function=Aggregate.AGE, selector=Selector((VIEW,)))
    asked = Turns(condition=Compare(comparison, age, Literal(timedelta(hours=2))), to=True)
    assert same(shelf, asked, 2 * HOUR + extra)


def test_nobody_is_nearby_where_nothing_comes_due(shelf: Shelf) -> None:
    shelf.store(history(event(VIEW)))
    due = due_of(moment('lapse("Product Viewed", within="2h")'))
    assert due is not None
    near = Nearby(shelf.engine, Vicinity(due, []), instant(HOUR), instant(HOUR + SECOND))
    assert near.people == frozenset()
    near.take([KEYS["ada"]])
    assert near.people == {KEYS["ada"]}


def test_what_comes_for_everybody_is_not_told_beforehand() -> None:
    sampled = due_of(moment('enters(decayed("Product Viewed", half_life="2d") > 1)'))
    daily = due_of(moment('enters(weekday(at, tz="UTC") == 1)'))
    midnight = Instant(NOON + 12 * HOUR)
    for due in (sampled, daily):
        assert due is not None
        assert due.is_told(NOON, Instant(NOON + SECOND))
        assert not due.is_told(Instant(midnight - SECOND), midnight)
    assert due_of(moment('before(time("Product Viewed"), "1d")')) is None
    assert due_of(moment('every("mon 09:00", tz="UTC")')) is None
    assert due_of(moment('enters(age("Product Viewed") > gap("Product Viewed"))')) is None


def test_without_anything_that_may_come_due_only_those_who_are_asked_about_are_there_with_all_their_ids(shelf: Shelf) -> None:
    shelf.store(history(EARLIER, event(VIEW, -2 * DAY, by="cookie"), link("cookie", "ada", -DAY), event(VIEW, by="bob")))
    near = Nearby(shelf.engine, Vicinity(None, []), instant(-SECOND), NOON)
    assert near.people == frozenset()
    near.take([KEYS["ada"]])
    assert near.people == {KEYS["ada"], KEYS["cookie"]}


@pytest.mark.parametrize("due", [together([]), None])
def test_those_who_are_taken_along_are_answered_about(shelf: Shelf, due: Due | None) -> None:
    shelf.store(history(EARLIER, event(VIEW, -2 * DAY, by="cookie"), link("cookie", "ada", -DAY)))
    values = at_pairs({"views": Metric(function=Aggregate.COUNT, selector=Selector((VIEW,)))})
    near = Nearby(shelf.engine, Vicinity(due, [values]), instant(-SECOND), NOON)
    near.take([KEYS["ada"], KEYS["bob"]])
    pairs: list[Row] = [(0, KEYS["ada"], NOON, NOON), (1, KEYS["bob"], NOON, NOON)]
    assert near.rows(values, {}, {PAIRS.name: pairs}) == [(0, 2), (1, 1)]


@pytest.mark.parametrize("years", [0, 300])
def test_instants_are_told_by_event_order_and_are_those_of_the_store(years: int) -> None:
    shelf = Shelf()
    together_with = [event(VIEW, years * 365 * DAY), event(VIEW, years * 365 * DAY, id="a"), event(VIEW, years * 365 * DAY, id="a", line=1)]
    shelf.store(history(*together_with, event(VIEW, -70 * 365 * DAY), event(VIEW, 1), event(VIEW, 1, by=None)))
    shelf.engine.write([])  # beyond the years that a number can say it looks at the columns themselves
    asked = Plan(
        query_of("SELECT e.event_id, e.line, e.ts FROM events AS e WHERE e.name IN ('Product Viewed') ORDER BY e.event_id, e.line"),
        (("event_id", Kind.TEXT), ("line", Kind.NUMBER), ("ts", Kind.TIME)),
    )
    near = Nearby(shelf.engine, Vicinity(together([]), [asked]), instant(-SECOND), NOON)
    near.take(KEYS.values())
    assert near.rows(asked) == shelf.rows(asked)
    assert '"e"."ts"' not in near.vicinity.slices[TABLES[EVENTS.name].name].sql("duckdb")
    shelf.close()
