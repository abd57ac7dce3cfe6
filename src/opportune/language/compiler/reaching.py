"""`reaches`: the N-th matching event within a while, where the one before it was not yet.

Reads   events, links, identities; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort by (customer, ts) and an exact look at the doubtful few; narrow: the range's triggers, and those that late
        arrivals of the range may complete, joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py

As seen, a trigger is asked about at each *candidate* instant: when it was seen itself, and when an earlier event or a link of its
customer arrived after it. The first at which it follows is s; the event that arrived then completes the moment and must be in time.
"""

from opportune.language.compiler import identities
from opportune.language.compiler.counting import ABSENT, TRIGGER, counts, following, follows_from, near, seen_at
from opportune.language.compiler.triggers import (
    EVENT_COLUMNS,
    FIRED,
    Look,
    earliest,
    hi,
    in_range,
    is_in_time,
    lo,
    shown_as_fired,
    stream,
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.moments import Reaches
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.reading import Reading


def narrow(steps: Steps, reaches: Reaches, reading: Reading) -> str:
    """Each trigger of the range looked at exactly, and each that a late arrival of the range may complete."""
    look = Look(reaches.selector, reaches.where)
    steps.add("stream", stream(look, _bounds(reaches, reading)))
    cases = [sql.query(_events(look, "s"), Source("stream", "s"), where=case) for case in in_range(reading, 0, "s")]
    completed = [_completed_late(steps, reaches, look)] if reading is Reading.AS_SEEN else []
    steps.add("triggers", sql.union(*cases, *completed, distinct=True))
    return _exactly(steps, reaches, look, reading, "triggers")


def wide(steps: Steps, reaches: Reaches, reading: Reading) -> str:
    """By counting rows back where that proves it, exactly where it does not."""
    look = Look(reaches.selector, reaches.where)
    if look.reads_customer:
        return narrow(steps, reaches, reading)
    steps.add("stream", stream(look, _bounds(reaches, reading)))
    _preceded(steps, reaches.n)
    steps.add("judged", _judged(steps, reading))
    steps.add("sure", _sure(reaches, reading))
    doubtful = [sql.negated(column("is_clear", "j")), sql.less(earliest(reading), column("ts", "j"))]
    steps.add("doubtful", sql.query(_events(look, "j"), Source("judged", "j"), where=doubtful))
    sure = with_owners(steps, "sure", (*EVENT_COLUMNS, "at", "acted_at", "seen"), "sure_owned")
    found = _exactly(steps, reaches, look, reading, "doubtful")
    fired = sql.query(shown_as_fired(look, "f"), Source(sure, "f"))
    return steps.add("fired", sql.union(fired, sql.query({name: column(name, "f") for name in FIRED}, Source(found, "f"))))


def _bounds(reaches: Reaches, reading: Reading) -> list[Term]:
    """What can matter to a range; the first event ever is one without any before it, however long ago."""
    bounds = [sql.at_most(column("ts", "e"), hi())]
    if reaches.within is not None and reaches.n > 1:
        bounds.append(sql.less(earliest(reading, 2 * span_of(reaches.within)), column("ts", "e")))
    return bounds if reading is Reading.AS_KNOWN else [*bounds, sql.at_most(column("received_at", "e"), hi())]


def _events(look: Look, table: str) -> dict[str, Term]:
    return {name: column(name, table) for name in look.kept}


def _preceded(steps: Steps, n: int) -> None:
    """Each event of the stream with those before it in its group, by ts alone: ties are judged exactly."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    group = {"group_key": sql.coalesce(column("group_key", "g"), column("identity_key", "s"))}
    steps.add("grouped", sql.query({name: column(name, "s") for name in EVENT_COLUMNS} | group, Source("stream", "s"), [joined]))
    window = Window(("group_key",), ("ts",))

    def back(rows: int) -> Term:
        return sql.lag(column("ts", "s"), rows, sql.number(ABSENT), window) if rows else column("ts", "s")

    before = {
        "previous_ts": back(1),
        "nth_ts": back(n - 1),
        "before_ts": back(n),
        "next_ts": sql.lead(column("ts", "s"), 1, sql.number(FOREVER), window),
        "low_key": window.of_preceding(sql.smallest(column("identity_key", "s")), n),
        "high_key": window.of_preceding(sql.largest(column("identity_key", "s")), n),
        "last_received_at": window.of_preceding(sql.largest(column("received_at", "s")), n),
    }
    shown = {name: column(name, "s") for name in (*EVENT_COLUMNS, "group_key")}
    steps.add("preceded", sql.query(shown | before, Source("grouped", "s")))


def _judged(steps: Steps, reading: Reading) -> sql.Query:
    """Whether counting rows proves the answer: no ties, one id only or all links long known, everything received in time."""
    settled = Join(Source(identities.settlements(steps), "l"), sql.equal(column("group_key", "l"), column("group_key", "p")), "LEFT")
    in_contest = Join(Source(identities.contested(steps), "c"), sql.equal(column("group_key", "c"), column("group_key", "p")), "LEFT")
    keys = [sql.equal(column(name, "p"), column("identity_key", "p")) for name in ("low_key", "high_key")]
    clear = [
        sql.less(column("previous_ts", "p"), column("ts", "p")),
        sql.less(column("ts", "p"), column("next_ts", "p")),
        sql.either(
            sql.coalesce(sql.both(*keys), sql.truth(True)),
            sql.coalesce(sql.at_most(column("settled_at", "l"), column("ts", "p")), sql.truth(True)),
        ),
        sql.is_null(column("group_key", "c")),
    ]
    if reading is Reading.AS_SEEN:
        clear.append(sql.coalesce(sql.at_most(column("last_received_at", "p"), seen_at("p")), sql.truth(True)))
    shown = {name: column(name, "p") for name in (*EVENT_COLUMNS, "previous_ts", "nth_ts", "before_ts")}
    return sql.query(shown | {"is_clear": sql.both(*clear)}, Source("preceded", "p"), [settled, in_contest])


def _sure(reaches: Reaches, reading: Reading) -> sql.Query:
    """Clear triggers that follow, acted on in the range and in time."""
    acted = column("ts", "j") if reading is Reading.AS_KNOWN else seen_at("j")
    times = {"at": column("ts", "j"), "acted_at": acted, "seen": sql.number(FOREVER) if reading is Reading.AS_KNOWN else acted.copy()}
    ranged = [sql.less(lo(), acted.copy()), sql.at_most(acted.copy(), hi()), *is_in_time(reading, "j")]
    where = [column("is_clear", "j"), *ranged, *follows_from(reaches, "j", column("ts", "j"))]
    return sql.query({name: column(name, "j") for name in EVENT_COLUMNS} | times, Source("judged", "j"), where=where)


def _completed_late(steps: Steps, reaches: Reaches, look: Look) -> sql.Query:
    """Triggers seen before the range that an earlier event, received in the range, may complete."""
    in_range = [sql.less(lo(), column("received_at", "s")), sql.less(column("ts", "s"), column("received_at", "s"))]
    steps.add("arrived", sql.query(_events(look, "s"), Source("stream", "s"), where=in_range))
    on = [
        sql.equal(column("identity_key", "s"), column("kin_key", "x")),
        sql.at_most(column("ts", "x"), column("ts", "s")),
        sql.less(seen_at("s"), column("received_at", "x")),
        *near(reaches, column("ts", "s"), column("ts", "x")),
    ]
    return sql.query(_events(look, "s"), Source("stream", "s"), [Join(Source(_kin(steps, look, "arrived"), "x"), sql.both(*on))])


def _kin(steps: Steps, look: Look, events: str) -> str:
    """Events with every id that may be the same customer's at some pair: `kin_key`."""

    def linked(step: str, known: str, end: str, other_end: str) -> sql.Query:
        on = sql.equal(column(end, "l"), column(known, "e"))
        shown = _events(look, "e") | {"kin_key": column(other_end, "l")}
        return sql.query(shown, Source(step, "e"), [Join(Source("links", "l"), on)])

    own = sql.query(_events(look, "e") | {"kin_key": column("identity_key", "e")}, Source(events, "e"))
    steps.add(f"{events}_customers", sql.union(own, linked(events, "identity_key", "from_key", "to_key"), distinct=True))
    same = sql.query(_events(look, "e") | {"kin_key": column("kin_key", "e")}, Source(f"{events}_customers", "e"))
    return steps.add(f"{events}_kin", sql.union(same, linked(f"{events}_customers", "kin_key", "to_key", "from_key"), distinct=True))


def _exactly(steps: Steps, reaches: Reaches, look: Look, reading: Reading, triggers: str) -> str:
    """The triggers that fire: asked at their candidate instants, the first at which they follow counts."""
    asked = steps.add(f"{triggers}_at", _candidates(steps, reaches, look, reading, triggers))
    owned = with_owners(steps, asked, (*look.kept, "at", "acted_at", "seen", "is_link"), f"{triggers}_owned")
    counted = counts(steps, reaches, look, owned, (*TRIGGER, "seen"), ("is_link",))
    where = following(reaches, "c")
    if reading is Reading.AS_SEEN:
        where.append(sql.either(column("is_link", "c"), sql.is_known(column("lateness", "c"))))
    shown = {name: column(name, "c") for name in (*FIRED, "lateness")} | {"rank": sql.row_number(Window(TRIGGER, ("acted_at",)))}
    followed = steps.add(f"{triggers}_followed", sql.query(shown, Source(counted, "c"), where=where))
    first = [sql.equal(column("rank", "f"), sql.number(1))]
    first += [sql.less(lo(), column("acted_at", "f")), sql.at_most(column("acted_at", "f"), hi())]
    if reading is Reading.AS_SEEN:
        first.append(sql.at_most(column("lateness", "f"), sql.parameter("max_lateness")))
    return steps.add(f"{triggers}_fired", sql.query({name: column(name, "f") for name in FIRED}, Source(followed, "f"), where=first))


def _candidates(steps: Steps, reaches: Reaches, look: Look, reading: Reading, triggers: str) -> sql.Query:
    """When each trigger may come to follow: when it was seen, when an earlier event of its customer arrives, when a link does."""

    def asked(acted: Term, *, is_link: bool) -> dict[str, Term]:
        return _events(look, "t") | {"at": column("ts", "t"), "acted_at": acted, "is_link": sql.truth(is_link)}

    if reading is Reading.AS_KNOWN:
        return sql.query(asked(column("ts", "t"), is_link=False) | {"seen": sql.number(FOREVER)}, Source(triggers, "t"))
    kin = Source(_kin(steps, look, triggers), "t")
    after = [sql.at_most(column("ts", "x"), column("ts", "t")), sql.less(seen_at("t"), column("received_at", "x"))]
    own = sql.equal(column("identity_key", "x"), column("kin_key", "t"))
    by_event = sql.both(own, *after, *near(reaches, column("ts", "t"), column("ts", "x")))
    by_link = [
        sql.both(sql.equal(column(end, "x"), column("kin_key", "t")), *(condition.copy() for condition in after))
        for end in ("from_key", "to_key")
    ]
    arrival = column("received_at", "x")
    every = sql.union(
        sql.query(asked(seen_at("t"), is_link=False), Source(triggers, "t")),
        sql.query(asked(arrival, is_link=False), Source("stream", "x"), [Join(kin, by_event)]),
        *(sql.query(asked(arrival.copy(), is_link=True), Source("links", "x"), [Join(kin, on)]) for on in by_link),
    )
    steps.add(f"{triggers}_instants", every)
    names = (*look.kept, "at", "acted_at")
    once = {name: column(name, "e") for name in names} | {"is_link": sql.largest(column("is_link", "e"))}
    steps.add(f"{triggers}_once", sql.query(once, Source(f"{triggers}_instants", "e"), group=len(names)))
    shown = {name: column(name, "e") for name in (*names, "is_link")} | {"seen": column("acted_at", "e")}
    return sql.query(shown, Source(f"{triggers}_once", "e"))
