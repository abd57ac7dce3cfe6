"""Chains of events less than a while apart, by one sort: where they begin and end, and the runs that a long one is cut into.

Reads   step `stream`, links
Gives   `followed`: each event looked at, with its neighbours in its group and value; `ended`: the last event of every run and when it fires
Cost    one sort in event order; a second one of chains of two events or more; chains longer than `at_most` are walked run by run
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from collections.abc import Sequence
from dataclasses import dataclass

from opportune.language.compiler import lapses
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.triggers import hi, lo, seen, shown_as_fired, with_owners
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

CLOCK = ("group_key", "same")
"""What runs its own clock, unless the group is contested."""
MATCHES, STOPS, BOTH = 1, 2, 3
"""What `role` says of an event."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Steps: the last event of every run, and the events (by clock and order) that make it doubtful when a long chain's runs fire."""

    ended: str
    doubts: str


def followed(steps: Steps, look: Look) -> str:
    """Each event looked at with its role and, of the one before and after it on its clock, ts, role and id."""
    family = Family((look,))
    source = lapses.grouped(steps, family)
    role = sql.choose(column("matches", "g"), sql.choose(column("stops", "g"), sql.number(BOTH), sql.number(MATCHES)), sql.number(STOPS))
    names = (*family.kept, "group_key")
    looked_at = [sql.either(column("matches", "g"), column("stops", "g"))]
    told = handed_on(names, "g") | {"role": role}
    steps.add("told", sql.query(told, Source(source, "g"), where=looked_at))
    clock = Window(CLOCK, ("order_key",))
    near = {
        "previous_ts": sql.lag(column("ts", "t"), 1, sql.number(-FOREVER), clock),
        "previous_key": sql.lag(column("identity_key", "t"), 1, sql.number(0), clock),
        "previous_role": sql.lag(column("role", "t"), 1, sql.number(0), clock),
        "next_ts": sql.lead(column("ts", "t"), 1, sql.number(FOREVER), clock),
        "next_role": sql.lead(column("role", "t"), 1, sql.number(0), clock),
    }
    return steps.add("followed", sql.query(handed_on((*names, "role"), "t") | near, Source("told", "t")))


def ends(steps: Steps, look: Look, reading: Reading, near: str) -> Ends:
    """The last event of every run with `at`, when it fires; nothing stops it until then."""
    within, at_most = look.delays
    names = (*Family((look,)).kept, "group_key", "next_ts", "next_role")
    is_last = [sql.unequal(column("role", "f"), sql.number(STOPS)), sql.negated(_goes_on_after(within, "f"))]
    alone = sql.query(handed_on(names, "f"), Source(near, "f"), where=[*is_last, sql.negated(_goes_on(within, "f"))])
    goes_on = _goes_on(within, "f")
    border = [sql.unequal(column("role", "f"), sql.number(STOPS)), sql.differs(goes_on, _goes_on_after(within, "f"))]
    marked = handed_on(names, "f") | {"goes_on": goes_on.copy()}
    steps.add("borders", sql.query(marked, Source(near, "f"), where=border))
    clock = Window(CLOCK, ("order_key",))
    first = {
        "first_ts": sql.lag(column("ts", "b"), 1, sql.number(0), clock),
        "chain": sql.lag(order_of("b"), 1, order_of("b"), clock),
    }
    steps.add("spanned", sql.query(handed_on((*names, "goes_on"), "b") | first, Source("borders", "b")))
    length = sql.plus(sql.minus(column("ts", "s"), column("first_ts", "s")), sql.number(within))
    is_end = column("goes_on", "s")
    short = sql.query(handed_on(names, "s"), Source("spanned", "s"), where=[is_end, sql.at_most(length, sql.number(at_most))])
    spans = handed_on(CLOCK, "s") | {"chain": column("chain", "s"), "last_order": order_of("s")}
    too_long = [is_end.copy(), sql.less(sql.number(at_most), length.copy())]
    steps.add("long_chains", sql.query(spans, Source("spanned", "s"), where=too_long))
    steps.add("short_ends", sql.union(alone, short))
    long_ends, doubts = _long(steps, look, reading, near, names)
    due = {"at": sql.plus(column("ts", "e"), sql.number(within))}
    every = sql.union(
        sql.query(handed_on(names, "e") | due, Source("short_ends", "e")), sql.query(handed_on((*names, "at"), "e"), Source(long_ends, "e"))
    )
    steps.add("ends", every)
    quiet = [sql.negated(_is_stopped("e"))]
    shown = handed_on((*names, "at"), "e")
    return Ends(steps.add("ended", sql.query(shown, Source("ends", "e"), where=quiet)), doubts)


def proved(steps: Steps, look: Look, reading: Reading, ended: str) -> str:
    """Those that fire in the range, of runs that no island in doubt holds."""
    family = Family((look,))
    inside = [
        *(sql.equal(column(name, "d"), column(name, "e")) for name in CLOCK),
        sql.at_most(column("since", "d"), column("ts", "e")),
        sql.at_most(column("ts", "e"), column("until", "d")),
    ]
    times = {"acted_at": column("at", "e"), "seen": seen(reading, column("at", "e"))}
    shown = handed_on((*family.kept, "at"), "e") | times
    where = [sql.within(column("at", "e"), lo(), hi())]
    joined = Join(Source("islands_in_doubt", "d"), sql.both(*inside), "ANTI")
    sure = steps.add("sure", sql.query(shown, Source(ended, "e"), [joined], where=where))
    owned = with_owners(steps, sure, tuple(shown), "sure_asked")
    return steps.add("proved", sql.query(shown_as_fired(family, "o"), Source(owned, "o")))


