"""Why a value is what it is: the expression as a tree of its parts, each with its own value at the pair.

Gives   `why(expr, history, customer, at, seen, entry, names)`: a `Reason` whose `text` is the canonical text of the part
        and whose `parts` are those worth showing: constants and what is inside a metric's predicate are not.
        A ladder's parts are its rungs, down to the one that holds; a score's are its own, by name
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from opportune.language.meaning.answers import is_true
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
    Reference,
    Score,
    ScorePart,
    TextMatch,
)
from opportune.language.tree.predictions import is_guessed
from opportune.language.tree.print import text_of
from opportune.language.tree.walking import rebuilt
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.kinds import Kind, Value

Names = Mapping[Expr, str]
"""Resolved tree of a definition → `room.name`, so that a part that is a definition goes by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of an expression, what it is worth, and the parts that made it so."""

    text: str
    kind: Kind
    value: Value
    parts: "tuple[Reason, ...]" = ()
    expr: Expr
    spoken: Expr
    """`expr` with the definitions inside it by name."""
    at: Instant
    """The moment it was asked at; earlier than that of the whole inside `ago`."""
    is_definition: bool = False
    """`text` is the name of a definition, which can be asked about by itself."""
    share: float | None = None
    """Of a part of a score: its share of the weight of its group, of what is known and what is not."""
    number: int | None = None
    """Of a metric: how many events it read."""
    first: Event | None = None
    """Of a metric: the first event it read."""
    latest: Event | None = None
    """Of a metric: the last event it read."""


def why(
    expr: Expr, history: History, customer: str, at: Instant, seen: Instant, entry: Entry | None = None, names: Names | None = None
) -> Reason:
    """The chain of reasons for the value of `expr` at a pair."""
    pair = Pair(history=with_derived(history, at), customer=customer, at=at, seen=seen, entry=entry)
    return _Reasoning(names or {}).reason(expr, pair)


@dataclass(frozen=True, slots=True)
class _Reasoning:
    names: Names

    def part(self, expr: Expr, pair: Pair) -> Reason:
        """What stands inside goes by its name where it has one."""
        reason = self.reason(expr, pair)
        name = None if isinstance(expr, Literal) else self.names.get(expr)
        return reason if name is None else replace(reason, text=f"{name}{_guessed(name, pair)}", is_definition=True)

    def reason(self, expr: Expr, pair: Pair) -> Reason:
        """What is asked about goes by its own text, even where it is a definition."""
        worth = answer(expr, pair)
        spoken = self._spoken(expr)
        reason = Reason(text=_text(spoken), kind=worth.kind, value=worth.value, expr=expr, spoken=spoken, at=pair.at)
        match expr:
            case Labelled(label=label, part=part):
                return replace(reason, text=label, parts=(self.part(part, pair),))
            case Metric():
                events = read_events(expr, pair, answer)
                return replace(reason, number=len(events), first=events[0], latest=events[-1]) if events else replace(reason, number=0)
            case Score(parts=score_parts):
                allowed = self.part(Consent("profiling"), pair)
                withdrawn = () if allowed.value else (allowed,)
                return replace(reason, text="score", parts=(*withdrawn, *self._scored(score_parts, pair)))
            case Ago(part=part, by=by):
                return replace(reason, parts=(self.part(part, earlier(pair, span_of(by))),))
            case Choice() if is_ladder(expr):
                return replace(reason, text="ladder", parts=tuple(self._rungs(expr, pair)))
            case Choice():
                condition, *arm = (self.part(part, pair) for part in parts_of(expr, pair) if not isinstance(part, Literal))
                return replace(reason, parts=(condition, *(one for part in arm for one in _spliced(part))))
            case _:
                parts = (part for part in parts_of(expr, pair) if not isinstance(part, Literal))
                return replace(reason, parts=tuple(self.part(part, pair) for part in parts))

    def _spoken(self, expr: Expr) -> Expr:
        """The expression with what is a definition inside it as a reference to that, as its author may have written it."""

        def named(node: object) -> object | None:
            name = self.names.get(node) if node is not expr and isinstance(node, Expr) and not isinstance(node, Literal) else None
            return None if name is None else Reference(*name.split(".", 1))

        return cast(Expr, rebuilt(expr, named)) if self.names else expr

    def _rungs(self, expr: Choice, pair: Pair) -> Iterator[Reason]:
        """The conditions of the rungs in order, each under its rung's name, down to the first that holds."""
        at: Expr = expr
        while isinstance(at, Choice):
            reason = self.part(at.condition, pair)
            is_several = isinstance(reason.expr, All | Any) and not reason.is_definition
            inner = reason.parts if is_several else (self._opened(reason, pair),)
            yield replace(reason, text=_rung(at.then), is_definition=False, parts=inner)
            if reason.value is True:
                return
            at = at.otherwise

    def _opened(self, reason: Reason, pair: Pair) -> Reason:
        """A definition that is a rung by itself, under its name and taken apart: else the ladder would tell nothing of it."""
        if not reason.is_definition:
            return reason
        whole = self.reason(reason.expr, pair)
        parts = (whole,) if isinstance(reason.expr, Compare | Member | Metric) else whole.parts
        return replace(reason, is_definition=False, parts=parts)

    def _scored(self, parts: tuple[ScorePart, ...], pair: Pair) -> Iterator[Reason]:
        """The parts of a score or of a group under their own names; a group is worth its weighted mean, 0 to 1."""
        total = sum(part.weight for part in parts)
        for part in parts:
            inner = Score(part.value) if isinstance(part.value, tuple) else part.value
            reason = self.part(inner, pair)
            if isinstance(inner, Score):
                mean = None if not isinstance(reason.value, int | float) else reason.value / 10
                reason = replace(reason, value=mean)
            elif not isinstance(inner, Literal):
                reason = replace(reason, parts=(reason,))
            yield replace(reason, text=part.name, is_definition=False, share=part.weight / total if total else None)


def _guessed(name: str, pair: Pair) -> str:
    """Whether a prediction is a guess of its heuristic's."""
    room, _, bare = name.partition(".")
    return " (heuristic)" if room == "prediction" and is_true(answer(is_guessed(bare), pair)) else ""


def _spliced(arm: Reason) -> tuple[Reason, ...]:
    """What an arm that was chosen adds: of a choice or a ladder its own parts, for both say the same value."""
    return arm.parts if isinstance(arm.expr, Choice) and not arm.is_definition else (arm,)


def is_ladder(expr: Choice) -> bool:
    """Whether it is a chain of conditions with a name each, as ladders and tiers are."""
    if not isinstance(expr.then, Literal) or not isinstance(expr.then.value, str):
        return False
    return is_ladder(expr.otherwise) if isinstance(expr.otherwise, Choice) else isinstance(expr.otherwise, Literal)


def _rung(then: Expr) -> str:
    return str(then.value) if isinstance(then, Literal) else text_of(then)


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
