"""What an expression is worth for one customer at one moment.

Reads   a `History`
Gives   `value(expr, history, customer, at, seen, entry)`; money as 1/10000 units, durations and times in microseconds
Cost    every metric walks every event: the oracle is obvious first

The meaning of each node stands in `asking`, of metrics in `metrics`, of populations in `populations`, of derived events in `deriving`.
"""

from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import Entry, History
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Value


def value(expr: Expr, history: History, customer: str, at: Instant, seen: Instant, entry: Entry | None = None) -> Value:
    """What `expr` is worth for `customer` at (at, seen). `expr` is checked and resolved."""
    history = with_derived(history, at)
    return answer(expr, Pair(history=history, customer=customer, at=at, seen=seen, entry=entry)).value
