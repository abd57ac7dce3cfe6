"""When a condition first becomes true: exits, goals, waits.

Reads   the input WATCHES; events, traits, links
Gives   watch, at: the first change point in (after, until] at which the condition holds; no row for a watch without one
Cost    one scan of the events the condition reads for the change points, one for the values at them
Held to meaning.first_true, by tests/meaning/test_compiled_equals_naive.py

Between change points nothing the condition reads changes but ages. Where an age is compared with something, a first round finds both
at every change point, and the instants at which they meet are change points too.
"""

from collections.abc import Iterator, Sequence

from opportune.language.compiler.needs import Needs
from opportune.language.compiler.populations import selected
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS, WATCHES, Plan
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr
from opportune.language.tree.types import kind_of
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

_ENTRY = ("entry_at", "entry_id", "trigger_event_id", "trigger_line", "is_event_moment")
_DAY = 86_400_000_000


def first_true(condition: Expr, reading: Reading = Reading.AS_SEEN) -> Plan:
    """The first change point of each watch at which `condition` holds."""
    steps = Steps()
    points = _change_points(steps, condition, reading)
    if meetings := _meetings(condition):
        points = _met(steps, points, meetings, reading)
    asked = _asked(steps, points, reading, "asked")
    values = values_of(steps, asked, {"holds": condition})
    joins = [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "a")))]
    first = {"watch": column("watch", "a"), "at": sql.smallest(column("at", "a"))}
    found = sql.query(first, Source(f"{asked}_points", "a"), joins, where=[column("holds", "v")], group=1, order=["watch"])
    return Plan(steps.close(found), (("watch", Kind.NUMBER), ("at", Kind.TIME)), (), (WATCHES,))


def _change_points(steps: Steps, condition: Expr, reading: Reading) -> str:
    """`watch`, `at`: when something the condition reads was seen, or left a window of it; and midnights where ages are reckoned with."""
    needs = Needs()
    needs.gather([condition])
    _watched_ids(steps)
    found = [_links_seen(end, reading) for end in ("from_key", "to_key")]
    windows: dict[tuple[str, ...], set[int]] = {}
    for _, measure in needs.measures.values():
        windows.setdefault(measure.names, set()).update([0 if measure.within is None else measure.within, 0])
    for number, (names, spans) in enumerate(windows.items()):
        read = _seen_events(steps, f"read_{number}", names, reading)
        found += [_points(read, column("visible_at", "r"))]
        found += [_points(read, sql.plus(column("ts", "r"), sql.number(span))) for span in sorted(spans - {0})]
    if needs.traits:
        found.append(_traits_seen(needs, reading))
    if _is_sampled(condition):
        found.append(_midnights(steps))
    steps.add("changes", sql.union(*found))
    within = [sql.less(column("after", "w"), column("at", "c")), sql.at_most(column("at", "c"), column("until", "w"))]
    of_watch = sql.both(sql.equal(column("watch", "w"), column("watch", "c")), *within)
    shown = {"watch": column("watch", "c"), "at": column("at", "c")}
    return steps.add("change_points", sql.query(shown, Source("changes", "c"), [Join(Source(WATCHES.name, "w"), of_watch)], distinct=True))


def _watched_ids(steps: Steps) -> None:
    """Each watch with every id that may be its customer's at some pair."""
    own = sql.query({"watch": column("watch", "w"), "source_key": column("identity_key", "w")}, Source(WATCHES.name, "w"))
    to_her = Join(Source("links", "l"), sql.equal(column("to_key", "l"), column("identity_key", "w")))
    linked = sql.query({"watch": column("watch", "w"), "source_key": column("from_key", "l")}, Source(WATCHES.name, "w"), [to_her])
    steps.add("watched_ids", sql.union(own, linked, distinct=True))


def _visible_at(table: str, reading: Reading) -> Term:
    return column("ts", table) if reading is Reading.AS_KNOWN else sql.larger(column("ts", table), column("received_at", table))


def _links_seen(end: str, reading: Reading) -> sql.Query:
    on = sql.equal(column(end, "l"), column("source_key", "i"))
    shown = {"watch": column("watch", "i"), "at": _visible_at("l", reading)}
    return sql.query(shown, Source("links", "l"), [Join(Source("watched_ids", "i"), on)])


def _seen_events(steps: Steps, name: str, names: tuple[str, ...], reading: Reading) -> str:
    on = sql.equal(column("identity_key", "e"), column("source_key", "i"))
    shown = {"watch": column("watch", "i"), "ts": column("ts", "e"), "visible_at": _visible_at("e", reading)}
    return steps.add(name, sql.query(shown, Source("events", "e"), [Join(Source("watched_ids", "i"), on)], where=[selected(names, "e")]))


def _points(read: str, at: Term) -> sql.Query:
    return sql.query({"watch": column("watch", "r"), "at": at}, Source(read, "r"))


def _traits_seen(needs: Needs, reading: Reading) -> sql.Query:
    on = sql.equal(column("identity_key", "t"), column("source_key", "i"))
    shown = {"watch": column("watch", "i"), "at": _visible_at("t", reading)}
    named = sql.one_of(column("name", "t"), [sql.text(name) for name in needs.traits])
    return sql.query(shown, Source("traits", "t"), [Join(Source("watched_ids", "i"), on)], where=[named])


