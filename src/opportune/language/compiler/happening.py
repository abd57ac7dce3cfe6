"""`event`: each matching event.

Reads   events, spans; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    one scan of the range
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from collections.abc import Iterator

from opportune.language.compiler import candidates
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.presence import present
from opportune.language.compiler.triggers import TRIGGER, hi, in_reach, is_in_time, lo, numbered, shown_as_fired
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.moments import EventMoment
from opportune.language.vocabulary.reading import Reading


def look_of(moment: EventMoment, which: int = 0) -> Look:
    """What an event moment looks at."""
    return Look(selector=moment.selector, where=moment.where, which=which, reach=0, constants={"delay": 0})


def streamed(steps: Steps, family: Family, reading: Reading) -> str:
    """The events of the range, in disjoint cases that a scan can use; those that may be void with all that happened then."""
    if family.slots or family.is_derived:
        return steps.add("stream", family.stream(lambda _: ("events", in_reach(reading, 0, "e")), reading))
    cases = [family.stream(lambda _, case=case: ("events", case), reading) for case in _in_range(reading)]  # type: ignore[misc]
    return steps.add("stream", sql.union(*cases))


def fired(steps: Steps, family: Family, reading: Reading, stream: str) -> str:
    """The events of the range that match when they were seen."""
    has_versions = family.is_derived and reading is Reading.AS_SEEN
    if has_versions:
        asked = candidates.asked_once(steps, family, reading, candidates.matching(steps, family, stream, f"{stream}_triggers"))
    else:
        triggers = candidates.ranged(steps, family, reading, stream, f"{stream}_triggers")
        asked = candidates.asked_once(steps, family, reading, triggers, is_in_time(reading, "t"))
    if family.slots or family.reads_customer:
        asked = _there(steps, family, asked, stream)
    where = []
    if has_versions:
        asked = _ranked(steps, family, asked)
        where = [sql.equal(column("rank", "a"), sql.number(1)), sql.within(column("acted_at", "a"), lo(), hi()), *is_in_time(reading, "a")]
    return steps.add(f"{asked}_fired", sql.query(shown_as_fired(family, "a"), Source(asked, "a"), where=where))


def _there(steps: Steps, family: Family, asked: str, stream: str) -> str:
    """Questions whose trigger is there and matches."""
    columns = (*family.kept, "at", "acted_at", "seen")
    asked = numbered(steps, asked, columns, (*TRIGGER, "received_at"))
    there = still_there(steps, family, asked, stream)
    joins = [Join(Source(there, "x"), sql.equal(column("question", "x"), column("question", "a")), "SEMI")]
    return steps.add(f"{asked}_matching", sql.query({name: column(name, "a") for name in columns}, Source(asked, "a"), joins))


def _ranked(steps: Steps, family: Family, asked: str) -> str:
    """The versions of each derived event that match, numbered as they were seen: only the first is a moment, however time is cut."""
    shown = {name: column(name, "a") for name in (*family.kept, "at", "acted_at", "seen")}
    rank = sql.row_number(Window(TRIGGER, ("acted_at",)))
    return steps.add(f"{asked}_ranked", sql.query(shown | {"rank": rank}, Source(asked, "a")))


def still_there(steps: Steps, family: Family, asked: str, stream: str) -> str:
    """question: those whose trigger is there and matches."""
    columns = (*family.kept, "question", "at", "acted_at", "seen")

    def near() -> list[Term]:
        return [sql.equal(column("ts", "x"), column("ts", "q"))]

    there = present(steps, family, asked, columns, stream, near=near, carried=("which", "event_id", "line"))
    is_trigger = [sql.equal(column(f"x_{name}", "x"), column(name, "x")) for name in TRIGGER[1:]]
    matching = sql.query(
        {"question": column("question", "x")}, Source(there, "x"), where=[column("matches", "x"), *is_trigger], distinct=True
    )
    return steps.add(f"{asked}_there", matching)


def _in_range(reading: Reading) -> Iterator[list[Term]]:
    moment = [sql.within(column("ts", "e"), lo(), hi())]
    if reading is Reading.AS_KNOWN:
        yield moment
        return
    yield [*moment, sql.at_most(column("received_at", "e"), hi())]
    yield [sql.within(column("received_at", "e"), lo(), hi()), sql.at_most(column("ts", "e"), lo())]
