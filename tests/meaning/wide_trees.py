"""Checked trees of every kind of value, over the whole language: what `tests.tree.strategies` draws, and every metric, function,
table, void and time besides. Their events, properties and instants are those of `tests.meaning.histories`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import instants
from tests.tree.strategies import EVENTS, PROPERTIES, TRAITS, WINDOWS

from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Arithmetic,
    At,
    Calendar,
    CalendarPart,
    Census,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Extreme,
    Extremum,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Population,
    Property,
    Rhythm,
    Score,
    ScorePart,
    Selector,
    Since,
    Table,
    TextMatch,
    TextTest,
    Trait,
    TriggerProperty,
    Void,
)
from opportune.language.vocabulary.instants import datetime_of
from opportune.language.vocabulary.kinds import Kind

STOCK = Table("stock", "product_id", event="Product Added")
SHELVES = Table("shelves", "product_id")
COLUMNS: dict[Kind, tuple[tuple[Table, str], ...]] = {
    Kind.NUMBER: ((STOCK, "quantity"), (SHELVES, "quantity"), (SHELVES, "points")),
    Kind.MONEY: ((STOCK, "price"), (SHELVES, "price")),
    Kind.TEXT: ((STOCK, "color"), (SHELVES, "color")),
}
"""What a table's columns are read as."""
BIRTHDAY, TIMEZONE = Trait("birthday", Kind.TIME), Trait("timezone", Kind.TEXT)
COUNTED = (Kind.NUMBER, Kind.MONEY, Kind.DURATION)
VALUED = (Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TEXT, Kind.BOOLEAN, Kind.TIME)
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
TEXTS = ("a", "b", "", "A%_!", "lamps", "İΣß")
PATTERNS = ("a", "*", "?", "A%*", "*_!", "!?", "%", "")

windows = st.sampled_from(WINDOWS)
FUNCTIONS: dict[Kind, tuple[Aggregate, ...]] = {
    Kind.NUMBER: (Aggregate.COUNT, Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.DECAYED),
    Kind.DURATION: (Aggregate.AGE, Aggregate.TENURE, Aggregate.GAP, Aggregate.ACTIVE),
    Kind.TIME: (Aggregate.TIME, Aggregate.FIRST_TIME),
    Kind.BOOLEAN: (Aggregate.DID, Aggregate.DID),
}
"""Metrics of a kind of their own."""
TAKEN = (Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP)
"""Of the kind of their property, whatever it is."""
COMPUTED = (Aggregate.SUM, Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX)


@dataclass(frozen=True)
class Place:
    """Where a tree stands: inside a predicate it reads properties, in a journey its entry."""

    in_predicate: bool = False
    in_journey: bool = False
    depth: int = 2
    with_populations: bool = False
    """What reads them has to be prepared before it is asked."""

    @property
    def deeper(self) -> "Place":
        return replace(self, depth=self.depth - 1)


def expressions(place: Place = Place()) -> SearchStrategy[Expr]:
    """An expression of any kind."""
    return st.sampled_from(VALUED).flatmap(lambda kind: of_kind(kind, place))


def of_kind(kind: Kind, place: Place) -> SearchStrategy[Expr]:
    """An expression of one kind; conditions where it is BOOLEAN."""
    if kind is Kind.BOOLEAN:
        return conditions(place)
    simple = _simple(kind, place)
    if place.depth <= 0:
        return st.one_of(simple)
    inner = st.deferred(lambda: of_kind(kind, place.deeper))
    condition = st.deferred(lambda: conditions(place.deeper))
    made: list[SearchStrategy[Expr]] = [
        st.builds(Choice, condition, inner, inner | st.just(Literal(None))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Coalesce(tuple(parts))),
        st.builds(Labelled, st.just("so"), inner),
    ]
    if not place.in_predicate:
        made.append(st.builds(Ago, inner, windows))
    if place.with_populations and kind in COUNTED:
        made += [populations(kind)] * 3
    return st.one_of(*simple, *made, *_computed(kind, inner, place), *(simple if place.depth < 2 else []))


def _simple(kind: Kind, place: Place) -> list[SearchStrategy[Expr]]:
    found: list[SearchStrategy[Expr]] = [metrics(kind, place)] * 3 + ([_literals(kind)] if place.depth < 2 else [])
    names: list[Expr] = list(TRAITS.get(kind, ()))
    names += {Kind.TIME: [At(), BIRTHDAY], Kind.TEXT: [TIMEZONE]}.get(kind, [])
    if place.in_predicate:
        names += PROPERTIES.get(kind, ()) * 2
    if place.in_journey:
        names += [TriggerProperty(known.name, known.kind, known.declared) for known in PROPERTIES.get(kind, ())]
        names += {Kind.TIME: [EntryAt()], Kind.TEXT: [EntryId()]}.get(kind, [])
    if names:
        found.append(st.sampled_from(names))
    if kind in COLUMNS:
        found.append(lookups(kind, place))
    if kind is Kind.NUMBER:
        found.append(distances())
        found.append(calendars(st.sampled_from((At(), BIRTHDAY))))
    return found


