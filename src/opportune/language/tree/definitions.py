"""A project's definitions, resolved and checked: what `meaning/`, `compiler/` and the shell work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opportune.language.tree.expressions import Expr, Score, Table
from opportune.language.tree.journeys import Journey
from opportune.language.tree.moments import Moment
from opportune.language.tree.predictions import Heuristic
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An entry of `derived:`: a moment written back as an event called `name` at `ts = m`."""

    name: str
    when: Moment
    set: Mapping[str, Expr] = field(default_factory=dict)
    """Property → its value at m; `trigger.x` is readable, `since=previous` begins after the trigger of the one before."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """Property → kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Every named definition with its references inlined; expressions are checked (kinds known, durations coerced)."""

    metrics: Mapping[str, Expr] = field(default_factory=dict)
    segments: Mapping[str, Expr] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    ladders: Mapping[str, Expr] = field(default_factory=dict)
    """Each as a chain of choices whose value is the name of the rung."""
    tiers: Mapping[str, Expr] = field(default_factory=dict)
    """Likewise, the name of the band; null without a value and without `otherwise`."""
    attached: Mapping[str, Mapping[str, Expr]] = field(default_factory=dict)
    """`ladder.x` or `tier.x` → name of its data → the value of that data."""
    heuristics: Mapping[str, Heuristic] = field(default_factory=dict)
    """Name of a prediction → what stands in for it where no model has told it. `predictions.guessed_in` finds where it shows,
    `predictions.is_guessed` asks whether it does."""
    steps_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`ladder.x` or `tier.x` → its rungs or bands, highest first, `otherwise` last."""
    derived: Mapping[str, Derived] = field(default_factory=dict)
    """Event name → how it is derived; each after those it reads."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    journeys: Mapping[str, Journey] = field(default_factory=dict)
    sending: Sending = field(default_factory=Sending)
    """What `caps:` and `quiet_hours:` say."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Segment name, for other rooms `room.name` → label for people."""
    samples: Mapping[str, timedelta] = field(default_factory=dict)
    """`room.name` → how often a value that varies all the time is looked at, where that is more than daily."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """`KIND.NAME` (such as `metric.orders_90d`) → the kind of its value."""
