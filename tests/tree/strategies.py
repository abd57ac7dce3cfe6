"""Checked trees over a small vocabulary, for property tests of every room.

Every tree drawn here is already checked: kinds are filled in, durations are durations, and `types.checked` gives it back
unchanged (tests/tree/test_types.py). With `in_journey` trees also read `trigger.x`, `entry.id` and `since=entry`.
"""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import (
    Aggregate,
    Arithmetic,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Property,
    Selector,
    Since,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.vocabulary.kinds import Kind

EVENTS = ("Product Viewed", "Product Added", "Order Completed", "Product Purchased", "Email Opened", "Wishlist Added")
PROPERTIES: dict[Kind, tuple[Property, ...]] = {
    Kind.TEXT: (Property("product_id", Kind.TEXT, True), Property("order_id", Kind.TEXT, True), Property("color", Kind.TEXT, False)),
    Kind.NUMBER: (Property("quantity", Kind.NUMBER, True), Property("points", Kind.NUMBER, False)),
    Kind.MONEY: (Property("total", Kind.MONEY, True), Property("price", Kind.MONEY, True)),
    Kind.DURATION: (Property("dwell", Kind.DURATION, True),),
    Kind.BOOLEAN: (Property("bot", Kind.BOOLEAN, True), Property("gift", Kind.BOOLEAN, False)),
}
"""Property values of each kind; `color`, `points` and `gift` are known to nobody and take their kind from use."""
TRAITS: dict[Kind, tuple[Trait, ...]] = {
    Kind.TEXT: (Trait("country", Kind.TEXT),),
    Kind.NUMBER: (Trait("age", Kind.NUMBER),),
    Kind.BOOLEAN: (Trait("vip", Kind.BOOLEAN),),
    Kind.DURATION: (),
    Kind.MONEY: (),
}
TEXTS = ("a", "b", "", "lamps")
WINDOWS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 60, 3600, 86_400))
EQUALITY = (Comparison.EQ, Comparison.NE)
ALL_COMPARISONS = tuple(Comparison)

windows = st.sampled_from(WINDOWS)
selectors: SearchStrategy[Selector] = st.lists(st.sampled_from(EVENTS), max_size=2, unique=True).map(lambda names: Selector(tuple(names)))
named_selectors: SearchStrategy[Selector] = st.lists(st.sampled_from(EVENTS), min_size=1, max_size=2, unique=True).map(
    lambda names: Selector(tuple(names))
)


@dataclass(frozen=True)
class Scope:
    """What a tree may read where it stands."""

    in_predicate: bool = False
    in_journey: bool = False
    with_metrics: bool = True


def _literals(kind: Kind) -> SearchStrategy[Literal]:
    match kind:
        case Kind.TEXT:
            return st.sampled_from(TEXTS).map(Literal)
        case Kind.DURATION:
            return st.sampled_from((timedelta(0), *WINDOWS)).map(Literal)
        case Kind.BOOLEAN:
            return st.booleans().map(Literal)
        case _:
            return st.one_of(st.integers(-3, 5), st.sampled_from([0.5, 2.5, -1.25])).map(Literal)


def _leaves(kind: Kind, scope: Scope) -> list[Expr]:
    """Names of this kind; those nobody declares only where `_compared` gives them their kind."""
    found: list[Expr] = list(TRAITS[kind])
    if scope.in_predicate:
        found += PROPERTIES[kind]
    if scope.in_journey:
        found += [TriggerProperty(known.name, known.kind, known.declared) for known in PROPERTIES[kind]]
        found += [EntryId()] if kind is Kind.TEXT else []
    return found


def _self_evident(kind: Kind, scope: Scope) -> list[Expr]:
    """Names whose kind is known without their use."""
    return [
        leaf
        for leaf in _leaves(kind, scope)
        if isinstance(leaf, EntryId) or (isinstance(leaf, Property | TriggerProperty) and leaf.declared)
    ]


@st.composite
def metrics(draw: st.DrawFn, function: Aggregate, kind: Kind, scope: Scope = Scope()) -> Metric:
    """A metric; for `sum` and `last` over a declared property of `kind`."""
    value = draw(st.sampled_from([p for p in PROPERTIES[kind] if p.declared])) if function in (Aggregate.SUM, Aggregate.LAST) else None
    is_age = function is Aggregate.AGE
    return Metric(
        function=function,
        selector=draw(selectors),
        value=value,
        where=draw(st.none() | predicates(scope.in_journey)),
        within=None if is_age else draw(st.none() | windows),
        since=Since.ENTRY if scope.in_journey and not is_age and draw(st.booleans()) else None,
    )


def predicates(in_journey: bool = False) -> SearchStrategy[Expr]:
    """A condition over one event; no metrics inside."""
    return conditions(Scope(in_predicate=True, in_journey=in_journey, with_metrics=False), depth=1)


