"""Calls of metrics: `count(...)`, `sum(...)`, `age(...)` and the others of SEMANTICS section 3."""

import ast
from datetime import timedelta
from typing import TYPE_CHECKING

from opportune.language.tree.arguments import has_between, keywords_of
from opportune.language.tree.constants import duration
from opportune.language.tree.expressions import Aggregate, Expr, Literal, Metric, Property, Since
from opportune.language.tree.selectors import selector_of

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

METRICS = {aggregate.value: aggregate for aggregate in Aggregate}
VALUED = frozenset(
    {
        *(Aggregate.SUM, Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX),
        *(Aggregate.DISTINCT, Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP),
    }
)
"""Metrics over a property."""
SINGLE = frozenset({Aggregate.AGE, Aggregate.TENURE, Aggregate.TIME, Aggregate.FIRST_TIME})
"""Metrics of the latest or earliest event there ever was: they have no window."""


def keywords_for(function: Aggregate) -> tuple[str, ...]:
    """What a metric may be given by name."""
    if function in SINGLE:
        return ()
    return ("half_life", "within", "since") if function is Aggregate.DECAYED else ("within", "since")


def metric_of(node: ast.Call, function: Aggregate, translator: "Translator") -> Expr:
    """The tree of a metric's call."""
    wanted = 2 if function in VALUED else 1
    if not has_between(node, wanted, wanted + 1):
        takes = "an event, a property and at most one predicate" if wanted == 2 else "an event and at most one predicate"
        return translator.refuse(node, "E106", f"{function.value}() takes {takes}", _example(function))
    selector = selector_of(node.args[0], translator)
    value = _property(node.args[1], translator) if wanted == 2 else None
    where = translator.predicate(node.args[wanted]) if len(node.args) > wanted else None
    given = keywords_of(node, function.value, keywords_for(function), translator)
    within = duration(given["within"], "within", translator) if "within" in given else None
    since = _since(given["since"], translator) if "since" in given else None
    half_life = _half_life(node, given, translator) if function is Aggregate.DECAYED else None
    return Metric(function=function, selector=selector, value=value, where=where, within=within, since=since, half_life=half_life)


def _example(function: Aggregate) -> str:
    if function in VALUED:
        return f'Write {function.value}("Order Completed", total).'
    half_life = ', half_life="30d"' if function is Aggregate.DECAYED else ""
    return f'Write {function.value}("Order Completed"{half_life}), or {function.value}("Order Completed", total > 0{half_life}).'


def _half_life(node: ast.Call, given: dict[str, ast.expr], translator: "Translator") -> timedelta | None:
    if "half_life" in given:
        return duration(given["half_life"], "half_life", translator)
    translator.refuse(node, "E106", "decayed() wants half_life=", 'Write after how long an event counts half: half_life="30d".')
    return None


def _since(node: ast.expr, translator: "Translator") -> Since | Expr:
    match node:
        case ast.Name(id="entry"):
            return Since.ENTRY
        case ast.Name(id="previous"):
            return Since.PREVIOUS
        case _:
            return translator.plainly(node)


def _property(node: ast.expr, translator: "Translator") -> Property | None:
    tree = translator.predicate(node) if isinstance(node, ast.Name | ast.Call) else None
    if isinstance(tree, Property):
        return tree
    if tree is None or not isinstance(tree, Literal):
        translator.refuse(node, "E106", "the name of a property is wanted here", 'Write it bare, such as total, or as prop("any name").')
    return None
