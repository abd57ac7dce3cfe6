"""Population functions: what is counted and kept, at which instants, is what the naive reading says."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.meaning.histories import CUSTOMERS, Crowd, histories, instants
from tests.meaning.shelf import KEYS, Shelf, is_same
from tests.meaning.small_shop import DAY, NOON

from opportune.adapters.engines import tables
from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.compiler.census import INSTANTS, census, censuses
from opportune.language.compiler.values import at_pairs
from opportune.language.meaning.history import History
from opportune.language.meaning.value import value
from opportune.language.relations.map import CALIBRATIONS, LOADS
from opportune.language.relations.plans import Plan, query_of
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Aggregate, Census, Compare, Comparison, Metric, Population, Property, Selector, Trait
from opportune.language.tree.words import Rhythm
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.shell.preparing import calibrations_of, prepare_populations

VIEWED = Selector(("Product Viewed",))
POINTS = Metric(function=Aggregate.LAST, selector=VIEWED, value=Property("points", Kind.NUMBER))
SPENT = Metric(function=Aggregate.SUM, selector=VIEWED, value=Property("price", Kind.MONEY, True))
AGE = Metric(function=Aggregate.AGE, selector=VIEWED)
COUNT = Metric(function=Aggregate.COUNT, selector=VIEWED)
ABOVE = Metric(
    function=Aggregate.COUNT,
    selector=VIEWED,
    where=Compare(Comparison.GE, Property("points", Kind.NUMBER), Population(Census.MEAN, POINTS, every=Rhythm.DAY)),
)
"""It reads a population itself."""
populations = st.builds(
    lambda function, of, share, positive, every: Population(
        function, of, None if function is Census.MEAN else share, positive=positive, every=every
    ),
    st.sampled_from(Census),
    st.sampled_from((POINTS, SPENT, AGE, COUNT, ABOVE)),
    st.sampled_from((0.0, 0.1, 1 / 3, 0.5, 0.75, 0.9, 1.0)),
    st.booleans(),
    st.sampled_from(Rhythm),
)
CROWD = Crowd(names=("Product Viewed",) * 3 + ("Product Added",), most=12)
ENOUGH = 2


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def hold(shelf: Shelf, history: History) -> None:
    """The history, in one load, nothing counted yet."""
    shelf.store(history)
    shelf.fill(CALIBRATIONS, [])
    received = [one.received_at for one in (*history.events, *history.links, *history.traits)]
    shelf.fill(LOADS, [("one", 0, 0, 0, max(received), min(received), 1)] if received else [])


drawn = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@drawn
@given(history=histories(CROWD), population=populations, at=instants)
def test_everybody_is_counted_as_meant(shelf, history, population, at):
    midnight = Instant(at - at % DAY)
    daily = replace(population, every=Rhythm.DAY, of=POINTS if population.of is ABOVE else population.of)
    hold(shelf, history)
    rows = shelf.rows(census(daily), {"at": midnight, "seen": midnight})
    meant = value(daily, replace(history, enough=1), "ada", midnight, midnight)
    assert is_same(rows[0][1] if rows else None, meant)


@drawn
@given(history=histories(CROWD), population=populations, asked=st.lists(instants, min_size=1, max_size=4), is_whole=st.booleans())
def test_values_at_pairs_read_the_last_instant_there_is(shelf, history, population, asked, is_whole):
    history = replace(history, enough=ENOUGH)
    hold(shelf, history)
    for at in asked if not is_whole else [max(asked)]:
        prepare_populations(shelf.engine, [population], at, since=None if is_whole else at, enough=ENOUGH)
    rows = [(n, KEYS[CUSTOMERS[n % len(CUSTOMERS)]], at, at, None, None, None, None, None) for n, at in enumerate(asked)]
    found = dict(shelf.rows(at_pairs({"v": population}), inputs={"pairs": rows}))
    for n, at in enumerate(asked):
        assert is_same(found[n], value(population, history, CUSTOMERS[n % len(CUSTOMERS)], at, at))


def test_what_a_load_received_before_an_instant_is_counted_again(shelf):
    history = History(events=())
    shelf.store(history)
    shelf.fill(CALIBRATIONS, [("other", NOON, None, 1, None, 1, True, 1)])
    shelf.fill(LOADS, [("a", 1, 0, 0, NOON, NOON - 40 * DAY, 1)])
    population = Population(Census.MEAN, COUNT)
    prepare_populations(shelf.engine, [population], NOON)
    first = calibrations_of(shelf.engine, population)
    assert {one.known for one in first} == {0} and all(one.is_unstable for one in first)
    shelf.fill(LOADS, [("a", 1, 0, 0, NOON, NOON - 40 * DAY, 1), ("b", 1, 0, 0, NOON, NOON - 3 * DAY, 2)])
    before = counted_from(shelf, population)
    assert set(before.values()) == {1}
    prepare_populations(shelf.engine, [population], NOON)
    assert counted_from(shelf, population) == {at: 2 if at >= NOON - 3 * DAY else 1 for at in before}


def counted_from(shelf: Shelf, population: Population) -> dict[int, int]:
    """Instant → the load it was counted from."""
    query = f"SELECT instant, loads FROM calibrations WHERE population = '{content_hash(population)}'"
    return dict(shelf.rows(Plan(query_of(query), ())))  # type: ignore[arg-type]


def test_only_groups_of_a_hundred_speak_for_themselves():
    connection = duckdb.connect(":memory:", config={"threads": 1})
    for statement in tables.stored_tables():
        connection.execute(statement)
    connection.execute("INSERT INTO identities SELECT i, 'c' || i, true, i FROM range(1, 200) t(i)")
    for relation, columns in (
        ("events", "event_id, line, identity_key, name, ts, received_at, is_imported, price"),
        ("traits", "event_id, identity_key, name, value, ts, received_at"),
    ):
        values = {
            "events": f"'e' || i, 0, i, 'Product Viewed', {NOON}, {NOON}, false, i * 10000",
            "traits": f"'t' || i, i, 'country', CASE WHEN i <= 100 THEN '\"a\"' ELSE '\"b\"' END::JSON, {NOON}, {NOON}",
        }[relation]
        connection.execute(f"INSERT INTO {relation} ({columns}) SELECT {values} FROM range(1, 200) t(i)")
    half = Population(Census.QUANTILE, SPENT, 0.5, by=Trait("country", Kind.TEXT))
    found = DuckDB(connection).rows(census(half), {"at": NOON, "seen": NOON})
    assert found == [(None, 1_000_000, 199), ("a", 500_000, 100)]
    connection.close()


@drawn
@given(history=histories(CROWD), population=populations, asked=st.sets(instants, min_size=1), by=st.sampled_from((None, POINTS)))
def test_many_instants_at_once_are_counted_as_each_alone(shelf, history, population, asked, by):
    inner = replace(population, of=POINTS if population.of is ABOVE else population.of, by=by)
    hold(shelf, history)
    alone = [(at, *row) for at in sorted(asked) for row in shelf.rows(census(inner, ENOUGH), {"at": at, "seen": at})]
    assert shelf.rows(censuses(inner, ENOUGH), {}, {INSTANTS.name: [(at,) for at in asked]}) == alone
