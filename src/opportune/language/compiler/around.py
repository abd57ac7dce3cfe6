"""`before` and `after`: so long before or after a time that the customer's events or traits set.

Reads   what the time reads; parameters `lo`, `hi`, `max_lateness`
Gives   a step of moments that fired: FIRED
Cost    one value for each change point of the time up to the end of the range: what was set long ago may be due now. Narrow: of those
        customers only for whom the time was set in the range, or may be due in it (`origins`: it is the `ts` of an event, a trait or a
        constant, moved by constants; of any other time nobody can be left out)
Held to meaning.moments, by tests/meaning/test_compiled_around.py

A *run* is a stretch of change points with one and the same time. It may fire once, while it lasts, if an event or trait set it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from opportune.language.compiler import identities
from opportune.language.compiler.alone import matching
from opportune.language.compiler.causes import with_causes
from opportune.language.compiler.changes import changes
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.meetings import with_meetings
from opportune.language.compiler.origins import Fixed, OfEvents, OfTrait, Origin, origins_of
from opportune.language.compiler.properties import trait_term
from opportune.language.compiler.reads import EventPart, Reads, causes_in, reads_of
from opportune.language.compiler.scopes import Everybody
from opportune.language.compiler.triggers import ENDLESS, FIRED, hi, lo, plan_of
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree.moments import Around
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

_RUN = ("identity_key", "time", "point", "seen", "ends_at")


def plan(moment: Around, reading: Reading, *, narrow: bool = False) -> Plan:
    """The moments in ($lo, $hi]."""
    steps = Steps()
    origins = origins_of(moment.time) if narrow else None
    asked = None if origins is None else _asked(steps, moment, reading, origins)
    begin = partial(_begin, moment, [] if origins is None else origins)
    found = plan_of(steps, _fired(steps, moment, reading, asked, begin), reading)
    parameters = ("lo", "hi") if span_of(moment.by) < 0 else ("lo", "hi", "max_lateness")
    return replace(found, parameters=parameters, populations=populations_of([moment.time]))


def _asked(steps: Steps, moment: Around, reading: Reading, origins: Sequence[Origin]) -> str:
    """identity_key of everybody who may have a moment in the range: it is due in it, or it was set in it and was due before."""
    by = span_of(moment.by)
    found = [_due(origin, by + origin.after) for origin in origins]
    own = Reads(traits={(name, shift) for name, shift in reads_of([moment.time]).traits if not shift})
    own.events = [EventPart(selector, where, (Span(0),), 0) for selector, where in causes_in(moment.time)]
    set_ones = changes(steps, own, Everybody(reading, lo, hi, is_narrow=True), needs_presence=False, name="set_in_range")
    found.append(sql.query({"source_key": column("identity_key", "c")}, Source(set_ones, "c")))
    ids = steps.add("asked_ids", sql.union(*found, distinct=True))
    hers = Join(Source("spans", "l"), sql.equal(column("from_key", "l"), column("source_key", "i")))
    itself = sql.query({"identity_key": column("source_key", "i")}, Source(ids, "i"))
    customer = sql.query({"identity_key": column("to_key", "l")}, Source(ids, "i"), [hers])
    return steps.add("asked_customers", sql.union(itself, customer, distinct=True))


def _begin(moment: Around, origins: Sequence[Origin]) -> Term:
    """Before the first change point that can matter: a time is an event's, moved, only once the event has happened."""
    moves = [origin.after for origin in origins if isinstance(origin, OfEvents)]
    if not moves or len(moves) < len(origins):
        return sql.number(-FOREVER)
    by = span_of(moment.by)
    earliest = sql.minus(lo(), sql.number(max(moves) + max(by, 0) + 1))
    return earliest if by < 0 else sql.minus(earliest, sql.smaller(sql.parameter("max_lateness"), sql.number(ENDLESS)))


