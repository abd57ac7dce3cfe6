"""Properties that make an event fit a predicate, as a sender would write them.

Gives   `fitting(where, pair)`: properties, or None where no simple ones are found. What is found is tried, not proved: whoever takes it
        asks the oracle again
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import json_of
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.expressions import (
    All,
    Any,
    Compare,
    Comparison,
    Expr,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Lower,
    Member,
    Not,
    Property,
    TextMatch,
    TextTest,
)
from opportune.language.vocabulary.instants import Instant, format_instant, instant_of
from opportune.language.vocabulary.kinds import Json, Kind

Properties = Mapping[str, Json]
_EXAMPLES: dict[Kind, Json] = {Kind.BOOLEAN: True, Kind.NUMBER: 1, Kind.TEXT: "x", Kind.MONEY: 1, Kind.DURATION: 1}
_MIRRORED = {Comparison.LT: Comparison.GT, Comparison.GT: Comparison.LT, Comparison.LE: Comparison.GE, Comparison.GE: Comparison.LE}


def fitting(where: Expr | None, pair: Pair, wanted: bool = True) -> Properties | None:
    """Properties with which the predicate is `wanted`."""
    match where:
        case None:
            return {} if wanted else None
        case Labelled(part=part):
            return fitting(part, pair, wanted)
        case Not(part=part):
            return fitting(part, pair, not wanted)
        case All(parts=parts) if wanted:
            return _together(parts, pair, wanted=True)
        case Any(parts=parts) if not wanted:
            return _together(parts, pair, wanted=False)
        case All(parts=parts) | Any(parts=parts):
            return next((found for part in parts if (found := fitting(part, pair, wanted)) is not None), None)
        case _:
            return _leaf(where, pair, wanted)


def _together(parts: tuple[Expr, ...], pair: Pair, *, wanted: bool) -> Properties | None:
    found: dict[str, Json] = {}
    for part in parts:
        properties = fitting(part, pair, wanted)
        if properties is None:
            return None
        found |= properties
    return found


def _leaf(where: Expr, pair: Pair, wanted: bool) -> Properties | None:
    match where:
        case IsNamed() | Literal():
            return {}
        case Property(name=name):
            return {name: wanted}
        case Known(part=Property(name=name, kind=kind)):
            return {name: _EXAMPLES.get(kind or Kind.TEXT, "x") if wanted else None}
        case Member(item=Property(name=name), options=options):
            return {name: _json(options[0]) if wanted else None}
        case TextMatch(test=test, text=Property(name=name) | Lower(text=Property(name=name)), pattern=Literal(value=str() as pattern)):
            return {name: pattern.replace("*", "").replace("?", "x") if test is TextTest.MATCHES else pattern} if wanted else {name: None}
        case Compare(operator=operator, left=Property() as asked, right=other):
            return _compared(operator, asked, other, pair, wanted)
        case Compare(operator=operator, left=other, right=Property() as asked):
            return _compared(_MIRRORED.get(operator, operator), asked, other, pair, wanted)
        case _:
            return {}


def _compared(operator: Comparison, asked: Property, other: Expr, pair: Pair, wanted: bool) -> Properties | None:
    if not wanted:
        return {asked.name: None} if operator is not Comparison.NE else _compared(Comparison.EQ, asked, other, pair, True)
    if isinstance(other, Property):
        return {asked.name: 1, other.name: 1} if operator in (Comparison.EQ, Comparison.GE, Comparison.LE) else None
    bound = json_of(answer(other, pair))
    return None if bound is None else {asked.name: beyond(bound, operator)}


def beyond(bound: Json, operator: Comparison) -> Json:
    """A value for which `value operator bound` holds, not far from it."""
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return f"not {bound}" if operator is Comparison.NE else bound
    match operator:
        case Comparison.EQ | Comparison.GE | Comparison.LE:
            return bound
        case Comparison.LT:
            return bound - 1
        case _:
            return bound + 1


def _json(literal: Literal) -> Json:
    match literal.value:
        case timedelta() as length:
            return length.total_seconds()
        case datetime() as time:
            return format_instant(Instant(instant_of(time)))
        case plain:
            return plain
