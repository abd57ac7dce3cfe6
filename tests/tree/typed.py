"""Well-typed trees of the whole language, as written, over the names of `tests.tree.names` and the built-in events.

`ready` and `ready_moment` make of them what `meaning/` and `compiler/` take: expanded and checked, references aside.
"""

from datetime import timedelta
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.tree.names import NAMES

from opportune.language.tree.aggregates import SINGLE
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expansion import expanded, expanded_moment
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
    TextMatch,
    TextTest,
)
from opportune.language.tree.inference import COUNTABLE
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.types import checked, checked_moment
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity

HERE = Place("here.yml", 3)
EVENTS = ("Product Viewed", "Product Added", "Order Completed", "Product Purchased", "Email Opened")
NAMED = ("order", "any_view", "kept", "large")
PROPERTIES = {
    Kind.TEXT: ("product_id", "order_id"),
    Kind.NUMBER: ("quantity", "rating"),
    Kind.MONEY: ("total", "price"),
    Kind.DURATION: ("dwell",),
    Kind.BOOLEAN: ("bot",),
}
COLUMNS = {Kind.TEXT: ("store", "city"), Kind.NUMBER: ("product", "stock"), Kind.MONEY: ("product", "price")}
PREDICTED = {Kind.NUMBER: "churn_30d", Kind.TIME: "next_order_at", Kind.TEXT: "next_category"}
OWN = {
    Kind.NUMBER: (Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.DECAYED),
    Kind.BOOLEAN: (Aggregate.DID,),
    Kind.DURATION: (Aggregate.AGE, Aggregate.TENURE, Aggregate.GAP, Aggregate.ACTIVE),
    Kind.TIME: (Aggregate.TIME, Aggregate.FIRST_TIME),
}
"""Metrics that are always of a kind."""
TAKEN = (Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP)
COMPUTED = (Aggregate.SUM, Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX)
KINDS = (Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TEXT, Kind.TIME, Kind.BOOLEAN)
SUMS = st.sampled_from([Operator.ADD, Operator.SUB])

windows = st.sampled_from([timedelta(seconds=5), timedelta(hours=1), timedelta(days=7), timedelta(days=30)])
selectors = st.one_of(
    st.lists(st.sampled_from(EVENTS), max_size=2, unique=True).map(lambda names: Selector(tuple(names))),
    st.sampled_from(NAMED).map(lambda name: Selector((), (name,))),
    st.just(Selector(("Product Added",), ("order",))),
)


def ready(tree: Expr) -> tuple[Expr, Kind, list[Problem]]:
    """The tree expanded and checked, its kind, and the errors found."""
    known, kind, problems = checked(expanded(tree, NAMES), place=HERE)
    return known, kind, [problem for problem in problems if problem.severity is Severity.ERROR]


def ready_moment(tree: Moment) -> tuple[Moment, list[Problem]]:
    """The moment expanded and checked, and the errors found."""
    known, problems = checked_moment(expanded_moment(tree, NAMES), place=HERE)
    return known, [problem for problem in problems if problem.severity is Severity.ERROR]


def expressions(depth: int = 2) -> SearchStrategy[tuple[Kind, Expr]]:
    """An expression and the kind of its value."""
    return st.sampled_from(KINDS).flatmap(lambda kind: of_kind(kind, depth).map(lambda tree: (kind, tree)))


@cache
def constants(kind: Kind) -> SearchStrategy[Literal]:
    """A constant of a kind, as written; of money a number."""
    match kind:
        case Kind.TEXT:
            return st.sampled_from(["a", "", "lamps", "İΣß"]).map(Literal)
        case Kind.DURATION:
            return st.sampled_from(["0s", "5s", "2h", "7d"]).map(Literal)
        case Kind.TIME:
            return st.sampled_from(["2026-01-01", "2026-03-29T01:30:00Z"]).map(Literal)
        case Kind.BOOLEAN:
            return st.booleans().map(Literal)
        case _:
            return st.one_of(st.integers(-3, 5), st.sampled_from([0.5, -1.25])).map(Literal)


