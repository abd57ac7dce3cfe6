"""A project's definitions, resolved and checked: what `meaning/`, `compiler/` and the shell work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.language.tree.expressions import Expr, Score
from opportune.language.tree.journeys import Journey
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Every named definition with its references inlined; expressions are checked (kinds known, durations coerced)."""

    metrics: Mapping[str, Expr] = field(default_factory=dict)
    segments: Mapping[str, Expr] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    journeys: Mapping[str, Journey] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Segment name → label for people."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """`KIND.NAME` (such as `metric.orders_90d`) → the kind of its value."""
