"""Moments as plans: when something happened to whom, and when that could be acted on.

Reads   events, links, identities (and traits where a predicate does); parameters `lo`, `hi`, as seen `max_lateness`
Gives   identity_key, customer_id, at, acted_at, trigger_event_id, trigger_line, is_imported, same_value, by (acted_at, at, trigger
        order). As seen those acted on in ($lo, $hi], from nothing received after; as known those with `at` in it
Cost    `narrow` for a tick, else a formulation for long ranges; both give the same rows
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py
"""

from typing import assert_never

from opportune.language.compiler import counting, lapses, reaching
from opportune.language.compiler.triggers import (
    Look,
    acted_at,
    in_range,
    is_in_time,
    plan_of,
    seen,
    shown_as_fired,
    stream,
    with_customers,
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.plans import FOLLOWS, Plan
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.vocabulary.instants import span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def moments(moment: Moment, reading: Reading, *, narrow: bool = False) -> Plan:
    """The moments in ($lo, $hi]. `narrow`: written for a range much shorter than the history."""
    steps = Steps()
    match moment:
        case EventMoment():
            fired = _of_events(steps, moment, reading)
        case Lapse():
            fired = (lapses.narrow if narrow else lapses.wide)(steps, moment, reading)
        case Reaches():
            fired = (reaching.narrow if narrow else reaching.wide)(steps, moment, reading)
        case _:
            assert_never(moment)
    return plan_of(steps, fired, reading)


def follows(moment: Moment) -> Plan:
    """Whether moments that were taken still follow: `question`, `follows` for each row of the input FOLLOWS."""
    steps = Steps()
    match moment:
        case EventMoment(selector=selector, where=where):
            look = Look(selector, where)
            asked = _asked_again(steps, look, 0)
            still, _ = with_customers(steps, look, asked, (*look.kept, "identity_key", "question", "at", "seen"))
            holds = look.accepts("f", "f")
        case Lapse(within=within):
            look = lapses.look_of(moment)
            asked = _asked_again(steps, lapses.triggers_of(look), span_of(within))
            steps.add("stream", stream(look, []))
            still, holds = lapses.unstopped(steps, asked, look, key=("question",)), []
        case Reaches(selector=selector, where=where):
            look = Look(selector, where)
            asked = _asked_again(steps, look, 0)
            steps.add("stream", stream(look, []))
            still, holds = counting.counts(steps, moment, look, asked, ("question",)), counting.following(moment, "f")
        case _:
            assert_never(moment)
    return _answers(steps, sql.query({"question": column("question", "f")}, Source(still, "f"), where=holds, distinct=True))


def _of_events(steps: Steps, moment: EventMoment, reading: Reading) -> str:
    look = Look(moment.selector, moment.where)
    cases = [stream(look, [*case, *is_in_time(reading, "e")]) for case in in_range(reading, 0, "e")]
    steps.add("triggers", sql.union(*cases))
    acted = acted_at(reading, column("ts", "t"), "t")
    times = {"at": column("ts", "t"), "acted_at": acted, "seen": seen(reading, acted.copy())}
    steps.add("timed", sql.query({name: column(name, "t") for name in look.kept} | times, Source("triggers", "t")))
    columns = (*look.kept, *times)
    known, _ = with_customers(steps, look, with_owners(steps, "timed", columns, "owned"), columns)
    return steps.add("fired", sql.query(shown_as_fired(look, "f"), Source(known, "f"), where=look.accepts("f", "f")))


def _asked_again(steps: Steps, look: Look, delay: int) -> str:
    """The questions whose trigger exists, was received, matches and belongs to the customer asked about, with their triggers."""
    steps.add("candidates", stream(look, []))
    is_trigger = [
        sql.equal(column("event_id", "t"), column("trigger_event_id", "q")),
        sql.equal(column("line", "t"), column("trigger_line", "q")),
        sql.equal(sql.plus(column("ts", "t"), sql.number(delay)), column("at", "q")),
        sql.at_most(column("received_at", "t"), column("seen", "q")),
    ]
    shown: dict[str, Term] = {name: column(name, "t") for name in look.kept}
    shown |= {"question": column("question", "q"), "asked_key": column("identity_key", "q")}
    shown |= {"at": column("at", "q"), "acted_at": column("at", "q"), "seen": column("seen", "q")}
    steps.add("asked_about", sql.query(shown, Source("candidates", "t"), [Join(Source(FOLLOWS.name, "q"), sql.both(*is_trigger))]))
    owned = with_owners(steps, "asked_about", tuple(shown), "asked_owned")
    same_customer = sql.equal(column("asked_key", "o"), column("identity_key", "o"))
    names = (*look.kept, "question", "at", "acted_at", "seen")
    return steps.add("asked", sql.query({name: column(name, "o") for name in names}, Source(owned, "o"), where=[same_customer]))


def _answers(steps: Steps, still: sql.Query) -> Plan:
    joined = Join(Source(steps.add("still", still), "s"), sql.equal(column("question", "s"), column("question", "q")), "LEFT")
    shown = {"question": column("question", "q"), "follows": sql.is_known(column("question", "s"))}
    query = sql.query(shown, Source(FOLLOWS.name, "q"), [joined], order=["question"])
    return Plan(steps.close(query), (("question", Kind.NUMBER), ("follows", Kind.BOOLEAN)), (), (FOLLOWS,))