def cut(steps: Steps, chained: str, key: tuple[str, ...], at_most: int) -> str:
    """`key`, order_key, ts of the first event of every run of the chains (`key`, chain, ts, goes_on, order_key)."""
    beyond = Window((*key, "chain"), ("ts",)).of_range_after(sql.smallest(order_of("n")), at_most + 1)
    nodes = handed_on((*key, "ts", "goes_on"), "n") | {"order_key": order_of("n"), "next_order": beyond}
    steps.add(f"{chained}_nodes", sql.query(nodes, Source(chained, "n")))

    def run(table: str) -> dict[str, Term]:
        return handed_on((*key, "ts"), table) | {"order_key": order_of(table), "next_order": column("next_order", table)}

    source = Source(f"{chained}_nodes", "n")
    first = sql.query(run("n"), source, where=[sql.negated(column("goes_on", "n"))])
    on = [sql.equal(column(name, "n"), column(name, "s")) for name in key]
    on.append(sql.equal(order_of("n"), column("next_order", "s")))
    name = f"{chained}_starts"
    return steps.add_recursive(name, first, sql.query(run("n"), Source(name, "s"), [Join(source, sql.both(*on))]))


def _long(steps: Steps, look: Look, reading: Reading, near: str, names: tuple[str, ...]) -> tuple[str, str]:
    """The last events of the runs of chains longer than `at_most`, with `at`; and the events that make theirs doubtful."""
    within, at_most = look.delays
    same_clock = [sql.equal(column(name, "c"), column(name, "f")) for name in CLOCK]
    inside = [sql.at_most(column("chain", "c"), order_of("f")), sql.at_most(order_of("f"), column("last_order", "c"))]
    joined = Join(Source("long_chains", "c"), sql.both(*same_clock, *inside))
    member = handed_on(names, "f") | {"chain": column("chain", "c"), "goes_on": sql.unequal(order_of("f"), column("chain", "c"))}
    steps.add("long", sql.query(member, Source(near, "f"), [joined], where=[sql.unequal(column("role", "f"), sql.number(STOPS))]))
    starts = cut(steps, "long", CLOCK, at_most)
    is_start = [*(sql.equal(column(name, "s"), column(name, "m")) for name in CLOCK), sql.equal(order_of("s"), order_of("m"))]
    marked = handed_on((*names, "chain"), "m") | {"start_ts": column("ts", "s")}
    steps.add("long_marked", sql.query(marked, Source("long", "m"), [Join(Source(starts, "s"), sql.both(*is_start), "LEFT")]))
    in_order = Window((*CLOCK, "chain"), ("order_key",))
    told = handed_on((*names, "start_ts"), "m") | {
        "first_ts": in_order.of_rows(sql.largest(column("start_ts", "m"))),
        "is_last": sql.lead(sql.is_known(column("start_ts", "m")), 1, sql.truth(True), in_order),
    }
    steps.add("long_told", sql.query(told, Source("long_marked", "m")))
    by_first = sql.plus(column("first_ts", "t"), sql.number(at_most))
    by_last = sql.plus(column("ts", "t"), sql.number(within))
    shown = handed_on((*names, "first_ts"), "t") | {"at": sql.smaller(by_last, by_first)}
    ended = steps.add("long_ends", sql.query(shown, Source("long_told", "t"), where=[column("is_last", "t")]))
    return ended, _long_doubts(steps, look, reading)


def _long_doubts(steps: Steps, look: Look, reading: Reading) -> str:
    """As seen: what came after the run it belongs to would have fired, or may have."""
    by_first = sql.plus(column("first_ts", "t"), sql.number(look.delays[1]))
    place = handed_on(CLOCK, "t") | {"order_key": order_of("t")}
    came_after = [sql.is_null(column("start_ts", "t")), sql.less(by_first, column("received_at", "t"))]
    by_last = sql.plus(column("ts", "t"), sql.number(look.delays[0]))
    is_cut_off = [sql.less(column("at", "t"), by_last), _is_stopped("t")]
    if reading is Reading.AS_KNOWN:
        came_after = [sql.truth(False)]
        is_cut_off = [sql.truth(False)]
    late = sql.query(place, Source("long_told", "t"), where=came_after)
    stopped = sql.query({name: term.copy() for name, term in place.items()}, Source("long_ends", "t"), where=is_cut_off)
    return steps.add("long_doubts", sql.union(late, stopped))


def _goes_on(within: int, table: str) -> Term:
    """An event goes on with the chain of the one before it."""
    is_near = sql.less(sql.minus(column("ts", table), column("previous_ts", table)), sql.number(within))
    of_matches = [
        sql.equal(column("role", table), sql.number(MATCHES)),
        sql.one_of(column("previous_role", table), [sql.number(MATCHES), sql.number(BOTH)]),
    ]
    return sql.both(*of_matches, is_near)


def _goes_on_after(within: int, table: str) -> Term:
    """The event after it goes on with its chain."""
    is_near = sql.less(sql.minus(column("next_ts", table), column("ts", table)), sql.number(within))
    return sql.both(sql.equal(column("next_role", table), sql.number(MATCHES)), is_near)


def _is_stopped(table: str) -> Term:
    """What comes next on its clock is an `unless` event, and in time."""
    stops = sql.one_of(column("next_role", table), [sql.number(STOPS), sql.number(BOTH)])
    return sql.both(stops, sql.at_most(column("next_ts", table), column("at", table)))


def handed_on(names: Sequence[str], table: str) -> dict[str, Term]:
    """Columns under their own names."""
    return {name: order_of(table) if name == "order_key" else column(name, table) for name in names}
