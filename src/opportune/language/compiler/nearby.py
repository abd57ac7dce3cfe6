"""The neighbourhood of a short range: all that is stored of the few customers for whom something may come due in it, set apart once.

Reads   events, traits, links, spans, identities; parameters `lo`, `hi`; the input ASKED
Gives   plans for `PEOPLE` and for each of `TABLES`, and plans that read those instead of the stored relations
Cost    one scan of the identities of all events; whatever is asked of the neighbourhood then reads as much as these customers did
Held to tests/meaning/test_neighbours.py, tests/meaning/test_compiled_nearby.py

A moment of a customer acted on in (lo, hi] has a cause in it: something of hers arrived or happened then, or happened a length before
that the moment names (`Due`). Whoever has neither can have no row, and whoever has one is there with all ids she ever had, and all they
ever did: so the plans give the same rows of the neighbourhood as of the whole store.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlglot.expressions as exp

from opportune.language.compiler import counting, happening, lapses, runs
from opportune.language.compiler.candidates import with_kin
from opportune.language.compiler.clockwork import DAY, QUARTER
from opportune.language.compiler.looks import Look
from opportune.language.compiler.properties import selected
from opportune.language.compiler.reads import reads_of
from opportune.language.compiler.triggers import hi, lo
from opportune.language.compiler.turning import turning_of
from opportune.language.compiler.wanted import Wanted, is_left_to_the_store, tables_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.map import EVENTS, IDENTITIES, LINKS, SPANS, TRAITS, Relation
from opportune.language.relations.order import order_of, ts_of
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.moments import Changes, EventMoment, Lapse, Moment, Nth, Reaches, Turns
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("near_asked", (("identity_key", "INTEGER"),))
"""Customers who are to be there whatever happened to them."""
PEOPLE = Input("near_people", (("kin_key", "INTEGER"),))
"""Every id that is or was one of the customers of the neighbourhood."""


def _near(relation: Relation) -> Input:
    return Input(f"near_{relation.name}", tuple((each.name, each.type) for each in relation.columns))


TABLES = {relation.name: _near(relation) for relation in (EVENTS, SPANS, LINKS, TRAITS, IDENTITIES)}
"""Stored relation → what holds its rows of these customers; of events only what the plans read."""
_KEYS = {SPANS.name: "from_key", LINKS.name: "from_key", IDENTITIES.name: "identity_key"}
_ANY_NAME: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """When a moment may come besides what happens or arrives in the range itself, in µs."""

    after: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """So long after events of these names happened or arrived; no names: of any."""
    shifts: frozenset[int] = frozenset()
    """So long after traits and links."""
    rhythms: frozenset[tuple[int, int]] = frozenset()
    """(period, shift): for everybody, a shift after each multiple of the period since the epoch."""
    instants: frozenset[int] = frozenset()
    """For everybody."""

    def is_told(self, low: Instant, high: Instant) -> bool:
        """Whether those who may have a moment in (low, high] can be told: nothing comes for everybody."""
        beats = any((low - shift) // period != (high - shift) // period for period, shift in self.rhythms)
        return not beats and not any(low < instant <= high for instant in self.instants)


def due_of(moment: Moment) -> Due | None:
    """When a moment may come; None where no finite set of lengths says it."""
    match moment:
        case EventMoment():
            return _due_of_look(happening.look_of(moment))
        case Nth() | Reaches():
            return _due_of_look(counting.look_of(moment))
        case Lapse(at_most=None):
            return _due_of_look(lapses.look_of(moment))
        case Lapse():
            return _due_of_look(runs.look_of(moment))
        case Turns() | Changes():
            return _due_of_turns(moment)
        case _:
            return None


def together(dues: Iterable[Due]) -> Due:
    """When any of several moments may come."""
    every = list(dues)
    after: dict[int, frozenset[str]] = {}
    for due in every:
        for span, names in due.after.items():
            has_any = not names or (span in after and not after[span])
            after[span] = _ANY_NAME if has_any else names | after.get(span, _ANY_NAME)
    return Due(
        after,
        frozenset().union(*(due.shifts for due in every)),
        frozenset().union(*(due.rhythms for due in every)),
        frozenset().union(*(due.instants for due in every)),
    )


def people(due: Due | None) -> Plan:
    """PEOPLE of ($lo, $hi]: of those who may have a moment in it, of everybody anything happened to in it, and of ASKED; None: of these
    alone, whatever the range."""
    steps = Steps()
    found = [sql.query({"identity_key": column("identity_key", "a")}, Source(ASKED.name, "a")), *(() if due is None else _touched(due))]
    touched = steps.add("touched", sql.union(*found, distinct=True) if due is not None else found[0])
    kin = with_kin(steps, ("identity_key",), touched)
    query = sql.query({"kin_key": column("kin_key", "k")}, Source(kin, "k"), distinct=True)
    return Plan(steps.close(query), (("kin_key", Kind.NUMBER),), () if due is None else ("lo", "hi"), (ASKED,))


def slices(plans: Iterable[Plan]) -> dict[str, Plan]:
    """Name of each of TABLES → its rows of PEOPLE, with what these plans read of events; of events of things those that they name.

    Triggers must be among the events that the plans name: with the plans of conditions come those of the moments.
    """
    wanted = Wanted.by(plans)
    found = {TABLES[EVENTS.name].name: _events(wanted), TABLES[TRAITS.name].name: _traits(wanted)}
    for relation in (SPANS, LINKS, IDENTITIES):
        shown = {each.name: column(each.name, "s") for each in relation.columns}
        query = sql.query(shown, Source(relation.name, "s"), [_of_people(_KEYS[relation.name], "s")])
        found[TABLES[relation.name].name] = Plan(query, _columns(relation, tuple(shown)), (), (PEOPLE,))
    return found


def near(plan: Plan) -> Plan:
    """The same question of the neighbourhood alone."""
    query = plan.query.copy()
    for select in query.find_all(exp.Select):
        for table in tables_of(select):
            if table.name in TABLES and not is_left_to_the_store(select):
                table.set("alias", exp.TableAlias(this=exp.Identifier(this=table.alias_or_name, quoted=True)))
                table.set("this", exp.Identifier(this=TABLES[table.name].name, quoted=True))
    return replace(plan, query=query, inputs=(*plan.inputs, *TABLES.values()))


def known_people() -> Plan:
    """Everybody in the neighbourhood: PEOPLE."""
    return Plan(sql.query({"kin_key": column("kin_key", "p")}, Source(PEOPLE.name, "p")), (("kin_key", Kind.NUMBER),), (), (PEOPLE,))


def _due_of_look(look: Look) -> Due:
    return Due({delay: frozenset(look.names) for delay in look.delays})


def _due_of_turns(moment: Turns | Changes) -> Due | None:
    turning = turning_of(moment)
    reads = reads_of([turning.value])
    if reads.meetings or reads.tables:
        return None
    after: list[tuple[int, frozenset[str]]] = [(turning.hold + shift, _ANY_NAME) for shift in reads.shifts]
    for part in reads.events:
        after += [(turning.hold + part.shift + span, frozenset(part.selector.names)) for span in part.spans]
    rhythms: list[tuple[int, int]] = [(turning.period, 0)] if reads.is_sampled else []
    rhythms += [(QUARTER, part.shift) for part in reads.calendars]
    rhythms += [(DAY, shift) for _, shift in reads.populations]
    shifts = {*reads.shifts, *(shift for _, shift in reads.traits)}
    return together(
        Due(
            {span: names},
            frozenset(turning.hold + shift for shift in shifts),
            frozenset((period, shift + turning.hold) for period, shift in rhythms),
            frozenset(instant + turning.hold for instant in reads.instants),
        )
        for span, names in after
    )


def _touched(due: Due) -> Iterator[sql.Query]:
    """identity_key of those for whom something may come, more than once."""
    for span, names in sorted(due.after.items()):
        if span:
            named = [selected(tuple(sorted(names)), "e")] if names else []
            yield _in_range(EVENTS, "identity_key", ("ts",), span, named)
    for shift in sorted({0, *due.shifts}):
        # what `ago` reads changes its value so long after it was seen
        yield _in_range(EVENTS, "identity_key", ("ts",), shift)
        yield _in_range(EVENTS, "identity_key", ("received_at",), shift)
        yield _in_range(EVENTS, "identity_key", ("withdrawn_at",), shift)
        yield _in_range(TRAITS, "identity_key", ("ts",), shift)
        yield _in_range(TRAITS, "identity_key", ("received_at",), shift)
        for end in ("from_key", "to_key"):
            yield _in_range(SPANS, end, ("at_from", "at_until", "seen_from", "seen_until"), shift)
            yield _in_range(LINKS, end, ("ts", "received_at"), shift)


def _in_range(relation: Relation, key: str, instants: Sequence[str], span: int, where: Sequence[Term] = ()) -> sql.Query:
    """Those of the relation one of whose instants lies `span` before the range. Of one instant alone a scan can skip the rest."""

    def inside(instant: str) -> Term:
        return sql.within(column(instant, "e"), *(sql.minus(end(), sql.number(span)) if span else end() for end in (lo, hi)))

    bounds = [*where, sql.either(*(inside(instant) for instant in instants)), sql.is_known(column(key, "e"))]
    return sql.query({"identity_key": column(key, "e")}, Source(relation.name, "e"), where=bounds)


def _events(wanted: Wanted) -> Plan:
    columns = [each.name for each in EVENTS.columns if each.name in wanted.columns]
    named = sorted(wanted.names or ())
    # the key says the instant too: a column less to unpack is a twentieth of the scan
    told = {"order_key": order_of("e"), "ts": ts_of(order_of("e"))}
    shown = {each: told.get(each) or column(each, "e") for each in columns}
    is_named = [] if wanted.names is None else [selected(tuple(named), "e")] if named else [sql.truth(False)]
    query: sql.Query = sql.query(shown, Source(EVENTS.name, "e"), [_of_people("identity_key", "e")], where=is_named)
    if named:
        of_things = [sql.is_null(column("identity_key", "e")), selected(tuple(named), "e")]
        query = sql.union(query, sql.query({each: term.copy() for each, term in shown.items()}, Source(EVENTS.name, "e"), where=of_things))
    return Plan(query, _columns(EVENTS, columns), (), (PEOPLE,))


def _traits(wanted: Wanted) -> Plan:
    shown = {each.name: column(each.name, "t") for each in TRAITS.columns}
    named = sorted(wanted.traits or ())
    is_named = [] if wanted.traits is None else [sql.one_of(column("name", "t"), [sql.text(name) for name in named])]
    query = sql.query(shown, Source(TRAITS.name, "t"), [_of_people("identity_key", "t")], where=is_named)
    return Plan(query, _columns(TRAITS, tuple(shown)), (), (PEOPLE,))


def _of_people(key: str, table: str) -> Join:
    return Join(Source(PEOPLE.name, "p"), sql.equal(column("kin_key", "p"), column(key, table)), "SEMI")


def _columns(relation: Relation, names: Sequence[str]) -> tuple[tuple[str, Kind], ...]:
    kinds = {"BIGINT": Kind.NUMBER, "INTEGER": Kind.NUMBER, "DOUBLE": Kind.NUMBER, "BOOLEAN": Kind.BOOLEAN}
    types = {each.name: each.type for each in relation.columns}
    return tuple((name, kinds.get(types[name], Kind.TEXT)) for name in names)
