"""The kind a tree has by itself, before its use says more."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    Arithmetic,
    At,
    Calendar,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Consent,
    Coverage,
    Distance,
    EntryAt,
    EntryId,
    Expr,
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
    Reference,
    Score,
    Selector,
    TextMatch,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.predictions import KINDS as PREDICTIONS
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.times import is_time
from opportune.language.vocabulary.durations import is_duration
from opportune.language.vocabulary.kinds import Kind

COUNTABLE = (Kind.NUMBER, Kind.MONEY, Kind.DURATION)
"""Kinds that can be computed with."""
ARTICLES = {
    Kind.BOOLEAN: "a condition",
    Kind.NUMBER: "a number",
    Kind.TEXT: "text",
    Kind.MONEY: "money",
    Kind.DURATION: "a duration",
    Kind.TIME: "a time",
    Kind.NULL: "None",
}
"""Each kind as messages speak of it."""
METRIC_KINDS: dict[Aggregate, Kind] = {
    Aggregate.COUNT: Kind.NUMBER,
    Aggregate.DID: Kind.BOOLEAN,
    Aggregate.DISTINCT: Kind.NUMBER,
    Aggregate.AGE: Kind.DURATION,
    Aggregate.TENURE: Kind.DURATION,
    Aggregate.TIME: Kind.TIME,
    Aggregate.FIRST_TIME: Kind.TIME,
    Aggregate.DECAYED: Kind.NUMBER,
    Aggregate.GAP: Kind.DURATION,
    Aggregate.ACTIVE: Kind.DURATION,
}
"""Metrics whose kind is always the same; the others have that of the property they read."""


def kind_of(expr: Expr) -> Kind:
    """The kind of a checked, resolved tree's value."""
    return own_kind(expr, USUAL, {}, None, None) or Kind.TEXT


def literal_kind(value: bool | float | str | timedelta | datetime | None) -> Kind:
    """The kind of a constant."""
    match value:
        case None:
            return Kind.NULL
        case bool():
            return Kind.BOOLEAN
        case int() | float():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
        case timedelta():
            return Kind.DURATION
        case datetime():
            return Kind.TIME


def only(kinds: frozenset[Kind]) -> Kind | None:
    """The one kind there is, if there is but one."""
    return next(iter(kinds)) if len(kinds) == 1 else None


def own_kind(expr: Expr, schema: Schema, references: Mapping[str, Kind], events: Selector | None, trigger: Selector | None) -> Kind | None:
    """The kind `expr` has by itself; None while only its use can tell."""

    def of(part: Expr) -> Kind | None:
        return own_kind(part, schema, references, events, trigger)

    match expr:
        case Literal(value=value):
            return literal_kind(value)
        case Property(kind=kind, name=name):
            return kind or only(schema.kinds_of(name, events.names if events else ()))
        case TriggerProperty(kind=kind, name=name):
            return kind or only(schema.kinds_of(name, trigger.names if trigger else ()))
        case Trait(kind=kind, name=name):
            return kind or schema.traits.get(name)
        case Lookup(kind=kind, column=column, source=source):
            return kind or (only(schema.kinds_of(column, (source.event,))) if source and source.event else None)
        case Reference(room=room, name=name):
            return references.get(f"{room}.{name}") or (PREDICTIONS.get(name) if room == "prediction" else None)
        case Metric(function=function) if function in METRIC_KINDS:
            return METRIC_KINDS[function]
        case Metric(value=value, selector=selector):
            return own_kind(value, schema, references, selector, trigger) if value is not None else None
        case Arithmetic(operator=operator, left=left, right=right):
            kinds = of(left), of(right)
            return None if _is_open(expr, *kinds) else result_kind(operator, *operand_kinds(expr, *kinds, None))
        case Negative(part=part) | Ago(part=part) | Labelled(part=part) | Population(of=part):
            return of(part)
        case Coalesce(parts=parts) | Extremum(parts=parts):
            return joint_kind(of(part) for part in parts)
        case Choice(then=then, otherwise=otherwise):
            return joint_kind((of(then), of(otherwise)))
        case Clamp(part=part, low=low, high=high):
            return joint_kind((of(part), of(low), of(high)))
        case Score() | Coverage() | Calendar() | Distance():
            return Kind.NUMBER
        case EntryId() | Lower():
            return Kind.TEXT
        case At() | EntryAt():
            return Kind.TIME
        case Compare() | Member() | Not() | All() | Any() | Known() | Consent() | TextMatch() | IsNamed():
            return Kind.BOOLEAN
        case _:
            assert_never(expr)


