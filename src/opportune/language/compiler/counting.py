"""Counting back from the triggers of `reaches`, exactly: what each one's customer had done by then, in event order.

Reads   a step of numbered questions (triggers with `at`, `seen`, under their owners) and the stream
Gives   one row per question: `previous_ts`, `nth_ts`, `before_ts` (ABSENT where there is none), `has_trigger`, `lateness`
Cost    one join of the questions with their customers' events, and one sort of them
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from opportune.language.compiler.candidates import is_near
from opportune.language.compiler.lapses import lateness
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.presence import present
from opportune.language.compiler.triggers import ENDLESS, TRIGGER
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.tree.moments import Nth, Reaches
from opportune.language.vocabulary.instants import FOREVER, span_of

ABSENT = -FOREVER
"""The `ts` of an event that is not there."""


def look_of(moment: Reaches | Nth, which: int = 0) -> Look:
    """What a count looks at: its window, and the one before it for the event before the trigger."""
    within = None if isinstance(moment, Nth) or moment.within is None else span_of(moment.within)
    near = ENDLESS if within is None else 2 * within
    return Look(
        selector=moment.selector,
        where=moment.where,
        which=which,
        reach=None if within is None or moment.n == 1 else near,
        constants={"n": moment.n, "window": ENDLESS if within is None else within, "near": near, "far": near if moment.n > 1 else ENDLESS},
    )


def counts(steps: Steps, family: Family, asked: str, stream: str, carried: tuple[str, ...] = ()) -> str:
    """The questions of `asked`, counted. `lateness` is the least among events that arrived at that instant."""
    columns = (*family.kept, "question", "at", "acted_at", "seen", *carried)

    def near() -> list[Term]:
        return [sql.less(sql.minus(column("at", "q"), family.constant("far", "q")), column("ts", "x"))]

    placed = {name: order_of("p") if name == "order_key" else column(name, "p") for name in columns} | {"trigger_order": order_of("p")}
    steps.add(f"{asked}_placed", sql.query(placed, Source(asked, "p")))
    of_question = ("which", "event_id", "line", "at", "seen", "trigger_order")
    there = present(steps, family, f"{asked}_placed", (*columns, "trigger_order"), stream, near=near, carried=of_question)
    is_trigger = sql.both(*(sql.equal(column(f"x_{name}", "x"), column(name, "x")) for name in TRIGGER[1:]))
    # versions of one derived event have places of their own
    is_counted = sql.both(column("matches", "x"), sql.either(sql.at_most(order_of("x"), column("trigger_order", "x")), is_trigger))
    names = ("question", *of_question, "x_event_id", "x_line", "x_ts", "x_received_at", "matches", "order_key")
    shown = {name: order_of("x") if name == "order_key" else column(name, "x") for name in names}
    shown |= {"is_counted": is_counted, "is_trigger": sql.both(column("matches", "x"), is_trigger.copy())}
    steps.add(f"{asked}_told", sql.query(shown, Source(there, "x")))
    backwards = Window(("question", "is_counted"), ("order_key",), descending=True)
    ranked = {name: order_of("v") if name == "order_key" else column(name, "v") for name in shown}
    steps.add(f"{asked}_ranked", sql.query(ranked | {"rank": sql.row_number(backwards)}, Source(f"{asked}_told", "v")))
    return steps.add(f"{asked}_counted", _counted(family, f"{asked}_ranked"))


def following(family: Family, table: str) -> list[Term]:
    """Whether the moment of a counted question follows."""
    return [sql.less(sql.number(0), column("has_trigger", table)), *follows_from(family, table, column("at", table))]


def follows_from(family: Family, table: str, moment: Term) -> list[Term]:
    """The N-th is near enough, and for the event before it was not."""

    def reached(ts: str, of: Term) -> Term:
        exists = sql.less(sql.number(ABSENT), column(ts, table))
        return sql.both(exists, sql.less(sql.minus(of, family.constant("window", table)), column(ts, table)))

    return [reached("nth_ts", moment), sql.negated(reached("before_ts", column("previous_ts", table)))]


def _counted(family: Family, ranked: str) -> sql.Query:
    def ts_at(rank: Term) -> Term:
        is_it = sql.both(column("is_counted", "v"), sql.equal(column("rank", "v"), rank))
        return sql.coalesce(sql.only(sql.largest(column("x_ts", "v")), is_it), sql.number(ABSENT))

    n = family.constant("n", "v")
    decisive = {
        "previous_ts": ts_at(sql.number(2)),
        "nth_ts": ts_at(n),
        "before_ts": ts_at(sql.plus(n.copy(), sql.number(1))),
        "lateness": lateness("v", *is_near(family, column("at", "v"), column("x_ts", "v"), "v")),
        "has_trigger": sql.only(sql.count(), column("is_trigger", "v")),
    }
    kept = {name: column(name, "v") for name in ("question", "which", "at")}
    return sql.query(kept | decisive, Source(ranked, "v"), group=len(kept))