def _due(origin: Origin, after: int) -> sql.Query:
    """`source_key` of ids that have an origin so long before the range."""

    def inside(time: Term) -> Term:
        return sql.within(sql.plus(time, sql.number(after)), lo(), hi())

    match origin:
        case OfEvents(selector=selector, where=where):
            ends = [sql.minus(end(), sql.number(after)) for end in (lo, hi)]
            happened = [*matching(selector, where, "e"), sql.within(column("ts", "e"), *ends)]
            return sql.query({"source_key": column("identity_key", "e")}, Source("events", "e"), where=happened)
        case OfTrait(name=name):
            told = inside(trait_term(Kind.TIME, lambda: column("value", "t")))
            named = sql.equal(column("name", "t"), sql.text(name))
            return sql.query({"source_key": column("identity_key", "t")}, Source("traits", "t"), where=[named, told])
        case Fixed(instant=instant):
            return sql.query({"source_key": column("identity_key", "i")}, Source("identities", "i"), where=[inside(sql.number(instant))])
        case _:
            assert_never(origin)


def _ids_of(steps: Steps, asked: str) -> str:
    """`source_key`: every id that was ever theirs."""
    own = sql.query({"source_key": column("identity_key", "a")}, Source(asked, "a"))
    hers = Join(Source("spans", "l"), sql.equal(column("to_key", "l"), column("identity_key", "a")))
    linked = sql.query({"source_key": column("from_key", "l")}, Source(asked, "a"), [hers])
    return steps.add("all_ids", sql.union(own, linked, distinct=True))


def _fired(steps: Steps, moment: Around, reading: Reading, asked: str | None, begin: Callable[[], Term]) -> str:
    runs = _runs(steps, moment, reading, asked, begin)
    set_ones = _set(steps, runs, moment, reading)
    by = span_of(moment.by)

    def due() -> Term:
        return sql.plus(column("time", "r"), sql.number(by))

    def point() -> Term:
        return column("point", "r")

    at = sql.larger(due(), point())
    is_ahead = sql.at_most(point(), due())
    if by < 0:
        fires = sql.either(is_ahead, sql.less(point(), column("time", "r")))
    else:
        fires = sql.either(is_ahead, sql.at_most(sql.minus(point(), due()), sql.parameter("max_lateness")))
    names = ("identity_key", "time", "event_id", "line", "is_imported")
    shown = {name: column(name, "r") for name in names} | {"at": at}
    where = [fires, sql.less(at.copy(), column("ends_at", "r"))]
    rows = steps.add("due", sql.query(shown, Source(set_ones, "r"), where=where))
    once = {name: column(name, "d") for name in (*names, "at")}
    once["rank"] = sql.row_number(Window(("identity_key", "time"), ("at",)))
    steps.add("due_once", sql.query(once, Source(rows, "d")))
    seen = sql.number(FOREVER) if reading is Reading.AS_KNOWN else column("at", "d")
    linked = sql.both(sql.equal(column("from_key", "l"), column("identity_key", "d")), identities.counts_at(column("at", "d"), seen))
    shown = {name: column(name, "d") for name in ("event_id", "line", "is_imported", "identity_key", "at")}
    shown |= {"which": sql.number(0), "acted_at": column("at", "d"), "same_value": sql.cast(sql.null(), "VARCHAR")}
    where = [sql.equal(column("rank", "d"), sql.number(1)), sql.within(column("at", "d"), lo(), hi())]
    ordered = {name: shown[name] for name in FIRED}
    return steps.add("fired", sql.query(ordered, Source("due_once", "d"), [Join(Source("spans", "l"), linked, "ANTI")], where=where))


