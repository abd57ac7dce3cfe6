"""Trees of the whole language as the parser gives them, for print, JSON and the checker: any shape, sensible or not.

Names are those of `tests.tree.names`. What is well-typed is drawn by `tests.tree.typed`.
"""

from datetime import timedelta
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.tree.names import NAMES

from opportune.language.tree.aggregates import SINGLE, VALUED
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
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Extreme,
    Extremum,
    Known,
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
    Reference,
    Rhythm,
    Selector,
    Since,
    TextMatch,
    TextTest,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.predictions import KINDS as PREDICTIONS
from opportune.language.vocabulary.durations import LONGEST
from opportune.language.vocabulary.events import PURPOSES

RAW = ("Order Completed", "A", 'with "quotes" and \\', "ends in\nline", "Über")
NAMED = ("any_view", "order")
WORDS = ("x", "total", "class", "at", "any name", 'say "x"', "trait", "entry", "é", "_")
"""Names of properties and traits, Python's own words among them."""
ZONES = ("shop", "customer", "UTC", "Europe/Berlin")
REFERENCES = (
    *(("metric", "a"), ("segment", "b"), ("score", "c"), ("score", "c.coverage"), ("ladder", "d"), ("ladder", "d.tone"), ("tier", "e")),
    *(("tier", "e.weekly"), ("setting", "f"), *(("prediction", name) for name in PREDICTIONS)),
)

words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4).filter(
    lambda text: bool(text.strip())
)
lengths = st.integers(1, LONGEST // timedelta(microseconds=1)).map(lambda length: timedelta(microseconds=length)) | st.sampled_from(
    [timedelta(days=7), timedelta(hours=2), timedelta(milliseconds=1)]
)
numbers = st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15, allow_nan=False) | st.integers(-3, 3)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(["7d", "2026-01-01", '"'])
constants = st.one_of(numbers, texts, st.booleans()).map(Literal)
literals = constants | st.just(Literal(None))


@st.composite
def _selectors(draw: st.DrawFn) -> Selector:
    names = draw(st.lists(st.sampled_from(RAW), unique=True, max_size=3))
    return Selector(tuple(names), tuple(draw(st.lists(st.sampled_from(NAMED), unique=True, max_size=2))))


selectors = _selectors()


@cache
def expressions(depth: int = 3, *, in_predicate: bool = False) -> SearchStrategy[Expr]:
    """Any expression."""
    simple = [
        literals,
        words.map(Trait),
        words.map(TriggerProperty),
        st.sampled_from([At(), EntryAt(), EntryId(), *(Consent(purpose) for purpose in PURPOSES)]),
        st.sampled_from([Reference(room, name) for room, name in REFERENCES]),
    ]
    simple += [words.map(Property)] * 2 if in_predicate else []
    if depth <= 0:
        return st.one_of(simple)
    inner = st.deferred(lambda: expressions(depth - 1, in_predicate=in_predicate))
    plain = st.deferred(lambda: expressions(depth - 1))
    return st.one_of(*simple, *_joined(inner), *_called(inner), *_asked(plain), metrics(depth - 1), metrics(depth - 1))


def _joined(inner: SearchStrategy[Expr]) -> list[SearchStrategy[Expr]]:
    parts = st.lists(inner, min_size=2, max_size=3)
    return [
        st.builds(Compare, st.sampled_from(Comparison), inner, inner),
        st.builds(Member, inner, st.lists(constants, min_size=1, max_size=3).map(tuple)),
        st.builds(Arithmetic, st.sampled_from(Operator), inner, inner),
        inner.filter(lambda part: not _is_number(part)).map(Negative),
        inner.map(Not),
        parts.map(all_of),
        parts.map(any_of),
        st.builds(Choice, inner, inner, inner),
    ]


def _is_number(part: Expr) -> bool:
    return isinstance(part, Literal) and isinstance(part.value, int | float) and not isinstance(part.value, bool)


def _called(inner: SearchStrategy[Expr]) -> list[SearchStrategy[Expr]]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return [
        inner.map(Known),
        parts.map(Coalesce),
        st.builds(Clamp, inner, inner, inner),
        st.builds(Extremum, st.sampled_from(Extreme), parts),
        st.builds(TextMatch, st.sampled_from(TextTest), inner, inner),
        inner.map(Lower),
        st.builds(Calendar, st.sampled_from(CalendarPart), inner, st.sampled_from(ZONES)),
        st.builds(Lookup, st.sampled_from(sorted(NAMES.tables)), inner, st.sampled_from(["city", "stock", "open until", "lower"])),
        st.builds(Lookup, st.sampled_from(sorted(NAMES.tables)), inner, st.just("city"), by_term=st.just(True)),
    ]


def _asked(plain: SearchStrategy[Expr]) -> list[SearchStrategy[Expr]]:
    """What is asked at the pair, or of all customers."""
    shares = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 0.9, 1.0])
    rhythms = st.sampled_from(Rhythm)
    return [
        st.builds(Ago, plain, lengths),
        st.builds(Distance, st.sampled_from(sorted(NAMES.tables)), plain, plain),
        st.builds(Population, st.just(Census.QUANTILE), plain, shares, st.booleans(), st.none() | plain, rhythms),
        st.builds(Population, st.just(Census.MEAN), plain, st.none(), st.booleans(), st.none() | plain, rhythms),
    ]


@cache
@st.composite
def metrics(draw: st.DrawFn, depth: int) -> Metric:
    """Any metric with what it may be given."""
    function = draw(st.sampled_from(Aggregate))
    has_window = function not in SINGLE
    return Metric(
        function=function,
        selector=draw(selectors),
        value=draw(words.map(Property)) if function in VALUED else None,
        where=draw(st.none() | expressions(depth, in_predicate=True)),
        within=draw(st.none() | lengths) if has_window else None,
        since=draw(st.none() | st.sampled_from(Since) | expressions(depth)) if has_window else None,
        half_life=draw(lengths) if function is Aggregate.DECAYED else None,
    )


predicates = st.none() | expressions(2, in_predicate=True)
counts = st.integers(1, 1_000_000)
bys = lengths | lengths.map(lambda length: -length) | st.just(timedelta(0))


@st.composite
def _lapses(draw: st.DrawFn) -> Lapse:
    within = draw(st.sampled_from([timedelta(hours=2), timedelta(days=1)]))
    return Lapse(
        selector=draw(selectors),
        where=draw(predicates),
        unless=draw(st.none() | selectors),
        within=within,
        same=draw(st.none() | words),
        at_most=draw(st.none() | st.sampled_from([within, 3 * within])),
    )


moments: SearchStrategy[Moment] = st.one_of(
    st.builds(EventMoment, selector=selectors, where=predicates),
    st.builds(ThingMoment, selector=selectors, where=predicates, reaching=selectors, same=words, within=st.none() | lengths),
    st.builds(Nth, selector=selectors, where=predicates, n=counts),
    st.builds(Reaches, selector=selectors, where=predicates, n=counts, within=st.none() | lengths),
    _lapses(),
    st.builds(Turns, condition=expressions(2), to=st.booleans(), hold=st.none() | lengths, sample=st.none() | lengths),
    st.builds(Changes, value=expressions(2), hold=st.none() | lengths, sample=st.none() | lengths),
    st.builds(Around, time=expressions(2), by=bys),
    st.builds(
        Every,
        weekdays=st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
        minute=st.integers(0, 1439),
        zone=st.sampled_from(ZONES),
    ),
)
"""Moments of every kind."""
