"""The first instant at which a condition is true: SEMANTICS section 1, change points.

`first_true` tries every instant at which anything happened or arrived, each of them shifted by every length the condition
mentions (and by sums of two), and the microsecond before and after: a superset of the change points. The microsecond after
`after` is tried too, so a condition that is true all along is true at once, and the answer is the same for every superset.
Not covered: arithmetic on `age`, which varies continuously and is sampled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from opportune.language.meaning.history import Entry, History, becomes_visible
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import (
    All,
    Any,
    Arithmetic,
    Coalesce,
    Compare,
    Coverage,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Score,
    ScorePart,
)
from opportune.language.vocabulary.instants import FOREVER, Instant, Span, span_of
from opportune.language.vocabulary.kinds import duration_of
from opportune.language.vocabulary.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """For whom a condition is watched, and over which range (after, until]."""

    customer: str
    after: Instant
    until: Instant
    entry: Entry | None = None


def first_true(expr: Expr, history: History, watch: Watch, reading: Reading = Reading.AS_SEEN) -> Instant | None:
    """The first p in (after, until] at which `expr` is true at (p, seen=p), or (p, seen=FOREVER) as known; None where there is none."""
    for at in change_points(expr, history, watch.after, watch.until):
        seen = at if reading is Reading.AS_SEEN else FOREVER
        if value(expr, history, watch.customer, at, seen, watch.entry) is True:
            return at
    return None


def change_points(expr: Expr, history: History, after: Instant, until: Instant) -> list[Instant]:
    """A superset of the instants in (after, until] at which the value can change, and the first instant of the range; sorted."""
    spans = {*lengths(expr), *_lengths_of_properties(history)}
    shifts = {0, *spans, *(one + other for one in spans for other in spans)}
    instants = {p for each in history.happened for p in (each.ts, each.received_at, becomes_visible(each))}
    near = {Instant(p + shift + nudge) for p in instants for shift in shifts for nudge in (-1, 0, 1)}
    return sorted(p for p in {*near, Instant(after + 1)} if after < p <= until)


def lengths(expr: Expr) -> Iterator[Span]:
    """Every window and every duration the expression mentions, those of nested expressions included."""
    match expr:
        case Literal(value=timedelta() as length):
            yield span_of(length)
        case Metric(within=timedelta() as within):
            yield span_of(within)
    for part in parts_of(expr):
        yield from lengths(part)


def parts_of(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one; predicates included."""
    match expr:
        case Metric(where=where):
            return (where,) if where is not None else ()
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Member(item=sought):
            return (sought,)
        case Negative(part=part) | Not(part=part) | Known(part=part):
            return (part,)
        case All(parts=parts) | Any(parts=parts) | Coalesce(parts=parts):
            return parts
        case Score(parts=parts) | Coverage(score=Score(parts=parts)):
            return tuple(_leaves(parts))
        case _:
            return ()


def _leaves(parts: tuple[ScorePart, ...]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part.value, tuple):
            yield from _leaves(part.value)
        else:
            yield part.value


def _lengths_of_properties(history: History) -> Iterator[Span]:
    """`age(E) > last(F, dwell)`: durations that arrived in events are compared with ages too."""
    for event in history.events:
        for name in ("dwell", "active"):
            length = duration_of(event.properties.get(name))
            if length:
                yield Span(length)
