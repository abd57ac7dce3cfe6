"""Values together with their kind: comparing them and calculating with them. SEMANTICS section 3, "Operators" and "Logic".

An `Answer` keeps its kind even where it is null, as a column does. Two decisions SEMANTICS leaves open:
a number beside money is the amount its decimal text writes (`total == 9.99` is exact); and money or a duration times or
divided by a number is calculated in doubles and rounded half to even, to 1/10000 unit or 1 µs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar, assert_never

from opportune.language.tree.expressions import Comparison, Extreme, Operator
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind, Value, money_of

_Ordered = TypeVar("_Ordered", str, float | Fraction)


@dataclass(frozen=True, slots=True)
class Answer:
    """A value and what it is; `value` None is null of that kind."""

    kind: Kind
    value: Value


NULL = Answer(Kind.NULL, None)
TRUE = Answer(Kind.BOOLEAN, True)
FALSE = Answer(Kind.BOOLEAN, False)


def truth(condition: bool) -> Answer:
    """A boolean answer."""
    return TRUE if condition else FALSE


def is_true(answer: Answer) -> bool:
    """Two-valued: null is not true."""
    return answer.value is True


def holds(comparison: Comparison, left: Answer, right: Answer) -> bool:
    """Whether the comparison holds; with null it never does. Values of different kinds are unequal and in no order."""
    if left.value is None or right.value is None:
        return False
    if {left.kind, right.kind} == {Kind.MONEY, Kind.NUMBER}:
        return _ordered(comparison, _amount(left), _amount(right))
    if left.kind is not right.kind:
        return comparison is Comparison.NE
    if isinstance(left.value, str) or isinstance(right.value, str):
        return _ordered(comparison, str(left.value), str(right.value))
    return _ordered(comparison, left.value, right.value)


def _amount(answer: Answer) -> Fraction:
    """Money and numbers on one exact scale: units of currency."""
    if answer.kind is Kind.MONEY:
        return Fraction(int(_number(answer)), MONEY_SCALE)
    return Fraction(Decimal(str(answer.value)))


def _ordered(comparison: Comparison, left: _Ordered, right: _Ordered) -> bool:
    match comparison:
        case Comparison.EQ:
            return left == right
        case Comparison.NE:
            return left != right
        case Comparison.LT:
            return left < right
        case Comparison.LE:
            return left <= right
        case Comparison.GT:
            return left > right
        case Comparison.GE:
            return left >= right
        case _:
            assert_never(comparison)


def negative(part: Answer) -> Answer:
    """Unary minus; of null, null."""
    return part if part.value is None else Answer(part.kind, -_number(part))


def calculated(operator: Operator, left: Answer, right: Answer) -> Answer:
    """Arithmetic; with null, null; by zero and for a power of what is not positive, null."""
    kind = _kind_of(operator, left.kind, right.kind)
    if left.value is None or right.value is None:
        return Answer(kind, None)
    if kind is Kind.MONEY and operator in (Operator.ADD, Operator.SUB):
        left, right = as_kind(left, Kind.MONEY), as_kind(right, Kind.MONEY)
    result = _result(operator, _number(left), _number(right))
    if result is None or not math.isfinite(result):
        return Answer(kind, None)
    return Answer(kind, result if kind is Kind.NUMBER else round(result))


def _result(operator: Operator, left: float, right: float) -> float | None:
    match operator:
        case Operator.ADD:
            return left + right
        case Operator.SUB:
            return left - right
        case Operator.MUL:
            return float(left) * float(right)
        case Operator.DIV:
            return float(left) / float(right) if right else None
        case Operator.POW:
            return _power(float(left), float(right))
        case _:
            assert_never(operator)


def _power(base: float, exponent: float) -> float | None:
    """Null unless the base is positive, and where the result is beyond all numbers."""
    try:
        return base**exponent if base > 0 else None
    except OverflowError:
        return None


_TIMES = {
    (Operator.SUB, Kind.TIME, Kind.TIME): Kind.DURATION,
    (Operator.ADD, Kind.TIME, Kind.DURATION): Kind.TIME,
    (Operator.SUB, Kind.TIME, Kind.DURATION): Kind.TIME,
    (Operator.ADD, Kind.DURATION, Kind.TIME): Kind.TIME,
    (Operator.ADD, Kind.TIME, Kind.NULL): Kind.TIME,
    (Operator.SUB, Kind.TIME, Kind.NULL): Kind.TIME,
    (Operator.ADD, Kind.NULL, Kind.TIME): Kind.TIME,
    (Operator.SUB, Kind.NULL, Kind.TIME): Kind.DURATION,
}
"""What times and durations make of each other."""


def _kind_of(operator: Operator, left: Kind, right: Kind) -> Kind:
    """The kind of a result. Raises TypeError for what the type check lets nobody write."""
    if Kind.TIME in (left, right):
        if (operator, left, right) not in _TIMES:
            raise TypeError(f"no arithmetic is defined for {left.value} {operator.value} {right.value}")
        return _TIMES[operator, left, right]
    kinds = {left, right} - {Kind.NULL}
    measure = next(iter(kinds - {Kind.NUMBER}), Kind.NUMBER)
    is_sum = operator in (Operator.ADD, Operator.SUB)
    if kinds <= {Kind.NUMBER}:
        return Kind.NUMBER
    if measure not in (Kind.MONEY, Kind.DURATION) or not kinds <= {Kind.NUMBER, measure} or operator is Operator.POW:
        raise TypeError(f"no arithmetic is defined for {left.value} {operator.value} {right.value}")
    if left is right and operator is Operator.DIV:
        return Kind.NUMBER
    is_amount = is_sum and (measure is Kind.MONEY or Kind.NUMBER not in kinds)
    is_scaled = not is_sum and left is not right and not (operator is Operator.DIV and right is measure)
    if is_amount or is_scaled:
        return measure
    raise TypeError(f"no arithmetic is defined for {left.value} {operator.value} {right.value}")


def _number(answer: Answer) -> float:
    if isinstance(answer.value, str) or answer.value is None:
        raise TypeError(f"{answer.value!r} is no number; the type check lets nobody calculate with it")
    return answer.value


def as_kind(answer: Answer, kind: Kind) -> Answer:
    """A number where money stands beside it becomes money; null takes any kind; everything else stays what it is."""
    if answer.value is None:
        return Answer(kind, None)
    if kind is Kind.MONEY and answer.kind is Kind.NUMBER:
        return Answer(kind, money_of(_number(answer)))
    return answer


def kind_among(parts: Sequence[Answer]) -> Kind:
    """What values that stand beside each other are: money where any is, else the first known kind."""
    kinds = [part.kind for part in parts if part.kind is not Kind.NULL]
    return Kind.MONEY if Kind.MONEY in kinds else kinds[0] if kinds else Kind.NULL


def first_known(parts: Sequence[Answer]) -> Answer:
    """The first part that is not null; numbers become money when any part is money."""
    kind = kind_among(parts)
    return next((as_kind(part, kind) for part in parts if part.value is not None), Answer(kind, None))


def chosen(condition: Answer, then: Answer, otherwise: Answer) -> Answer:
    """`then` where the condition is true, `otherwise` where it is false or null."""
    return as_kind(then if is_true(condition) else otherwise, kind_among((then, otherwise)))


def extremum(extreme: Extreme, parts: Sequence[Answer]) -> Answer:
    """The least or the greatest; nulls are skipped, null where all are."""
    kind = kind_among(parts)
    best = Answer(kind, None)
    wanted = Comparison.LT if extreme is Extreme.LEAST else Comparison.GT
    for part in (as_kind(part, kind) for part in parts if part.value is not None):
        best = part if best.value is None or holds(wanted, part, best) else best
    return best


def clamped(part: Answer, low: Answer, high: Answer) -> Answer:
    """At least `low`, at most `high`, which wins over it; a null bound does not bind, null stays null."""
    kind = kind_among((part, low, high))
    if part.value is None:
        return Answer(kind, None)
    raised = extremum(Extreme.GREATEST, (as_kind(part, kind), as_kind(low, kind)))
    return extremum(Extreme.LEAST, (raised, as_kind(high, kind)))
