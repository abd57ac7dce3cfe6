"""What a timeline adds up: what each event brings to a measure and takes away again, and what all of them have come to.

Reads   events `e` and links `l`; rows `m` of what came and went, in the order of `known_at`
"""

from opportune.language.compiler.measures import Measure, Shape
from opportune.language.compiler.properties import property_term
from opportune.language.relations import builders as sql
from opportune.language.relations import order
from opportune.language.relations.builders import Term, Window, column

ADDED = (Shape.COUNT, Shape.KNOWN, Shape.TOTAL)
PICKED = (Shape.FIRST, Shape.LAST)
ORDER = Window(("identity_key",), ("known_at",))


def lateness(*, is_linked: bool) -> Term:
    """How long after it happened an event arrived, or the link that brought it if that came later."""
    late = sql.minus(column("received_at", "e"), column("ts", "e"))
    if not is_linked:
        return late
    by_link = sql.less(column("received_at", "e"), column("seen_from", "l"))
    return sql.choose(by_link, sql.minus(column("seen_from", "l"), column("at_from", "l")), late)


def brought(measure: Measure, condition: Term | None, *, going: bool) -> Term:
    """What one event brings, or takes away."""
    match measure.shape:
        case Shape.COUNT:
            come: Term = sql.number(1)
        case Shape.KNOWN:
            come = sql.choose(sql.is_known(_property(measure)), sql.number(1))
        case Shape.EARLIEST | Shape.LATEST:
            come = column("ts", "e")
        case Shape.FIRST | Shape.LAST:
            come = sql.choose(sql.is_known(_property(measure)), sql.record(place=order.order_of("e"), value=_property(measure)))
        case _:
            come = _property(measure)
    if going:
        come = sql.minus(sql.number(0), come)
    return come if condition is None else sql.choose(condition, come)


def _property(measure: Measure) -> Term:
    value = measure.value
    if value is None:
        raise ValueError(f"{measure.shape.value} needs a property to read")
    return property_term(value.name, value.kind, declared=value.declared, table="e")


def moved(measure: Measure, delta: Term) -> Term:
    """What came and went at one instant."""
    if measure.shape in (Shape.COUNT, Shape.KNOWN):
        return sql.cast(sql.total(delta), "BIGINT")
    return _together(measure.shape, delta)


def run_of(measure: Measure, name: str) -> Term:
    """What a column of such rows adds up to, in a window."""
    come = column(name, "m")
    # whole numbers are added exactly as fractions too, below 2**53, and at half the cost of the 128 bits of an engine's integer sums
    return _together(measure.shape, sql.cast(come, "DOUBLE") if measure.shape in (Shape.COUNT, Shape.KNOWN) else come)


def before(measure: Measure, name: str) -> Term:
    """What all before a row come to. Whole numbers, of which none is 0 too, are taken away again: that spares a second run."""
    if measure.shape in (Shape.COUNT, Shape.KNOWN):
        return sql.minus(ORDER.of_running(run_of(measure, name)), sql.coalesce(column(name, "m"), sql.number(0)))
    return ORDER.of_preceding(run_of(measure, name))


def _together(shape: Shape, term: Term) -> Term:
    if shape in ADDED:
        return sql.total(term)
    return sql.smallest(term) if shape in (Shape.SMALLEST, Shape.EARLIEST, Shape.FIRST) else sql.largest(term)


def shown_as(measure: Measure, run: Term) -> Term:
    """A running measure as the value it stands for."""
    if measure.shape in PICKED:
        return sql.part_of(run, "value")
    return sql.cast(run, "BIGINT") if measure.shape in (Shape.COUNT, Shape.KNOWN) else run