def _computed(kind: Kind, inner: SearchStrategy[Expr], place: Place) -> list[SearchStrategy[Expr]]:
    number = st.deferred(lambda: of_kind(Kind.NUMBER, place.deeper))
    span = st.deferred(lambda: of_kind(Kind.DURATION, place.deeper))
    time = st.deferred(lambda: of_kind(Kind.TIME, place.deeper))
    sums = st.sampled_from((Operator.ADD, Operator.SUB))
    made: list[SearchStrategy[Expr]] = []
    if kind in (*COUNTED, Kind.TIME):
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        made += [st.builds(Extremum, st.sampled_from(Extreme), parts), st.builds(Clamp, inner, inner, inner | st.just(Literal(None)))]
    if kind in COUNTED:
        made += [st.builds(Arithmetic, sums, inner, inner), inner.filter(lambda part: not isinstance(part, Literal)).map(Negative)]
    match kind:
        case Kind.NUMBER:
            made += [st.builds(Arithmetic, st.sampled_from((Operator.MUL, Operator.DIV)), number, number), _powers(number)]
            made += [st.builds(Arithmetic, st.just(Operator.DIV), span, span), calendars(time)]
            if not place.in_predicate:
                made += [scores(number), scores(number).map(Coverage)]
        case Kind.DURATION:
            made += [st.builds(Arithmetic, st.just(Operator.MUL), inner, st.integers(-2, 3).map(Literal))]
            made += [st.builds(Arithmetic, st.just(Operator.SUB), time, time)]
        case Kind.TIME:
            made += [st.builds(Arithmetic, sums, inner, span)]
        case Kind.TEXT:
            made += [st.builds(Lower, inner)]
        case _:
            pass
    return made


def scores(number: SearchStrategy[Expr]) -> SearchStrategy[Score]:
    """Up to two parts, one of them perhaps a group."""
    weights = st.sampled_from((0, 1, 25, 40.5))
    leaves = st.builds(ScorePart, weights, st.just("leaf"), number)
    groups = st.builds(ScorePart, weights, st.just("group"), st.lists(leaves, min_size=1, max_size=2).map(tuple))
    return st.lists(leaves | groups, min_size=1, max_size=2).map(lambda parts: Score(tuple(parts)))


@st.composite
def populations(draw: st.DrawFn, kind: Kind) -> Population:
    """What is counted over everybody; sometimes only over those alike."""
    function, simple = draw(st.sampled_from(Census)), Place(depth=draw(st.integers(0, 1)))
    alike = st.sampled_from((Kind.TEXT, Kind.BOOLEAN)).flatmap(lambda of: of_kind(of, Place(depth=0)))
    return Population(
        function,
        draw(of_kind(kind, simple)),
        None if function is Census.MEAN else draw(st.sampled_from((0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0))),
        positive=draw(st.booleans()),
        by=draw(st.none() | alike),
        every=draw(st.sampled_from(Rhythm)),
    )


def _powers(number: SearchStrategy[Expr]) -> SearchStrategy[Expr]:
    return st.builds(Arithmetic, st.just(Operator.POW), number, st.sampled_from((-1, 0.5, 2, 5000)).map(Literal))


def calendars(time: SearchStrategy[Expr]) -> SearchStrategy[Expr]:
    """A part of a date or time of day, in a zone or in the customer's."""
    return st.builds(Calendar, st.sampled_from(CalendarPart), time, st.sampled_from(ZONES), st.booleans())


def _literals(kind: Kind) -> SearchStrategy[Expr]:
    match kind:
        case Kind.TEXT:
            return st.sampled_from(TEXTS).map(Literal)
        case Kind.DURATION:
            return st.sampled_from((timedelta(0), *WINDOWS)).map(Literal)
        case Kind.TIME:
            return instants.map(lambda instant: Literal(datetime_of(instant))) | st.just(Literal(datetime(2026, 3, 29, 1, tzinfo=UTC)))
        case Kind.MONEY:
            return st.sampled_from(PROPERTIES[Kind.MONEY]).map(_last)
        case _:
            return st.one_of(st.integers(-3, 5), st.sampled_from([0.5, 2.5, -1.25])).map(Literal)


def _last(known: Property) -> Metric:
    return Metric(function=Aggregate.LAST, selector=Selector(()), value=known)


