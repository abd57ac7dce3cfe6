"""The kind a tree has by itself, before its use says more."""

from collections.abc import Mapping
from datetime import timedelta

from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Arithmetic,
    Coalesce,
    Compare,
    Consent,
    Coverage,
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
    Reference,
    Score,
    Selector,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.vocabulary.kinds import Kind

COUNTABLE = (Kind.NUMBER, Kind.MONEY, Kind.DURATION)
"""Kinds that can be computed with."""


def kind_of(expr: Expr) -> Kind:
    """The kind of a checked, resolved tree's value."""
    return own_kind(expr, USUAL, {}, None, None) or Kind.TEXT


def literal_kind(value: bool | float | str | timedelta | None) -> Kind:
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


def _one(kinds: frozenset[Kind]) -> Kind | None:
    return next(iter(kinds)) if len(kinds) == 1 else None


def own_kind(expr: Expr, schema: Schema, references: Mapping[str, Kind], events: Selector | None, trigger: Selector | None) -> Kind | None:
    """The kind `expr` has by itself; None while only its use can tell."""

    def of(part: Expr) -> Kind | None:
        return own_kind(part, schema, references, events, trigger)

    match expr:
        case Literal(value=value):
            return literal_kind(value)
        case Property(kind=kind, name=name):
            return kind or _one(schema.kinds_of(name, events.names if events else ()))
        case TriggerProperty(kind=kind, name=name):
            return kind or _one(schema.kinds_of(name, trigger.names if trigger else ()))
        case Trait(kind=kind, name=name):
            return kind or schema.traits.get(name)
        case Reference(room=room, name=name):
            return references.get(f"{room}.{name}")
        case Metric(function=Aggregate.SUM | Aggregate.LAST, value=Property() as value, selector=selector):
            return own_kind(value, schema, references, selector, trigger)
        case Metric(function=function):
            return {Aggregate.DID: Kind.BOOLEAN, Aggregate.AGE: Kind.DURATION}.get(function, Kind.NUMBER)
        case Arithmetic(operator=operator, left=left, right=right):
            return result_kind(operator, of(left) or Kind.NUMBER, of(right) or Kind.NUMBER, right)
        case Negative(part=part):
            return of(part)
        case Coalesce(parts=parts):
            found = [kind for part in parts if (kind := of(part)) not in (None, Kind.NULL)]
            return Kind.MONEY if Kind.MONEY in found else next(iter(found), None)
        case Score() | Coverage():
            return Kind.NUMBER
        case EntryId():
            return Kind.TEXT
        case Compare() | Member() | Not() | All() | Any() | Known() | Consent():
            return Kind.BOOLEAN


def result_kind(operator: Operator, left: Kind, right: Kind, divisor: Expr) -> Kind | None:
    """The kind of an arithmetic result; None where the two do not go together."""
    if Kind.NULL in (left, right):
        return right if left is Kind.NULL else left
    both = {left, right}
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
