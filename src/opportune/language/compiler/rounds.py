"""Rounds: what is aggregated, looked up or calibrated for a set of pairs once the columns it depends on are known.

Reads   the steps `ASKED_sources` (pairs with the ids of their customers) and `known` (pairs with the columns of the rounds before)
Gives   steps with `pair` and columns
Cost    one scan of the named events, one more for each measure that needs a query of its own, each void and each lookup by an event
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from opportune.language.compiler import distances, lookups
from opportune.language.compiler.calibrated import counted_in_groups, counted_together, of_groups
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.measures import Measure, Shape
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import property_term
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scans import (
    EVENT,
    after,
    alone_rows,
    brought_together,
    counted,
    kept,
    of_taken,
    since_entry,
    stands,
    taken,
    value_of,
    value_of_taken,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.tree.expressions import Distance, Lookup, Population, Since, Void
from opportune.language.vocabulary.instants import span_of

SAME = "same"
FEW = 4
"""Names of events; who reads more reads most of a customer's events."""
LATELY = span_of(timedelta(days=45))
"""What reads no further back leaves most of a year's events out."""
Bound = Callable[[], Term] | None


@dataclass(slots=True)
class Round:
    """One round. The pairs are `s` in its queries and, where customers are read, `k` their columns so far."""

    steps: Steps
    asked: str
    known: str
    needs: Needs
    reads_customer: bool
    after: Bound = None
    """Every pair that matters is asked after it: a bound of the scans that is the same for all pairs."""
    at_one_instant: bool = False
    """The pairs are customers at one and the same (at, seen): of no journey, and with the columns of `calibrated.at_one_instant`."""
    _voids: dict[str, str] = field(default_factory=dict)

    def measured(self, measures: Mapping[str, Measure]) -> dict[str, tuple[str, ...]]:
        """Steps with `pair` and measures."""
        together = {name: measure for name, measure in measures.items() if not measure.is_alone}
        found = {self._together(f"{self.known}_{name}", some): tuple(some) for name, some in _scanned(together).items()}
        for name, measure in measures.items():
            if measure.is_alone:
                shown = {"pair": column("pair", "s")} | alone_rows(measure)
                rows = self.steps.add(f"{self.known}_{name}", self._scan(shown, [measure], where=self._counted(measure, alone=True)))
                found[brought_together(self.steps, measure, rows, name)] = (name,)
        return found

    def calibrated(self, populations: Mapping[str, Population]) -> dict[str, tuple[str, ...]]:
        """Steps with `pair` and what was calibrated."""
        in_groups = {name: population for name, population in populations.items() if self.at_one_instant or population.by is not None}
        together = {name: population for name, population in populations.items() if name not in in_groups}
        told = of_groups if self.at_one_instant else counted_in_groups
        found: dict[str, tuple[str, ...]] = {}
        for name, population in in_groups.items():
            found[told(self.steps, self.known, population, name, self._of_known())] = (name,)
        return found | ({counted_together(self.steps, self.known, together): tuple(together)} if together else {})

    def looked_up(self, name: str, leaf: Lookup | Distance) -> str:
        """A step with `pair` and what the table says."""
        return self._far_away(name, leaf) if isinstance(leaf, Distance) else self._in_row(name, leaf)

    def _in_row(self, name: str, lookup: Lookup) -> str:
        key = self._of_known().term(lookup.key)
        keys = {"pair": column("pair", "k"), "at": column("at", "k"), "seen": column("seen", "k"), "key": sql.cast(key, "VARCHAR")}
        keyed = self.steps.add(f"{self.known}_{name}_keys", sql.query(keys, Source(self.known, "k")))
        asked = {part: column(part, "q") for part in lookups.ASKED}
        where = [sql.is_known(column("key", "q"))]
        distinct = self.steps.add(f"{self.known}_{name}_asked", sql.query(asked, Source(keyed, "q"), where=where, distinct=True))
        rows = lookups.rows_of(self.steps, distinct, lookup)
        same = sql.both(*(sql.equal(column(part, "r"), column(part, "q")) for part in lookups.ASKED))
        shown = {"pair": column("pair", "q"), name: column("value", "r")}
        return self.steps.add(f"{self.known}_{name}", sql.query(shown, Source(keyed, "q"), [Join(Source(rows, "r"), same)]))

    def _far_away(self, name: str, distance: Distance) -> str:
        place = (self._of_known().term(part) for part in (distance.latitude, distance.longitude))
        asked = {part: column(part, "k") for part in ("pair", "at", "seen")}
        asked |= {part: sql.cast(degrees, "DOUBLE") for part, degrees in zip(distances.PLACE, place, strict=True)}
        placed = self.steps.add(f"{self.known}_{name}_places", sql.query(asked, Source(self.known, "k")))
        found = distances.nearest_of(self.steps, placed, distance)
        same = sql.both(*(sql.equal(column(part, "r"), column(part, "q")) for part in distances.ASKED))
        shown = {"pair": column("pair", "q"), name: column("value", "r")}
        return self.steps.add(f"{self.known}_{name}", sql.query(shown, Source(placed, "q"), [Join(Source(found, "r"), same)]))

    def _together(self, step: str, measures: Mapping[str, Measure]) -> str:
        is_one = len(measures) == 1
        read: dict[str, Term] = {"pair": column("pair", "s")}
        for name, measure in measures.items():
            conditions = [] if is_one else self._counted(measure, alone=False)
            value = value_of if is_one else value_of_taken
            read[name] = kept(measure, of_taken(measure, sql.both(*conditions)) if conditions else None, _at, value)
        # with a single measure its conditions are left to the scan
        where = self._counted(next(iter(measures.values())), alone=True) if is_one else []
        return self.steps.add(step, self._scan(read, list(measures.values()), where=where, group=1))

    def _scan(self, shown: Mapping[str, Term], measures: Sequence[Measure], *, where: Sequence[Term], group: int = 0) -> sql.Query:
        joins = [*self._joins(), *self._lookups(measures), *self._void_joins(measures)]
        return sql.query(shown, Source("events", EVENT), joins, where=[*_visible(measures), *self._earliest(measures), *where], group=group)

    def _earliest(self, measures: Sequence[Measure]) -> list[Term]:
        """What every window has left by the first pair."""
        windows = [measure.within for measure in measures if measure.within is not None]
        if self.after is None or len(windows) < len(measures):
            return []
        return [sql.less(sql.minus(self.after(), sql.number(max(windows))), column("ts", EVENT))]

    def _counted(self, measure: Measure, *, alone: bool) -> list[Term]:
        return [*counted(measure, self._scalars(), _at, self._begin, alone=alone), *self._not_void(measure)]

    def _begin(self, since: Since) -> list[Term]:
        if since is Since.ENTRY:
            return [since_entry("s")]
        return [after(column("previous_at", "s"))] if self.needs.previous else []

    def _joins(self) -> list[Join]:
        joins = [Join(Source(f"{self.asked}_sources", "s"), sql.equal(column("identity_key", EVENT), column("source_key", "s")))]
        if self.reads_customer:
            joins.append(Join(Source(self.known, "k"), sql.equal(column("pair", "k"), column("pair", "s"))))
        return joins

    def _lookups(self, measures: Sequence[Measure]) -> list[Join]:
        """What the predicates look up for each event."""

        def scanned(shown: Mapping[str, Term], joins: Sequence[Join], where: Sequence[Term]) -> sql.Query:
            joined = [*self._joins(), *joins]
            return sql.query(shown, Source("events", EVENT), joined, where=[*_visible(measures), *where], distinct=True)

        sought = self.needs.lookups_for(measure.where for measure in measures if measure.where is not None)
        return lookups.joins_of(self.steps, self.known, sought, lookups.Scan(scanned, self._scalars, _at, _seen))

    def _void_joins(self, measures: Sequence[Measure]) -> list[Join]:
        """The last event that makes absent, by pair and the value both share."""
        joins = []
        for void in {repr(void): void for measure in measures for void in measure.voids}.values():
            alias = self._void(void)
            same = [sql.equal(column("pair", alias), column("pair", "s"))]
            if void.same is not None:
                same.append(sql.equal(column(SAME, alias), same_value(void)))
            joins.append(Join(Source(alias, alias), sql.both(*same), "LEFT"))
        return joins

    def _void(self, void: Void) -> str:
        if repr(void) not in self._voids:
            by = voiding(void)
            shown = {"pair": column("pair", "s")} | ({SAME: same_value(void)} if void.same else {})
            where = [*self._counted(by, alone=True), *([sql.is_known(same_value(void))] if void.same else [])]
            last = {"order_key": sql.largest(order_of(EVENT))}
            name = f"{self.known}_void_{len(self._voids)}"
            self._voids[repr(void)] = self.steps.add(name, self._scan(shown | last, [by], where=where, group=len(shown)))
        return self._voids[repr(void)]

    def _not_void(self, measure: Measure) -> list[Term]:
        return [not_void(void, self._void(void), measure) for void in measure.voids]

    def _scalars(self) -> Scalars:
        customer = "k" if self.reads_customer else "s"
        return Scalars(Columns(self.needs, customer, lambda: column("at", customer)), event=EVENT)

    def _of_known(self) -> Scalars:
        return Scalars(Columns(self.needs, "k", lambda: column("at", "k"), has_entry=not self.at_one_instant))