def _valued(kind: Kind, scope: Scope, depth: int) -> SearchStrategy[Expr]:
    """A value whose kind is evident from itself."""
    options: list[SearchStrategy[Expr]] = []
    evident = _self_evident(kind, scope)
    if evident:
        options.append(st.sampled_from(evident))
    if scope.with_metrics:
        functions = [Aggregate.LAST]
        functions += [Aggregate.SUM] if kind in (Kind.NUMBER, Kind.MONEY, Kind.DURATION) else []
        functions += [Aggregate.COUNT] * 3 if kind is Kind.NUMBER else []
        functions += [Aggregate.AGE] * 3 if kind is Kind.DURATION else []
        options.append(st.sampled_from(functions).flatmap(lambda function: metrics(function, kind, scope)))
    if depth > 0 and options:
        options.append(_computed(kind, scope, depth - 1))
    if not options or kind is Kind.NUMBER:
        options.append(_literals(kind))
    return st.one_of(options)


def _computed(kind: Kind, scope: Scope, depth: int) -> SearchStrategy[Expr]:
    inner = st.deferred(lambda: _valued(kind, scope, depth))
    operand = inner | _literals(kind) if kind is not Kind.TEXT else inner
    coalesced = st.builds(lambda left, right: Coalesce((left, right)), inner, operand)
    if kind is Kind.TEXT or kind is Kind.BOOLEAN:
        return coalesced
    negated = inner.filter(lambda tree: not isinstance(tree, Literal)).map(Negative)
    sums = st.builds(Arithmetic, st.sampled_from([Operator.ADD, Operator.SUB]), inner, operand)
    if kind is Kind.NUMBER:
        return st.one_of(coalesced, negated, sums, st.builds(Arithmetic, st.sampled_from([Operator.MUL, Operator.DIV]), inner, operand))
    scaled = st.builds(Arithmetic, st.just(Operator.MUL), inner, st.integers(-2, 3).map(Literal))
    return st.one_of(coalesced, negated, sums, scaled)


@st.composite
def _compared(draw: st.DrawFn, scope: Scope, depth: int) -> Expr:
    kind = draw(st.sampled_from([Kind.NUMBER, Kind.NUMBER, Kind.TEXT, Kind.MONEY, Kind.DURATION, Kind.BOOLEAN]))
    if kind is Kind.BOOLEAN:
        bare = _leaves(kind, scope)
        return draw(st.builds(Compare, st.sampled_from(EQUALITY), st.sampled_from(bare), _literals(kind)))
    sides = [_valued(kind, scope, depth)]
    literal_only = [leaf for leaf in _leaves(kind, scope) if leaf not in _self_evident(kind, scope)]
    if literal_only and draw(st.booleans()):
        left: Expr = draw(st.sampled_from(literal_only))
        right: Expr = draw(_literals(kind))
    else:
        left, right = draw(sides[0]), draw(sides[0] | _literals(kind))
    if kind is not Kind.MONEY and isinstance(right, Literal) and draw(st.integers(0, 3)) == 0:
        options = draw(st.lists(_literals(kind), min_size=1, max_size=3))
        return Member(left, tuple(options))
    return Compare(draw(st.sampled_from(ALL_COMPARISONS)), left, right)


def conditions(scope: Scope = Scope(), depth: int = 2) -> SearchStrategy[Expr]:
    """A condition: what a segment, `only_if` or a branch may be."""
    simple: list[SearchStrategy[Expr]] = [_compared(scope, min(depth, 1)), _compared(scope, 0)]
    simple.append(st.sampled_from([Consent("email"), Consent("profiling"), *_leaves(Kind.BOOLEAN, scope)]))
    simple.append(_valued(Kind.TEXT, scope, 0).map(Known))
    if scope.with_metrics:
        simple.append(metrics(Aggregate.DID, Kind.NUMBER, scope))
    if depth <= 0:
        return st.one_of(simple)
    inner = st.deferred(lambda: conditions(scope, depth - 1))
    parts = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(*simple, inner.map(Not), parts.map(all_of), parts.map(any_of))


def values(scope: Scope = Scope(), depth: int = 2) -> SearchStrategy[Expr]:
    """An expression of any kind: what a metric may be."""
    kinds = (Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TEXT)
    return st.one_of(conditions(scope, depth), *(_valued(kind, scope, depth) for kind in kinds))


moments: SearchStrategy[Moment] = st.one_of(
    st.builds(EventMoment, selector=selectors, where=st.none() | predicates()),
    st.builds(Reaches, selector=selectors, where=st.none() | predicates(), n=st.integers(1, 4), within=st.none() | windows),
    st.builds(
        Lapse,
        selector=selectors,
        where=st.none() | predicates(),
        unless=st.none() | selectors,
        within=windows,
        same=st.none() | st.sampled_from(["product_id", "color"]),
    ),
)
