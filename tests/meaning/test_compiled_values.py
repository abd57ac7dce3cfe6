"""For every node of the language and all histories: `snapshot` and `at_pairs` give what the naive reading says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.meaning.every_node import ADDED, EDGES, EVERY, LONG, PRODUCT, RICH, SPAN, VIEWED
from tests.meaning.histories import CUSTOMERS, Asked, Crowd, histories, instants, questions
from tests.meaning.shelf import KEYS, Shelf, entry_columns, is_same
from tests.meaning.small_shop import DAY, HOUR, NOON, instant
from tests.meaning.wide_trees import SHELVES, STOCK, Place, expressions
from tests.soaking import share_of

from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.meaning.history import Entry, History, Link, TableRow, TraitSet, customers
from opportune.language.meaning.moments import moments as naive_moments
from opportune.language.meaning.value import value
from opportune.language.relations.map import TABLE_ROWS
from opportune.language.relations.plans import Plan, Row, Scalar
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Lookup, Metric, Selector, Void
from opportune.language.tree.moments import Changes, EventMoment, Lapse, Nth, Reaches, ThingMoment, Turns
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def drawn(examples: int) -> settings:
    """So many examples, each as slow as it likes."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


FEW, MANY = drawn(8), drawn(share_of(4_000))
DENSE = Crowd(
    names=("Product Viewed",) * 3 + ("Product Added", "Order Completed"),
    identities=("ada", "ada", "ada", "cookie", "cookie", "bob", None),
    least=6,
)
ZONES = ("America/New_York", "Nowhere/Land", "europe/berlin", None, 3)
BIRTHDAYS = ("2026-03-01", "2026-03-01T12:00:05+00:00", "2026-03-01 11:59Z", "soon", "2026-02-30", "0000-01-01", 5)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


@st.composite
def shops(draw: st.DrawFn, crowd: Crowd | None = None) -> History:
    """A history with zones, birthdays, partings and rows of a table besides."""
    history = draw(histories(crowd) if crowd else histories(DENSE) | histories(DENSE) | histories())
    numbers = count()
    told = [("timezone", zone) for zone in draw(st.lists(st.sampled_from(ZONES), max_size=2))]
    told += [("birthday", day) for day in draw(st.lists(st.sampled_from(BIRTHDAYS), max_size=2))]
    traits = [
        TraitSet(
            event_id=f"x{next(numbers)}", identity=draw(st.sampled_from(CUSTOMERS)), name=name, value=told_value, ts=ts, received_at=ts
        )
        for name, told_value in told
        for ts in [draw(instants)]
    ]
    partings = [
        Link(event_id=f"p{next(numbers)}", from_identity=draw(st.sampled_from(("cookie", "jar"))), to_identity=None, ts=ts, received_at=ts)
        for ts in draw(st.lists(instants, max_size=1))
    ]
    rows = enumerate(draw(st.lists(rows_of_files(), max_size=4)), 1)
    numbered = tuple(replace(row, ordinal=number) for number, row in rows)
    return replace(history, traits=(*history.traits, *traits), links=(*history.links, *partings), table_rows=numbered)


@st.composite
def rows_of_files(draw: st.DrawFn) -> TableRow:
    """A row of the file SHELVES."""
    columns = {"quantity": (1, 2.5, None, "2"), "points": (3, "x"), "price": (1, "2.5", None), "color": ("a", 3, None)}
    columns |= {"latitude": (52.5, -33.9, "0", 91), "longitude": (13.4, 180, None)}
    return TableRow(
        table=SHELVES.name,
        key=draw(st.sampled_from(("a", "b", "7"))),
        columns=draw(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in columns.items()})),
        ts=draw(st.just(EARLIEST) | instants),
    )


def stored(shelf: Shelf, history: History) -> History:
    """The history as it is stored: rows of a file are numbered."""
    rows = tuple(replace(row, ordinal=number) for number, row in enumerate(history.table_rows, 1))
    shelf.store(history)
    shelf.fill(TABLE_ROWS, [(row.table, row.key, row.ordinal, row.ts, row.ts, json.dumps(row.columns)) for row in rows])
    return replace(history, table_rows=rows)


def differing(named: Mapping[str, Expr], found: Row, meant: Row) -> dict[str, tuple[Scalar, Scalar]]:
    """Name → what was found and what was meant."""
    return {name: (one, other) for name, one, other in zip(named, found, meant, strict=True) if not is_same(one, other)}


def check_snapshot(shelf: Shelf, history: History, named: Mapping[str, Expr], at: Instant, seen: Instant) -> None:
    """Exactly the customers there are, in order, each with her values."""
    check_rows(shelf, stored(shelf, history), named, snapshot(named), at, seen)


def check_rows(shelf: Shelf, history: History, named: Mapping[str, Expr], plan: Plan, at: Instant, seen: Instant) -> None:
    found = shelf.rows(plan, {"at": at, "seen": seen})
    assert [row[0] for row in found] == customers(history, at, seen)
    for row in found:
        meant = [value(expr, history, str(row[0]), at, seen) for expr in named.values()]
        assert not differing(named, row[1:], meant), (row[0], at, seen)


def check_pairs(shelf: Shelf, history: History, named: Mapping[str, Expr], asked: list[Asked]) -> None:
    history = stored(shelf, history)
    rows: list[Row] = [(n, KEYS[one.customer], one.at, one.seen, *entry_columns(one.entry)) for n, one in enumerate(asked)]
    found = shelf.rows(at_pairs(named), inputs={"pairs": rows})
    assert [row[0] for row in found] == list(range(len(asked)))
    for row, one in zip(found, asked, strict=True):
        meant = [value(expr, history, one.customer, one.at, one.seen, one.entry) for expr in named.values()]
        assert not differing(named, row[1:], meant), one