@cache
def of_kind(kind: Kind, depth: int, *, in_predicate: bool = False) -> SearchStrategy[Expr]:
    """An expression of a kind that is evident from itself."""
    simple: list[SearchStrategy[Expr]] = [metrics(kind, depth - 1)]
    if in_predicate and kind in PROPERTIES:
        simple += [st.sampled_from(PROPERTIES[kind]).map(Property)] * 2
    if kind in COLUMNS:
        table, column = COLUMNS[kind]
        simple.append(st.builds(Lookup, st.just(table), constants(Kind.TEXT), st.just(column)))
    if kind in PREDICTED:
        simple.append(st.just(Reference("prediction", PREDICTED[kind])))
    simple += {Kind.TIME: [st.sampled_from([At(), EntryAt()])], Kind.TEXT: [st.just(EntryId())]}.get(kind, [])
    if kind is Kind.NUMBER:
        simple.append(constants(kind))
    if depth <= 0:
        return st.one_of(simple)
    inner = st.deferred(lambda: of_kind(kind, depth - 1, in_predicate=in_predicate))
    made = _joined(kind, inner, depth, in_predicate) if kind is not Kind.BOOLEAN else _conditions(depth, in_predicate)
    plain = st.deferred(lambda: of_kind(kind, depth - 1))
    return st.one_of(*simple, *made, st.builds(Ago, plain, windows), *_asked(kind, plain, depth))


def _joined(kind: Kind, inner: SearchStrategy[Expr], depth: int, in_predicate: bool) -> list[SearchStrategy[Expr]]:
    condition = st.deferred(lambda: of_kind(Kind.BOOLEAN, depth - 1, in_predicate=in_predicate))
    operand = inner | constants(kind)
    made: list[SearchStrategy[Expr]] = [
        st.builds(Choice, condition, inner, operand | st.just(Literal(None))),
        st.builds(lambda left, right: Coalesce((left, right)), inner, operand),
    ]
    if kind in (*COUNTABLE, Kind.TIME):
        made.append(st.builds(lambda extreme, left, right: Extremum(extreme, (left, right)), st.sampled_from(Extreme), inner, operand))
        made.append(st.builds(Clamp, inner, operand, operand))
    if kind in COUNTABLE:
        made += [st.builds(Arithmetic, SUMS, inner, operand), inner.filter(lambda part: not isinstance(part, Literal)).map(Negative)]
        made.append(st.builds(Arithmetic, st.sampled_from([Operator.MUL, Operator.DIV]), inner, st.integers(1, 3).map(Literal)))
    return made + _computed(kind, inner, depth, in_predicate)


def _computed(kind: Kind, inner: SearchStrategy[Expr], depth: int, in_predicate: bool) -> list[SearchStrategy[Expr]]:
    def other(of: Kind) -> SearchStrategy[Expr]:
        return st.deferred(lambda: of_kind(of, depth - 1, in_predicate=in_predicate))

    match kind:
        case Kind.NUMBER:
            lengths, times = other(Kind.DURATION), other(Kind.TIME)
            plain = st.deferred(lambda: of_kind(kind, depth - 1))
            return [
                st.builds(Arithmetic, st.just(Operator.POW), inner, inner),
                st.builds(Arithmetic, st.just(Operator.DIV), lengths, lengths | constants(Kind.DURATION)),
                st.builds(Distance, st.sampled_from(["store", "product"]), *[plain] * 2),
                st.builds(Calendar, st.sampled_from(CalendarPart), times, st.sampled_from(["shop", "customer", "Asia/Kolkata"])),
            ]
        case Kind.DURATION:
            return [st.builds(Arithmetic, st.just(Operator.SUB), other(Kind.TIME), other(Kind.TIME) | constants(Kind.TIME))]
        case Kind.TIME:
            return [st.builds(Arithmetic, SUMS, inner, other(Kind.DURATION) | constants(Kind.DURATION))]
        case Kind.TEXT:
            return [inner.map(Lower)]
        case _:
            return []


