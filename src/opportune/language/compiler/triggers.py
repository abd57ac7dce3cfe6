"""What the three kinds of moment share: the events they look at, their range, and the rows they give.

A *trigger* is an event that may cause a moment, with `at` (the moment m), `acted_at` (s) and `seen` (how much of the
log decides: s, or FOREVER as known).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from opportune.language.compiler import identities
from opportune.language.compiler.leaves import Needs, leaves_of
from opportune.language.compiler.populations import Columns, follows, selected, with_leaves
from opportune.language.compiler.properties import property_term, stored_column
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree.expressions import Expr, Property, Selector
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

EVENT_COLUMNS = ("event_id", "line", "identity_key", "ts", "received_at", "is_imported")
MOMENT_COLUMNS = (
    ("identity_key", Kind.NUMBER),
    ("customer_id", Kind.TEXT),
    ("at", Kind.TIME),
    ("acted_at", Kind.TIME),
    ("trigger_event_id", Kind.TEXT),
    ("trigger_line", Kind.NUMBER),
    ("is_imported", Kind.BOOLEAN),
    ("same_value", Kind.TEXT),
)
FIRED = ("event_id", "line", "is_imported", "identity_key", "at", "acted_at", "same_value")
"""Columns of a step of triggers that fired."""
_ENDLESS = 2**61
"""Longer than any lateness, short enough not to overflow."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which events a moment looks at: those that match and those that stop a lapse; `same` keeps its values apart."""

    selector: Selector
    where: Expr | None = None
    stops: Selector | None = None
    same: Property | None = None

    @property
    def reads_customer(self) -> bool:
        """Whether the predicate asks for more than its event's own properties."""
        return self.where is not None and next(iter(leaves_of(self.where)), None) is not None

    @property
    def columns(self) -> tuple[str, ...]:
        """Stored columns that a predicate which reads the customer too needs later, beside its pair."""
        if self.where is None or not self.reads_customer:
            return ()
        read = [part for part in walk(self.where) if isinstance(part, Property)]
        return tuple(sorted({stored_column(part.name, part.kind) or "rest" for part in read}))

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns of an event of the stream."""
        return (*EVENT_COLUMNS, *self.columns, *(("same",) if self.same else ()))

    def matches(self, table: str) -> Term:
        """Whether an event matches, as far as it alone can tell; null counts as no."""
        alone = self.where is not None and not self.reads_customer
        chosen = [of_event(table).chosen(self.where)] if self.where is not None and alone else []
        return sql.both(selected(_names(self.selector), table), *chosen)

    def accepts(self, event: str, pair: str) -> list[Term]:
        """The rest of the predicate: an event and what is known of its customer at the pair."""
        if self.where is None or not self.reads_customer:
            return []
        needs = Needs()
        needs.gather([self.where])
        return [Scalars(Columns(needs, pair, lambda: column("at", pair)), event=event).truth(self.where)]

    def concerns(self, table: str) -> Term:
        """Whether an event matches or stops."""
        if self.stops is None:
            return self.matches(table)
        either = sql.either(self.matches(table), selected(_names(self.stops), table))
        if not (self.selector.names and self.stops.names):
            return either
        # the plain list of names is what the scan can use
        named = selected(tuple(sorted({*self.selector.names, *self.stops.names})), table)
        return named if self.where is None else sql.both(named, either)

    def same_value(self, table: str) -> dict[str, Term]:
        """The column `same`, where values are kept apart."""
        if self.same is None:
            return {}
        return {"same": property_term(self.same.name, self.same.kind, declared=self.same.declared, table=table)}

    def has_same(self, table: str) -> list[Term]:
        """That there is a value to keep apart."""
        return [sql.is_known(term) for term in self.same_value(table).values()]


def of_event(table: str) -> Scalars:
    """Predicates that read their event only."""
    return Scalars(Columns(Needs(), "", lambda: column("at", table), has_entry=False), event=table)


def stream(look: Look, bounds: Sequence[Term], *, table: str = "e") -> sql.Query:
    """The events a moment looks at, with `matches` and `stops`."""
    shown = {name: column(name, table) for name in (*EVENT_COLUMNS, *look.columns)} | look.same_value(table)
    shown["matches"] = sql.coalesce(look.matches(table), sql.truth(False))
    shown["stops"] = sql.truth(False) if look.stops is None else selected(_names(look.stops), table)
    where = [look.concerns(table), *bounds, sql.is_known(column("identity_key", table)), *look.has_same(table)]
    return sql.query(shown, Source("events", table), where=where)


def acted_at(reading: Reading, moment: Term, table: str) -> Term:
    """s: the moment, or as seen when its trigger had been received."""
    return moment if reading is Reading.AS_KNOWN else sql.larger(moment, column("received_at", table))


def seen(reading: Reading, acted: Term) -> Term:
    """How much of the log decides a moment acted on at `acted`."""
    return sql.number(FOREVER) if reading is Reading.AS_KNOWN else acted


def in_range(reading: Reading, delay: int, table: str) -> Iterator[list[Term]]:
    """Conditions on a trigger whose moment is `ts + delay`, acted on in ($lo, $hi]: disjoint cases, each one a scan can use."""
    moment = _between("ts", table, delay)
    if reading is Reading.AS_KNOWN:
        yield moment
        return
    yield [*moment, sql.at_most(column("received_at", table), hi())]
    yield [*_between("received_at", table), sql.at_most(column("ts", table), _shifted(lo(), delay))]


def is_in_time(reading: Reading, table: str) -> list[Term]:
    """The late rule: `received_at - ts <= $max_lateness`; as known nothing is late."""
    if reading is Reading.AS_KNOWN:
        return []
    return [_is_in_time(table)]


def _is_in_time(table: str) -> Term:
    return sql.at_most(sql.minus(column("received_at", table), column("ts", table)), sql.parameter("max_lateness"))


def comes_after(event: str, other: str) -> Term:
    """Whether an event follows another in event order."""
    tied = sql.both(sql.equal(column("ts", other), column("ts", event)), follows(event, "event_id", "line", other, "event_id", "line"))
    return sql.either(sql.less(column("ts", other), column("ts", event)), tied)


def is_other(event: str, other: str) -> Term:
    """Whether two rows are different events."""
    return sql.either(
        sql.unequal(column("event_id", event), column("event_id", other)), sql.unequal(column("line", event), column("line", other))
    )


def with_owners(steps: Steps, triggers: str, columns: Sequence[str], name: str) -> str:
    """Triggers under `identity_key` of their owner at (at, seen); the id it was sent with stays as `sent_key`."""

    def sent() -> Term:
        return column("identity_key", "t")

    joined = identities.owner_join(steps, sent(), column("at", "t"), column("seen", "t"))
    shown = {column_name: column(column_name, "t") for column_name in columns if column_name != "identity_key"}
    shown |= {"sent_key": sent(), "identity_key": identities.owner(sent())}
    return steps.add(name, sql.query(shown, Source(triggers, "t"), [joined]))


def with_customers(steps: Steps, look: Look, asked: str, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Questions with what the predicate reads of their customers at (at, seen); gives the step and all its columns."""
    if look.where is None or not look.reads_customer:
        return asked, tuple(columns)
    needs = Needs()
    needs.gather([look.where])
    shown = {name: column(name, "a") for name in columns}
    number = sql.row_number(Window((), ("event_id", "line", "at", "seen", "identity_key")))
    numbered = steps.add(f"{asked}_numbered", sql.query(shown | {"pair": number}, Source(asked, "a")))
    pair = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    pair |= {name: column(name, "n") for name in ("pair", "identity_key", "at", "seen")}
    pairs = steps.add(f"{asked}_pairs", sql.query(pair, Source(numbered, "n")))
    known = with_leaves(steps, pairs, needs)
    leaves = tuple(name for name, _ in (*needs.measures.values(), *needs.traits.values()))
    columns_of = {name: column(name, "n") for name in columns} | {name: column(name, "k") for name in leaves}
    joins = [Join(Source(known, "k"), sql.equal(column("pair", "k"), column("pair", "n")))]
    return steps.add(f"{asked}_known", sql.query(columns_of, Source(numbered, "n"), joins)), (*columns, *leaves)


