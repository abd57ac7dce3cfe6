"""Events as measures see them: which ones a selector takes, which count, and what is kept of them."""

from collections.abc import Callable
from typing import assert_never

import sqlglot.expressions as exp

from opportune.language.compiler.measures import IDLE, Measure, Shape
from opportune.language.compiler.properties import property_term, selected
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.tree.expressions import Since
from opportune.language.vocabulary.instants import FOREVER

EVENT = "e"
"""The alias of the events that are looked at."""


def taken(measures: list[Measure]) -> Term:
    """The events that any of the measures looks at."""
    if any(measure.is_presence for measure in measures):
        raw = sql.equal(column("line", EVENT), sql.number(0))
        named = tuple(sorted({name for measure in measures for name in measure.names}))
        return sql.either(raw, selected(named, EVENT)) if named else raw
    named = tuple(sorted({name for measure in measures for name in measure.names}))
    parts = [selected(named, EVENT)] if named else []
    return sql.either(*parts, *([selected((), EVENT)] if any(not measure.names for measure in measures) else []))


def stands(seen: Term, table: str) -> Term:
    """A derived event's row has not been withdrawn."""
    withdrawn = column("withdrawn_at", table)
    return sql.either(sql.is_null(withdrawn), sql.less(seen, withdrawn.copy()))


def counted(measure: Measure, scalars: Scalars, at: Callable[[], Term], begin: Callable[[Since], list[Term]], *, alone: bool) -> list[Term]:
    """What makes a visible event count, voids apart. `alone`: the scan takes no other events than this measure's.

    `begin` says what `since=entry` and `since=previous` mean where the events are joined.
    """
    found = [] if alone else [taken([measure])]
    if measure.within is not None:
        found.append(sql.less(sql.minus(at(), sql.number(measure.within)), column("ts", EVENT)))
    if isinstance(measure.since, Since):
        found += begin(measure.since)
    elif measure.since is not None:
        found.append(after(scalars.term(measure.since)))
    if measure.where is not None:
        found.append(scalars.chosen(measure.where))
    return found


def after(begin: Term) -> Term:
    """`ts > begin`; all where there is no beginning."""
    return sql.coalesce(sql.less(begin, column("ts", EVENT)), sql.truth(True))


def since_entry(pair: str) -> Term:
    """After the trigger in event order where the moment is its trigger's own ts, else after the entry; everything without an entry."""

    def entered() -> Term:
        return column("entry_at", pair)

    later = sql.less(entered(), column("ts", EVENT))
    tied = sql.both(
        column("is_event_moment", pair),
        sql.equal(column("ts", EVENT), entered()),
        follows(EVENT, "event_id", "line", pair, "trigger_event_id", "trigger_line"),
    )
    return sql.either(sql.is_null(entered()), sql.coalesce(later, sql.truth(False)), sql.coalesce(tied, sql.truth(False)))


def follows(table: str, event_id: str, line: str, of: str, of_event_id: str, of_line: str) -> Term:
    """Whether an event comes after another of the same ts in event order: (line > 0, event_id, line)."""

    def derived() -> Term:
        return sql.less(sql.number(0), column(line, table))

    def other_derived() -> Term:
        return sql.less(sql.number(0), column(of_line, of))

    same_side = sql.equal(derived(), other_derived())
    by_id = sql.less(column(of_event_id, of), column(event_id, table))
    by_line = sql.both(sql.equal(column(of_event_id, of), column(event_id, table)), sql.less(column(of_line, of), column(line, table)))
    return sql.either(sql.both(derived(), sql.negated(other_derived())), sql.both(same_side, sql.either(by_id, by_line)))


def value_of(measure: Measure) -> Term:
    """The property a measure reads."""
    value = measure.value
    if value is None:
        raise ValueError(f"{measure.shape.value} needs a property to read")
    return property_term(value.name, value.kind, declared=value.declared, table=EVENT)


def value_of_taken(measure: Measure) -> Term:
    """The property a measure reads, in a scan that others share."""
    return of_taken(measure, value_of(measure))


def of_taken(measure: Measure, term: Term) -> Term:
    """`term`, null beside the events that the measure looks at: engines work out what a filtered aggregate reads for every row of a scan,
    and to look into the JSON of events that do not count took most of the time of a scan that many measures share."""
    reads_json = any(each.name == "rest" for each in term.find_all(exp.Column))
    return sql.choose(taken([measure]), term) if reads_json else term


