"""`lapse`: nothing came after it for a while.

Reads   events, links, identities; parameters `lo`, `hi`, `max_lateness`
Gives   the rows of a moment plan (`triggers.MOMENT_COLUMNS`)
Cost    wide: one sort of the looked-at events by (customer, ts) and an exact look at the doubtful few, that is equal instants, late
        arrivals and links that come after; narrow: the range's triggers joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py
"""

from opportune.language.compiler import identities
from opportune.language.compiler.triggers import (
    EVENT_COLUMNS,
    Look,
    acted_at,
    comes_after,
    earliest,
    hi,
    in_range,
    is_in_time,
    is_other,
    lo,
    seen,
    stream,
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.expressions import Property
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def look_of(lapse: Lapse) -> Look:
    """What a lapse looks at."""
    same = None if lapse.same is None else Property(lapse.same, PROPERTIES.get(lapse.same, Kind.TEXT), True)
    return Look(lapse.selector, lapse.where, lapse.unless, same)


def narrow(steps: Steps, lapse: Lapse, reading: Reading) -> str:
    """The triggers that fire, each looked at exactly: for ranges much shorter than the history."""
    look, delay = look_of(lapse), span_of(lapse.within)
    triggers = Look(look.selector, look.where, None, look.same)
    cases = [stream(triggers, [*case, is_in_time("e")]) for case in in_range(reading, delay, "e")]
    steps.add("triggers", sql.union(*cases))
    asked = _asked(steps, "triggers", look, reading, delay, [])
    steps.add("stream", stream(look, _bounds(reading, delay)))
    return _fired(steps, asked, look, "stream")


def wide(steps: Steps, lapse: Lapse, reading: Reading) -> str:
    """The triggers that fire: by the next event of the same customer where that proves it, exactly where it does not."""
    look, delay = look_of(lapse), span_of(lapse.within)
    steps.add("stream", stream(look, _bounds(reading, delay)))
    _followed(steps, look)
    kept = _kept(look)
    acted = acted_at(reading, _moment("f", delay), "f")
    ranged = [column("matches", "f"), is_in_time("f"), sql.less(lo(), acted), sql.at_most(acted.copy(), hi())]
    proof = ("group_key", "next_ts", "next_key", "next_received_at", "previous_ts")
    shown = {name: column(name, "f") for name in (*kept, *proof)}
    steps.add("ranged", sql.query(shown, Source("followed", "f"), where=[*ranged, sql.negated(_is_stopped(reading, delay))]))
    contested = identities.contested(steps)
    in_contest = sql.equal(column("group_key", "c"), column("group_key", "t"))
    alone = sql.both(sql.less(_moment("t", delay), column("next_ts", "t")), sql.less(column("previous_ts", "t"), column("ts", "t")))
    columns = {name: column(name, "t") for name in kept} | {"is_alone": alone, "in_contest": sql.is_known(column("group_key", "c"))}
    joins = [Join(Source(_each_once(steps, contested), "c"), in_contest, "LEFT")]
    steps.add("judged", sql.query(columns, Source("ranged", "t"), joins))
    is_sure = sql.both(column("is_alone", "t"), sql.negated(column("in_contest", "t")))
    sure = _asked(steps, "judged", look, reading, delay, [is_sure], name="sure")
    doubtful = _asked(steps, "judged", look, reading, delay, [sql.negated(is_sure.copy())], name="doubtful")
    found = _fired(steps, doubtful, look, "stream")
    shown_names = ("event_id", "line", "is_imported", "identity_key", "at", "acted_at")
    every = [sql.query({name: column(name, "f") for name in shown_names}, Source(step, "f")) for step in (sure, found)]
    return steps.add("fired", sql.union(*every))


def _bounds(reading: Reading, delay: int) -> list[Term]:
    """What can matter to a range."""
    bounds = [sql.less(earliest(delay), column("ts", "e")), sql.at_most(column("ts", "e"), hi())]
    return bounds if reading is Reading.AS_KNOWN else [*bounds, sql.at_most(column("received_at", "e"), hi())]


def _kept(look: Look) -> tuple[str, ...]:
    return (*EVENT_COLUMNS, "same") if look.same else EVENT_COLUMNS


def _followed(steps: Steps, look: Look) -> None:
    """Each event of the stream with the next and the previous one of its group, by ts alone: ties are judged exactly."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    names = (*_kept(look), "matches")
    group = {"group_key": sql.coalesce(column("group_key", "g"), column("identity_key", "s"))}
    steps.add("grouped", sql.query({name: column(name, "s") for name in names} | group, Source("stream", "s"), [joined]))
    window = Window(("group_key", "same") if look.same else ("group_key",), ("ts",))
    near = {
        "next_ts": sql.lead(column("ts", "s"), 1, sql.number(FOREVER), window),
        "next_key": sql.lead(column("identity_key", "s"), 1, sql.number(0), window),
        "next_received_at": sql.lead(column("received_at", "s"), 1, sql.number(FOREVER), window),
        "previous_ts": sql.lag(column("ts", "s"), 1, sql.number(-FOREVER), window),
    }
    shown = {name: column(name, "s") for name in (*names, "group_key")}
    steps.add("followed", sql.query(shown | near, Source("grouped", "s")))


def _is_stopped(reading: Reading, delay: int) -> Term:
    """The next event is of the same id, came in time and was seen: it stops the lapse, whoever the customer is."""
    moment = _moment("f", delay)
    stopped = [
        sql.less(column("ts", "f"), column("next_ts", "f")),
        sql.at_most(column("next_ts", "f"), moment),
        sql.equal(column("next_key", "f"), column("identity_key", "f")),
    ]
    if reading is Reading.AS_SEEN:
        stopped.append(sql.at_most(column("next_received_at", "f"), acted_at(reading, _moment("f", delay), "f")))
    return sql.both(*stopped)


def _asked(steps: Steps, triggers: str, look: Look, reading: Reading, delay: int, where: list[Term], *, name: str = "asked") -> str:
    """Triggers with `at`, `acted_at`, `seen`, under their owners then."""
    acted = acted_at(reading, _moment("t", delay), "t")
    times = {"at": _moment("t", delay), "acted_at": acted, "seen": seen(reading, acted.copy())}
    kept = _kept(look)
    steps.add(
        f"{name}_timed",
        sql.query({column_name: column(column_name, "t") for column_name in kept} | times, Source(triggers, "t"), where=where),
    )
    return with_owners(steps, f"{name}_timed", (*kept, *times), name)


def _fired(steps: Steps, asked: str, look: Look, events: str) -> str:
    """Those of `asked` whom no event of their customer stops."""
    kept = ("event_id", "line", "ts", "at", "seen", *(("same",) if look.same else ()))
    sources = identities.sources(steps, asked, kept, name=f"{asked}_sources")
    stops = sql.both(column("stops", "x"), is_other("x", "a"))
    follows = sql.both(column("matches", "x"), comes_after("x", "a"))
    on = [
        sql.equal(column("identity_key", "x"), column("source_key", "a")),
        *([sql.equal(column("same", "x"), column("same", "a"))] if look.same else []),
        sql.at_most(column("ts", "a"), column("ts", "x")),
        sql.at_most(column("ts", "x"), column("at", "a")),
        sql.at_most(column("received_at", "x"), column("seen", "a")),
        sql.either(stops, follows) if look.stops else follows,
    ]
    keys = {name: column(name, "a") for name in ("event_id", "line")}
    stopped = steps.add(
        f"{asked}_stopped", sql.query(keys, Source(events, "x"), [Join(Source(sources, "a"), sql.both(*on))], distinct=True)
    )
    same = sql.both(sql.equal(column("event_id", "s"), column("event_id", "a")), sql.equal(column("line", "s"), column("line", "a")))
    shown = {name: column(name, "a") for name in ("event_id", "line", "is_imported", "identity_key", "at", "acted_at")}
    return steps.add(f"{asked}_fired", sql.query(shown, Source(asked, "a"), [Join(Source(stopped, "s"), same, "ANTI")]))


def _each_once(steps: Steps, relation: str) -> str:
    return steps.add(f"{relation}_once", sql.query({"group_key": column("group_key", "c")}, Source(relation, "c"), distinct=True))


def _moment(table: str, delay: int) -> Term:
    return sql.plus(column("ts", table), sql.number(delay))
