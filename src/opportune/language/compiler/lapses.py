"""`lapse`: nothing came after it for a while.

Reads   events, links, identities; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort of the looked-at events by (customer, ts) and an exact look at the doubtful few, that is equal instants, late
        arrivals and links that come after; narrow: the range's triggers joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py
"""

from opportune.language.compiler import identities
from opportune.language.compiler.triggers import (
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
    shown_as_fired,
    stream,
    with_customers,
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.expressions import Property
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def look_of(lapse: Lapse) -> Look:
    """What a lapse looks at."""
    same = None if lapse.same is None else Property(lapse.same, PROPERTIES.get(lapse.same, Kind.TEXT), lapse.same in PROPERTIES)
    return Look(lapse.selector, lapse.where, lapse.unless, same)


def triggers_of(look: Look) -> Look:
    """The events that may cause a lapse."""
    return Look(look.selector, look.where, None, look.same)


def narrow(steps: Steps, lapse: Lapse, reading: Reading) -> str:
    """Each trigger of the range looked at exactly: for ranges much shorter than the history."""
    look, delay = look_of(lapse), span_of(lapse.within)
    cases = [stream(triggers_of(look), [*case, *is_in_time(reading, "e")]) for case in in_range(reading, delay, "e")]
    steps.add("triggers", sql.union(*cases))
    asked = _asked(steps, "triggers", look, reading, delay, [])
    steps.add("stream", stream(look, _bounds(reading, delay)))
    return unstopped(steps, asked, look)


def wide(steps: Steps, lapse: Lapse, reading: Reading) -> str:
    """By the next event of the same customer where that proves it, exactly where it does not."""
    look, delay = look_of(lapse), span_of(lapse.within)
    if look.reads_customer:
        return narrow(steps, lapse, reading)
    steps.add("stream", stream(look, _bounds(reading, delay)))
    _followed(steps, look)
    _judged(steps, look, reading, delay)
    is_sure = column("is_sure", "t")
    sure = _asked(steps, "judged", look, reading, delay, [is_sure], name="sure")
    doubtful = _asked(steps, "judged", look, reading, delay, [sql.negated(is_sure.copy())], name="doubtful")
    found = unstopped(steps, doubtful, look)
    fired = sql.query(shown_as_fired(look, "f"), Source(sure, "f"))
    return steps.add(
        "fired", sql.union(fired, sql.query({name: column(name, "f") for name in shown_as_fired(look, "f")}, Source(found, "f")))
    )


def _bounds(reading: Reading, delay: Span) -> list[Term]:
    """What can matter to a range."""
    bounds = [sql.less(earliest(reading, delay), column("ts", "e")), sql.at_most(column("ts", "e"), hi())]
    return bounds if reading is Reading.AS_KNOWN else [*bounds, sql.at_most(column("received_at", "e"), hi())]


def _followed(steps: Steps, look: Look) -> None:
    """Each event of the stream with the next and the previous one of its group, by ts alone: ties are judged exactly."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    names = (*look.kept, "matches")
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


def _judged(steps: Steps, look: Look, reading: Reading, delay: Span) -> None:
    """The range's triggers that may fire; `is_sure` where nothing comes near them, whoever the customer is."""
    acted = acted_at(reading, _moment("f", delay), "f")
    ranged = [column("matches", "f"), *is_in_time(reading, "f"), sql.less(lo(), acted), sql.at_most(acted.copy(), hi())]
    shown = {name: column(name, "f") for name in (*look.kept, "group_key", "next_ts", "previous_ts")}
    steps.add("ranged", sql.query(shown, Source("followed", "f"), where=[*ranged, sql.negated(_is_stopped(reading, delay))]))
    in_contest = sql.equal(column("group_key", "c"), column("group_key", "t"))
    sure = [
        sql.less(_moment("t", delay), column("next_ts", "t")),
        sql.less(column("previous_ts", "t"), column("ts", "t")),
        sql.is_null(column("group_key", "c")),
    ]
    columns = {name: column(name, "t") for name in look.kept} | {"is_sure": sql.both(*sure)}
    steps.add("judged", sql.query(columns, Source("ranged", "t"), [Join(Source(identities.contested(steps), "c"), in_contest, "LEFT")]))


def _is_stopped(reading: Reading, delay: Span) -> Term:
    """The next event is of the same id, came in time and was seen: it stops the lapse, whoever the customer is."""
    stopped = [
        sql.less(column("ts", "f"), column("next_ts", "f")),
        sql.at_most(column("next_ts", "f"), _moment("f", delay)),
        sql.equal(column("next_key", "f"), column("identity_key", "f")),
    ]
    if reading is Reading.AS_SEEN:
        stopped.append(sql.at_most(column("next_received_at", "f"), acted_at(reading, _moment("f", delay), "f")))
    return sql.both(*stopped)


def _asked(steps: Steps, triggers: str, look: Look, reading: Reading, delay: Span, where: list[Term], *, name: str = "asked") -> str:
    """Triggers with `at`, `acted_at`, `seen`, under their owners then."""
    acted = acted_at(reading, _moment("t", delay), "t")
    times = {"at": _moment("t", delay), "acted_at": acted, "seen": seen(reading, acted.copy())}
    shown = {column_name: column(column_name, "t") for column_name in look.kept}
    steps.add(f"{name}_timed", sql.query(shown | times, Source(triggers, "t"), where=where))
    return with_owners(steps, f"{name}_timed", (*look.kept, *times), name)


def unstopped(steps: Steps, asked: str, look: Look, key: tuple[str, ...] = ("event_id", "line")) -> str:
    """Those of `asked` (told apart by `key`) whom no event of their customer in the step `stream` stops."""
    columns = tuple(dict.fromkeys((*key, *look.kept, "at", "acted_at", "seen")))
    known, known_columns = with_customers(steps, look, asked, columns)
    sources = identities.sources(steps, known, tuple(name for name in known_columns if name != "identity_key"), name=f"{asked}_with_ids")
    stops = sql.both(column("stops", "x"), is_other("x", "a"))
    follows = sql.both(column("matches", "x"), comes_after("x", "a"), *look.accepts("x", "a"))
    on = [
        sql.equal(column("identity_key", "x"), column("source_key", "a")),
        *([sql.equal(column("same", "x"), column("same", "a"))] if look.same else []),
        sql.at_most(column("ts", "a"), column("ts", "x")),
        sql.at_most(column("ts", "x"), column("at", "a")),
        sql.at_most(column("received_at", "x"), column("seen", "a")),
        sql.either(stops, follows) if look.stops else follows,
    ]
    keys = {name: column(name, "a") for name in key}
    stopped = steps.add(
        f"{asked}_stopped", sql.query(keys, Source("stream", "x"), [Join(Source(sources, "a"), sql.both(*on))], distinct=True)
    )
    same = sql.both(*(sql.equal(column(name, "s"), column(name, "a")) for name in key))
    shown = {name: column(name, "a") for name in key} | shown_as_fired(look, "a")
    where = look.accepts("a", "a")
    return steps.add(f"{asked}_fired", sql.query(shown, Source(known, "a"), [Join(Source(stopped, "s"), same, "ANTI")], where=where))


def _moment(table: str, delay: Span) -> Term:
    return sql.plus(column("ts", table), sql.number(delay))
