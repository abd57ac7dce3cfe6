"""Whether moments that were taken still follow from what was received by then.

Reads   events, spans (and traits where a predicate does); input FOLLOWS
Gives   question, follows
Cost    the triggers asked about, joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from typing import assert_never

from opportune.language.compiler import counting, everybody, happening, lapses, runs, things
from opportune.language.compiler.candidates import moment_of
from opportune.language.compiler.looks import Family, Look, is_visible
from opportune.language.compiler.triggers import with_owners
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.relations.plans import FOLLOWS, Plan
from opportune.language.tree.moments import EventMoment, Every, Lapse, Nth, Reaches, ThingMoment
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def follows(moment: EventMoment | Nth | Reaches | Lapse | ThingMoment | Every) -> Plan:
    """One row per question."""
    steps = Steps()
    match moment:
        case EventMoment():
            family = Family((happening.look_of(moment),))
            still = happening.still_there(steps, family, _asked(steps, family), "stream")
        case Nth() | Reaches():
            family = Family((counting.look_of(moment),))
            counted = counting.counts(steps, family, _asked(steps, family), "stream")
            still = _those(steps, counted, counting.following(family, "s"))
        case ThingMoment():
            still = things.still(steps, moment)
        case Every():
            still = everybody.still(steps)
        case Lapse() if moment.at_most is not None:
            still = _still_running(steps, runs.look_of(moment))
        case Lapse():
            family = Family((lapses.look_of(moment),))
            judged = lapses.verdict(steps, family, _asked(steps, family), "stream")
            still = _those(steps, judged, [column("follows", "s")])
        case _:
            assert_never(moment)
    return answers(steps, still)


def _those(steps: Steps, judged: str, where: list[Term]) -> str:
    return steps.add("still", sql.query({"question": column("question", "s")}, Source(judged, "s"), where=where))


def _still_running(steps: Steps, look: Look) -> str:
    """A run fires there, and its trigger is the one asked about."""
    asked = _asked(steps, Family((look,)), is_delayed=False)
    judged = runs.judge(steps, look, asked, "stream", ("event_id", "line"))
    same = [sql.equal(column(name, "s"), column(f"last_{of}", "s")) for name, of in (("event_id", "id"), ("line", "line"))]
    return _those(steps, judged, same)


def _asked(steps: Steps, family: Family, *, is_delayed: bool = True) -> str:
    """The questions whose trigger exists, was received, matches and belongs to the customer asked about, with their triggers."""
    steps.add("stream", family.stream(lambda _: ("events", []), Reading.AS_SEEN))
    is_trigger = [
        column("matches", "t"),
        sql.equal(column("event_id", "t"), column("trigger_event_id", "q")),
        sql.equal(column("line", "t"), column("trigger_line", "q")),
        *([sql.equal(moment_of(family, "t"), column("at", "q"))] if is_delayed else []),
        *is_visible(family, "t", column("seen", "q")),
    ]
    shown: dict[str, Term] = {name: order_of("t") if name == "order_key" else column(name, "t") for name in family.kept}
    shown |= {"question": column("question", "q"), "asked_key": column("identity_key", "q")}
    shown |= {"at": column("at", "q"), "acted_at": column("at", "q"), "seen": column("seen", "q")}
    steps.add("asked_about", sql.query(shown, Source("stream", "t"), [Join(Source(FOLLOWS.name, "q"), sql.both(*is_trigger))]))
    owned = with_owners(steps, "asked_about", tuple(shown), "asked_owned")
    same_customer = sql.equal(column("asked_key", "o"), column("identity_key", "o"))
    names = (*family.kept, "question", "at", "acted_at", "seen")
    columns: dict[str, Term] = {name: column(name, "o") for name in names} | {"is_link": sql.truth(False)}
    return steps.add("asked", sql.query(columns, Source(owned, "o"), where=[same_customer]))


def answers(steps: Steps, still: str) -> Plan:
    """The plan whose questions follow that are in the step `still`."""
    once = steps.add("once", sql.query({"question": column("question", "s")}, Source(still, "s"), distinct=True))
    joined = Join(Source(once, "s"), sql.equal(column("question", "s"), column("question", "q")), "LEFT")
    shown = {"question": column("question", "q"), "follows": sql.is_known(column("question", "s"))}
    query = sql.query(shown, Source(FOLLOWS.name, "q"), [joined], order=["question"])
    return Plan(steps.close(query), (("question", Kind.NUMBER), ("follows", Kind.BOOLEAN)), (), (FOLLOWS,))
