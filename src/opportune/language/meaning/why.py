"""Why a value is what it is: the expression as a tree of its parts, each with its own value at the pair.

Gives   `why(expr, history, customer, at, seen, entry)`: a `Reason` whose `text` is the canonical text of the part
        and whose `parts` are those worth showing: constants and what is inside a metric's predicate are not
"""

from collections.abc import Iterator
from dataclasses import dataclass

from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import Entry, Event, History
from opportune.language.meaning.metrics import read_events
from opportune.language.meaning.pairs import Pair, earlier
from opportune.language.tree.expressions import (
    Ago,
    All,
    Any,
    Arithmetic,
    Calendar,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Consent,
    Coverage,
    Distance,
    Expr,
    Extremum,
    Known,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Negative,
    Not,
    Population,
    Score,
    ScorePart,
    TextMatch,
)
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, span_of
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
    history = with_derived(history, at)
    return _reason(expr, Pair(history=history, customer=customer, at=at, seen=seen, entry=entry))


def _reason(expr: Expr, pair: Pair) -> Reason:
    worth = answer(expr, pair)
    match expr:
        case Labelled(label=label, part=part):
            return Reason(text=label, kind=worth.kind, value=worth.value, parts=(_reason(part, pair),))
        case Metric():
            events = read_events(expr, pair, answer)
            return Reason(text=text_of(expr), kind=worth.kind, value=worth.value, latest=events[-1] if events else None)
        case Score(parts=score_parts):
            allowed = _reason(Consent("profiling"), pair)
            withdrawn = () if allowed.value else (allowed,)
            scored = tuple(_scored(part, pair) for part in score_parts)
            return Reason(text="score", kind=worth.kind, value=worth.value, parts=(*withdrawn, *scored))
        case Ago(part=part, by=by):
            return Reason(text=text_of(expr), kind=worth.kind, value=worth.value, parts=(_reason(part, earlier(pair, span_of(by))),))
        case _:
            parts = tuple(_reason(part, pair) for part in parts_of(expr, pair) if not isinstance(part, Literal))
            return Reason(text=_text(expr), kind=worth.kind, value=worth.value, parts=parts)


def _text(expr: Expr) -> str:
    """As people write it; what cannot be written by itself goes by its name."""
    if isinstance(expr, Coverage):
        return "coverage"
    return expr.census.value if isinstance(expr, Population) else text_of(expr)


def parts_of(expr: Expr, pair: Pair) -> tuple[Expr, ...]:
    """The expressions directly inside one that made its value; of a choice the condition and the arm that was chosen."""
    match expr:
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Member(item=part) | Negative(part=part) | Not(part=part) | Known(part=part) | Lookup(key=part) | Calendar(time=part):
            return (part,)
        case Lower(text=part):
            return (part,)
        case TextMatch(text=text, pattern=pattern):
            return (text, pattern)
        case Distance(latitude=latitude, longitude=longitude):
            return (latitude, longitude)
        case All(parts=parts) | Any(parts=parts) | Coalesce(parts=parts) | Extremum(parts=parts):
            return parts
        case Clamp(part=part, low=low, high=high):
            return (part, low, high)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return (condition, then if answer(condition, pair).value is True else otherwise)
        case Coverage(score=Score(parts=parts)):
            return tuple(_leaves(parts))
        case Population(by=by):
            return (by,) if by is not None else ()
        case _:
            return ()


def _leaves(parts: tuple[ScorePart, ...]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part.value, tuple):
            yield from _leaves(part.value)
        else:
            yield part.value


def _scored(part: ScorePart, pair: Pair) -> Reason:
    """A part of a score under its own name; a group is worth its weighted mean."""
    inner = Score(part.value) if isinstance(part.value, tuple) else part.value
    reason = _reason(inner, pair)
    share = None if reason.value is None or isinstance(reason.value, str) else reason.value / 10
    value = share if isinstance(inner, Score) else reason.value
    parts = reason.parts if isinstance(inner, Score) else (reason,)
    return Reason(text=part.name, kind=reason.kind, value=value, parts=parts)
