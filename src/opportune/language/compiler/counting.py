"""Counting back from the triggers of `reaches`, exactly: what each one's customer had done by then, in event order.

Reads   a step of questions (triggers with `at`, `seen`, under their owners) and the step `stream`
Gives   one row per question that has its trigger: `previous_ts`, `nth_ts`, `before_ts` (ABSENT where there is none), `lateness`
Cost    one join of the questions with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py
"""

from opportune.language.compiler import identities
from opportune.language.compiler.triggers import FIRED, Look, comes_after, with_customers
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.moments import Reaches
from opportune.language.vocabulary.instants import FOREVER, span_of

ABSENT = -FOREVER
"""The `ts` of an event that is not there."""
TRIGGER = ("event_id", "line")
"""What tells triggers apart."""


def counts(steps: Steps, reaches: Reaches, look: Look, asked: str, key: tuple[str, ...], carried: tuple[str, ...] = ()) -> str:
    """The questions of `asked`, told apart by `key`, counted. `lateness` is the least among events that arrived at that instant."""
    columns = tuple(dict.fromkeys((*key, *look.kept, "at", "acted_at", "seen", *carried)))
    known, known_columns = with_customers(steps, look, asked, columns)
    sources = identities.sources(steps, known, known_columns, name=f"{asked}_with_ids")
    on = [
        sql.equal(column("identity_key", "x"), column("source_key", "q")),
        sql.at_most(column("ts", "x"), column("at", "q")),
        sql.at_most(column("received_at", "x"), column("seen", "q")),
        *look.accepts("x", "q"),
        *(near(reaches, column("at", "q"), column("ts", "x")) if reaches.n > 1 else []),
    ]
    shown_of_question = tuple(dict.fromkeys((*key, *FIRED[:-1], "seen", *carried)))
    shown = {name: column(name, "q") for name in shown_of_question}
    shown |= {f"x_{name}": column(name, "x") for name in (*TRIGGER, "ts", "received_at")}
    shown |= {"x_derived": sql.less(sql.number(0), column("line", "x")), "counts": sql.negated(comes_after("x", "q"))}
    steps.add(f"{asked}_visible", sql.query(shown, Source("stream", "x"), [Join(Source(sources, "q"), sql.both(*on))]))
    backwards = Window((*key, "counts"), ("x_ts", "x_derived", "x_event_id", "x_line"), descending=True)
    ranked = {name: column(name, "v") for name in shown} | {"rank": sql.row_number(backwards)}
    steps.add(f"{asked}_ranked", sql.query(ranked, Source(f"{asked}_visible", "v")))
    return steps.add(f"{asked}_counted", _counted(reaches, f"{asked}_ranked", shown_of_question))


def following(reaches: Reaches, table: str) -> list[Term]:
    """Whether the moment of a counted question follows."""
    return [sql.equal(column("has_trigger", table), sql.number(1)), *follows_from(reaches, table, column("at", table))]


def follows_from(reaches: Reaches, table: str, moment: Term) -> list[Term]:
    """The N-th is near enough, and for the event before it was not."""

    def reached(ts: str, of: Term) -> Term:
        exists = sql.less(sql.number(ABSENT), column(ts, table))
        if reaches.within is None:
            return exists
        return sql.both(exists, sql.less(sql.minus(of, sql.number(span_of(reaches.within))), column(ts, table)))

    return [reached("nth_ts", moment), sql.negated(reached("before_ts", column("previous_ts", table)))]


def near(reaches: Reaches, moment: Term, ts: Term) -> list[Term]:
    """That an event is within two windows of a moment: others change nothing. Always without a window."""
    return [] if reaches.within is None else [sql.less(sql.minus(moment, sql.number(2 * span_of(reaches.within))), ts)]


def seen_at(table: str) -> Term:
    """When an event became visible."""
    return sql.larger(column("ts", table), column("received_at", table))


def _counted(reaches: Reaches, ranked: str, shown: tuple[str, ...]) -> sql.Query:
    def counting(rank: int) -> Term:
        return sql.both(column("counts", "v"), sql.equal(column("rank", "v"), sql.number(rank)))

    def ts_at(rank: int) -> Term:
        return sql.coalesce(sql.only(sql.largest(column("x_ts", "v")), counting(rank)), sql.number(ABSENT))

    arrived = sql.equal(sql.larger(column("x_ts", "v"), column("x_received_at", "v")), column("seen", "v"))
    completes = sql.both(arrived, *near(reaches, column("at", "v"), column("x_ts", "v")))
    is_trigger = sql.both(*(sql.equal(column(f"x_{name}", "v"), column(name, "v")) for name in TRIGGER))
    decisive = {
        "previous_ts": ts_at(2),
        "nth_ts": ts_at(reaches.n),
        "before_ts": ts_at(reaches.n + 1),
        "lateness": sql.only(sql.smallest(sql.minus(column("x_received_at", "v"), column("x_ts", "v"))), completes),
        "has_trigger": sql.only(sql.count(), is_trigger),
        "same_value": sql.cast(sql.null(), "VARCHAR"),
    }
    return sql.query({name: column(name, "v") for name in shown} | decisive, Source(ranked, "v"), group=len(shown))
