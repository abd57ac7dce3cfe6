"""`reaches` and `nth`: the N-th matching event within a while, where the one before it was not yet.

Reads   events, spans, links; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort in event order and an exact look at the doubtful few; narrow: the range's triggers, and those that late arrivals of
        the range may complete, joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from opportune.language.compiler import candidates, identities, places
from opportune.language.compiler.counting import ABSENT, counts, following, follows_from, look_of
from opportune.language.compiler.looks import Family
from opportune.language.compiler.triggers import (
    FIRED,
    TRIGGER,
    acted_at,
    earliest,
    hi,
    in_reach,
    is_in_time,
    lo,
    numbered,
    shown_as_fired,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of, start_of, ts_of
from opportune.language.tree.moments import Nth, Reaches
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

MOST_ROWS = 4
"""Rows back that are looked up one by one."""


def narrow(steps: Steps, family: Family, reading: Reading, stream: str) -> str:
    """Each trigger of the range looked at exactly, and each that a late arrival of the range may complete."""
    name = f"{stream}_triggers"
    near = candidates.ranged(steps, family, reading, stream, f"{name}_near")
    own = sql.query(_events(family, "t"), Source(near, "t"))
    completed = [candidates.completed_late(steps, family, stream)] if reading is Reading.AS_SEEN else []
    steps.add(name, sql.union(own, *completed, distinct=True))
    return _exactly(steps, family, reading, name, stream)


def wide(steps: Steps, reaches: Reaches | Nth, reading: Reading) -> str:
    """By counting rows back where that proves it, exactly where it does not."""
    look = look_of(reaches)
    family = Family((look,))

    def bounds() -> list[Term]:
        return in_reach(reading, look.reach, "e")

    if family.reads_customer or (family.is_derived and reading is Reading.AS_SEEN):
        return narrow(steps, family, reading, steps.add("stream", family.stream(lambda _: ("events", bounds()), reading)))
    _preceded(steps, family, reading, reaches.n, bounds)
    _judged(steps, family, reading)
    proved = places.brought(steps, family, reading, steps.add("sure", _sure(family, reading)))
    is_doubtful = [sql.negated(column("is_clear", "j")), sql.less(earliest(reading), column("ts", "j"))]
    doubtful = sql.query(places.handed_on(("identity_key", "order_key"), "j"), Source("judged", "j"), where=is_doubtful)
    triggers, stream = places.in_doubt(steps, family, reading, steps.add("doubtful", doubtful), bounds)
    found = _exactly(steps, family, reading, triggers, stream)
    return steps.add("fired", sql.union(*(sql.query(places.handed_on(FIRED, "f"), Source(step, "f")) for step in (proved, found))))


def _events(family: Family, table: str) -> dict[str, Term]:
    return {name: order_of(table) if name == "order_key" else column(name, table) for name in family.kept}


def _preceded(steps: Steps, family: Family, reading: Reading, n: int, bounds: places.Bounds) -> None:
    """The place of each matching event with those before it in its group, in event order."""
    places.grouped(steps, family, reading, bounds)
    window = Window(("group_key",), ("order_key",))
    own = column("identity_key", "s")
    nobody = start_of(sql.number(ABSENT))
    counted = {
        "previous_order": sql.lag(order_of("s"), 1, nobody.copy(), window),
        "nth_order": sql.lag(order_of("s"), n - 1, nobody.copy(), window) if n > 1 else order_of("s"),
        "before_order": sql.lag(order_of("s"), n, nobody.copy(), window),
    }
    if n <= MOST_ROWS:
        # some rows looked up cost less than a frame
        alike = [sql.equal(sql.lag(own.copy(), back, own.copy(), window), own.copy()) for back in range(1, n + 1)]
    else:
        ends = (window.of_preceding(extreme(own.copy()), n) for extreme in (sql.smallest, sql.largest))
        alike = [sql.equal(sql.coalesce(end, own.copy()), own.copy()) for end in ends]
    before = counted | {"is_alone": sql.both(*alike)}
    if reading is Reading.AS_SEEN:
        before["last_received_at"] = window.of_preceding(sql.largest(column("received_at", "s")), n)
    kept = (*family.told(reading), "group_key", *(("joined_at",) if reading is Reading.AS_KNOWN else ()))
    where = [column("matches", "s")] if family.slots else []
    steps.add("sorted", sql.query(places.handed_on(kept, "s") | before, Source("grouped", "s"), where=where))
    times = {"ts": ts_of(order_of("s"))}
    for name in counted:
        there = sql.less(nobody.copy(), column(name, "s"))
        times[name.replace("_order", "_ts")] = sql.choose(there, ts_of(column(name, "s")), sql.number(ABSENT))
    handed = (*kept, *(name for name in before if name not in counted))
    steps.add("preceded", sql.query(places.handed_on(handed, "s") | times, Source("sorted", "s")))


def _judged(steps: Steps, family: Family, reading: Reading) -> None:
    """Of events with enough before them, whoever's they are, whether counting rows proves the answer: one id only or all links long
    known, nothing void, everything received in time. In a contested group there may be more than its rows tell."""
    in_contest = sql.equal(column("group_key", "c"), column("group_key", "p"))
    names = ("identity_key", "order_key", "ts", "group_key", "previous_ts", "nth_ts", "before_ts", "is_alone")
    arrivals = ("received_at", "last_received_at") if reading is Reading.AS_SEEN else ("joined_at",)
    shown = places.handed_on((*names, *arrivals), "p") | {"is_contested": sql.is_known(column("group_key", "c"))}
    where = [sql.either(follows_from(family, "p", column("ts", "p"))[0], sql.is_known(column("group_key", "c")))]
    joined = Join(Source(identities.contested(steps), "c"), in_contest, "LEFT")
    steps.add("enough", sql.query(shown, Source("preceded", "p"), [joined], where=where))
    is_settled = sql.coalesce(sql.at_most(column("settled_at", "l"), column("ts", "p")), sql.truth(True))
    clear = [sql.negated(column("is_contested", "p")), sql.either(column("is_alone", "p"), is_settled)]
    joins = [Join(Source(identities.settlements(steps), "l"), sql.equal(column("group_key", "l"), column("group_key", "p")), "LEFT")]
    if family.slots:
        joins.append(Join(Source("voided_groups", "v"), sql.equal(column("group_key", "v"), column("group_key", "p")), "LEFT"))
        clear.append(sql.is_null(column("group_key", "v")))
    if reading is Reading.AS_SEEN:
        acted = acted_at(reading, column("ts", "p"), "p")
        clear.append(sql.coalesce(sql.at_most(column("last_received_at", "p"), acted), sql.truth(True)))
    told = places.handed_on(("identity_key", "order_key", "ts", "group_key", "previous_ts", "nth_ts", "before_ts", arrivals[0]), "p")
    steps.add("judged", sql.query(told | {"is_clear": sql.both(*clear)}, Source("enough", "p"), joins))


def _sure(family: Family, reading: Reading) -> sql.Query:
    """The places of clear triggers that follow, acted on in the range and in time."""
    acted = acted_at(reading, column("ts", "j"), "j")
    known = reading is Reading.AS_KNOWN
    times = {"at": column("ts", "j"), "acted_at": acted, "seen": sql.number(FOREVER) if known else acted.copy()}
    ranged = [sql.within(acted.copy(), lo(), hi()), *is_in_time(reading, "j")]
    where = [column("is_clear", "j"), *ranged, *follows_from(family, "j", column("ts", "j"))]
    names = ("identity_key", "order_key", *(("group_key", "joined_at") if known else ()))
    return sql.query(places.handed_on(names, "j") | times, Source("judged", "j"), where=where)


def _exactly(steps: Steps, family: Family, reading: Reading, triggers: str, stream: str) -> str:
    """The triggers that fire: asked at their candidate instants, the first at which they follow counts."""
    asked = candidates.as_asked(steps, family, reading, triggers, stream)
    columns = (*family.kept, "at", "acted_at", "seen", "is_link")
    asked = numbered(steps, asked, columns, (*TRIGGER, "received_at", "acted_at"))
    counted = counts(steps, family, asked, stream, ("is_link",))
    shown = shown_as_fired(family, "a") | {"is_link": column("is_link", "a"), "lateness": column("lateness", "c")}
    joins = [Join(Source(counted, "c"), sql.equal(column("question", "c"), column("question", "a")))]
    followed = steps.add(f"{asked}_followed", sql.query(shown, Source(asked, "a"), joins, where=following(family, "c")))
    return candidates.first_following(steps, family, followed, reading)
