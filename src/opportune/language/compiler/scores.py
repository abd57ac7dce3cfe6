"""Scores as SQL: weighted means of what is known, and how much that is."""

from collections.abc import Callable, Sequence

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term
from opportune.language.tree.expressions import Expr, ScorePart

Value = Callable[[Expr], Term]
"""A part's value as a DOUBLE, a fresh term at each call."""


def mean(parts: Sequence[ScorePart], value: Value) -> Term:
    """The weighted mean of the known parts, 0..1; null when none is. Weights are above 0."""
    known = [sql.choose(_is_known(part, value), sql.real(part.weight), sql.real(0)) for part in parts]
    weighted = [sql.choose(_is_known(part, value), sql.times(sql.real(part.weight), _scored(part, value)), sql.real(0)) for part in parts]
    return sql.over(_added(weighted), _added(known))


def coverage(parts: Sequence[ScorePart], value: Value) -> Term:
    """The share of the weight that is known; groups count by their own coverage."""
    covered = [sql.times(sql.real(part.weight), _covered(part, value)) for part in parts]
    return sql.over(_added(covered), sql.real(sum(part.weight for part in parts)))


def _scored(part: ScorePart, value: Value) -> Term:
    """The score of a part that is known."""
    if isinstance(part.value, tuple):
        return mean(part.value, value)
    return sql.larger(sql.real(0), sql.smaller(sql.real(1), value(part.value)))


def _is_known(part: ScorePart, value: Value) -> Term:
    # asked of the leaves: a group's mean, written out each time it is asked for, grows with every level
    if isinstance(part.value, tuple):
        return sql.either(*(_is_known(inner, value) for inner in part.value))
    return sql.is_known(value(part.value))


def _covered(part: ScorePart, value: Value) -> Term:
    if isinstance(part.value, tuple):
        return coverage(part.value, value)
    return sql.choose(sql.is_known(value(part.value)), sql.real(1), sql.real(0))


def _added(terms: list[Term]) -> Term:
    added = terms[0]
    for term in terms[1:]:
        added = sql.plus(added, term)
    return added
