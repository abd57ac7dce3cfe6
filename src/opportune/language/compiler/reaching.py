"""`reaches`: the N-th matching event within a while, where the one before it was not yet.

Reads   events, links, identities; parameters `lo`, `hi`, `max_lateness`
Gives   the rows of a moment plan (`triggers.MOMENT_COLUMNS`)
Cost    wide: one sort by (customer, ts) and an exact look at the doubtful few; narrow: the range's triggers, and those that late
        arrivals of the range may complete, joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py

As seen, a trigger is asked about at each *candidate* instant: when it was seen itself, and when an earlier event of its customer
arrived after it. The first at which it follows is s; that arrival completes the moment and must be in time.
"""

from opportune.language.compiler import identities
from opportune.language.compiler.triggers import (
    EVENT_COLUMNS,
    Look,
    comes_after,
    earliest,
    hi,
    in_range,
    is_in_time,
    lo,
    stream,
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.moments import Reaches
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.reading import Reading

ABSENT = -FOREVER
"""The `ts` of an event that is not there."""
_FIRED = ("event_id", "line", "is_imported", "identity_key", "at", "acted_at")


def narrow(steps: Steps, reaches: Reaches, reading: Reading) -> str:
    """The triggers that fire, each looked at exactly."""
    look = Look(reaches.selector, reaches.where)
    steps.add("stream", stream(look, _bounds(reaches, reading)))
    if reading is Reading.AS_KNOWN:
        ranged = [*next(iter(in_range(reading, 0, "s"))), is_in_time("s")]
        steps.add("triggers", sql.query(_events("s"), Source("stream", "s"), where=ranged))
    else:
        seen_in_range = [sql.query(_events("s"), Source("stream", "s"), where=case) for case in in_range(reading, 0, "s")]
        steps.add("triggers", sql.union(*seen_in_range, _completed_late(steps, reaches), distinct=True))
    return _exactly(steps, reaches, reading, "triggers")


def wide(steps: Steps, reaches: Reaches, reading: Reading) -> str:
    """The triggers that fire: by counting rows back where that proves it, exactly where it does not."""
    look = Look(reaches.selector, reaches.where)
    steps.add("stream", stream(look, _bounds(reaches, reading)))
    _preceded(steps, reaches)
    steps.add("judged", _judged(steps, reading))
    steps.add("sure", _sure(reaches, reading))
    doubtful = [sql.negated(column("is_clear", "j")), sql.less(earliest(), column("ts", "j"))]
    steps.add("doubtful", sql.query(_events("j"), Source("judged", "j"), where=doubtful))
    sure = with_owners(steps, "sure", (*EVENT_COLUMNS, "at", "acted_at", "seen"), "sure_owned")
    found = _exactly(steps, reaches, reading, "doubtful")
    every = [sql.query({name: column(name, "f") for name in _FIRED}, Source(step, "f")) for step in (sure, found)]
    return steps.add("fired", sql.union(*every))


def _bounds(reaches: Reaches, reading: Reading) -> list[Term]:
    """What can matter to a range; the first event ever is one without any before it, however long ago."""
    bounds = [sql.at_most(column("ts", "e"), hi())]
    if reaches.within is not None and reaches.n > 1:
        bounds.append(sql.less(earliest(2 * span_of(reaches.within)), column("ts", "e")))
    return bounds if reading is Reading.AS_KNOWN else [*bounds, sql.at_most(column("received_at", "e"), hi())]


def _events(table: str) -> dict[str, Term]:
    return {name: column(name, table) for name in EVENT_COLUMNS}


def _seen_at(table: str) -> Term:
    return sql.larger(column("ts", table), column("received_at", table))


def _preceded(steps: Steps, reaches: Reaches) -> None:
    """Each event of the stream with those before it in its group, by ts alone: ties are judged exactly."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    group = {"group_key": sql.coalesce(column("group_key", "g"), column("identity_key", "s"))}
    steps.add("grouped", sql.query(_events("s") | group, Source("stream", "s"), [joined]))
    window, n = Window(("group_key",), ("ts",)), reaches.n

    def back(rows: int) -> Term:
        return sql.lag(column("ts", "s"), rows, sql.number(ABSENT), window) if rows else column("ts", "s")

    near = {
        "previous_ts": back(1),
        "nth_ts": back(n - 1),
        "before_ts": back(n),
        "next_ts": sql.lead(column("ts", "s"), 1, sql.number(FOREVER), window),
        "low_key": window.of_preceding(sql.smallest(column("identity_key", "s")), n),
        "high_key": window.of_preceding(sql.largest(column("identity_key", "s")), n),
        "last_received_at": window.of_preceding(sql.largest(column("received_at", "s")), n),
    }
    steps.add("preceded", sql.query(_events("s") | {"group_key": column("group_key", "s")} | near, Source("grouped", "s")))


def _judged(steps: Steps, reading: Reading) -> sql.Query:
    """Whether counting rows proves the answer: no ties, one id only or all links long known, everything received in time."""
    settled = Join(Source(identities.settlements(steps), "l"), sql.equal(column("group_key", "l"), column("group_key", "p")), "LEFT")
    contested = steps.add(
        "contested_once", sql.query({"group_key": column("group_key", "c")}, Source(identities.contested(steps), "c"), distinct=True)
    )
    in_contest = Join(Source(contested, "c"), sql.equal(column("group_key", "c"), column("group_key", "p")), "LEFT")
    own = sql.coalesce(
        sql.both(
            sql.equal(column("low_key", "p"), column("identity_key", "p")), sql.equal(column("high_key", "p"), column("identity_key", "p"))
        ),
        sql.truth(True),
    )
    clear = [
        sql.less(column("previous_ts", "p"), column("ts", "p")),
        sql.less(column("ts", "p"), column("next_ts", "p")),
        sql.either(own, sql.coalesce(sql.at_most(column("settled_at", "l"), column("ts", "p")), sql.truth(True))),
        sql.is_null(column("group_key", "c")),
    ]
    if reading is Reading.AS_SEEN:
        clear.append(sql.coalesce(sql.at_most(column("last_received_at", "p"), _seen_at("p")), sql.truth(True)))
    names = (*EVENT_COLUMNS, "previous_ts", "nth_ts", "before_ts")
    shown = {name: column(name, "p") for name in names} | {"is_clear": sql.both(*clear)}
    return sql.query(shown, Source("preceded", "p"), [settled, in_contest])


def _sure(reaches: Reaches, reading: Reading) -> sql.Query:
    """Clear triggers that follow, acted on in the range and in time."""
    acted = column("ts", "j") if reading is Reading.AS_KNOWN else _seen_at("j")
    times = {"at": column("ts", "j"), "acted_at": acted, "seen": sql.number(FOREVER) if reading is Reading.AS_KNOWN else acted.copy()}
    ranged = [sql.less(lo(), acted.copy()), sql.at_most(acted.copy(), hi()), is_in_time("j")]
    where = [column("is_clear", "j"), *ranged, *_follows(reaches, "j", column("ts", "j"))]
    return sql.query(_events("j") | times, Source("judged", "j"), where=where)


def _follows(reaches: Reaches, table: str, moment: Term) -> list[Term]:
    """The N-th is near enough, and for the event before it was not."""

    def near(ts: str, of: Term) -> Term:
        exists = sql.less(sql.number(ABSENT), column(ts, table))
        if reaches.within is None:
            return exists
        return sql.both(exists, sql.less(sql.minus(of, sql.number(span_of(reaches.within))), column(ts, table)))

    return [near("nth_ts", moment), sql.negated(near("before_ts", column("previous_ts", table)))]


def _completed_late(steps: Steps, reaches: Reaches) -> sql.Query:
    """Triggers seen before the range that an earlier event, received in the range, may complete."""
    on = [
        sql.equal(column("identity_key", "s"), column("kin_key", "a")),
        sql.at_most(column("ts", "a"), column("ts", "s")),
        sql.less(_seen_at("s"), column("received_at", "a")),
    ]
    if reaches.within is not None:
        on.append(sql.less(sql.minus(column("ts", "s"), sql.number(2 * span_of(reaches.within))), column("ts", "a")))
    in_range = [sql.less(lo(), column("received_at", "s")), sql.less(column("ts", "s"), column("received_at", "s"))]
    steps.add("arrived", sql.query(_events("s"), Source("stream", "s"), where=in_range))
    kin = _kin(steps, "arrived")
    return sql.query(_events("s"), Source("stream", "s"), [Join(Source(kin, "a"), sql.both(*on))])


def _kin(steps: Steps, events: str) -> str:
    """Events with every id that may be the same customer's at some pair: `kin_key`."""
    known = identities.memberships(steps)
    customer = sql.coalesce(column("customer_key", "m"), column("identity_key", "e"))
    joins = [
        Join(Source(known, "m"), sql.equal(column("identity_key", "m"), column("identity_key", "e")), "LEFT"),
        Join(Source(known, "n"), sql.equal(column("customer_key", "n"), customer), "LEFT"),
    ]
    kin = sql.coalesce(column("identity_key", "n"), column("identity_key", "e"))
    return steps.add(f"{events}_kin", sql.query(_events("e") | {"kin_key": kin}, Source(events, "e"), joins, distinct=True))


def _exactly(steps: Steps, reaches: Reaches, reading: Reading, triggers: str) -> str:
    """The triggers that fire, each asked at its candidate instants."""
    asked = steps.add(f"{triggers}_at", _candidates(steps, reaches, reading, triggers))
    kept = (*EVENT_COLUMNS, "at", "acted_at", "seen")
    owned = with_owners(steps, asked, kept, f"{triggers}_owned")
    visible = _visible(steps, reaches, owned)
    counted = _counted(steps, reaches, visible)
    where = _follows(reaches, "c", column("at", "c"))
    where.append(sql.is_known(column("lateness", "c")))
    firsts = Window(("event_id", "line"), ("acted_at",))
    names = (*_FIRED, "lateness")
    shown = {name: column(name, "c") for name in names} | {"rank": sql.row_number(firsts)}
    followed = steps.add(f"{triggers}_followed", sql.query(shown, Source(counted, "c"), where=where))
    in_time = [
        sql.equal(column("rank", "f"), sql.number(1)),
        sql.at_most(column("lateness", "f"), sql.parameter("max_lateness")),
        sql.less(lo(), column("acted_at", "f")),
        sql.at_most(column("acted_at", "f"), hi()),
    ]
    return steps.add(f"{triggers}_fired", sql.query({name: column(name, "f") for name in _FIRED}, Source(followed, "f"), where=in_time))


def _candidates(steps: Steps, reaches: Reaches, reading: Reading, triggers: str) -> sql.Query:
    """When each trigger may come to follow."""
    at = {"at": column("ts", "t")}
    if reading is Reading.AS_KNOWN:
        return sql.query(_events("t") | at | {"acted_at": column("ts", "t"), "seen": sql.number(FOREVER)}, Source(triggers, "t"))
    alone = sql.query(_events("t") | at | {"acted_at": _seen_at("t"), "seen": _seen_at("t")}, Source(triggers, "t"))
    on = [
        sql.equal(column("identity_key", "x"), column("kin_key", "t")),
        sql.at_most(column("ts", "x"), column("ts", "t")),
        sql.less(_seen_at("t"), column("received_at", "x")),
    ]
    if reaches.within is not None:
        on.append(sql.less(sql.minus(column("ts", "t"), sql.number(2 * span_of(reaches.within))), column("ts", "x")))
    arrival = {"acted_at": column("received_at", "x"), "seen": column("received_at", "x")}
    kin = _kin(steps, triggers)
    later = sql.query(_events("t") | {"at": column("ts", "t")} | arrival, Source("stream", "x"), [Join(Source(kin, "t"), sql.both(*on))])
    return sql.union(alone, later, distinct=True)


def _visible(steps: Steps, reaches: Reaches, owned: str) -> str:
    """What each question's customer had done by then: instants, whether it counts towards the trigger, and its rank backwards."""
    kept = ("event_id", "line", "ts", "is_imported", "identity_key", "at", "acted_at", "seen")
    sources = identities.sources(steps, owned, kept, name=f"{owned}_sources")
    on = [
        sql.equal(column("identity_key", "x"), column("source_key", "q")),
        sql.at_most(column("ts", "x"), column("at", "q")),
        sql.at_most(column("received_at", "x"), column("seen", "q")),
    ]
    if reaches.within is not None and reaches.n > 1:
        on.append(sql.less(sql.minus(column("at", "q"), sql.number(2 * span_of(reaches.within))), column("ts", "x")))
    shown = {f"q_{name}": column(name, "q") for name in kept} | {
        name: column(name, "x") for name in ("ts", "event_id", "line", "received_at")
    }
    shown["derived"] = sql.less(sql.number(0), column("line", "x"))
    shown["counts"] = sql.negated(comes_after("x", "q"))
    seen = steps.add(f"{owned}_visible", sql.query(shown, Source("stream", "x"), [Join(Source(sources, "q"), sql.both(*on))]))
    backwards = Window(("q_event_id", "q_line", "q_seen", "counts"), ("ts", "derived", "event_id", "line"), descending=True)
    names = (*(f"q_{name}" for name in kept), "ts", "received_at", "counts")
    ranked = {name: column(name, "v") for name in names} | {"rank": sql.row_number(backwards)}
    return steps.add(f"{owned}_ranked", sql.query(ranked, Source(seen, "v")))


def _counted(steps: Steps, reaches: Reaches, visible: str) -> str:
    """One row per question: the events before the trigger that decide, and the lateness of what arrived at that instant."""

    def ts_at(rank: int) -> Term:
        counts = sql.both(column("counts", "v"), sql.equal(column("rank", "v"), sql.number(rank)))
        return sql.coalesce(sql.only(sql.largest(column("ts", "v")), counts), sql.number(ABSENT))

    arrives = [sql.either(sql.equal(_seen_at("v"), column("q_seen", "v")), sql.equal(column("q_seen", "v"), sql.number(FOREVER)))]
    if reaches.within is not None:
        arrives.append(sql.less(sql.minus(column("q_at", "v"), sql.number(2 * span_of(reaches.within))), column("ts", "v")))
    lateness = sql.minus(column("received_at", "v"), column("ts", "v"))
    keys = {name: column(f"q_{name}", "v") for name in (*_FIRED, "seen")}
    decisive = {"previous_ts": ts_at(2), "nth_ts": ts_at(reaches.n), "before_ts": ts_at(reaches.n + 1)}
    completed = {"lateness": sql.only(sql.smallest(lateness), sql.both(*arrives))}
    counted = sql.query(keys | decisive | completed, Source(visible, "v"), group=len(keys))
    return steps.add(f"{visible}_counted", counted)