def _midnights(steps: Steps) -> sql.Query:
    """00:00 UTC of each day of each watch."""

    def day(name: str) -> Term:
        return sql.cast(sql.call("floor", sql.over(column(name, "w"), sql.real(_DAY))), "BIGINT")

    days = sql.call("unnest", sql.call("generate_series", sql.plus(day("after"), sql.number(1)), day("until")))
    steps.add("days", sql.query({"watch": column("watch", "w"), "day": days}, Source(WATCHES.name, "w")))
    return sql.query({"watch": column("watch", "d"), "at": sql.times(column("day", "d"), sql.number(_DAY))}, Source("days", "d"))


def _asked(steps: Steps, points: str, reading: Reading, name: str) -> str:
    """The pairs of `points`; `NAME_points` keeps which watch each belongs to."""
    number = sql.row_number(Window((), ("watch", "at")))
    numbered = {"pair": number, "watch": column("watch", "p"), "at": column("at", "p")}
    steps.add(f"{name}_points", sql.query(numbered, Source(points, "p")))
    shown: dict[str, Term] = {column_name: sql.cast(sql.null(), kind) for column_name, kind in PAIRS.columns}
    shown |= {"pair": column("pair", "p"), "identity_key": column("identity_key", "w"), "at": column("at", "p")}
    shown["seen"] = sql.number(FOREVER) if reading is Reading.AS_KNOWN else column("at", "p")
    shown |= {column_name: column(column_name, "w") for column_name in _ENTRY}
    joins = [Join(Source(WATCHES.name, "w"), sql.equal(column("watch", "w"), column("watch", "p")))]
    return steps.add(name, sql.query(shown, Source(f"{name}_points", "p"), joins))


def _met(steps: Steps, points: str, meetings: Sequence[tuple[Expr, Expr]], reading: Reading) -> str:
    """The change points, with the instants at which an age meets what it is compared with."""
    start = sql.query({"watch": column("watch", "w"), "at": column("after", "w")}, Source(WATCHES.name, "w"))
    changes = sql.query({"watch": column("watch", "c"), "at": column("at", "c")}, Source(points, "c"))
    steps.add("starts", sql.union(start, changes, distinct=True))
    asked = _asked(steps, "starts", reading, "met")
    compared = {f"{side}_{number}": expr for number, pair in enumerate(meetings) for side, expr in zip(("age", "other"), pair, strict=True)}
    values = values_of(steps, asked, compared)
    found = [sql.query({"watch": column("watch", "c"), "at": column("at", "c")}, Source(points, "c"))]
    for number in range(len(meetings)):
        for after in (0, 1):
            meeting = sql.plus(
                sql.plus(column("at", "p"), sql.minus(column(f"other_{number}", "v"), column(f"age_{number}", "v"))), sql.number(after)
            )
            joins = [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "p")))]
            found.append(sql.query({"watch": column("watch", "p"), "at": meeting}, Source(f"{asked}_points", "p"), joins))
    steps.add("meetings", sql.union(*found))
    within = [sql.less(column("after", "w"), column("at", "c")), sql.at_most(column("at", "c"), column("until", "w"))]
    of_watch = sql.both(sql.equal(column("watch", "w"), column("watch", "c")), *within)
    shown = {"watch": column("watch", "c"), "at": sql.cast(column("at", "c"), "BIGINT")}
    return steps.add("all_points", sql.query(shown, Source("meetings", "c"), [Join(Source(WATCHES.name, "w"), of_watch)], distinct=True))


def _meetings(condition: Expr) -> list[tuple[Expr, Expr]]:
    """(age, what it may meet), each once, from all comparisons."""
    found: dict[str, tuple[Expr, Expr]] = {}
    for part in walk(condition):
        for left, right in _compared(part):
            if _is_age(left) != _is_age(right) and not isinstance(left, tree.Property) and not isinstance(right, tree.Property):
                age, other = (left, right) if _is_age(left) else (right, left)
                found[repr((age, other))] = age, other
    return list(found.values())


def _compared(part: Expr) -> Iterator[tuple[Expr, Expr]]:
    match part:
        case tree.Compare(left=left, right=right) if kind_of(left) is kind_of(right) is Kind.DURATION:
            yield from ((one, other) for one in _alternatives(left) for other in _alternatives(right))
        case tree.Member(item=item, options=options):
            yield from ((one, other) for one in _alternatives(item) for other in options if kind_of(other) is Kind.DURATION)
        case _:
            return


def _alternatives(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, tree.Coalesce):
        for part in expr.parts:
            yield from _alternatives(part)
    else:
        yield expr


def _is_age(expr: Expr) -> bool:
    return isinstance(expr, tree.Metric) and expr.function is Aggregate.AGE


def _is_sampled(condition: Expr) -> bool:
    """Whether an age is reckoned with, not only compared: then the condition varies all the time."""
    reckoned = (tree.Arithmetic, tree.Negative, tree.Score)
    return any(isinstance(part, reckoned) and any(map(_is_age, walk(part))) for part in walk(condition))
