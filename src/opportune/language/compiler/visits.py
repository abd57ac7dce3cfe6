"""A whole history of lapses at once: derived events of the kind of `Session Ended`, from one sort of what they read.

A *group* is a customer with every identity ever linked to her; a *run* is what a group did without a pause. Where everything of a run
arrived before its pause was over, by identities of one customer, its end is the one moment it has and stands for ever: the run is *calm*.
What lies in reach of the others is left to be asked moment by moment (`compiler.deriving`).

Reads   events, links; parameter `hi`: all received by then
Gives   RUNS; ZONES, between which instants a group is to be asked; ROUGH, the events it is asked with
Cost    two sorts of (group, place) of the events read, and one grouping of what is read of them
Held to meaning, by tests/meaning/test_compiled_derived.py
"""

from collections.abc import Mapping
from typing import TypeGuard

import sqlglot.expressions as exp

from opportune.language.compiler import identities
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.deriving import FOUND, event_id, property_columns, read
from opportune.language.compiler.intervals import is_since_previous
from opportune.language.compiler.measures import IDLE, Measure, Shape
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import property_term, selected
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scans import EVENT, kept
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, Term, column
from opportune.language.relations.map import EVENTS
from opportune.language.relations.order import order_of
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Metric, Property
from opportune.language.tree.moments import Lapse, Moment
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.kinds import Kind

RUNS = "derived_runs"
ZONES = Input("derived_zones", (("group_key", "INTEGER"), ("low", "BIGINT"), ("high", "BIGINT")))
ROUGH = Input("derived_rough", tuple((named.name, named.type) for named in EVENTS.columns))
_LAST = ("identity_key", "event_id", "line", "is_imported")
_KEY = (("group_key", Kind.NUMBER), ("low", Kind.TIME), ("high", Kind.TIME), ("is_calm", Kind.BOOLEAN))
_EVENT = (("event_id", Kind.TEXT), ("sent_key", Kind.NUMBER), ("at", Kind.TIME), ("is_imported", Kind.BOOLEAN))


def is_visit(derived: Derived) -> bool:
    """Whether it is a pause after events, told by what those events say and by nothing else."""
    return _is_pause(derived.when) and is_since_previous(derived) and all(_is_told(metric, derived.when) for metric in _metrics(derived))


def _is_pause(moment: Moment) -> TypeGuard[Lapse]:
    if not isinstance(moment, Lapse):
        return False
    selector = moment.selector
    is_bare = bool(selector.names) and not selector.voids and not selector.derived and moment.where is None
    return is_bare and moment.unless is None and moment.same is None and moment.at_most is None


def _is_told(metric: Metric, pause: Lapse) -> bool:
    """Its events are all among those of the run, and it is one aggregate of them."""
    needs = Needs()
    needs.gather([metric])
    names = set(pause.selector.names)
    return all(
        measure.within is None
        and measure.shape not in (Shape.TOP, Shape.DECAYED)
        and (set(measure.names) == names if measure.shape is Shape.ACTIVE else set(measure.names) <= names)
        for _, measure in needs.measures.values()
    )


def runs(derived: Derived) -> Plan:
    """RUNS: `low`, `high`: between which instants its moments are to be asked, where it is not calm; the event of a calm one."""
    if not _is_pause(derived.when):
        raise ValueError(f"{derived.name} ends no visit")
    held = property_columns(derived.set)
    needs = Needs()
    needs.gather(derived.set.values())
    steps = Steps()
    identities.groups(steps)
    identities.contested(steps)
    _numbered(steps, derived.when)
    _ended(steps, derived.when, needs)
    _judged(steps, derived.when, needs)
    scalars = Scalars(Columns(needs, "r", lambda: column("at", "r"), has_entry=False))
    shown: dict[str, Term] = {name: column(name, "r") for name in ("group_key", "low", "high", "is_calm", "sent_key", "at", "is_imported")}
    shown["event_id"] = read(f"SELECT {event_id(derived, 'i.identity', 'r')} AS event_id").expressions[0].this
    shown |= {held[name]: scalars.term(value) for name, value in derived.set.items()}
    columns = (*_KEY, *_EVENT, *((held[name], derived.kinds[name]) for name in derived.set))
    owner = sql.Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("owner_key", "r")))
    query = sql.query({name: shown[name] for name, _ in columns}, Source("judged", "r"), [owner])
    return Plan(steps.close(query), columns, ("hi",))


def zones() -> Plan:
    """ZONES: of runs that are not calm, and of customers whom identities were parted from."""
    steps = Steps()
    identities.contested(steps)
    query = read(f"""
        SELECT r.group_key, r.low, r.high FROM {RUNS} AS r WHERE r.high IS NOT NULL
        UNION ALL SELECT c.group_key, {-FOREVER}, {FOREVER} FROM contested AS c
    """)
    return Plan(steps.close(query), tuple((name, Kind.NUMBER) for name, _ in ZONES.columns))


