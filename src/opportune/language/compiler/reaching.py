"""`reaches` and `nth`: the N-th matching event within a while, where the one before it was not yet.

Reads   events, spans, links; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort in event order and an exact look at the doubtful few; narrow: the range's triggers, and those that late arrivals of
        the range may complete, joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from opportune.language.compiler import candidates, identities
from opportune.language.compiler.counting import ABSENT, counts, following, follows_from, look_of
from opportune.language.compiler.looks import Family, slot_columns
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
    with_owners,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Window, column
from opportune.language.relations.order import order_of
from opportune.language.tree.moments import Nth, Reaches
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading


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
    stream = steps.add("stream", family.stream(lambda look: ("events", in_reach(reading, look.reach, "e")), reading))
    if family.reads_customer or (family.is_derived and reading is Reading.AS_SEEN):
        return narrow(steps, family, reading, stream)
    _preceded(steps, family, reaches.n)
    steps.add("judged", _judged(steps, family, reading))
    steps.add("sure", _sure(family, reading))
    doubtful = [sql.negated(column("is_clear", "j")), sql.less(earliest(reading), column("ts", "j"))]
    steps.add("doubtful", sql.query(_events(family, "j"), Source("judged", "j"), where=doubtful))
    sure = with_owners(steps, "sure", (*family.kept, "at", "acted_at", "seen"), "sure_owned")
    found = _exactly(steps, family, reading, "doubtful", stream)
    proved = sql.query(shown_as_fired(family, "f"), Source(sure, "f"))
    return steps.add("fired", sql.union(proved, sql.query({name: column(name, "f") for name in FIRED}, Source(found, "f"))))


def _events(family: Family, table: str) -> dict[str, sql.Term]:
    return {name: order_of(table) if name == "order_key" else column(name, table) for name in family.kept}


def _preceded(steps: Steps, family: Family, n: int) -> None:
    """Each matching event of the stream with those before it in its group, in event order."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    closes = [slot_columns(number)[2] for number in range(family.slots)]
    group = {"group_key": sql.coalesce(column("group_key", "g"), column("identity_key", "s"))}
    shown = _events(family, "s") | {name: column(name, "s") for name in ("matches", *closes)} | group
    steps.add("grouped", sql.query(shown, Source("stream", "s"), [joined]))
    window = Window(("group_key",), ("order_key",))

    def back(rows: int) -> sql.Term:
        return sql.lag(column("ts", "s"), rows, sql.number(ABSENT), window) if rows else column("ts", "s")

    before = {
        "previous_ts": back(1),
        "nth_ts": back(n - 1),
        "before_ts": back(n),
        "low_key": window.of_preceding(sql.smallest(column("identity_key", "s")), n),
        "high_key": window.of_preceding(sql.largest(column("identity_key", "s")), n),
        "last_received_at": window.of_preceding(sql.largest(column("received_at", "s")), n),
    }
    kept = _events(family, "s") | {"group_key": column("group_key", "s")}
    steps.add("preceded", sql.query(kept | before, Source("grouped", "s"), where=[column("matches", "s")] if closes else []))
    if closes:
        is_cause = [sql.either(*(column(name, "s") for name in closes))]
        steps.add(
            "voided_groups", sql.query({"group_key": column("group_key", "s")}, Source("grouped", "s"), where=is_cause, distinct=True)
        )


def _judged(steps: Steps, family: Family, reading: Reading) -> sql.Query:
    """Whether counting rows proves the answer: one id only or all links long known, nothing void, everything received in time."""
    same_group = [sql.equal(column("group_key", table), column("group_key", "p")) for table in ("l", "c", "v")]
    joins = [Join(Source(identities.settlements(steps), "l"), same_group[0], "LEFT")]
    joins.append(Join(Source(identities.contested(steps), "c"), same_group[1], "LEFT"))
    keys = [sql.equal(column(name, "p"), column("identity_key", "p")) for name in ("low_key", "high_key")]
    clear = [
        sql.either(
            sql.coalesce(sql.both(*keys), sql.truth(True)),
            sql.coalesce(sql.at_most(column("settled_at", "l"), column("ts", "p")), sql.truth(True)),
        ),
        sql.is_null(column("group_key", "c")),
    ]
    if family.slots:
        joins.append(Join(Source("voided_groups", "v"), same_group[2], "LEFT"))
        clear.append(sql.is_null(column("group_key", "v")))
    if reading is Reading.AS_SEEN:
        acted = acted_at(reading, column("ts", "p"), "p")
        clear.append(sql.coalesce(sql.at_most(column("last_received_at", "p"), acted), sql.truth(True)))
    shown = _events(family, "p") | {name: column(name, "p") for name in ("previous_ts", "nth_ts", "before_ts")}
    return sql.query(shown | {"is_clear": sql.both(*clear)}, Source("preceded", "p"), joins)


def _sure(family: Family, reading: Reading) -> sql.Query:
    """Clear triggers that follow, acted on in the range and in time."""
    acted = acted_at(reading, column("ts", "j"), "j")
    known = reading is Reading.AS_KNOWN
    times = {"at": column("ts", "j"), "acted_at": acted, "seen": sql.number(FOREVER) if known else acted.copy()}
    ranged = [sql.within(acted.copy(), lo(), hi()), *is_in_time(reading, "j")]
    where = [column("is_clear", "j"), *ranged, *follows_from(family, "j", column("ts", "j"))]
    return sql.query(_events(family, "j") | times, Source("judged", "j"), where=where)


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
