"""Measures: what is kept of a customer's events so that metrics and consents can be told from it.

Several metrics may need one measure, and one metric several: `avg` is a total and a number of values.
"""

from dataclasses import dataclass, replace
from enum import Enum

from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr, Property, Since, Void
from opportune.language.vocabulary.instants import Span, span_of
from opportune.language.vocabulary.kinds import Kind

DWELL = Property("dwell", Kind.DURATION, True)
"""What `active` adds where there is any."""
IDLE = Span(5 * 60 * 1_000_000)
"""The longest gap between two events that `active` counts."""


class Shape(Enum):
    """What is kept of the selected events."""

    COUNT = "count"
    KNOWN = "known"
    """How many have a value."""
    TOTAL = "total"
    SMALLEST = "smallest"
    LARGEST = "largest"
    EARLIEST = "earliest"
    """The least `ts`."""
    LATEST = "latest"
    """The greatest `ts`."""
    DECAYED = "decayed"
    FIRST = "first"
    """The value at the first event that has one."""
    LAST = "last"
    MEDIAN = "median"
    DISTINCT = "distinct"
    TOP = "top"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One aggregate over a customer's events. Empty `names` is `any()`."""

    shape: Shape
    names: tuple[str, ...]
    derived: tuple[str, ...] = ()
    """Those of `names` whose rows may be withdrawn."""
    voids: tuple[Void, ...] = ()
    where: Expr | None = None
    value: Property | None = None
    within: Span | None = None
    since: Since | Expr | None = None
    half_life: Span | None = None
    is_presence: bool = False
    """Over every raw event, messages too."""

    @property
    def is_picked(self) -> bool:
        """The value of one event."""
        return self.shape in (Shape.FIRST, Shape.LAST)

    @property
    def is_alone(self) -> bool:
        """It needs a query of its own: its events are brought together twice."""
        return self.shape in (Shape.TOP, Shape.ACTIVE)


PRESENCE = Measure(shape=Shape.EARLIEST, names=(), is_presence=True)
"""Known where a customer has an event."""

_SHAPES: dict[Aggregate, tuple[Shape, ...]] = {
    Aggregate.COUNT: (Shape.COUNT,),
    Aggregate.DID: (Shape.COUNT,),
    Aggregate.SUM: (Shape.TOTAL,),
    Aggregate.AVG: (Shape.TOTAL, Shape.KNOWN),
    Aggregate.MEDIAN: (Shape.MEDIAN,),
    Aggregate.MIN: (Shape.SMALLEST,),
    Aggregate.MAX: (Shape.LARGEST,),
    Aggregate.DISTINCT: (Shape.DISTINCT,),
    Aggregate.FIRST: (Shape.FIRST,),
    Aggregate.LAST: (Shape.LAST,),
    Aggregate.TOP: (Shape.TOP,),
    Aggregate.AGE: (Shape.LATEST,),
    Aggregate.TIME: (Shape.LATEST,),
    Aggregate.TENURE: (Shape.EARLIEST,),
    Aggregate.FIRST_TIME: (Shape.EARLIEST,),
    Aggregate.DECAYED: (Shape.DECAYED,),
    Aggregate.GAP: (Shape.COUNT, Shape.EARLIEST, Shape.LATEST),
    Aggregate.ACTIVE: (Shape.ACTIVE,),
}


def measures_of(metric: tree.Metric) -> tuple[Measure, ...]:
    """What has to be aggregated for a metric; `did` needs what `count` needs."""
    measure = Measure(
        shape=Shape.COUNT,
        names=tuple(sorted(set(metric.selector.names))),
        derived=tuple(sorted(set(metric.selector.derived))),
        voids=tuple(void for void in metric.selector.voids if not metric.selector.names or set(void.names) & set(metric.selector.names)),
        where=metric.where,
        within=None if metric.within is None else span_of(metric.within),
        since=metric.since,
    )
    return tuple(_shaped(measure, shape, metric) for shape in _SHAPES[metric.function])


def _shaped(measure: Measure, shape: Shape, metric: tree.Metric) -> Measure:
    match shape:
        case Shape.COUNT | Shape.EARLIEST | Shape.LATEST:
            return replace(measure, shape=shape)
        case Shape.ACTIVE:
            return replace(measure, shape=shape, value=DWELL)
        case Shape.DECAYED:
            if metric.half_life is None:
                raise ValueError("decayed needs a half_life")
            return replace(measure, shape=shape, half_life=span_of(metric.half_life))
        case _:
            if metric.value is None:
                raise ValueError(f"{metric.function.value} needs a property to read")
            return replace(measure, shape=shape, value=metric.value)


def measures_of_consent(consent: tree.Consent) -> tuple[Measure, Measure]:
    """When it was last given and last withdrawn."""
    purpose = tree.Compare(tree.Comparison.EQ, Property("purpose", Kind.TEXT, True), tree.Literal(consent.purpose))
    given, withdrawn = (Measure(shape=Shape.LATEST, names=(name,), where=purpose) for name in ("Consent Given", "Consent Withdrawn"))
    return given, withdrawn


def measures_behind(leaf: object) -> tuple[Measure, ...]:
    """The measures from which the value of a leaf is told."""
    match leaf:
        case tree.Metric():
            return measures_of(leaf)
        case tree.Consent():
            return measures_of_consent(leaf)
        case _:
            return ()