def rough(derived: Derived) -> Plan:
    """ROUGH."""
    steps = Steps()
    identities.groups(steps)
    shown = ", ".join(f"e.{named.name}" for named in EVENTS.columns)
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in _names(derived.when))
    query = read(f"""
        SELECT {shown} FROM events AS e LEFT JOIN groups AS g ON g.identity_key = e.identity_key
        SEMI JOIN derived_zones AS z ON z.group_key = coalesce(g.group_key, e.identity_key) AND z.low <= e.ts AND e.ts <= z.high
        WHERE e.name IN ({names})
    """)
    return Plan(steps.close(query), tuple((name, Kind.NUMBER) for name, _ in ROUGH.columns), (), (ZONES,))


def found(moments: Plan) -> Plan:
    """Of the moments that a plan finds among ROUGH those inside of ZONES."""
    steps = Steps()
    identities.groups(steps)
    steps.add("found", among(moments).query)
    shown = ", ".join(f"f.{name}" for name, _ in FOUND.columns)
    query = read(f"""
        SELECT {shown} FROM found AS f LEFT JOIN groups AS g ON g.identity_key = f.identity_key
        SEMI JOIN derived_zones AS z ON z.group_key = coalesce(g.group_key, f.identity_key) AND z.low <= f.at AND f.at <= z.high
    """)
    return Plan(steps.close(query), moments.columns, moments.parameters, (*moments.inputs, ZONES, ROUGH))


def among(plan: Plan) -> Plan:
    """The same question of the events of ROUGH alone."""
    query = plan.query.transform(_of_rough)
    if not isinstance(query, exp.Query):
        raise TypeError(f"a plan became {type(query).__name__}")
    return Plan(query, plan.columns, plan.parameters, (*plan.inputs, ROUGH), plan.populations, plan.occurrences)


def _of_rough(node: exp.Expression) -> exp.Expression:
    if not (isinstance(node, exp.Table) and node.name == EVENTS.name):
        return node
    alias = node.args.get("alias") or exp.TableAlias(this=exp.Identifier(this=EVENTS.name, quoted=True))
    return exp.Table(this=exp.Identifier(this=ROUGH.name, quoted=True), alias=alias.copy())


def _numbered(steps: Steps, pause: Lapse) -> None:
    """`numbered`: the number of the run of (group_key, ts), and the `gap` before it inside of the run; `lengths`: what runs say of gaps."""
    steps.add(
        "members",
        read("""
        SELECT l.from_key AS identity_key, g.group_key, min(l.ts) AS linked_at, min(greatest(l.ts, l.received_at)) AS joined_at
        FROM links AS l JOIN groups AS g ON g.identity_key = l.from_key WHERE l.to_key IS NOT NULL GROUP BY l.from_key, g.group_key
        """),
    )
    # instants alone are sorted: what is read of the events would cost five times as much to carry along
    steps.add("placed", _scanned({"group_key": _group(), "ts": column("ts", EVENT)}, pause, distinct=True))
    window = "PARTITION BY x.group_key ORDER BY x.ts"
    steps.add("spaced", read(f"SELECT x.group_key, x.ts, x.ts - lag(x.ts, 1, NULL) OVER ({window}) AS gap FROM placed AS x"))
    near = f"x.gap <= {span_of(pause.within)}"
    number = f"sum(CASE WHEN {near} THEN 0 ELSE 1 END) OVER ({window} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    told = f"CAST({number} AS BIGINT) AS run, CASE WHEN {near} THEN x.gap END AS gap"
    steps.add("numbered", read(f"SELECT x.group_key, x.ts, {told} FROM spaced AS x"))
    of_gaps = f"max(x.gap) AS widest, sum(x.gap) FILTER (WHERE x.gap <= {IDLE}) AS busy"
    steps.add("lengths", read(f"SELECT x.group_key, x.run, {of_gaps} FROM numbered AS x GROUP BY x.group_key, x.run"))


def _scanned(shown: Mapping[str, Term], pause: Lapse, *, distinct: bool = False) -> sql.Query:
    """The events of the pause received by `hi`, with what is known of their identities (`m`)."""
    joins = [sql.Join(Source("members", "m"), sql.equal(column("identity_key", "m"), column("identity_key", EVENT)), "LEFT")]
    received = sql.at_most(column("received_at", EVENT), sql.parameter("hi"))
    where = [selected(_names(pause), EVENT), sql.is_known(column("identity_key", EVENT)), received]
    return sql.query(shown, Source("events", EVENT), joins, where=where, distinct=distinct)


def _group() -> Term:
    return sql.coalesce(column("group_key", "m"), column("identity_key", EVENT))


