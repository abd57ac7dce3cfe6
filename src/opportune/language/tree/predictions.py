"""`prediction.x`: what a model told, kept as a trait; else a heuristic of the project; null where profiling is not allowed.

Source: SEMANTICS sections 2 and 3
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opportune.language.tree.expressions import Choice, Coalesce, Consent, Expr, Known, Literal, Not, Trait
from opportune.language.tree.walking import walk_once
from opportune.language.vocabulary.kinds import Kind

KINDS: dict[str, Kind] = {
    "churn_30d": Kind.NUMBER,
    "reactivation_30d": Kind.NUMBER,
    "premium_next": Kind.NUMBER,
    "next_order_at": Kind.TIME,
    "next_category": Kind.TEXT,
    "clv_365d": Kind.MONEY,
}
"""Prediction → the kind of its value."""
PROFILING = Consent("profiling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heuristic:
    """What stands in for a prediction where no model has told one."""

    value: Expr
    note: str | None = None
    """How it is reckoned, for people."""


def told(name: str) -> Trait:
    """What a model told last; null where none did."""
    return Trait(f"prediction.{name}", KINDS[name])


def foretold(name: str, heuristic: Expr | None = None) -> Expr:
    """What stands where `prediction.x` was written."""
    value = told(name) if heuristic is None else Coalesce((told(name), heuristic))
    return Choice(PROFILING, value, Literal(None))


def is_guessed(name: str) -> Expr:
    """The condition under which `prediction.x` is its heuristic's value and no model's."""
    return Choice(PROFILING, Not(Known(told(name))), Literal(False))


def guessed_in(trees: Iterable[object], heuristics: Mapping[str, Heuristic]) -> tuple[str, ...]:
    """The predictions that resolved trees read and for which a heuristic may stand in."""
    names = {part.name for part in walk_once(trees) if isinstance(part, Trait)}
    return tuple(name for name in heuristics if told(name).name in names)


TREES: dict[str, Expr] = {f"prediction.{name}": foretold(name) for name in KINDS}
"""What stands where `prediction.x` was written and nobody gave a heuristic."""