def _runs(steps: Steps, moment: Around, reading: Reading, asked: str | None, begin: Callable[[], Term]) -> str:
    """`_RUN`: each stretch of change points with one time: where it begins, and where the next begins."""
    reads = reads_of([moment.time])
    among = None if asked is None else _ids_of(steps, asked)
    scope = Everybody(reading, begin, hi, is_narrow=False, among=among)
    found = changes(steps, reads, scope, needs_presence=False)
    changed = with_meetings(steps, found, reads, scope)
    instants = {"identity_key": column("identity_key", "c"), "at": column("known_at", "c")}
    is_asked = sql.equal(column("identity_key", "a"), column("identity_key", "c"))
    wanted = [] if asked is None else [Join(Source(asked, "a"), is_asked, "SEMI")]
    steps.add("instants", sql.query(instants, Source(changed, "c"), wanted, distinct=True))
    numbered = {name: column(name, "i") for name in instants} | {"pair": sql.row_number(Window((), ("identity_key", "at")))}
    steps.add("points", sql.query(numbered, Source("instants", "i")))
    pair: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    pair |= {name: column(name, "p") for name in ("pair", "identity_key", "at")}
    pair["seen"] = sql.number(FOREVER) if reading is Reading.AS_KNOWN else column("at", "p")
    pairs = steps.add("asked", sql.query(pair, Source("points", "p")))
    values = values_of(steps, pairs, {"time": moment.time})
    order = Window(("identity_key",), ("at",))
    valued = {name: column(name, "a") for name in ("identity_key", "at", "seen")} | {"time": column("time", "v")}
    steps.add(
        "valued", sql.query(valued, Source(pairs, "a"), [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "a")))])
    )
    before = {name: column(name, "v") for name in valued}
    before |= {"time_before": sql.lag(column("time", "v"), 1, sql.null(), order)}
    steps.add("told", sql.query(before, Source("valued", "v")))
    begins = [sql.differs(column("time", "t"), column("time_before", "t"))]
    steps.add("begun", sql.query({name: column(name, "t") for name in valued}, Source("told", "t"), where=begins))
    run = {
        "identity_key": column("identity_key", "b"),
        "time": column("time", "b"),
        "point": column("at", "b"),
        "seen": column("seen", "b"),
    }
    run["ends_at"] = sql.lead(column("at", "b"), 1, sql.number(2 * FOREVER - 1), order)
    return steps.add("runs", sql.query(run, Source("begun", "b")))


def _set(steps: Steps, runs: str, moment: Around, reading: Reading) -> str:
    """Runs that an event or a trait set, with the event: the last that came at their beginning, by `ts` or by its arrival."""
    known = [sql.is_known(column("time", "r"))]
    rows = {name: column(name, "r") for name in _RUN} | {"which": sql.number(0)}
    timed = steps.add("timed_runs", sql.query(rows, Source(runs, "r"), where=known))
    caused = with_causes(steps, timed, [(0, moment.time)], ("which", *_RUN), by_arrival=reading is Reading.AS_SEEN)
    shown = {name: column(name, "c") for name in (*_RUN, "event_id", "line", "is_imported")}
    by_event = sql.query(shown, Source(caused, "c"), where=[sql.is_known(column("event_id", "c"))])
    found = [by_event, *_by_trait(steps, caused, moment, reading)]
    return steps.add("set_runs", sql.union(*found))


def _by_trait(steps: Steps, caused: str, moment: Around, reading: Reading) -> Iterator[sql.Query]:
    names = sorted(name for name, shift in reads_of([moment.time]).traits if not shift)
    if not names:
        return
    pairs = {name: column(name, "c") for name in _RUN} | {"at": column("point", "c")}
    asked = steps.add("trait_runs", sql.query(pairs, Source(caused, "c"), where=[sql.is_null(column("event_id", "c"))]))
    sources = identities.sources(steps, asked, (*_RUN, "at"), name="trait_run_ids")
    visible = column("ts", "t") if reading is Reading.AS_KNOWN else sql.larger(column("ts", "t"), column("received_at", "t"))
    on = [
        sql.equal(column("identity_key", "t"), column("source_key", "s")),
        sql.one_of(column("name", "t"), [sql.text(name) for name in names]),
        sql.equal(visible, column("point", "s")),
    ]
    nothing = {"event_id": sql.cast(sql.null(), "VARCHAR"), "line": sql.cast(sql.null(), "INTEGER"), "is_imported": sql.truth(False)}
    row: dict[str, Term] = {name: column(name, "s") for name in _RUN}
    yield sql.query(row | nothing, Source("traits", "t"), [Join(Source(sources, "s"), sql.both(*on))], distinct=True)
