"""`lapse` with `at_most`: of events less than a while apart the last one that came before the run was long enough.

Reads   events, spans, links; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort in event order (compiler.chains), and an exact look at the events of which it proves nothing
        (compiler.islands). Narrow: all that the customers of the range ever did of what it looks at
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py

A *chain* is cut where `within` passed in silence or an `unless` event lay between; a *run* is the part of a chain that fires once. What
may be asked about is an *anchor*: a matching event, and the instant at which a run that it ends, or begins, would fire.
"""

from collections.abc import Callable
from dataclasses import replace

from opportune.language.compiler import candidates, chains, islands
from opportune.language.compiler.lapses import lateness
from opportune.language.compiler.lapses import look_of as look_of_lapse
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.presence import present
from opportune.language.compiler.slices import sliced
from opportune.language.compiler.triggers import FIRED, TRIGGER, in_reach, numbered
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.reading import Reading


def look_of(lapse: Lapse, which: int = 0) -> Look:
    """What it looks at: everything before, for a run may have begun at any time."""
    if lapse.at_most is None:
        raise ValueError("a lapse without at_most has no runs")
    look = look_of_lapse(lapse, which)
    return replace(look, reach=None, delays=(look.constants["delay"], span_of(lapse.at_most)))


def narrow(steps: Steps, look: Look, reading: Reading) -> str:
    """Every anchor of the range looked at exactly."""
    source = sliced(steps, [look], reading)
    stream = steps.add("stream", Family((look,)).stream(source, reading))
    return exactly(steps, look, reading, stream)


def wide(steps: Steps, look: Look, reading: Reading) -> str:
    """By the neighbours of each event where those prove it, exactly where they do not."""
    family = Family((look,))
    stream = steps.add("stream", family.stream(lambda look: ("events", in_reach(reading, look.reach, "e")), reading))
    followed = chains.followed(steps, look)
    is_proved = not family.reads_customer and not (family.is_derived and reading is Reading.AS_SEEN)
    ends = chains.ends(steps, look, reading, followed) if is_proved else None
    doubtful = islands.doubtful(steps, look, reading, followed, ends)
    found = _first_of(steps, look, reading, stream, lambda anchors: islands.ranged(steps, anchors, reading, doubtful), since=doubtful)
    if ends is None:
        return found
    proved = chains.proved(steps, look, reading, ends.ended)
    shown = {name: column(name, "f") for name in FIRED}
    return steps.add("fired", sql.union(sql.query(shown, Source(proved, "f")), sql.query(_copied(shown), Source(found, "f"))))


def exactly(steps: Steps, look: Look, reading: Reading, stream: str) -> str:
    """The runs that fire, asked at every instant at which one may come to."""

    def in_range(anchors: Family) -> str:
        name = f"{stream}_{anchors.looks[0].constants['delay']}"
        near = candidates.ranged(steps, anchors, reading, stream, f"{name}_near")
        own = sql.query(_events(anchors, "t"), Source(near, "t"))
        late = []
        if reading is Reading.AS_SEEN:
            late = [candidates.completed_late(steps, anchors, stream, f"{name}_arrived")]
        return steps.add(name, sql.union(own, *late, distinct=True))

    return _first_of(steps, look, reading, stream, in_range)


def _first_of(steps: Steps, look: Look, reading: Reading, stream: str, ranged: Callable[[Family], str], *, since: str | None = None) -> str:
    """The runs that fire for the anchors that `ranged` gives for each way to be one; `since` names how far back each must look."""
    family = Family((look,))
    asked = []
    for delay in sorted(set(look.delays)):
        anchors = Family((replace(look, constants={"delay": delay}),))
        found = candidates.as_asked(steps, anchors, reading, ranged(anchors), stream)
        asked.append(sql.query({name: column(name, "a") for name in _columns(family)}, Source(found, "a")))
    every = steps.add(f"{stream}_anchors", sql.union(*asked))
    every = numbered(steps, every, _columns(family), (*TRIGGER, "received_at", "at", "acted_at"))
    judged = judge(steps, look, every, stream, ("which", "identity_key", "at", "acted_at", "same", "is_link"), since=since)
    names = {"event_id": "last_id", "line": "last_line", "is_imported": "last_is_imported"}
    shown: dict[str, Term] = {
        name: column(names.get(name, name), "j") for name in (*TRIGGER, "is_imported", "identity_key", "at", "acted_at")
    }
    shown |= {"same_value": family.shown_same("j"), "is_link": column("is_link", "j"), "lateness": column("lateness", "j")}
    followed = steps.add(f"{every}_followed", sql.query(shown, Source(judged, "j"), distinct=True))
    return candidates.first_following(steps, family, followed, reading)