def _ended(steps: Steps, pause: Lapse, needs: Needs) -> None:
    """`ended`: a row for each run, with what is told of its events."""
    names = ("identity_key", "ts", "received_at", "order_key", "event_id", "line", "name", "is_imported")
    wide = {name: column(name, EVENT) for name in names} | {"group_key": _group()}
    wide |= {name: sql.coalesce(column(name, "m"), sql.number(-FOREVER)) for name in ("linked_at", "joined_at")}
    for held, value in _values(needs).items():
        wide[held] = property_term(value.name, value.kind, declared=value.declared, table=EVENT)
    steps.add("wanted", _scanned(wide, pause))
    told = read("""
        SELECT n.group_key AS group_key, n.run AS run, min(e.ts) AS low, max(e.ts) AS last_ts, max(e.received_at) AS arrived,
            max(e.received_at - e.ts) AS lateness, min(e.identity_key) = max(e.identity_key) AS is_single,
            min(e.linked_at) AS linked_at, max(e.joined_at) AS joined_at
    """)
    shown = {part.alias: part.this for part in told.expressions}
    last = sql.record(**{name: column(name, EVENT) for name in _LAST})
    shown["last"] = sql.at_largest(last, order_of(EVENT))
    for name, measure in needs.measures.values():
        if measure.shape is Shape.ACTIVE:
            shown[name] = sql.total(column(_held(needs, measure), EVENT))
        else:
            shown[name] = _measured(needs, measure, set(_names(pause)))
    same = [sql.equal(column(name, "n"), column(name, EVENT)) for name in ("group_key", "ts")]
    steps.add("ended", sql.query(shown, Source("wanted", EVENT), [sql.Join(Source("numbered", "n"), sql.both(*same))], group=2))


def _judged(steps: Steps, pause: Lapse, needs: Needs) -> None:
    """`judged`: runs with the event they end in, `high` where they are not calm, and `is_calm` where nothing before disturbs them."""
    within = span_of(pause.within)
    kept = ("group_key", "run", "low", "arrived", "lateness", "is_single", "linked_at", "joined_at")
    shown = {name: column(name, "x") for name in kept} | {name: sql.part_of(column("last", "x"), name) for name in _LAST}
    shown |= {"at": sql.plus(column("last_ts", "x"), sql.number(within)), "widest": column("widest", "l")}
    for name, measure in needs.measures.values():
        # what was measured, else the short gaps between neighbours
        gaps = [column("busy", "l")] if measure.shape is Shape.ACTIVE else []
        shown[name] = sql.coalesce(column(name, "x"), *gaps) if gaps else column(name, "x")
    same = [sql.equal(column(name, "l"), column(name, "x")) for name in ("group_key", "run")]
    steps.add("told", sql.query(shown, Source("ended", "x"), [sql.Join(Source("lengths", "l"), sql.both(*same))]))
    every = "x.*, CASE WHEN x.joined_at <= x.at THEN x.group_key ELSE x.identity_key END AS owner_key"
    is_in_time = f"coalesce(x.widest, 0) + greatest(x.lateness, 0) <= {within}"
    # from the first instant at which any of its events might have ended it
    are_one = f"x.joined_at <= x.low + {within}"
    is_one = f"({are_one} OR (x.is_single AND (x.joined_at <= x.at OR x.at < x.linked_at)))"
    is_clean = f"c.group_key IS NULL AND {is_in_time} AND {is_one} AS is_clean"
    steps.add("known", read(f"SELECT {every}, {is_clean} FROM told AS x LEFT JOIN contested AS c ON c.group_key = x.group_key"))
    steps.add("reaching", read("SELECT x.*, CASE WHEN NOT x.is_clean THEN greatest(x.at, x.arrived) END AS high FROM known AS x"))
    window = "PARTITION BY x.group_key ORDER BY x.run ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    steps.add("disturbed", read(f"SELECT x.*, max(x.high) OVER ({window}) AS until FROM reaching AS x"))
    is_calm = "x.is_clean AND x.at <= $hi AND coalesce(x.until < x.at, true)"
    trigger = "x.event_id AS trigger_event_id, x.line AS trigger_line, x.identity_key AS sent_key"
    steps.add("judged", read(f"SELECT x.*, {trigger}, {is_calm} AS is_calm FROM disturbed AS x"))


def _measured(needs: Needs, measure: Measure, names: set[str]) -> Term:
    condition = None if set(measure.names) == names else selected(measure.names, EVENT)
    return kept(measure, condition, lambda: column("ts", EVENT), lambda one: column(_held(needs, one), EVENT))


def _values(needs: Needs) -> dict[str, Property]:
    """The properties that are read, each once, under columns of their own."""
    every = {repr(measure.value): measure.value for _, measure in needs.measures.values() if measure.value is not None}
    return {f"value_{place}": value for place, value in enumerate(every.values())}


def _held(needs: Needs, measure: Measure) -> str:
    return next(held for held, value in _values(needs).items() if repr(value) == repr(measure.value))


def _names(pause: Moment) -> tuple[str, ...]:
    if not _is_pause(pause):
        raise ValueError("this is no pause after events")
    return tuple(sorted(set(pause.selector.names)))


def _metrics(derived: Derived) -> list[Metric]:
    return [part for value in derived.set.values() for part in walk(value) if isinstance(part, Metric)]
