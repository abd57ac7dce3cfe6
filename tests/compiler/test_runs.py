"""Runs of long ranges: what the neighbours of an event prove, and what is looked at exactly. `fired` holds both formulations together."""

import pytest
from tests.compiler.shop import ANN, COOKIE, EVER, MINUTE, Shop, parsed_moment
from tests.compiler.test_moments import fired

from opportune.language.compiler import runs
from opportune.language.compiler.moments import moments
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

RUN = parsed_moment('lapse("Product Viewed", unless="Order Completed", within="2h", at_most="4h", same="product_id")')
TINY = 1 / MINUTE
"""A microsecond."""


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def exactly(shop: Shop, reading: Reading) -> list[str]:
    """The events that the neighbours prove nothing about."""
    steps = Steps()
    runs.wide(steps, runs.look_of(RUN), reading)
    query = sql.query({"event_id": sql.column("event_id", "d")}, Source("doubtful", "d"), order=["event_id"])
    parameters = ("lo", "hi") if reading is Reading.AS_KNOWN else ("lo", "hi", "max_lateness")
    plan = Plan(steps.close(query), (("event_id", Kind.TEXT),), parameters)
    return [str(row[0]) for row in shop.engine.rows(plan, {name: EVER[name] for name in parameters})]


def views(shop: Shop, *ats: float, late: float = 0, by: int = ANN, of: str = "lamp") -> None:
    """A view at each of these minutes, received so many later."""
    for at in ats:
        shop.event(f"v{at:g}", "Product Viewed", at, by, received=at + late, product_id=of)


@pytest.mark.parametrize("reading", Reading)
def test_what_the_neighbours_of_an_event_prove_is_not_looked_at_exactly(shop, reading):
    views(shop, 0, 60, 119, 200, 290, 600, 1000, 1100, late=1)
    views(shop, 10, 150, of="rug")
    shop.event("o", "Order Completed", 1150, product_id="lamp")
    assert exactly(shop, reading) == []
    expected = [("ann", 130, 130, "v10"), ("ann", 240, 240, "v200"), ("ann", 270, 270, "v150"), ("ann", 410, 410, "v290")]
    assert fired(shop, RUN, reading) == [*expected, ("ann", 720, 720, "v600")]


def test_a_chain_is_cut_as_often_as_it_is_too_long(shop):
    views(shop, *range(0, 1200, 60))
    assert exactly(shop, Reading.AS_SEEN) == []
    assert [row[1:] for row in fired(shop, RUN)] == [
        (240, 240, "v240"), (540, 540, "v540"), (840, 840, "v840"), (1140, 1140, "v1140")
    ]  # fmt: skip


def test_only_the_island_in_doubt_is_looked_at_exactly(shop):
    views(shop, 0, 60, 1000)
    shop.event("late", "Product Viewed", 1100, received=1121, product_id="lamp")
    assert exactly(shop, Reading.AS_SEEN) == ["late", "v1000"]
    assert exactly(shop, Reading.AS_KNOWN) == []
    assert fired(shop, RUN) == [("ann", 180, 180, "v60"), ("ann", 1120, 1120, "v1000"), ("ann", 1220, 1220, "late")]


@pytest.mark.parametrize("received, is_proved", [(120, True), (120 + TINY, False)])
def test_what_came_by_the_end_of_the_run_before_it_is_proved(shop, received, is_proved):
    views(shop, 0)
    shop.event("late", "Product Viewed", 60, received=received, product_id="lamp")
    assert (exactly(shop, Reading.AS_SEEN) == []) is is_proved
    assert [row[3] for row in fired(shop, RUN)] == (["late"] if is_proved else ["v0", "late"])


@pytest.mark.parametrize("received, is_stopped", [(120, True), (120 + TINY, False)])
def test_an_order_that_came_by_the_end_stops_a_run(shop, received, is_stopped):
    views(shop, 0)
    shop.event("o", "Order Completed", 60, received=received, product_id="lamp")
    assert (exactly(shop, Reading.AS_SEEN) == []) is is_stopped
    assert (fired(shop, RUN) == []) is is_stopped


def test_what_came_after_the_longest_run_had_fired_is_in_doubt(shop):
    views(shop, 0, 100, 200)
    shop.event("late", "Product Viewed", 235, received=241, product_id="lamp")
    assert exactly(shop, Reading.AS_SEEN) == ["late", "v0", "v100", "v200"]
    assert fired(shop, RUN) == [("ann", 240, 240, "v200"), ("ann", 240, 241, "late")]


def test_a_cookie_is_in_doubt_where_she_signs_in_amid_a_run_and_not_after(shop):
    views(shop, 0, by=COOKIE)
    views(shop, 60)
    shop.link("l", 30)
    views(shop, 1000, by=COOKIE)
    views(shop, 1060)
    for reading in Reading:
        assert exactly(shop, reading) == ["v0", "v60"]
        assert fired(shop, RUN, reading) == [("ann", 180, 180, "v60"), ("ann", 1180, 1180, "v1060")]


def test_years_that_are_imported_are_in_no_doubt_as_seen(shop):
    views(shop, 0, 60, 500, late=100_000)
    assert exactly(shop, Reading.AS_SEEN) == []
    assert fired(shop, RUN) == []
    assert [row[3] for row in fired(shop, RUN, Reading.AS_KNOWN)] == ["v60", "v500"]


@pytest.mark.parametrize("moment", ["event({})", "nth({}, n=2)", 'reaches({}, n=2, within="1d")', 'lapse({}, within="1h", at_most="2h")'])
def test_a_plan_names_the_populations_that_its_predicates_ask_for(moment):
    predicate = '"Product Viewed", count("Product Viewed") > quantile(count("Product Viewed"), 0.9)'
    assert len(moments(parsed_moment(moment.format(predicate)), Reading.AS_SEEN).populations) == 1