def plan_of(steps: Steps, fired: str, reading: Reading) -> Plan:
    """The rows of a moment plan, from a step of triggers that fired under their owners."""
    shown = {
        "identity_key": column("identity_key", "f"),
        "customer_id": column("identity", "i"),
        "at": column("at", "f"),
        "acted_at": column("acted_at", "f"),
        "trigger_event_id": column("event_id", "f"),
        "trigger_line": column("line", "f"),
        "is_imported": column("is_imported", "f"),
        "same_value": column("same_value", "f"),
    }
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("identity_key", "f")))]
    order = (
        column("acted_at", "f"),
        column("at", "f"),
        sql.less(sql.number(0), column("line", "f")),
        column("event_id", "f"),
        column("line", "f"),
    )
    query = sql.query(shown, Source(fired, "f"), joins, order=order)
    parameters = ("lo", "hi") if reading is Reading.AS_KNOWN else ("lo", "hi", "max_lateness")
    return Plan(steps.close(query), MOMENT_COLUMNS, parameters)


def shown_as_fired(look: Look, table: str) -> dict[str, Term]:
    """The columns of `FIRED` of questions under their owners."""
    same = sql.cast(column("same", table), "VARCHAR") if look.same else sql.cast(sql.null(), "VARCHAR")
    return {name: column(name, table) for name in FIRED[:-1]} | {"same_value": same}


def lo() -> Term:
    """The open beginning of the range."""
    return sql.parameter("lo")


def hi() -> Term:
    """The closed end of the range."""
    return sql.parameter("hi")


def earliest(reading: Reading, *spans: int) -> Term:
    """Before every event that can matter to the range: a late one by its lateness, and further back by `spans`."""
    if reading is Reading.AS_KNOWN:
        return sql.minus(lo(), sql.number(sum(spans)))
    lateness = sql.smaller(sql.parameter("max_lateness"), sql.number(_ENDLESS))
    return sql.minus(sql.minus(lo(), lateness), sql.number(sum(spans)))


def _between(instant: str, table: str, delay: int = 0) -> list[Term]:
    return [sql.less(_shifted(lo(), delay), column(instant, table)), sql.at_most(column(instant, table), _shifted(hi(), delay))]


def _shifted(term: Term, delay: int) -> Term:
    return sql.minus(term, sql.number(delay)) if delay else term


def _names(selector: Selector) -> tuple[str, ...]:
    return tuple(sorted(set(selector.names)))