def judge(steps: Steps, look: Look, asked: str, stream: str, carried: tuple[str, ...], *, since: str | None = None) -> str:
    """question, `carried`, lateness and the last event (`last_id`, ...) of the run that fires there; only where one does."""
    family = Family((look,))
    columns = (*_columns(family), "question")
    if since is None:
        there = present(steps, family, asked, columns, stream, near=list, carried=("at", "seen"))
    else:
        columns = (*columns, "since")
        there = present(steps, family, _bounded(steps, asked, since, columns), columns, stream, near=_is_near, carried=("at", "seen"))
    ran = _runs(steps, look, there)
    is_other = sql.unequal(order_of("x"), column("last_order", "r"))
    stops = [column("stops", "x"), sql.at_most(column("last_ts", "r"), column("x_ts", "x")), is_other]
    joins = [Join(Source(ran, "r"), sql.equal(column("question", "r"), column("question", "x")))]
    stopped = steps.add(
        f"{there}_stopped",
        sql.query({"question": column("question", "x")}, Source(there, "x"), joins, where=stops, distinct=True),
    )
    arrived = {"question": column("question", "x"), "lateness": lateness("x")}
    steps.add(f"{there}_arrived", sql.query(arrived, Source(there, "x"), group=1))
    shown = {name: column(name, "a") for name in ("question", *carried)} | {"lateness": column("lateness", "l")}
    shown |= {name: column(name, "r") for name in ("last_id", "last_line", "last_is_imported")}
    of = {alias: sql.equal(column("question", alias), column("question", "a")) for alias in ("r", "l", "s")}
    joined = [Join(Source(ran, "r"), of["r"]), Join(Source(f"{there}_arrived", "l"), of["l"]), Join(Source(stopped, "s"), of["s"], "ANTI")]
    return steps.add(f"{there}_judged", sql.query(shown, Source(asked, "a"), joined))


def _runs(steps: Steps, look: Look, there: str) -> str:
    """question, last_order, last_ts, last_id, last_line, last_is_imported of the run that would fire at the instant asked about."""
    starts = _starts(steps, look, there, ("question",))
    begins = {name: column(name, "s") for name in ("question", "ts")} | {"order_key": order_of("s")}
    first = steps.add(f"{there}_first", sql.query(begins, Source(starts, "s"), distinct=True))
    is_start = sql.both(sql.equal(column("question", "b"), column("question", "x")), sql.equal(order_of("b"), order_of("x")))
    names = ("question", "at", "x_event_id", "x_line", "x_is_imported", "x_ts")
    marked = {name: column(name, "x") for name in names} | {"order_key": order_of("x"), "first_ts": column("ts", "b")}
    joins = [Join(Source(first, "b"), is_start, "LEFT")]
    steps.add(f"{there}_marked", sql.query(marked, Source(there, "x"), joins, where=[column("matches", "x")]))
    in_order = Window(("question",), ("order_key",))
    told = {name: column(name, "m") for name in names} | {"order_key": order_of("m")}
    told["first_ts"] = in_order.of_rows(sql.largest(column("first_ts", "m")))
    told["run"] = in_order.of_rows(sql.count_of(column("first_ts", "m")))
    steps.add(f"{there}_told", sql.query(told, Source(f"{there}_marked", "m")))
    last = {name: column(name, "t") for name in ("question", "run", "at", "first_ts")} | {
        "last_order": sql.largest(order_of("t")),
        "last_ts": sql.largest(column("x_ts", "t")),
        "last_id": sql.at_largest(column("x_event_id", "t"), order_of("t")),
        "last_line": sql.at_largest(column("x_line", "t"), order_of("t")),
        "last_is_imported": sql.at_largest(column("x_is_imported", "t"), order_of("t")),
    }
    steps.add(f"{there}_ran", sql.query(last, Source(f"{there}_told", "t"), group=4))
    due = sql.smaller(_later(column("last_ts", "r"), look.delays[0]), _later(column("first_ts", "r"), look.delays[1]))
    shown = {name: column(name, "r") for name in ("question", "last_order", "last_ts", "last_id", "last_line", "last_is_imported")}
    return steps.add(f"{there}_due", sql.query(shown, Source(f"{there}_ran", "r"), where=[sql.equal(due, column("at", "r"))]))


