"""Which expressions move by themselves between change points, so that they have to be sampled: SEMANTICS section 1.

`age`, `tenure` and `at` are followed exactly where they are only compared with what does not move, also through `coalesce`, `clamp`,
`least`, `greatest`, choices, labels and `ago`; so is a calendar of `at`. What is calculated from them is sampled, `decayed` and scores
of any of these too, and whatever looks at them inside a metric's predicate or `since=`.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from itertools import product

from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Arithmetic,
    At,
    Calendar,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Expr,
    Extremum,
    IsNamed,
    Labelled,
    Literal,
    Member,
    Metric,
    Negative,
    Population,
    Property,
    Score,
    ScorePart,
)
from opportune.language.tree.walking import walk
from opportune.language.tree.words import Operator
from opportune.language.vocabulary.instants import span_of

AGES = (Aggregate.AGE, Aggregate.TENURE)
_MOVING = (*AGES, Aggregate.DECAYED)


def varies(expr: Expr) -> bool:
    """Whether the value moves from microsecond to microsecond while nothing happens."""
    match expr:
        case At():
            return True
        case Metric(function=function):
            return function in _MOVING
        case Arithmetic(left=left, right=right):
            return varies(left) or varies(right)
        case Negative(part=part) | Labelled(part=part) | Ago(part=part):
            return varies(part)
        case Coalesce(parts=parts) | Extremum(parts=parts):
            return any(varies(part) for part in parts)
        case Choice(then=then, otherwise=otherwise):
            return varies(then) or varies(otherwise)
        case Clamp(part=part, low=low, high=high):
            return varies(part) or varies(low) or varies(high)
        case Score(parts=score_parts):
            return any(_part_varies(part) for part in score_parts)
        case _:
            return False


def _part_varies(part: ScorePart) -> bool:
    return any(_part_varies(inner) for inner in part.value) if isinstance(part.value, tuple) else varies(part.value)


def is_sampled(expr: Expr) -> bool:
    """Whether change points alone do not tell when `expr` changes."""
    return varies(expr) or _has_rough_part(expr)


def _has_rough_part(node: object) -> bool:
    """Whether a part is calculated from what moves; populations are frozen, so what is inside them does not matter."""
    if isinstance(node, Population):
        return node.by is not None and is_sampled(node.by)
    if isinstance(node, Expr) and _is_rough(node):
        return True
    if isinstance(node, tuple):
        return any(_has_rough_part(part) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return any(_has_rough_part(getattr(node, field.name)) for field in fields(node))
    return False


def _is_rough(expr: Expr) -> bool:
    match expr:
        case Metric(function=function, where=where, since=since):
            inside = [part for part in (where, since) if isinstance(part, Expr)]
            return function is Aggregate.DECAYED or any(varies(node) for part in inside for node in walk(part))
        case Arithmetic() | Negative() | Score():
            return varies(expr)
        case Calendar(time=time):
            return varies(time) and not isinstance(time, At)
        case _:
            return False


def alternatives(expr: Expr) -> Iterator[Expr]:
    """The expressions whose value `expr` may take over unchanged."""
    match expr:
        case Coalesce(parts=parts) | Extremum(parts=parts):
            for part in parts:
                yield from alternatives(part)
        case Choice(then=then, otherwise=otherwise):
            yield from alternatives(then)
            yield from alternatives(otherwise)
        case Clamp(part=part, low=low, high=high):
            for one in (part, low, high):
                yield from alternatives(one)
        case Labelled(part=part):
            yield from alternatives(part)
        case Ago(part=part, by=by):
            for one in alternatives(part):
                yield Ago(one, by)
        case _:
            yield expr


def passings(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """What moves evenly with `at` (an age, or `at` itself) in a comparison, beside what it is compared with, which stays between
    change points: where the one passes the other is a change point. What looks at an event of a predicate passes nothing."""
    match expr:
        case Compare(left=left, right=right):
            sides = [(left, right)]
        case Member(item=sought, options=options):
            sides = [(sought, option) for option in options]
        case _:
            return
    for left, right in sides:
        for one, other in product(alternatives(left), alternatives(right)):
            if varies(one) != varies(other):
                moving, bound = (one, other) if varies(one) else (other, one)
                if _is_even(moving) and _stays(moving, bound):
                    length = _length(bound)
                    yield moving, bound if length is None else Literal(length)


def _length(bound: Expr) -> timedelta | None:
    """The duration that constants come to, such as 0.7 * "90d": when an age passes it follows from the event alone. Else None."""
    match bound:
        case Literal(value=timedelta() as length):
            return length
        case Arithmetic(operator=Operator.ADD | Operator.SUB as operator, left=left, right=right):
            one, other = _length(left), _length(right)
            if one is None or other is None:
                return None
            return _of(span_of(one) + span_of(other) if operator is Operator.ADD else span_of(one) - span_of(other))
        case Arithmetic(operator=Operator.MUL, left=Literal(value=int() | float() as times), right=part):
            single = _length(part)
            return None if single is None else _of(float(times) * float(span_of(single)))
        case _:
            return None


def _of(microseconds: float) -> timedelta | None:
    """Rounded half to even, as arithmetic of durations is."""
    try:
        return timedelta(microseconds=round(microseconds))
    except OverflowError:
        return None


def _is_even(expr: Expr) -> bool:
    """Whether it grows by 1 µs each µs between change points."""
    if isinstance(expr, Ago):
        return _is_even(expr.part)
    return isinstance(expr, At) or (isinstance(expr, Metric) and expr.function in AGES)


def _stays(moving: Expr, bound: Expr) -> bool:
    if isinstance(bound, Literal):
        return bound.value is not None
    reads_event = any(isinstance(part, Property | IsNamed) for part in _outside_metrics(bound))
    return not (reads_event or _has_rough_part(bound) or _has_rough_part(moving))


def _outside_metrics(node: object) -> Iterator[object]:
    """The node and its parts, predicates of metrics left out: those look at events of their own."""
    yield node
    if isinstance(node, Metric):
        return
    if isinstance(node, tuple):
        for part in node:
            yield from _outside_metrics(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from _outside_metrics(getattr(node, field.name))