def _conditions(depth: int, in_predicate: bool) -> list[SearchStrategy[Expr]]:
    condition = st.deferred(lambda: of_kind(Kind.BOOLEAN, depth - 1, in_predicate=in_predicate))
    parts = st.lists(condition, min_size=2, max_size=3)
    text = st.deferred(lambda: of_kind(Kind.TEXT, depth - 1, in_predicate=in_predicate))
    return [
        st.sampled_from([Consent("email"), Consent("profiling")]),
        st.sampled_from(KINDS[:-1]).flatmap(lambda kind: _compared(kind, depth - 1, in_predicate)),
        text.map(Known),
        st.builds(Member, text, st.lists(constants(Kind.TEXT), min_size=1, max_size=2).map(tuple)),
        st.builds(TextMatch, st.sampled_from(TextTest), text, constants(Kind.TEXT)),
        condition.map(Not),
        parts.map(all_of),
        parts.map(any_of),
    ]


def _compared(kind: Kind, depth: int, in_predicate: bool) -> SearchStrategy[Expr]:
    side = of_kind(kind, depth, in_predicate=in_predicate)
    return st.builds(Compare, st.sampled_from(Comparison), side, side | constants(kind))


def _asked(kind: Kind, plain: SearchStrategy[Expr], depth: int) -> list[SearchStrategy[Expr]]:
    """Populations, which have no entry."""
    if kind not in COUNTABLE:
        return []
    of = metrics(kind, 0)
    by = st.none() | metrics(Kind.TEXT, 0)
    share = st.sampled_from([0.0, 0.5, 0.9])
    return [
        st.builds(Population, st.just(Census.QUANTILE), of, share, st.booleans(), by, st.sampled_from(Rhythm)),
        st.builds(Population, st.just(Census.MEAN), of, st.none(), st.booleans(), by, st.sampled_from(Rhythm)),
    ]


@cache
@st.composite
def metrics(draw: st.DrawFn, kind: Kind, depth: int) -> Metric:
    """A metric of a kind."""
    functions = (*OWN.get(kind, ()), *(TAKEN if kind in PROPERTIES else ()), *(COMPUTED if kind in COUNTABLE else ()))
    function = draw(st.sampled_from(functions))
    names = PROPERTIES[Kind.TEXT] if function is Aggregate.DISTINCT else PROPERTIES.get(kind, ())
    has_window = function not in SINGLE
    return Metric(
        function=function,
        selector=draw(selectors),
        value=draw(st.sampled_from(names).map(Property)) if function in (*TAKEN, *COMPUTED, Aggregate.DISTINCT) else None,
        where=draw(st.none() | of_kind(Kind.BOOLEAN, depth, in_predicate=True)) if depth > 0 else None,
        within=draw(st.none() | windows) if has_window else None,
        since=draw(st.none() | st.none() | constants(Kind.TIME) | metrics(Kind.TIME, 0)) if has_window and depth > 0 else None,
        half_life=draw(windows) if function is Aggregate.DECAYED else None,
    )


predicates = st.none() | of_kind(Kind.BOOLEAN, 1, in_predicate=True)
counts = st.integers(1, 4)
sames = st.sampled_from(["product_id", "color"])
moments: SearchStrategy[Moment] = st.one_of(
    st.builds(EventMoment, selector=selectors, where=predicates),
    st.builds(
        ThingMoment,
        selector=st.just(Selector(("Stock Changed",))),
        where=predicates,
        reaching=selectors,
        same=st.just("product_id"),
        within=st.none() | windows,
    ),
    st.builds(Nth, selector=selectors, where=predicates, n=counts),
    st.builds(Reaches, selector=selectors, where=predicates, n=counts, within=st.none() | windows),
    st.builds(Lapse, selector=selectors, where=predicates, unless=st.none() | selectors, within=windows, same=st.none() | sames),
    st.builds(Lapse, selector=selectors, where=predicates, within=windows, at_most=st.just(timedelta(days=90))),
    st.builds(Turns, condition=of_kind(Kind.BOOLEAN, 2), to=st.booleans(), hold=st.none() | windows),
    st.builds(Changes, value=expressions(1).map(lambda drawn: drawn[1]), hold=st.none() | windows),
    st.builds(Around, time=of_kind(Kind.TIME, 1), by=windows | windows.map(lambda length: -length)),
    st.builds(Every, weekdays=st.sampled_from([(1,), (1, 4), (1, 2, 3, 4, 5, 6, 7)]), minute=st.integers(0, 1439)),
)
"""Moments of every kind."""
