"""What an expression reads of a customer: the leaves of its tree, each once, and what depends on what.

Leaves are told apart by how they are written, not by Python's equality, for which True is 1.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from opportune.language.compiler.measures import Measure, measures_behind, measures_of_consent
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Expr, Property
from opportune.language.vocabulary.kinds import Kind

Leaf = (
    tree.Metric
    | tree.Trait
    | tree.Consent
    | tree.TriggerProperty
    | tree.EntryId
    | tree.EntryAt
    | tree.At
    | tree.Ago
    | tree.Population
    | tree.Lookup
    | tree.Distance
)
"""The nodes whose values come from relations, or from the pair itself."""

PROFILING = tree.Consent("profiling")
"""Without it there is no score."""
TIMEZONE = tree.Trait("timezone", Kind.TEXT)
"""The zone of a customer."""


def parts_of(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly below that are asked at the same pair: neither a metric's predicate nor what is asked long ago."""
    match expr:
        case tree.Compare(left=left, right=right) | tree.Arithmetic(left=left, right=right):
            return left, right
        case tree.Member(item=part) | tree.Negative(part=part) | tree.Not(part=part) | tree.Known(part=part):
            return (part,)
        case tree.Labelled(part=part) | tree.Lower(text=part) | tree.Lookup(key=part):
            return (part,)
        case tree.All(parts=parts) | tree.Any(parts=parts) | tree.Coalesce(parts=parts) | tree.Extremum(parts=parts):
            return parts
        case tree.Choice(condition=condition, then=then, otherwise=otherwise):
            return condition, then, otherwise
        case tree.Clamp(part=part, low=low, high=high):
            return part, low, high
        case tree.Distance(latitude=latitude, longitude=longitude):
            return latitude, longitude
        case tree.TextMatch(text=text, pattern=pattern):
            return text, pattern
        case tree.Calendar(time=time, of_customer=of_customer):
            return (time, TIMEZONE) if of_customer else (time,)
        case tree.Population(by=by):
            return () if by is None else (by,)
        case tree.Score(parts=scored):
            return PROFILING, *_values_in(scored)
        case tree.Coverage(score=score):
            return tuple(_values_in(score.parts))
        case tree.Literal() | tree.Property() | tree.IsNamed() | tree.Metric() | tree.Trait() | tree.Consent() | tree.Ago():
            return ()
        case tree.TriggerProperty() | tree.EntryId() | tree.EntryAt() | tree.At() | tree.Reference():
            return ()
        case _:
            assert_never(expr)


def leaves_of(expr: Expr, passed: set[int] | None = None) -> Iterator[Leaf]:
    """Every leaf asked at the pair itself, predicates not entered; what a lookup or a population depends on too, before it.

    What trees share is entered once; `passed`: the places in memory of what was, for several trees that live on meanwhile.
    """
    passed = set() if passed is None else passed
    if id(expr) in passed:
        return
    passed.add(id(expr))
    for part in parts_of(expr):
        yield from leaves_of(part, passed)
    if isinstance(expr, Leaf):
        yield expr


def reads_event(expr: Expr) -> bool:
    """Whether a part of a predicate needs its event: a lookup whose key does is made for each event."""
    return isinstance(expr, Property | tree.IsNamed) or any(map(reads_event, parts_of(expr)))


def exprs_in(measure: Measure) -> tuple[Expr, ...]:
    """What decides which events a measure counts."""
    since = (measure.since,) if isinstance(measure.since, Expr) else ()
    where = (measure.where,) if measure.where is not None else ()
    return (*where, *since, *(void.where for void in measure.voids if void.where is not None))


def event_lookups(exprs: Iterable[Expr]) -> list[tree.Lookup]:
    """The lookups that are made for each event, each once, those that keys of others need first."""
    found = {repr(leaf): leaf for expr in exprs for leaf in leaves_of(expr) if isinstance(leaf, tree.Lookup) and reads_event(leaf)}
    return list(found.values())


def populations_of(exprs: Iterable[Expr]) -> tuple[tree.Population, ...]:
    """Every population that the expressions need, each once, those that others are made of first."""
    found: dict[str, tree.Population] = {}
    passed: set[int] = set()
    for expr in list(exprs):
        _take_populations(expr, found, passed)
    return tuple(found.values())


def _take_populations(expr: Expr, found: dict[str, tree.Population], passed: set[int]) -> None:
    for leaf in leaves_of(expr, passed):
        for below in _asked_elsewhere(leaf):
            _take_populations(below, found, passed)
        if isinstance(leaf, tree.Population):
            found.setdefault(repr(leaf), leaf)


def _asked_elsewhere(leaf: Leaf) -> Iterator[Expr]:
    """The expressions inside a leaf that `leaves_of` does not enter."""
    match leaf:
        case tree.Ago(part=part) | tree.Population(of=part):
            yield part
        case tree.Metric():
            for measure in measures_behind(leaf):
                yield from exprs_in(measure)
        case _:
            return


def _values_in(parts: Iterable[tree.ScorePart]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part.value, tuple):
            yield from _values_in(part.value)
        else:
            yield part.value


__all__ = ["Leaf", "Measure", "event_lookups", "exprs_in", "leaves_of", "measures_of_consent", "parts_of", "populations_of", "reads_event"]