later = st.lists(instants, min_size=1, max_size=3).map(max)


def several(place: Place) -> st.SearchStrategy[dict[str, Expr]]:
    return st.lists(expressions(place), min_size=2, max_size=5).map(lambda exprs: {f"v{number}": expr for number, expr in enumerate(exprs)})


named, in_journey = several(Place()), several(Place(in_journey=True))


ENTRIES = (
    None,
    None,
    Entry(at=NOON, id="a"),
    Entry(at=instant(-HOUR), id="b", trigger_event_id="m2", trigger_line=0, is_event_moment=True),
)


def test_every_node_means_the_same_at_every_edge(shelf):
    """Each edge asked once: as seen or as known, of one customer or another, inside journeys and outside."""
    turns = zip(EDGES, cycle(("ada", "cookie", "bob")), cycle((True, False)), cycle(ENTRIES), strict=False)
    check_pairs(shelf, RICH, EVERY, [Asked(customer, at, at if is_seen else FOREVER, entry) for at, customer, is_seen, entry in turns])


def test_a_snapshot_is_what_every_node_means_for_everybody(shelf):
    named = {name: expr for name, expr in EVERY.items() if "trigger" not in name}
    plan, history = snapshot(named), stored(shelf, RICH)
    for number, at in enumerate(EDGES[5 :: len(EDGES) // 6]):
        check_rows(shelf, history, named, plan, at, FOREVER if number % 2 else at)


STOCKED = Compare(Comparison.GT, Lookup(STOCK.name, PRODUCT, "quantity", Kind.NUMBER, STOCK), Literal(1))
PRICED = Compare(Comparison.GT, Lookup(SHELVES.name, PRODUCT, "price", Kind.MONEY, SHELVES), Literal(1))


@pytest.mark.parametrize(
    "moment",
    [
        EventMoment(selector=VIEWED, where=STOCKED),
        Lapse(selector=VIEWED, where=PRICED, within=SPAN),
        Lapse(selector=VIEWED, where=STOCKED, unless=ADDED, unless_where=PRICED, within=SPAN, at_most=LONG, same="product_id"),
        Lapse(selector=Selector(VIEWED.names, voids=(Void(VIEWED.names, ADDED, PRICED),)), within=SPAN),
        Nth(selector=VIEWED, where=PRICED, n=2),
        Reaches(selector=VIEWED, where=STOCKED, n=2, within=LONG),
        ThingMoment(selector=ADDED, where=PRICED, reaching=VIEWED, same="product_id", within=LONG),
        Turns(condition=Compare(Comparison.GE, Metric(function=Aggregate.COUNT, selector=VIEWED, where=STOCKED), Literal(1)), to=True),
        Changes(value=Metric(function=Aggregate.COUNT, selector=VIEWED, where=PRICED, within=SPAN)),
    ],
    ids=lambda moment: type(moment).__name__,
)
@pytest.mark.parametrize("reading", Reading)
def test_moments_look_up_rows_by_what_their_events_say(shelf, moment, reading):
    history, ends = stored(shelf, RICH), {"lo": EARLIEST, "hi": FOREVER, "max_lateness": DAY}
    meant = [(row.at, row.trigger_event_id) for row in naive_moments(moment, history, EARLIEST, FOREVER, reading, DAY)]
    for narrow in (True, False):
        plan = moments(moment, reading, narrow=narrow)
        columns = [name for name, _ in plan.columns]
        found = [dict(zip(columns, row, strict=True)) for row in shelf.rows(plan, ends)]
        # turns without a trigger stand in no order among those of other customers
        assert sorted(((row["at"], row["trigger_event_id"]) for row in found), key=str) == sorted(meant, key=str)


@pytest.mark.soak
@pytest.mark.parametrize("customer", CUSTOMERS)
@pytest.mark.parametrize("entry", ENTRIES[1:])
def test_every_node_means_the_same_at_every_pair_of_edges(shelf, customer, entry):
    seen = (*EDGES[::7], FOREVER)
    check_pairs(shelf, RICH, EVERY, [Asked(customer, at, instant, entry) for at in EDGES[::3] for instant in seen])


@FEW
@given(st.data())
def test_a_snapshot_is_what_everything_means_for_everybody(shelf, data):
    history, at = data.draw(shops()), data.draw(later)
    check_snapshot(shelf, history, data.draw(named), at, data.draw(st.sampled_from((at, FOREVER))))


@FEW
@given(st.data())
def test_pairs_are_what_everything_means_there(shelf, data):
    history = data.draw(shops())
    asked = [data.draw(questions(history)) for _ in range(3)]
    check_pairs(shelf, history, data.draw(in_journey), asked)


@pytest.mark.soak
@MANY
@given(st.data())
def test_any_snapshot_is_what_everything_means_for_everybody(shelf, data):
    history, at = data.draw(shops()), data.draw(later)
    check_snapshot(shelf, history, data.draw(named), at, data.draw(st.sampled_from((at, FOREVER))))


@pytest.mark.soak
@MANY
@given(st.data())
def test_any_pairs_are_what_everything_means_there(shelf, data):
    history = data.draw(shops())
    asked = [data.draw(questions(history)) for _ in range(3)]
    check_pairs(shelf, history, data.draw(in_journey), asked)
