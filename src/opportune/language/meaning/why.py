"""Why a value is what it is: the expression as a tree of its parts, each with its own value at the pair.

Gives   `why(expr, history, customer, at, seen, entry)`: a `Reason` whose `text` is the canonical text of the part
        and whose `parts` are those worth showing: constants and what is inside a metric's predicate are not
"""

from dataclasses import dataclass

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Entry, Event, History
from opportune.language.meaning.metrics import read_events
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.watch import parts_of
from opportune.language.tree.expressions import Consent, Coverage, Expr, Literal, Metric, Score, ScorePart
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of an expression, what it is worth, and the parts that made it so."""

    text: str
    kind: Kind
    value: Value
    parts: "tuple[Reason, ...]" = ()
    latest: Event | None = None
    """Of a metric: the last event it read."""


def why(expr: Expr, history: History, customer: str, at: Instant, seen: Instant, entry: Entry | None = None) -> Reason:
    """The chain of reasons for the value of `expr` at a pair."""
    return _reason(expr, Pair(history=history, customer=customer, at=at, seen=seen, entry=entry))


def _reason(expr: Expr, pair: Pair) -> Reason:
    worth = answer(expr, pair)
    text = text_of(expr) if not isinstance(expr, Score | Coverage) else "score" if isinstance(expr, Score) else "coverage"
    if isinstance(expr, Metric):
        events = read_events(expr, pair, answer)
        return Reason(text=text, kind=worth.kind, value=worth.value, latest=events[-1] if events else None)
    if isinstance(expr, Score):
        allowed = _reason(Consent("profiling"), pair)
        withdrawn = () if allowed.value else (allowed,)
        return Reason(text=text, kind=worth.kind, value=worth.value, parts=(*withdrawn, *(_scored(part, pair) for part in expr.parts)))
    parts = tuple(_reason(part, pair) for part in parts_of(expr) if not isinstance(part, Literal))
    return Reason(text=text, kind=worth.kind, value=worth.value, parts=parts)


def _scored(part: ScorePart, pair: Pair) -> Reason:
    """A part of a score under its own name; a group is worth its weighted mean."""
    inner = Score(part.value) if isinstance(part.value, tuple) else part.value
    reason = _reason(inner, pair)
    share = None if reason.value is None or isinstance(reason.value, str) else reason.value / 10
    value = share if isinstance(inner, Score) else reason.value
    parts = reason.parts if isinstance(inner, Score) else (reason,)
    return Reason(text=part.name, kind=reason.kind, value=value, parts=parts)
