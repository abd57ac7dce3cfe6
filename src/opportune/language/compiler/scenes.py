"""Everybody at one (at, seen): the measures of every customer, aggregated per customer in each scan.

Reads   events, traits, spans
Gives   steps with `pair`, the identity_key of a canonical customer, and columns
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from opportune.language.compiler import identities, lookups
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.measures import Measure
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.rollups import NOTHING_KEPT, Kept, present, told_from_days
from opportune.language.compiler.rounds import not_void, same_value, voiding
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scans import EVENT, alone_rows, brought_together, counted, kept, stands, taken
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.tree.expressions import Void

CUSTOMER = "k"
"""The alias of what is known of the customer of an event."""


class Scene:
    """One (at, seen) and what is read there; `prefix` keeps its steps apart from those of other scenes of the plan.

    With `rolled` the scene is read as known: what is `kept` of whole days stands for their events.
    """

    def __init__(
        self, steps: Steps, needs: Needs, prefix: str = "", at: Term | None = None, seen: Term | None = None, rolled: Kept = NOTHING_KEPT
    ) -> None:
        self.steps = steps
        self.needs = needs
        self.prefix = prefix
        self._at = at or sql.parameter("at")
        self._seen = seen or sql.parameter("seen")
        self._voids: dict[str, str] = {}
        self._made = 0
        self.rolled = rolled
        self._set()

    def at(self) -> Term:
        """The moment asked about."""
        return self._at.copy()

    def seen(self) -> Term:
        """By when what is read had been received."""
        return self._seen.copy()

    def name(self, step: str) -> str:
        """The name of a step of this scene."""
        return f"{self.prefix}{step}"

    def owner_join(self, table: str) -> Join:
        """Joins the customer an identity is linked to, if any."""
        same = sql.equal(column("identity_key", "o"), column("identity_key", table))
        return Join(Source(self.name("owners"), "o"), same, "LEFT")

    def everybody(self) -> str:
        """Everybody present: `pair`."""
        query = sql.query({"pair": _customer("p")}, Source(self.name("present"), "p"), [self.owner_join("p")], distinct=True)
        return self.steps.add(self.name("customers"), query)

    def told_from_days(self, measures: Mapping[str, Measure]) -> dict[str, tuple[str, ...]]:
        """Those of the measures that what is kept of whole days tells."""
        return told_from_days(self.steps, self.prefix, measures, self.rolled, self.at, self.owner_join)

    def measured(self, measures: Mapping[str, Measure], known: str | None = None) -> dict[str, tuple[str, ...]]:
        """Step → the measures it gives, a scan each; `known`: the step with the columns of customers that conditions read."""
        found: dict[str, tuple[str, ...]] = {}
        for names in _scans(measures).values():
            scanned = {name: measures[name] for name in names}
            conditions, where, joins = self._scanned(scanned, known)
            alone = next((measure for measure in scanned.values() if measure.is_alone), None)
            read = alone_rows(alone) if alone else {name: kept(measure, conditions[name], self.at) for name, measure in scanned.items()}
            query = sql.query({"pair": _customer(EVENT)} | read, Source("events", EVENT), joins, where=where, group=0 if alone else 1)
            step = self.steps.add(self.name(f"scan_{self._made}"), query)
            self._made += 1
            found[brought_together(self.steps, alone, step, names[0]) if alone else step] = names
        return found

    def traits(self) -> str:
        """The latest JSON value of each trait per customer."""

        def latest(trait: str) -> Term:
            order = column("ts", "t"), column("event_id", "t")
            return sql.only(sql.at_largest(column("value", "t"), *order), sql.equal(column("name", "t"), sql.text(trait)))

        read = {name: latest(trait.name) for name, trait in self.needs.traits.values()}
        where = [sql.one_of(column("name", "t"), [sql.text(name) for name in self.needs.traits]), *self._visible("t")]
        query = sql.query({"pair": _customer("t")} | read, Source("traits", "t"), [self.owner_join("t")], where=where, group=1)
        return self.steps.add(self.name("latest_traits"), query)

    def _set(self) -> None:
        """Who is linked to whom, and which identities have an event or a trait by then."""
        spans = identities.spans(self.steps)
        decides = identities.counts_at(self.at(), self.seen())
        keys = {"identity_key": column("from_key", "l"), "owner": column("to_key", "l")}
        self.steps.add(self.name("owners"), sql.query(keys, Source(spans, "l"), where=[decides]))

        def found(relation: str) -> sql.Query:
            return sql.query({"identity_key": column("identity_key", "e")}, Source(relation, "e"), where=self._visible("e"))

        events = present(self.rolled, self.at) or found("events")
        self.steps.add(self.name("present"), sql.union(events, found("traits"), distinct=True))

    def _scanned(self, measures: Mapping[str, Measure], known: str | None) -> tuple[dict[str, Term | None], list[Term], list[Join]]:
        """What makes an event count for each of the measures of one scan, what for all of them, and what to join."""
        some = next(iter(measures.values()))
        where = [taken([some]), *self._visible(EVENT)]
        if some.derived:
            where.append(stands(self.seen(), EVENT))
        longest = max((measure.within for measure in measures.values() if measure.within is not None), default=None)
        if longest is not None:
            where.append(sql.less(sql.minus(self.at(), sql.number(longest)), column("ts", EVENT)))
        joins = [*self._customer_joins(known), *self._lookups(measures, known, where)]
        joins += {self._void(void, known): self._void_join(void, known) for void in some.voids}.values()
        where += [not_void(void, self._void(void, known), some) for void in some.voids]
        conditions = {name: self._condition(measure, longest) for name, measure in measures.items()}
        if len({condition and condition.sql() for condition in conditions.values()}) == 1:
            # a condition they share is left to the scan
            shared = next(iter(conditions.values()))
            where += [shared] if shared else []
            conditions = dict.fromkeys(measures)
        return conditions, where, joins

    def _condition(self, measure: Measure, longest: int | None) -> Term | None:
        looked_at = replace(measure, within=None) if measure.within == longest else measure
        found = counted(looked_at, self._of_event(), self.at, lambda _: [], alone=True)
        return sql.both(*found) if found else None

    def _customer_joins(self, known: str | None) -> list[Join]:
        """Whose the event is, and where conditions read it what is known of her."""
        hers = sql.equal(column("pair", CUSTOMER), _customer(EVENT))
        return [self.owner_join(EVENT), *([Join(Source(known, CUSTOMER), hers)] if known else [])]

    def _lookups(self, measures: Mapping[str, Measure], known: str | None, where: Sequence[Term]) -> list[Join]:
        """What the conditions look up for each event; `where`: which events are looked at."""

        def scanned(shown: Mapping[str, Term], joins: Sequence[Join], more: Sequence[Term]) -> sql.Query:
            conditions = [*(term.copy() for term in where), *more]
            return sql.query(shown, Source("events", EVENT), [*self._customer_joins(known), *joins], where=conditions, distinct=True)

        sought = self.needs.lookups_for(measure.where for measure in measures.values() if measure.where is not None)
        return lookups.joins_of(
            self.steps, self.name(known or "scanned"), sought, lookups.Scan(scanned, self._of_event, self.at, self.seen)
        )

    def _void_join(self, void: Void, known: str | None) -> Join:
        step = self._void(void, known)
        same = [sql.equal(column("pair", step), _customer(EVENT))]
        if void.same is not None:
            same.append(sql.equal(column("same", step), same_value(void)))
        return Join(Source(step, step), sql.both(*same), "LEFT")

    def _void(self, void: Void, known: str | None) -> str:
        """The last event that makes others of its customer absent: pair, same, order_key."""
        by = voiding(void)
        known = known if self.needs.depth(by) else None
        key = repr((by, void.same, known))
        if key in self._voids:
            return self._voids[key]
        name = self.name(f"void_{len(self._voids)}")
        conditions, where, joins = self._scanned({name: by}, known)
        where += [condition for condition in conditions.values() if condition is not None]
        same = {} if void.same is None else {"same": same_value(void)}
        where += [] if void.same is None else [sql.is_known(same_value(void))]
        last = {"pair": _customer(EVENT)} | same | {"order_key": sql.largest(order_of(EVENT))}
        self._voids[key] = self.steps.add(name, sql.query(last, Source("events", EVENT), joins, where=where, group=1 + len(same)))
        return name

    def _of_event(self) -> Scalars:
        return Scalars(Columns(self.needs, CUSTOMER, self.at, has_entry=False), event=EVENT)

    def _visible(self, table: str) -> list[Term]:
        return [
            sql.at_most(column("ts", table), self.at()),
            sql.at_most(column("received_at", table), self.seen()),
            sql.is_known(column("identity_key", table)),
        ]


def _scans(measures: Mapping[str, Measure]) -> dict[str, tuple[str, ...]]:
    """The measures that share a scan: of one selector, bounded and unbounded look-backs apart, and of one sort."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for name, measure in measures.items():
        key = (measure.names, measure.derived, measure.voids, measure.is_presence, measure.within is None, measure.is_picked)
        found[repr((key, measure if measure.is_alone else None))] += (name,)
    return found


def _customer(table: str) -> Term:
    return sql.coalesce(column("owner", "o"), column("identity_key", table))
