"""What an expression is worth of somebody nobody ever heard of, as far as its text tells.

A customer is there from her first event or trait on; before it conditions are false and values null. Where an expression says something
else of nobody, that first event or trait changes it, whatever its name: then the expression reads it.
"""

from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr, Metric
from opportune.language.tree.moments import Changes, Turns

_NUMBERS = (Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT, Aggregate.DECAYED, Aggregate.ACTIVE)


def without_events(expr: Expr) -> object:
    """The value where a customer has no events or traits at all; UNKNOWN where that cannot be told from the tree."""
    match expr:
        case tree.Literal(value=value):
            return value
        case Metric(function=Aggregate.DID):
            return False
        case Metric(function=function):
            return 0 if function in _NUMBERS else None
        case tree.Trait() | tree.Ago():
            return None
        case tree.Consent(purpose=purpose):
            return {"profiling": True, "tracking": UNKNOWN}.get(purpose, False)
        case tree.Compare(operator=operator, left=left, right=right):
            return _compared(operator, without_events(left), without_events(right))
        case tree.Member(item=part) | tree.TextMatch(text=part):
            return False if without_events(part) is None else UNKNOWN
        case tree.Not(part=part):
            found = without_events(part)
            return found if found is UNKNOWN else found is not True
        case tree.Known(part=part):
            found = without_events(part)
            return found if found is UNKNOWN else found is not None
        case tree.Labelled(part=part):
            return without_events(part)
        case tree.All(parts=parts):
            return _all([without_events(part) for part in parts], stops=False)
        case tree.Any(parts=parts):
            return _all([without_events(part) for part in parts], stops=True)
        case tree.Choice(condition=condition, then=then, otherwise=otherwise):
            decided = without_events(condition)
            return UNKNOWN if decided is UNKNOWN else without_events(then if decided is True else otherwise)
        case tree.Arithmetic(left=left, right=right):
            return None if None in (without_events(left), without_events(right)) else UNKNOWN
        case tree.Negative(part=part) | tree.Clamp(part=part) | tree.Lower(text=part) | tree.Calendar(time=part):
            return None if without_events(part) is None else UNKNOWN
        case _:
            return UNKNOWN


class Unknown:
    """What cannot be told."""


UNKNOWN = Unknown()


def _compared(operator: tree.Comparison, left: object, right: object) -> object:
    if left is None or right is None:
        return False
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return UNKNOWN
    # sums of money without events are 0 too, and the sign of a number is that of the money it means
    decided = {
        tree.Comparison.EQ: left == right, tree.Comparison.NE: left != right, tree.Comparison.LT: left < right,
        tree.Comparison.LE: left <= right, tree.Comparison.GT: left > right, tree.Comparison.GE: left >= right,
    }  # fmt: skip
    return decided[operator]


def _all(values: list[object], *, stops: bool) -> object:
    if any(value is stops for value in values):
        return stops
    if stops:
        return UNKNOWN if UNKNOWN in values else False
    return UNKNOWN if UNKNOWN in values else all(value is True for value in values)


def reads_presence(moment: Turns | Changes) -> bool:
    """Whether the first event or trait of a customer can make it turn, whatever its name."""
    if isinstance(moment, Changes):
        return without_events(moment.value) is not None
    nothing = without_events(moment.condition)
    return nothing is not None and nothing is not False
