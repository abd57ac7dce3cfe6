"""What an expression reads of a customer: the leaves of its tree, each once.

Leaves are told apart by how they are written, not by Python's equality, for which True is 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr, Property, Since
from opportune.language.vocabulary.instants import Span, span_of
from opportune.language.vocabulary.kinds import Kind

Leaf = tree.Metric | tree.Trait | tree.Consent | tree.TriggerProperty | tree.EntryId
"""The nodes whose values come from relations."""

PROFILING = tree.Consent("profiling")
"""Without it there is no score."""


class Shape(Enum):
    """What is kept of the selected events."""

    COUNT = "count"
    TOTAL = "total"
    LATEST = "latest"
    """The greatest `ts`."""
    LAST = "last"
    """The value at the last event that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One aggregate over a customer's events. Empty `names` is `any()`."""

    shape: Shape
    names: tuple[str, ...]
    where: Expr | None = None
    value: Property | None = None
    within: Span | None = None
    since_entry: bool = False

    @property
    def is_additive(self) -> bool:
        """Parts computed for each identity can be put together."""
        return self.shape is not Shape.LAST


def measure_of(metric: tree.Metric) -> Measure:
    """What has to be aggregated for a metric; `did` needs what `count` needs."""
    shapes = {
        Aggregate.COUNT: Shape.COUNT,
        Aggregate.DID: Shape.COUNT,
        Aggregate.SUM: Shape.TOTAL,
        Aggregate.AGE: Shape.LATEST,
        Aggregate.LAST: Shape.LAST,
    }
    return Measure(
        shape=shapes[metric.function],
        names=tuple(sorted(set(metric.selector.names))),
        where=metric.where,
        value=metric.value,
        within=None if metric.within is None else span_of(metric.within),
        since_entry=metric.since is Since.ENTRY,
    )


def measures_of_consent(consent: tree.Consent) -> tuple[Measure, Measure]:
    """When it was last given and last withdrawn."""
    purpose = tree.Compare(tree.Comparison.EQ, Property("purpose", Kind.TEXT, True), tree.Literal(consent.purpose))
    given, withdrawn = (Measure(shape=Shape.LATEST, names=(name,), where=purpose) for name in ("Consent Given", "Consent Withdrawn"))
    return given, withdrawn


def parts_of(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly below, all asked at the same pair; a metric's predicate is not one of them."""
    match expr:
        case tree.Compare(left=left, right=right) | tree.Arithmetic(left=left, right=right):
            return left, right
        case tree.Member(item=part) | tree.Negative(part=part) | tree.Not(part=part) | tree.Known(part=part):
            return (part,)
        case tree.All(parts=parts) | tree.Any(parts=parts) | tree.Coalesce(parts=parts):
            return parts
        case tree.Score(parts=scored):
            return PROFILING, *_values_in(scored)
        case tree.Coverage(score=score):
            return tuple(_values_in(score.parts))
        case tree.Literal() | tree.Property() | tree.Metric() | tree.Trait() | tree.Consent():
            return ()
        case tree.TriggerProperty() | tree.EntryId() | tree.Reference():
            return ()
        case _:
            assert_never(expr)


def leaves_of(expr: Expr) -> Iterator[Leaf]:
    """Every leaf asked at the pair itself, predicates not entered."""
    if isinstance(expr, Leaf):
        yield expr
    for part in parts_of(expr):
        yield from leaves_of(part)


def _values_in(parts: Iterable[tree.ScorePart]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part.value, tuple):
            yield from _values_in(part.value)
        else:
            yield part.value


@dataclass(slots=True)
class Needs:
    """The measures, traits and trigger properties that expressions read, each under a column name of its own."""

    measures: dict[str, tuple[str, Measure]] = field(default_factory=dict)
    traits: dict[str, tuple[str, tree.Trait]] = field(default_factory=dict)
    triggers: dict[str, tuple[str, tree.TriggerProperty]] = field(default_factory=dict)

    def gather(self, exprs: Iterable[Expr]) -> None:
        """Take up all that `exprs` read, in predicates too."""
        for expr in exprs:
            for leaf in leaves_of(expr):
                self._take(leaf)

    def measure(self, measure: Measure) -> str:
        """The column of a measure."""
        return self.measures[repr(measure)][0]

    def trait(self, trait: tree.Trait) -> str:
        """The column of a trait's JSON value."""
        return self.traits[trait.name][0]

    def trigger(self, trigger: tree.TriggerProperty) -> str:
        """The column of a property of the trigger."""
        return self.triggers[repr(trigger)][0]

    def depth(self, measure: Measure) -> int:
        """How many rounds of aggregation come before it: 0 when its predicate looks at its event only."""
        inner = [inner for leaf in leaves_of(measure.where) for inner in _measures_behind(leaf)] if measure.where else []
        reads_customer = measure.where is not None and any(isinstance(leaf, tree.Trait) for leaf in leaves_of(measure.where))
        return max([1 + self.depth(part) for part in inner] + [int(reads_customer)])

    def _take(self, leaf: Leaf) -> None:
        match leaf:
            case tree.Trait():
                self.traits.setdefault(leaf.name, (f"trait_{len(self.traits)}", leaf))
            case tree.TriggerProperty():
                self.triggers.setdefault(repr(leaf), (f"trigger_{len(self.triggers)}", leaf))
            case tree.Metric() | tree.Consent():
                for measure in _measures_behind(leaf):
                    self.measures.setdefault(repr(measure), (f"measure_{len(self.measures)}", measure))
                    if measure.where is not None:
                        self.gather([measure.where])
            case tree.EntryId():
                pass
            case _:
                assert_never(leaf)


def _measures_behind(leaf: Leaf) -> tuple[Measure, ...]:
    match leaf:
        case tree.Metric():
            return (measure_of(leaf),)
        case tree.Consent():
            return measures_of_consent(leaf)
        case tree.Trait() | tree.TriggerProperty() | tree.EntryId():
            return ()
        case _:
            assert_never(leaf)
