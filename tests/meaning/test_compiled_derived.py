"""For derived events of every shape, all histories and any split into loads: what is stored is what the naive reading writes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.meaning.histories import Crowd, histories, instants, received_by
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.small_shop import DAY, HOUR, MINUTE, NEVER, NOON, SECOND, event, instant, link
from tests.soaking import share_of

from opportune.language.compiler import visits
from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import History
from opportune.language.relations.map import DERIVATIONS, EVENTS, LOADS
from opportune.language.relations.plans import Plan, Row, query_of
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import (
    Aggregate,
    Compare,
    Comparison,
    Literal,
    Metric,
    Property,
    Selector,
    Since,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.sessions import SESSIONS
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind, Value, read_as
from opportune.shell.deriving import compiled, derive

VIEWED, ADDED = Selector(("Product Viewed",)), Selector(("Product Added",))
KINDS = {
    "n": Kind.NUMBER, "colors": Kind.NUMBER, "since": Kind.DURATION, "price": Kind.MONEY, "spent": Kind.MONEY, "when": Kind.TIME,
    "did": Kind.BOOLEAN, "country": Kind.TEXT, "product_id": Kind.TEXT,
}  # fmt: skip


def metric(function: Aggregate, selector: Selector = VIEWED, value: Property | None = None, **more) -> Metric:
    return Metric(function=function, selector=selector, value=value, **more)


SET = {
    "n": metric(Aggregate.COUNT, since=Since.PREVIOUS),
    "colors": metric(Aggregate.DISTINCT, value=Property("color", Kind.TEXT), since=Since.PREVIOUS),
    "since": metric(Aggregate.AGE, ADDED),
    "price": metric(Aggregate.MAX, value=Property("price", Kind.MONEY, True), since=Since.PREVIOUS),
    "spent": metric(Aggregate.SUM, value=Property("price", Kind.MONEY, True)),
    "when": metric(Aggregate.FIRST_TIME, ADDED, since=Since.PREVIOUS),
    "did": metric(Aggregate.DID, ADDED, since=Since.PREVIOUS),
    "country": Trait("country", Kind.TEXT),
    "product_id": TriggerProperty("product_id", Kind.TEXT, True),
}


def derived(when: Moment, *names: str, name: str = "Found") -> Derived:
    return Derived(name=name, when=when, set={key: SET[key] for key in names}, kinds={key: KINDS[key] for key in names})


FIRST, LAST = Instant(NOON - 10 * DAY), Instant(NOON + 4 * DAY)
"""Before and after all that is drawn."""
MINUTES = timedelta(minutes=10)
moments: st.SearchStrategy[Moment] = st.sampled_from(
    (
        Lapse(selector=VIEWED, within=MINUTES),
        Lapse(selector=VIEWED, within=timedelta(seconds=10), unless=ADDED),
        Lapse(selector=Selector(("Product Viewed", "Product Added")), within=timedelta(hours=1)),
        EventMoment(selector=ADDED),
        EventMoment(selector=VIEWED),
        Reaches(selector=VIEWED, n=2, within=timedelta(hours=1)),
    )
)
OFTEN = Compare(Comparison.GE, metric(Aggregate.COUNT, within=timedelta(hours=1)), Literal(2))
QUIET = Compare(Comparison.GE, metric(Aggregate.AGE), Literal(timedelta(seconds=10)))
COLOR = metric(Aggregate.LAST, value=Property("color", Kind.TEXT))
STOCKED, EVERY_DAY = Selector(("Stock Changed",)), tuple(range(1, 8))
other_moments: st.SearchStrategy[Moment] = st.sampled_from(
    (
        Turns(condition=OFTEN, to=True),
        Turns(condition=OFTEN, to=False),
        Turns(condition=QUIET, to=True, hold=timedelta(seconds=10)),
        Changes(value=COLOR),
        Changes(value=Trait("country", Kind.TEXT), hold=timedelta(seconds=10)),
        Nth(selector=VIEWED, n=2),
        Reaches(selector=VIEWED, n=2),
        Lapse(selector=VIEWED, within=MINUTES, same="product_id"),
        Lapse(selector=VIEWED, unless=ADDED, within=MINUTES, at_most=timedelta(hours=1)),
        ThingMoment(selector=STOCKED, reaching=VIEWED, same="product_id", within=timedelta(hours=1)),
        Around(time=metric(Aggregate.TIME), by=timedelta(seconds=10)),
        Around(time=Trait("due", Kind.TIME), by=timedelta(seconds=-10)),
        Every(weekdays=EVERY_DAY, minute=720, zone="UTC"),
        Every(weekdays=EVERY_DAY, minute=780, zone="Europe/Berlin", of_customer=True),
    )
)


def definitions_of(whens: st.SearchStrategy[Moment]) -> st.SearchStrategy[Derived]:
    """With up to four properties."""
    return st.builds(lambda when, names: derived(when, *sorted(names)), whens, st.sets(st.sampled_from(sorted(SET)), max_size=4))


definitions = definitions_of(moments)
CROWD = Crowd(
    names=("Product Viewed",) * 3 + ("Product Added",), identities=("ada", "ada", "ada", "cookie", "cookie", "bob", "jar"), most=10
)


THINGY = replace(CROWD, names=(*CROWD.names, "Stock Changed"), least=2)


def drawn(examples: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def load(shelf: Shelf, history: History, loads: Sequence[Instant], names: Sequence[str]) -> None:
    """The shelf holds `history`, which came in loads that began with these arrivals, and the derived events it had."""
    kept = [row for row in every_event(shelf) if row[3] in names and row[1]]
    shelf.store(history)
    shelf.fill(LOADS, [(f"load-{number}", 0, 0, 0, first, first, number) for number, first in enumerate(loads, 1)])
    shelf.fill(EVENTS, [*every_event(shelf), *kept])


def every_event(shelf: Shelf) -> list[Row]:
    columns = ", ".join(f'CAST("{c.name}" AS VARCHAR)' if c.type == "JSON" else f'"{c.name}"' for c in EVENTS.columns)
    return shelf.rows(Plan(query_of(f"SELECT {columns} FROM events"), ()))


def stored(shelf: Shelf, of: Derived) -> list[tuple[Value, ...]]:
    """event_id, identity, ts, received_at, withdrawn_at and the properties of what is stored."""
    columns = [column.name for column in EVENTS.columns]
    found = []
    for row in every_event(shelf):
        held = dict(zip(columns, row, strict=True))
        if held["name"] == of.name and held["line"]:
            rest = json.loads(str(held["rest"] or "{}"))
            identity = next(name for name, key in KEYS.items() if key == held["identity_key"])
            values = [
                held[name] if name in HOT and PROPERTIES[name] is kind else read_as(kind, rest.get(name), declared=True)
                for name, kind in of.kinds.items()
            ]
            found.append((held["event_id"], identity, held["ts"], held["received_at"], held["withdrawn_at"], *values))
    return sorted(found, key=str)


def meant(history: History, of: Derived, until: Instant) -> list[tuple[Value, ...]]:
    """The same of what the naive reading writes."""
    rows = [row for row in with_derived(history, until).events if row.name == of.name and row.line]
    return sorted(
        (
            (
                *(row.event_id, row.identity, row.ts, row.received_at, row.withdrawn_at),
                *(read_as(kind, row.properties.get(name), declared=True) for name, kind in of.kinds.items()),
            )
            for row in rows
        ),
        key=str,
    )


def check(shelf: Shelf, history: History, of: Sequence[Derived], cuts: Sequence[Instant], last: Instant = NEVER) -> None:
    """In as many loads as there are cuts, derived after each."""
    shelf.fill(DERIVATIONS, [])
    shelf.fill(EVENTS, [])
    plans = compiled(of)
    ends = [*sorted(cuts), last]
    loads = [FIRST, *(Instant(end + 1) for end in ends)]
    for number, cut in enumerate(ends, 1):
        part = received_by(history, cut)
        load(shelf, part, loads[:number], [one.name for one in of])
        derive(shelf.engine, plans, cut)
        for one in of:
            assert stored(shelf, one) == meant(replace(part, derived=tuple(of)), one, cut)


FEW, MANY = drawn(8), drawn(share_of(3_000))


@FEW
@given(history=histories(CROWD), of=definitions, cuts=st.lists(instants, max_size=2))
def test_what_is_derived_in_any_loads_is_what_is_meant(shelf, history, of, cuts):
    check(shelf, history, [of], cuts)


@FEW
@given(history=histories(CROWD), names=st.sets(st.sampled_from(("n", "colors", "price", "when", "did")), min_size=1), when=moments)
def test_what_is_read_since_the_event_before_is_what_is_meant(shelf, history, names, when):
    check(shelf, history, [derived(when, *sorted(names))], [NOON])


@drawn(10)
@given(history=histories(THINGY), of=definitions_of(other_moments), cuts=st.lists(instants, max_size=2))
def test_moments_of_every_kind_are_written_back_as_events(shelf, history, of, cuts):
    check(shelf, history, [of], cuts, LAST)


PAUSES = (
    Lapse(selector=VIEWED, within=MINUTES),
    Lapse(selector=Selector(("Product Viewed", "Product Added")), within=timedelta(seconds=10)),
    Lapse(selector=Selector(("Product Viewed", "Product Added")), within=timedelta(hours=1)),
)
TOLD = {
    "n": metric(Aggregate.COUNT, since=Since.PREVIOUS),
    "colors": metric(Aggregate.DISTINCT, value=Property("color", Kind.TEXT), since=Since.PREVIOUS),
    "price": metric(Aggregate.AVG, value=Property("price", Kind.MONEY, True), since=Since.PREVIOUS),
    "color": metric(Aggregate.FIRST, value=Property("color", Kind.TEXT), since=Since.PREVIOUS),
    "product_id": metric(Aggregate.LAST, value=Property("product_id", Kind.TEXT, True), since=Since.PREVIOUS),
    "gap": metric(Aggregate.GAP, since=Since.PREVIOUS),
    "age": metric(Aggregate.TENURE, since=Since.PREVIOUS),
}


def visit(pause: Lapse) -> Derived:
    told = TOLD | {"active": metric(Aggregate.ACTIVE, pause.selector, since=Since.PREVIOUS)}
    return Derived(name="Visit Ended", when=pause, set=told, kinds={name: kind_of(value) for name, value in told.items()})


@drawn(3)
@given(history=histories(CROWD), pause=st.sampled_from(PAUSES), cut=instants)
def test_whole_histories_of_visits_are_told_at_once_as_they_are_meant(shelf, history, pause, cut):
    assert visits.is_visit(visit(pause))
    check(shelf, history, [visit(pause)], [cut])


@pytest.mark.parametrize("lateness", [MINUTE, 10 * MINUTE, HOUR])
@pytest.mark.parametrize("linked", [5 * MINUTE, 14 * MINUTE, 40 * MINUTE])
def test_a_visit_that_somebody_or_something_came_late_to_is_asked_moment_by_moment(shelf, lateness, linked):
    late = event("Product Viewed", 5 * MINUTE, received=5 * MINUTE + lateness, by="cookie")
    links = (link("cookie", "ada", linked, received=linked + lateness),)
    others = [event("Product Viewed", at * MINUTE) for at in (0, 4, 30)]
    history = History(events=(others[0], others[1], late, others[2]), links=links, known=frozenset({"ada"}))
    history = replace(history, events=tuple(sorted(history.events, key=lambda one: one.received_at)))
    check(shelf, history, [visit(PAUSES[0])], [])


@pytest.mark.parametrize("cuts", [[], [9 * MINUTE], [20 * MINUTE], [9 * MINUTE, 50 * MINUTE]])
def test_a_pause_that_another_id_filled_ends_a_visit_once_that_id_is_taken_back_from_before(shelf, cuts):
    views = [event("Product Viewed", at * MINUTE, by=by) for at, by in ((0, "ada"), (3, "cookie"), (5, "ada"), (8, "cookie"), (60, "ada"))]
    links = (link("cookie", "ada", -MINUTE), link("cookie", None, -MINUTE + 1, received=40 * MINUTE))
    history = History(events=tuple(views), links=links, known=frozenset({"ada"}))
    for of in (visit(PAUSES[0]), derived(PAUSES[0], "n")):
        check(shelf, history, [of], [instant(cut) for cut in cuts])


def test_a_derived_event_may_be_derived_from_another(shelf):
    found = derived(Lapse(selector=VIEWED, within=MINUTES), "n", "price")
    twice = Derived(
        name="Twice",
        when=Reaches(selector=Selector(("Found",), derived=("Found",)), n=2),
        set={"n": metric(Aggregate.LAST, Selector(("Found",), derived=("Found",)), Property("n", Kind.NUMBER))},
        kinds={"n": Kind.NUMBER},
    )
    late = event("Product Viewed", 5 * MINUTE, received=20 * MINUTE)
    history = History(events=(event("Product Viewed", 0), late, event("Product Viewed", HOUR)), known=frozenset({"ada"}))
    check(shelf, history, [found, twice], [Instant(NOON + 15 * MINUTE), Instant(NOON + 30 * MINUTE)])


def test_visits_end_half_an_hour_after_their_last_sign(shelf):
    pages = [event("Page Viewed", at * MINUTE, path=f"/{at}", utm_medium="email" if at else None) for at in (0, 4, 25, 100)]
    history = History(events=tuple(pages), known=frozenset({"ada"}))
    check(shelf, history, [SESSIONS], [Instant(NOON + 60 * MINUTE)])
    ends = [(row[2] - NOON, *row[5:]) for row in sorted(stored(shelf, SESSIONS), key=lambda row: row[2])]
    assert ends == [(55 * MINUTE, 240 * SECOND, 3.0, 0.0, "email", "/0"), (130 * MINUTE, 0, 1.0, 0.0, "email", "/100")]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=histories(CROWD), pause=st.sampled_from(PAUSES), cut=instants)
def test_visits_at_length(shelf, history, pause, cut):
    check(shelf, history, [visit(pause)], [cut])


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=histories(CROWD) | histories(), of=definitions, cuts=st.lists(instants, max_size=4))
def test_derivations_at_length(shelf, history, of, cuts):
    check(shelf, history, [of], cuts)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@MANY
@given(history=histories(THINGY) | histories(), of=definitions_of(other_moments), cuts=st.lists(instants, max_size=3))
def test_derivations_of_every_kind_at_length(shelf, history, of, cuts):
    check(shelf, history, [of], cuts, LAST)


def unmerged(*, own: bool, received: int, to: str | None) -> History:
    """Somebody anonymous looks, linked to ada; before it was held long enough the link is taken back, told at `received` at the latest.
    `own`: ada looks at that very instant too, so hers holds. `to`: whose the id is a little later."""
    views = [event("Product Viewed", 0, by="cookie", id="m2", product_id="b", price=2)]
    views += [event("Product Viewed", 0, id="m1", product_id="a", price=1)] if own else []
    views += [event("Product Viewed", 8 * SECOND, by="cookie", id="m3", product_id="c", price=3)]
    links = [link("cookie", "ada", -5 * SECOND), link("cookie", None, 5 * SECOND, received=received)]
    links += [link("cookie", to, 7 * SECOND, received=max(received, 7 * SECOND))] if to is not None else []
    return History(events=tuple(views), links=tuple(links), known=frozenset({"ada", "bob"}))


HELD = {
    "enters": Turns(condition=Compare(Comparison.GE, metric(Aggregate.COUNT), Literal(1)), to=True, hold=timedelta(seconds=10)),
    "leaves": Turns(condition=QUIET, to=False, hold=timedelta(seconds=10)),
    "changes": Changes(value=metric(Aggregate.COUNT), hold=timedelta(seconds=10)),
}


def test_a_turn_stays_its_customers_when_the_id_of_its_trigger_is_taken_back(shelf):
    check(shelf, unmerged(own=True, received=20 * SECOND, to=None), [derived(HELD["enters"], "n")], [], instant(DAY))


@pytest.mark.soak
@pytest.mark.parametrize("when", HELD.values(), ids=HELD)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("received, to", [(5 * SECOND, None), (10 * SECOND, "bob"), (20 * SECOND, None), (20 * SECOND, "ada")])
def test_what_is_held_while_the_id_of_its_trigger_is_taken_back_is_derived_as_it_is_meant(shelf, when, own, received, to):
    of = derived(when, "n", "did", "spent", "product_id")
    for cuts in ([], [instant(at) for at in (6 * SECOND, 12 * SECOND, 25 * SECOND)]):
        check(shelf, unmerged(own=own, received=received, to=to), [of], cuts, instant(DAY))