def _starts(steps: Steps, look: Look, there: str, key: tuple[str, ...]) -> str:
    """`key`, order_key, ts of the first event of every run."""
    within, at_most = look.delays
    in_order = Window(key, ("order_key",))
    kept = {name: column(name, "x") for name in key} | {
        "order_key": order_of("x"),
        "ts": column("x_ts", "x"),
        "matches": column("matches", "x"),
    }
    # an `unless` event breaks a chain from the instant of the one event, whatever their order there, up to and with the next
    last_stop = in_order.of_preceding(sql.largest(sql.choose(column("stops", "x"), column("x_ts", "x"))))
    before = {
        "stopped_order": in_order.of_rows(sql.largest(sql.choose(column("stops", "x"), order_of("x")))),
        "is_tied": sql.coalesce(sql.equal(last_stop, column("x_ts", "x")), sql.truth(False)),
    }
    steps.add(f"{there}_before", sql.query(kept | before, Source(there, "x")))
    after = {name: column(name, "m") for name in (*key, "ts", "stopped_order")} | {"order_key": order_of("m")}
    after["previous_ts"] = sql.lag(column("ts", "m"), 1, sql.number(-FOREVER), in_order)
    after["previous_order"] = in_order.of_preceding(sql.largest(order_of("m")), 1)
    after["was_tied"] = sql.lag(column("is_tied", "m"), 1, sql.truth(False), in_order)
    steps.add(f"{there}_after", sql.query(after, Source(f"{there}_before", "m"), where=[column("matches", "m")]))
    is_near = sql.less(sql.minus(column("ts", "m"), column("previous_ts", "m")), sql.number(within))
    is_unbroken = sql.coalesce(sql.at_most(column("stopped_order", "m"), column("previous_order", "m")), sql.truth(True))
    goes_on = sql.both(is_near, is_unbroken, sql.negated(column("was_tied", "m")))
    links = {name: column(name, "m") for name in (*key, "ts")} | {"order_key": order_of("m"), "goes_on": goes_on}
    steps.add(f"{there}_links", sql.query(links, Source(f"{there}_after", "m")))
    number = in_order.of_rows(sql.total(sql.choose(column("goes_on", "c"), sql.number(0), sql.number(1))))
    chained = {name: column(name, "c") for name in (*key, "ts", "goes_on")} | {"order_key": order_of("c"), "chain": number}
    steps.add(f"{there}_chained", sql.query(chained, Source(f"{there}_links", "c")))
    return chains.cut(steps, f"{there}_chained", key, at_most)


def _bounded(steps: Steps, asked: str, since: str, columns: tuple[str, ...]) -> str:
    """Questions with `since` of their anchors: before it nothing is near enough to belong to the same run."""
    anchor = sql.both(*(sql.equal(column(name, "d"), column(name, "a")) for name in (*TRIGGER, "received_at")))
    shown = {name: column(name, "d" if name == "since" else "a") for name in columns}
    return steps.add(f"{asked}_bounded", sql.query(shown, Source(asked, "a"), [Join(Source(since, "d"), anchor)]))


def _is_near() -> list[Term]:
    # whatever arrived at the instant asked about can have brought the moment about, however long ago it happened
    arrived = sql.equal(column("received_at", "x"), column("seen", "q"))
    return [sql.either(sql.at_most(column("since", "q"), column("ts", "x")), arrived)]


def _copied(terms: dict[str, Term]) -> dict[str, Term]:
    return {name: term.copy() for name, term in terms.items()}


def _columns(family: Family) -> tuple[str, ...]:
    return (*family.kept, "at", "acted_at", "seen", "is_link")


def _events(family: Family, table: str) -> dict[str, Term]:
    return {name: order_of(table) if name == "order_key" else column(name, table) for name in family.kept}


def _later(term: Term, span: int) -> Term:
    return sql.plus(term, sql.number(span))