def joint_kind(kinds: Iterable[Kind | None]) -> Kind | None:
    """The kind of one of several values: money beside numbers is money, a text beside durations or times writes one."""
    found = list(kinds)
    known = [kind for kind in found if kind not in (None, Kind.NULL)]
    if not known:
        return None if None in found else Kind.NULL
    return next((kind for kind in (Kind.MONEY, Kind.DURATION, Kind.TIME) if kind in known), known[0])


def operand_kinds(expr: Arithmetic, left: Kind | None, right: Kind | None, wanted: Kind | None) -> tuple[Kind, Kind]:
    """The kinds the two sides should have, given what they are by themselves and what is wanted of the whole.

    A text is never computed with, so one that writes a duration or a time is one.
    """
    left, right = _written(expr.left, left), _written(expr.right, right)
    if expr.operator not in (Operator.ADD, Operator.SUB):
        return left or Kind.NUMBER, right or Kind.NUMBER
    return left or _left_of_sum(expr.operator, right, wanted), right or _right_of_sum(expr.operator, left, wanted)


def _is_open(expr: Arithmetic, left: Kind | None, right: Kind | None) -> bool:
    """Whether the use of a sum has to say if it is a time or a duration: `at - trait.x`, `trait.x - "7d"`."""
    left, right = _written(expr.left, left), _written(expr.right, right)
    if left is None:
        return expr.operator in (Operator.ADD, Operator.SUB) and right is Kind.DURATION
    return right is None and (
        (left is Kind.TIME and expr.operator is Operator.SUB) or (left is Kind.DURATION and expr.operator is Operator.ADD)
    )


def _written(expr: Expr, kind: Kind | None) -> Kind | None:
    match expr:
        case Literal(value=str(text)) if is_duration(text):
            return Kind.DURATION
        case Literal(value=str(text)) if is_time(text):
            return Kind.TIME
        case _:
            return kind


def _left_of_sum(operator: Operator, right: Kind | None, wanted: Kind | None) -> Kind:
    if right is Kind.TIME:
        return Kind.TIME if operator is Operator.SUB else Kind.DURATION
    if wanted is Kind.TIME:
        return Kind.TIME
    return _beside(right, wanted)


def _right_of_sum(operator: Operator, left: Kind | None, wanted: Kind | None) -> Kind:
    if left is Kind.TIME:
        return Kind.TIME if wanted is Kind.DURATION else Kind.DURATION
    if left is Kind.DURATION and wanted is Kind.TIME and operator is Operator.ADD:
        return Kind.TIME
    return Kind.DURATION if wanted is Kind.TIME else _beside(left, wanted)


def _beside(other: Kind | None, wanted: Kind | None) -> Kind:
    if other in COUNTABLE:
        return other
    return wanted if wanted in COUNTABLE else Kind.NUMBER


def result_kind(operator: Operator, left: Kind, right: Kind) -> Kind | None:
    """The kind of an arithmetic result; None where the two do not go together."""
    if Kind.NULL in (left, right):
        return right if left is Kind.NULL else left
    both = {left, right}
    if Kind.TIME in both:
        return _time_result(operator, left, right)
    if not both <= set(COUNTABLE):
        return None
    match operator:
        case Operator.ADD | Operator.SUB:
            if both == {Kind.MONEY, Kind.NUMBER}:
                return Kind.MONEY
            return left if left is right else None
        case Operator.MUL:
            if Kind.NUMBER not in both:
                return None
            return right if left is Kind.NUMBER else left
        case Operator.DIV:
            if left is right:
                return Kind.NUMBER
            return left if right is Kind.NUMBER else None
        case Operator.POW:
            return Kind.NUMBER if both == {Kind.NUMBER} else None


def _time_result(operator: Operator, left: Kind, right: Kind) -> Kind | None:
    match operator, left, right:
        case Operator.SUB, Kind.TIME, Kind.TIME:
            return Kind.DURATION
        case ((Operator.ADD | Operator.SUB), Kind.TIME, Kind.DURATION):
            return Kind.TIME
        case Operator.ADD, Kind.DURATION, Kind.TIME:
            return Kind.TIME
        case _:
            return None