def kept(measure: Measure, condition: Term | None, at: Callable[[], Term], value: Callable[[Measure], Term] | None = None) -> Term:
    """The measure over the rows for which `condition` holds; `value` gives what it reads, where that is not the event's property."""
    value = value or value_of
    match measure.shape:
        case Shape.COUNT:
            return sql.only(sql.count(), condition)
        case Shape.EARLIEST:
            return sql.only(sql.smallest(column("ts", EVENT)), condition)
        case Shape.LATEST:
            return sql.only(sql.largest(column("ts", EVENT)), condition)
        case Shape.DECAYED:
            return sql.only(sql.total(_weight(measure, at)), condition)
        case Shape.KNOWN:
            return sql.only(sql.count_of(value(measure)), condition)
        case Shape.TOTAL:
            return sql.only(sql.total(value(measure)), condition)
        case Shape.SMALLEST:
            return sql.only(sql.smallest(value(measure)), condition)
        case Shape.LARGEST:
            return sql.only(sql.largest(value(measure)), condition)
        case Shape.MEDIAN:
            return sql.only(sql.lower_median(value(measure)), condition)
        case Shape.DISTINCT:
            return sql.only(sql.distinct_count(value(measure)), condition)
        case Shape.FIRST:
            return sql.only(sql.at_smallest(value(measure), order_of(EVENT)), has_value(measure, condition, value))
        case Shape.LAST:
            return sql.only(sql.at_largest(value(measure), order_of(EVENT)), has_value(measure, condition, value))
        case Shape.TOP | Shape.ACTIVE:
            raise ValueError(f"{measure.shape.value} needs a query of its own")
        case _:
            assert_never(measure.shape)


def has_value(measure: Measure, condition: Term | None, value: Callable[[Measure], Term] | None = None) -> Term:
    """`condition`, and that there is a value."""
    known = sql.is_known((value or value_of)(measure))
    return known if condition is None else sql.both(condition, known)


def _weight(measure: Measure, at: Callable[[], Term]) -> Term:
    """2 ** -((at - ts) / half_life)"""
    age = sql.cast(sql.minus(column("ts", EVENT), at()), "DOUBLE")
    return sql.power(sql.real(2), sql.over(age, sql.real(measure.half_life or 1)))


def alone_rows(measure: Measure) -> dict[str, Term]:
    """What a measure that needs a query of its own keeps of each event."""
    if measure.shape is Shape.TOP:
        return {"value": value_of(measure), "order_key": order_of(EVENT)}
    return {"value": value_of(measure), "ts": column("ts", EVENT)}


def brought_together(steps: Steps, measure: Measure, rows: str, name: str) -> str:
    """`pair` and the measure, from the step `rows` of its events by pair."""
    return _top(steps, rows, name) if measure.shape is Shape.TOP else _active(steps, rows, name)


def _top(steps: Steps, rows: str, name: str) -> str:
    """The most frequent value; among equals the one whose last occurrence is last."""
    often = {"pair": column("pair", "r"), "value": column("value", "r"), "times": sql.count()}
    often["order_key"] = sql.largest(column("order_key", "r"))
    counted = steps.add(f"{rows}_counted", sql.query(often, Source(rows, "r"), where=[sql.is_known(column("value", "r"))], group=2))
    most = sql.record(times=column("times", "c"), place=column("order_key", "c"))
    top = {"pair": column("pair", "c"), name: sql.at_largest(column("value", "c"), most)}
    return steps.add(f"{rows}_top", sql.query(top, Source(counted, "c"), group=1))


def _active(steps: Steps, rows: str, name: str) -> str:
    """What was measured, else the short gaps between neighbours."""
    before = sql.lag(column("ts", "r"), 1, sql.number(-FOREVER), Window(("pair",), ("ts",)))
    gaps = {"pair": column("pair", "r"), "value": column("value", "r"), "gap": sql.minus(column("ts", "r"), before)}
    neighbours = steps.add(f"{rows}_gaps", sql.query(gaps, Source(rows, "r")))
    short = sql.only(sql.total(column("gap", "n")), sql.at_most(column("gap", "n"), sql.number(IDLE)))
    active = {"pair": column("pair", "n"), name: sql.coalesce(sql.total(column("value", "n")), short)}
    return steps.add(f"{rows}_active", sql.query(active, Source(neighbours, "n"), group=1))
