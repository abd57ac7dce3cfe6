"""Leaves of expressions for a set of pairs: events joined with their pairs, aggregated per pair.

Reads   a step with the columns of `PAIRS`; events, traits, links
Gives   a step with one row per pair and one column per leaf (`Needs` names them)
Cost    one scan of the named events per round; predicates that read other metrics cost one more round
Held to tests/compiler/test_values.py and meaning, by tests/meaning/test_compiled_equals_naive.py
"""

from collections.abc import Callable
from dataclasses import dataclass

from opportune.language.compiler import identities
from opportune.language.compiler.leaves import Leaf, Measure, Needs, Shape, measure_of, measures_of_consent
from opportune.language.compiler.properties import property_term, trait_term
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.plans import PAIRS
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate
from opportune.language.vocabulary.events import MESSAGE_EVENTS

PAIR_COLUMNS = tuple(name for name, _ in PAIRS.columns)


@dataclass(frozen=True, slots=True)
class Columns:
    """Leaves read from the columns of one relation; `at` gives the moment asked about."""

    needs: Needs
    table: str
    at: Callable[[], Term]
    has_entry: bool = True

    def __call__(self, leaf: Leaf) -> Term:
        match leaf:
            case tree.Metric():
                return self._metric(leaf)
            case tree.Trait(kind=kind):
                return trait_term(kind, lambda: column(self.needs.trait(leaf), self.table))
            case tree.Consent(purpose=purpose):
                return self._consent(leaf, is_allowed_without=purpose == "profiling")
            case tree.TriggerProperty():
                return column(self.needs.trigger(leaf), self.table) if self.has_entry else sql.null()
            case tree.EntryId():
                return column("entry_id", self.table) if self.has_entry else sql.null()

    def _metric(self, metric: tree.Metric) -> Term:
        held = column(self.needs.measure(measure_of(metric)), self.table)
        match metric.function:
            case Aggregate.COUNT | Aggregate.SUM:
                return sql.coalesce(held, sql.number(0))
            case Aggregate.DID:
                return sql.less(sql.number(0), sql.coalesce(held, sql.number(0)))
            case Aggregate.AGE:
                return sql.minus(self.at(), held)
            case Aggregate.LAST:
                return held

    def _consent(self, consent: tree.Consent, *, is_allowed_without: bool) -> Term:
        given, withdrawn = (column(self.needs.measure(measure), self.table) for measure in measures_of_consent(consent))
        is_given = sql.coalesce(sql.less(withdrawn, given), sql.truth(False))
        never_withdrawn = sql.is_null(withdrawn.copy())
        return sql.either(is_given, never_withdrawn if is_allowed_without else sql.both(never_withdrawn, sql.is_known(given.copy())))


def selected(names: tuple[str, ...], table: str) -> Term:
    """The events of a selector; without names, every raw one that is no message of ours."""
    if names:
        listed = [sql.text(name) for name in names]
        return sql.equal(column("name", table), listed[0]) if len(listed) == 1 else sql.one_of(column("name", table), listed)
    ours = sql.one_of(column("name", table), [sql.text(name) for name in sorted(MESSAGE_EVENTS)])
    return sql.both(sql.equal(column("line", table), sql.number(0)), sql.negated(ours))


def order_key(table: str) -> tuple[Term, ...]:
    """Event order as terms."""
    return column("ts", table), sql.less(sql.number(0), column("line", table)), column("event_id", table), column("line", table)


def aggregate(measure: Measure, condition: Term | None, table: str) -> Term:
    """The measure over the rows for which `condition` holds."""
    value = measure.value
    held = None if value is None else property_term(value.name, value.kind, declared=value.declared, table=table)
    match measure.shape, held:
        case Shape.COUNT, _:
            return sql.only(sql.count(), condition)
        case Shape.LATEST, _:
            return sql.only(sql.largest(column("ts", table)), condition)
        case Shape.TOTAL, sql.Term():
            return sql.only(sql.total(held), condition)
        case Shape.LAST, sql.Term():
            return sql.only(sql.at_largest(held, *order_key(table)), condition)
        case _:
            raise ValueError(f"{measure.shape.value} needs a property to read")


def with_trigger_properties(steps: Steps, asked: str, needs: Needs) -> str:
    """`asked` with the typed properties of each pair's trigger."""
    if not needs.triggers:
        return asked
    kept = {name: column(name, "p") for name in PAIR_COLUMNS}
    read = {
        name: property_term(trigger.name, trigger.kind, declared=trigger.declared, table="t") for name, trigger in needs.triggers.values()
    }
    is_trigger = sql.both(
        sql.equal(column("event_id", "t"), column("trigger_event_id", "p")), sql.equal(column("line", "t"), column("trigger_line", "p"))
    )
    return steps.add(f"{asked}_triggered", sql.query(kept | read, Source(asked, "p"), [Join(Source("events", "t"), is_trigger, "LEFT")]))


