"""`lapse`: nothing came after it for a while.

Reads   events, spans, links; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`)
Cost    wide: one sort of the looked-at events in event order and an exact look at the doubtful few, that is late arrivals, links that
        come after, and customers with an event that voids others; narrow: the range's triggers joined with their customers' events
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from opportune.language.compiler import candidates, identities, places
from opportune.language.compiler.looks import Family, Look, slot_columns
from opportune.language.compiler.presence import present
from opportune.language.compiler.triggers import (
    FIRED,
    TRIGGER,
    acted_at,
    in_reach,
    is_in_range,
    is_in_time,
    numbered,
    seen,
    shown_as_fired,
)
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of, start_of, ts_of
from opportune.language.tree.expressions import Property
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def look_of(lapse: Lapse, which: int = 0) -> Look:
    """What a lapse looks at."""
    same = None if lapse.same is None else Property(lapse.same, PROPERTIES.get(lapse.same, Kind.TEXT), lapse.same in PROPERTIES)
    delay = span_of(lapse.within)
    return Look(
        selector=lapse.selector,
        where=lapse.where,
        stops=lapse.unless,
        stops_where=lapse.unless_where,
        same=same,
        which=which,
        reach=delay,
        constants={"delay": delay},
        delays=(delay,),
    )


def may_revive(family: Family) -> bool:
    """Whether an arrival can make a lapse of the past follow: one that voids, or that was withdrawn."""
    return family.slots > 0 or family.is_derived


def narrow(steps: Steps, family: Family, reading: Reading, stream: str) -> str:
    """Each trigger of the range looked at exactly: for ranges much shorter than the history."""
    name = f"{stream}_triggers"
    if reading is Reading.AS_KNOWN or not may_revive(family):
        where = _is_timely(family, reading, "t")
        ranged = candidates.ranged(steps, family, reading, stream, name)
        asked = candidates.asked_once(steps, family, reading, ranged, where)
        return fired(steps, family, _numbered(steps, family, asked), stream)
    near = candidates.ranged(steps, family, reading, stream, f"{name}_near")
    own = sql.query({column_name: column(column_name, "t") for column_name in family.kept}, Source(near, "t"))
    steps.add(name, sql.union(own, candidates.completed_late(steps, family, stream), distinct=True))
    return _revived(steps, family, reading, name, stream)


def _revived(steps: Steps, family: Family, reading: Reading, triggers: str, stream: str) -> str:
    """The triggers that fire, asked at every instant at which they may come to follow."""
    asked = candidates.asked_at_arrivals(steps, family, triggers, stream)
    found = fired(steps, family, _numbered(steps, family, asked, ("is_link",)), stream, carried=("is_link", "lateness"))
    return candidates.first_following(steps, family, found, reading)


def wide(steps: Steps, lapse: Lapse, reading: Reading) -> str:
    """By the next event of the same customer where that proves it, exactly where it does not."""
    look = look_of(lapse)
    family = Family((look,))

    def bounds() -> list[Term]:
        return in_reach(reading, look.reach, "e")

    if family.reads_customer or (family.is_derived and reading is Reading.AS_SEEN):
        return narrow(steps, family, reading, steps.add("stream", family.stream(lambda _: ("events", bounds()), reading)))
    _followed(steps, family, reading, bounds)
    _judged(steps, family, reading)
    proved = places.brought(steps, family, reading, _sure(steps, family, reading))
    triggers, stream = places.in_doubt(steps, family, reading, _doubtful(steps, family, reading), bounds)
    if family.slots and reading is Reading.AS_SEEN:
        found = _revived(steps, family, reading, triggers, stream)
    else:
        asked = candidates.asked_once(steps, family, reading, triggers, _is_timely(family, reading, "t"))
        found = fired(steps, family, _numbered(steps, family, asked), stream)
    return steps.add("fired", sql.union(*(sql.query(places.handed_on(FIRED, "f"), Source(step, "f")) for step in (proved, found))))


def fired(steps: Steps, family: Family, asked: str, stream: str, *, carried: tuple[str, ...] = ()) -> str:
    """Those questions of `asked` whose trigger is there and that nothing stops; `carried` may name `lateness`, which is found here."""
    verdicts = verdict(steps, family, asked, stream, tuple(name for name in carried if name != "lateness"))
    shown = shown_as_fired(family, "a") | {name: column(name, "v" if name == "lateness" else "a") for name in carried}
    joins = [Join(Source(verdicts, "v"), sql.equal(column("question", "v"), column("question", "a")))]
    return steps.add(f"{asked}_fired", sql.query(shown, Source(asked, "a"), joins, where=[column("follows", "v")]))


def verdict(steps: Steps, family: Family, asked: str, stream: str, carried: tuple[str, ...] = ()) -> str:
    """question, follows, lateness: of the least late event that arrived at the instant asked about."""
    columns = (*family.kept, "question", "at", "acted_at", "seen", *carried)

    def near() -> list[Term]:
        return [sql.at_most(column("ts", "q"), column("ts", "x"))]

    of_trigger = ("event_id", "line", "trigger_order", "seen")
    placed = steps.add(f"{asked}_placed", sql.query(_placed(columns), Source(asked, "p")))
    seen_there = present(steps, family, placed, (*columns, "trigger_order"), stream, near=near, carried=("which", *of_trigger))
    is_trigger = sql.both(*(sql.equal(column(f"x_{name}", "x"), column(name, "x")) for name in TRIGGER[1:]))
    repeats = sql.both(column("matches", "x"), sql.less(column("trigger_order", "x"), order_of("x")), sql.negated(is_trigger.copy()))
    stops = sql.either(repeats, sql.both(column("stops", "x"), sql.negated(is_trigger.copy())))
    is_there = sql.less(sql.number(0), sql.only(sql.count(), sql.both(column("matches", "x"), is_trigger)))
    is_quiet = sql.equal(sql.only(sql.count(), stops), sql.number(0))
    shown = {"question": column("question", "x"), "follows": sql.both(is_there, is_quiet), "lateness": lateness("x")}
    return steps.add(f"{asked}_verdicts", sql.query(shown, Source(seen_there, "x"), group=1))


def lateness(table: str, *conditions: Term) -> Term:
    """How late the least late event was that arrived at the instant asked about; null where none did."""
    late = sql.minus(column("x_received_at", table), column("x_ts", table))
    arrived = sql.equal(sql.larger(column("x_ts", table), column("x_received_at", table)), column("seen", table))
    return sql.only(sql.smallest(late), sql.both(arrived, *conditions))


def _is_timely(family: Family, reading: Reading, table: str) -> list[Term]:
    """What completes a lapse is its trigger, where that came after the moment."""
    if reading is Reading.AS_KNOWN:
        return []
    came_before = sql.at_most(column("received_at", table), candidates.moment_of(family, table))
    return [sql.either(came_before, *is_in_time(reading, table))]


def _placed(columns: tuple[str, ...]) -> dict[str, Term]:
    return {name: order_of("p") if name == "order_key" else column(name, "p") for name in columns} | {"trigger_order": order_of("p")}


def _numbered(steps: Steps, family: Family, asked: str, carried: tuple[str, ...] = ()) -> str:
    columns = (*family.kept, "at", "acted_at", "seen", *carried)
    return numbered(steps, asked, columns, (*TRIGGER, "received_at", "acted_at"))


def grouped(steps: Steps, family: Family) -> str:
    """The stream with `group_key` of its customers; with voids the groups that have an event that voids, as step `voided_groups`."""
    joined = Join(Source(identities.groups(steps), "g"), sql.equal(column("identity_key", "g"), column("identity_key", "s")), "LEFT")
    closes = [slot_columns(number)[2] for number in range(family.slots)]
    group = {"group_key": sql.coalesce(column("group_key", "g"), column("identity_key", "s"))}
    names = (*family.kept, "matches", "stops", *closes)
    found = steps.add("grouped", sql.query({name: column(name, "s") for name in names} | group, Source("stream", "s"), [joined]))
    if closes:
        is_cause = [sql.either(*(column(name, "s") for name in closes))]
        shown = {"group_key": column("group_key", "s")}
        steps.add("voided_groups", sql.query(shown, Source(found, "s"), where=is_cause, distinct=True))
    return found


def _followed(steps: Steps, family: Family, reading: Reading, bounds: places.Bounds) -> None:
    """The place of each matching or stopping event with those of the next and the previous one of its group in event order."""
    places.grouped(steps, family, reading, bounds)
    window = Window(("group_key", "same") if family.looks[0].same else ("group_key",), ("order_key",))
    near = {
        "next_order": sql.lead(order_of("s"), 1, start_of(sql.number(FOREVER)), window),
        "next_key": sql.lead(column("identity_key", "s"), 1, sql.number(0), window),
    }
    if family.looks[0].stops:
        near["previous_order"] = sql.lag(order_of("s"), 1, start_of(sql.number(-FOREVER)), window)
    if reading is Reading.AS_SEEN:
        near["next_received_at"] = sql.lead(column("received_at", "s"), 1, sql.number(FOREVER), window)
    link = () if reading is Reading.AS_SEEN else ("joined_at",)
    shown = places.handed_on((*family.told(reading), "matches", "group_key", *link), "s")
    looked_at = [sql.either(column("matches", "s"), column("stops", "s"))] if family.slots else []
    steps.add("sorted", sql.query(shown | near, Source("grouped", "s"), where=looked_at))
    kept = (*family.told(reading), "matches", "group_key", *link, *(name for name in near if not name.endswith("_order")))
    told = {"ts": ts_of(order_of("s")), "next_ts": ts_of(column("next_order", "s"))}
    told |= {"previous_ts": ts_of(column("previous_order", "s"))} if "previous_order" in near else {}
    steps.add("followed", sql.query(places.handed_on(kept, "s") | told, Source("sorted", "s")))


def _judged(steps: Steps, family: Family, reading: Reading) -> None:
    """The range's triggers that may fire; `is_sure` where nothing comes near them, whoever the customer is."""
    may_fire = [column("matches", "f"), is_in_range(reading, candidates.moment_of(family, "f"), "f")]
    arrivals = ("received_at", "next_received_at") if reading is Reading.AS_SEEN else ("joined_at",)
    names = ("identity_key", "order_key", "ts", "group_key", "next_ts", "next_key", *arrivals)
    shown = places.handed_on((*names, *(("previous_ts",) if family.looks[0].stops else ())), "f")
    joins, untouched = [], []
    if family.slots:
        voided = sql.equal(column("group_key", "v"), column("group_key", "f"))
        joins = [Join(Source("voided_groups", "v"), voided, "LEFT")]
        shown["is_voided"] = sql.is_known(column("group_key", "v"))
        if reading is Reading.AS_SEEN:
            # an arrival may make a lapse of the past follow, so the range of these is looked at later
            may_fire = [may_fire[0], sql.either(may_fire[1], sql.is_known(column("group_key", "v")))]
        untouched = [sql.is_null(column("group_key", "v"))]
    same_id = sql.equal(column("next_key", "f"), column("identity_key", "f"))
    stopped = sql.both(*untouched, same_id, *_is_stopped(family, reading, "f"))
    steps.add("ranged", sql.query(shown, Source("followed", "f"), joins, where=[*may_fire, sql.negated(stopped)]))
    in_contest = sql.equal(column("group_key", "c"), column("group_key", "t"))
    is_touched = sql.either(sql.is_known(column("group_key", "c")), *([column("is_voided", "t")] if family.slots else []))
    sure = [
        sql.less(candidates.moment_of(family, "t"), column("next_ts", "t")),
        *([sql.less(column("previous_ts", "t"), column("ts", "t"))] if family.looks[0].stops else []),
        sql.negated(is_touched),
    ]
    columns = places.handed_on(names, "t") | {"is_touched": is_touched.copy(), "is_sure": sql.both(*sure)}
    steps.add("judged", sql.query(columns, Source("ranged", "t"), [Join(Source(identities.contested(steps), "c"), in_contest, "LEFT")]))