def _scanned(measures: Mapping[str, Measure]) -> dict[str, dict[str, Measure]]:
    """What is measured in one scan, by the end of its step's name: each looks at every event that any of its scan reads.

    Of the starter pack's gate two measures read every sign of life and thirty others a tenth of those events; and of these half read the
    last month alone. Apart they take half as long.
    """
    widely = {name: measure for name, measure in measures.items() if not 0 < len(measure.names) <= FEW}
    narrow = {name: measure for name, measure in measures.items() if name not in widely}
    ever = {each for measure in narrow.values() if measure.within is None or measure.within > LATELY for each in measure.names}
    lately = {name: measure for name, measure in narrow.items() if ever.isdisjoint(measure.names)}
    others = {name: measure for name, measure in narrow.items() if name not in lately}
    if len(measures) <= FEW:
        others, lately = narrow, {}
    return {name: some for name, some in (("measured", others), ("measured_lately", lately), ("measured_widely", widely)) if some}


def voiding(void: Void) -> Measure:
    """The events that make others absent, as a measure of them."""
    by = void.by
    return Measure(shape=Shape.LATEST, names=tuple(sorted(set(by.names))), derived=tuple(sorted(set(by.derived))), where=void.where)


def not_void(void: Void, table: str, measure: Measure) -> Term:
    """The event is not one that the void's last event, in `table`, makes absent."""
    follows = sql.coalesce(sql.less(order_of(EVENT), column("order_key", table)), sql.truth(False))
    covers_all = bool(measure.names) and set(measure.names) <= set(void.names)
    named = [] if covers_all else [sql.one_of(column("name", EVENT), [sql.text(name) for name in void.names])]
    return sql.negated(sql.both(*named, follows))


def same_value(void: Void) -> Term:
    """The value that an event shares with the one that makes it absent."""
    if void.same is None:
        raise ValueError("this void compares nothing")
    return property_term(void.same.name, void.same.kind, declared=void.same.declared, table=EVENT)


def _visible(measures: Sequence[Measure]) -> list[Term]:
    """Events that any of the measures may count at the pair."""
    found = [
        taken(list(measures)),
        sql.at_most(column("ts", EVENT), _at()),
        sql.at_most(column("received_at", EVENT), _seen()),
    ]
    if any(measure.derived for measure in measures):
        found.append(stands(_seen(), EVENT))
    windows = [measure.within for measure in measures if measure.within is not None]
    if len(windows) == len(measures):
        found.append(sql.less(sql.minus(_at(), sql.number(max(windows))), column("ts", EVENT)))
    return found


def _at() -> Term:
    return column("at", "s")


def _seen() -> Term:
    return column("seen", "s")