def with_leaves(steps: Steps, asked: str, needs: Needs) -> str:
    """`asked` with a column for every leaf, one row per pair."""
    known = with_trigger_properties(steps, asked, needs)
    kept = (*PAIR_COLUMNS, *(name for name, _ in needs.triggers.values()))
    if not needs.measures and not needs.traits:
        return known
    identities.sources(steps, known, kept, name=f"{asked}_sources")
    if needs.traits:
        traits = pair_traits(steps, asked, needs)
        names = tuple(name for name, _ in needs.traits.values())
        known = _widened(steps, known, kept, traits, names, f"{asked}_with_traits")
        kept = (*kept, *names)
    return in_rounds(steps, asked, known, kept, needs, first=0)


def in_rounds(steps: Steps, asked: str, known: str, kept: tuple[str, ...], needs: Needs, *, first: int) -> str:
    """The measures of every depth from `first` on, each round reading the columns of those before."""
    depths = {name: needs.depth(measure) for name, measure in needs.measures.values()}
    for depth in range(first, max(depths.values(), default=-1) + 1):
        measures = {name: measure for name, measure in needs.measures.values() if depths[name] == depth}
        if not measures:
            continue
        found = _measured(steps, asked, known, measures, needs, reads_customer=depth > 0)
        known = _widened(steps, known, kept, found, tuple(measures), f"{asked}_round_{depth}")
        kept = (*kept, *measures)
    return known


def pair_traits(steps: Steps, asked: str, needs: Needs) -> str:
    """The latest JSON value of each trait per pair."""

    def order() -> tuple[Term, Term]:
        return (column("ts", "t"), column("event_id", "t"))

    read = {
        name: sql.only(sql.at_largest(column("value", "t"), *order()), sql.equal(column("name", "t"), sql.text(trait.name)))
        for name, trait in needs.traits.values()
    }
    visible = [
        sql.one_of(column("name", "t"), [sql.text(name) for name in needs.traits]),
        sql.at_most(column("ts", "t"), column("at", "s")),
        sql.at_most(column("received_at", "t"), column("seen", "s")),
    ]
    same = sql.equal(column("identity_key", "t"), column("source_key", "s"))
    joins = [Join(Source(f"{asked}_sources", "s"), same)]
    return steps.add(
        f"{asked}_traits", sql.query({"pair": column("pair", "s")} | read, Source("traits", "t"), joins, where=visible, group=1)
    )


def _measured(steps: Steps, asked: str, known: str, measures: dict[str, Measure], needs: Needs, *, reads_customer: bool) -> str:
    customer = "k" if reads_customer else "s"
    scalars = Scalars(Columns(needs, customer, lambda: column("at", customer)), event="e")
    read = {
        name: aggregate(measure, sql.both(*_conditions(measure, scalars, several=len(measures) > 1)), "e")
        for name, measure in measures.items()
    }
    visible = [
        _any_selected(list(measures.values())),
        sql.at_most(column("ts", "e"), column("at", "s")),
        sql.at_most(column("received_at", "e"), column("seen", "s")),
    ]
    windows = [measure.within for measure in measures.values() if measure.within is not None]
    if len(windows) == len(measures):
        visible.append(sql.less(sql.minus(column("at", "s"), sql.number(max(windows))), column("ts", "e")))
    joins = [Join(Source(f"{asked}_sources", "s"), sql.equal(column("identity_key", "e"), column("source_key", "s")))]
    if reads_customer:
        joins.append(Join(Source(known, "k"), sql.equal(column("pair", "k"), column("pair", "s"))))
    query = sql.query({"pair": column("pair", "s")} | read, Source("events", "e"), joins, where=visible, group=1)
    return steps.add(f"{known}_measured", query)


def _any_selected(measures: list[Measure]) -> Term:
    named = tuple(sorted({name for measure in measures for name in measure.names}))
    parts = ([selected(named, "e")] if named else []) + ([selected((), "e")] if any(not measure.names for measure in measures) else [])
    return sql.either(*parts)


def _conditions(measure: Measure, scalars: Scalars, *, several: bool) -> list[Term]:
    """What makes an event of the joined pair count, beyond being visible."""
    found = [selected(measure.names, "e")] if several else []
    if measure.within is not None:
        found.append(sql.less(sql.minus(column("at", "s"), sql.number(measure.within)), column("ts", "e")))
    if measure.since_entry:
        found.append(_since_entry())
    if measure.where is not None:
        found.append(scalars.chosen(measure.where))
    return found


def _since_entry() -> Term:
    """After the trigger in event order where the moment is its trigger's own ts, else after the entry; everything without an entry."""

    def entered() -> Term:
        return column("entry_at", "s")

    later = sql.less(entered(), column("ts", "e"))
    tied = sql.both(
        column("is_event_moment", "s"),
        sql.equal(column("ts", "e"), entered()),
        follows("e", "event_id", "line", "s", "trigger_event_id", "trigger_line"),
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


def _widened(steps: Steps, known: str, kept: tuple[str, ...], found: str, names: tuple[str, ...], name: str) -> str:
    columns = {column_name: column(column_name, "k") for column_name in kept} | {
        column_name: column(column_name, "f") for column_name in names
    }
    joins = [Join(Source(found, "f"), sql.equal(column("pair", "f"), column("pair", "k")), "LEFT")]
    return steps.add(name, sql.query(columns, Source(known, "k"), joins))