def _sure(steps: Steps, family: Family, reading: Reading) -> str:
    """The places of those triggers that fire, with their moments."""
    acted = acted_at(reading, candidates.moment_of(family, "t"), "t")
    times = {"at": candidates.moment_of(family, "t"), "acted_at": acted, "seen": seen(reading, acted.copy())}
    where = [column("is_sure", "t"), *_is_timely(family, reading, "t")]
    names = ("identity_key", "order_key", *(("group_key", "joined_at") if reading is Reading.AS_KNOWN else ()))
    return steps.add("sure", sql.query(places.handed_on(names, "t") | times, Source("judged", "t"), where=where))


def _doubtful(steps: Steps, family: Family, reading: Reading) -> str:
    """The places of those that must be looked at: not those which the next event stops, as both ids were the customer's before."""
    settled = [
        sql.coalesce(sql.at_most(column("settled_at", table), candidates.moment_of(family, "t")), sql.truth(True))
        for table in ("own", "next")
    ]
    stopped = sql.both(sql.negated(column("is_touched", "t")), *settled, *_is_stopped(family, reading, "t"))
    joins = [
        identities.kin_join(steps, column("identity_key", "t"), "own"),
        identities.kin_join(steps, column("next_key", "t"), "next"),
    ]
    where = [sql.negated(column("is_sure", "t")), sql.negated(stopped)]
    return steps.add("doubtful", sql.query(places.handed_on(("identity_key", "order_key"), "t"), Source("judged", "t"), joins, where=where))


def _is_stopped(family: Family, reading: Reading, table: str) -> list[Term]:
    """The next event came in time and was seen: if it is the same customer's, it stops the lapse."""
    stopped = [sql.at_most(column("next_ts", table), candidates.moment_of(family, table))]
    if reading is Reading.AS_SEEN:
        acted = acted_at(reading, candidates.moment_of(family, table), table)
        stopped.append(sql.at_most(column("next_received_at", table), acted))
    return stopped