@st.composite
def metrics(draw: st.DrawFn, kind: Kind, place: Place) -> Metric:
    """Any metric of a kind."""
    functions = FUNCTIONS.get(kind, ())
    functions += TAKEN if kind in PROPERTIES else ()
    functions += COMPUTED if kind in COUNTED else ()
    function = draw(st.sampled_from(functions))
    value = None
    if function is Aggregate.DISTINCT:
        value = draw(st.sampled_from([known for kinds in PROPERTIES.values() for known in kinds]))
    elif function in (*TAKEN, *COMPUTED):
        value = draw(st.sampled_from(PROPERTIES[kind]))
    is_ageless = function not in (Aggregate.AGE, Aggregate.TENURE, Aggregate.TIME, Aggregate.FIRST_TIME)
    inner = replace(place, in_predicate=False, depth=0)
    since: SearchStrategy[Since | Expr | None] = st.none() | st.none() | st.deferred(lambda: of_kind(Kind.TIME, inner))
    return Metric(
        function=function,
        selector=draw(selectors(place)),
        value=value,
        where=draw(st.none() | predicates(place)),
        within=draw(st.none() | windows) if is_ageless else None,
        since=draw((since | st.just(Since.ENTRY)) if place.in_journey else since) if is_ageless and place.depth > 0 else None,
        half_life=draw(windows) if function is Aggregate.DECAYED else None,
    )


@st.composite
def selectors(draw: st.DrawFn, place: Place) -> Selector:
    """Up to two events, or any; some of them voided."""
    names = tuple(draw(st.lists(st.sampled_from(EVENTS), max_size=2, unique=True)))
    voids = draw(st.lists(_voids(names, place), max_size=2)) if names and draw(st.integers(0, 3)) == 0 else []
    return Selector(names, voids=tuple(voids))


@st.composite
def _voids(draw: st.DrawFn, names: tuple[str, ...], place: Place) -> Void:
    return Void(
        names=tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True))),
        by=Selector(tuple(draw(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=2, unique=True)))),
        where=draw(st.none() | predicates(replace(place, depth=0))),
        same=draw(st.none() | st.sampled_from((*PROPERTIES[Kind.TEXT], PROPERTIES[Kind.MONEY][0]))),
    )


def predicates(place: Place) -> SearchStrategy[Expr]:
    """A condition over one event that may read its customer too."""
    return st.deferred(lambda: conditions(replace(place, in_predicate=True, depth=min(place.depth - 1, 1))))


@st.composite
def lookups(draw: st.DrawFn, kind: Kind, place: Place) -> Lookup:
    """A column of a row, by a text of the place."""
    table, name = draw(st.sampled_from(COLUMNS[kind]))
    own = [PROPERTIES[Kind.TEXT][0]] if place.in_predicate else []
    key = draw(st.sampled_from([Literal("a"), Literal("7"), Literal("7/B"), *own * 4, Trait("country", Kind.TEXT)]))
    return Lookup(table.name, key, name, kind, table, draw(st.booleans()))


def distances() -> SearchStrategy[Distance]:
    """How far a place is from the nearest of a table; `age` makes places as well as anything."""
    degrees = st.sampled_from((52.5, 52.4995, 0, -90, 179.5, -180.01, None)).map(Literal) | st.just(Trait("age", Kind.NUMBER))
    tables = st.sampled_from((STOCK, SHELVES))
    return st.builds(lambda table, north, east: Distance(table.name, north, east, table), tables, degrees, degrees)


def conditions(place: Place) -> SearchStrategy[Expr]:
    """A condition."""
    kinds = (Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TEXT, Kind.TIME)
    simple: list[SearchStrategy[Expr]] = [st.sampled_from(kinds).flatmap(lambda kind: _compared(kind, place))] * 3
    simple.append(st.sampled_from([Consent("email"), Consent("profiling"), *TRAITS[Kind.BOOLEAN]]))
    simple.append(st.sampled_from(kinds).flatmap(lambda kind: of_kind(kind, replace(place, depth=0))).map(Known))
    simple.append(st.sampled_from((Kind.NUMBER, Kind.DURATION, Kind.TEXT)).flatmap(lambda kind: _members(kind, place)))
    simple.append(st.builds(TextMatch, st.sampled_from(TextTest), of_kind(Kind.TEXT, replace(place, depth=0)), _patterns()))
    if place.in_predicate:
        simple += [st.sampled_from(PROPERTIES[Kind.BOOLEAN])]
        simple += [st.lists(st.sampled_from(EVENTS), min_size=1, max_size=2).map(lambda names: IsNamed(tuple(names)))]
    else:
        simple += [metrics(Kind.BOOLEAN, replace(place, depth=0))]
    if place.depth <= 0:
        return st.one_of(simple)
    inner = st.deferred(lambda: conditions(place.deeper))
    parts = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(*simple, inner.map(Not), parts.map(all_of), parts.map(any_of))


def _members(kind: Kind, place: Place) -> SearchStrategy[Expr]:
    return st.builds(Member, of_kind(kind, replace(place, depth=0)), st.lists(_literals(kind), min_size=1, max_size=3).map(tuple))


def _patterns() -> SearchStrategy[Expr]:
    return st.sampled_from(PATTERNS).map(Literal)


def _compared(kind: Kind, place: Place) -> SearchStrategy[Expr]:
    side = of_kind(kind, place.deeper)
    return st.builds(Compare, st.sampled_from(Comparison), side, side)
