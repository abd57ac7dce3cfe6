"""When a moment may come to follow: the instants at which its trigger is asked about, and the first of them that counts.

As seen a trigger is asked about when it was seen itself and its moment had come and, where an arrival can make a moment of the past
follow, whenever an event or a link of its customer arrived after that. The first instant at which it follows is s; where s is not the
moment itself, an event that arrived then completes it and must be in time.
"""

from collections.abc import Sequence

from opportune.language.compiler.looks import Family
from opportune.language.compiler.triggers import FIRED, TRIGGER, acted_at, hi, is_in_range, lo, seen, with_owners
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading


def moment_of(family: Family, table: str) -> Term:
    """m of a trigger."""
    delays = {look.constants.get("delay", 0) for look in family.looks}
    if delays == {0}:
        return column("ts", table)
    return sql.plus(column("ts", table), family.constant("delay", table))


def ranged(steps: Steps, family: Family, reading: Reading, stream: str, name: str) -> str:
    """Matching events of the stream whose moment, once they were seen, lies in the range."""
    where = [column("matches", "t"), is_in_range(reading, moment_of(family, "t"), "t")]
    return steps.add(name, sql.query(_events(family, "t"), Source(stream, "t"), where=where))


def matching(steps: Steps, family: Family, stream: str, name: str) -> str:
    """Matching events of the stream, whenever they were acted on."""
    return steps.add(name, sql.query(_events(family, "t"), Source(stream, "t"), where=[column("matches", "t")]))


def asked_once(steps: Steps, family: Family, reading: Reading, triggers: str, where: Sequence[Term] = ()) -> str:
    """Questions about triggers (alias `t`) when they were seen and their moment had come, under their owners then."""
    acted = acted_at(reading, moment_of(family, "t"), "t")
    times = {"at": moment_of(family, "t"), "acted_at": acted, "seen": seen(reading, acted.copy())}
    timed = steps.add(f"{triggers}_timed", sql.query(_events(family, "t") | times, Source(triggers, "t"), where=where))
    return with_owners(steps, timed, (*family.kept, *times), f"{triggers}_asked")


def asked_at_arrivals(steps: Steps, family: Family, triggers: str, stream: str) -> str:
    """As seen: questions about triggers at every instant at which they may come to follow, with `is_link`, under their owners then."""
    first = {"at": moment_of(family, "t"), "acted_at": acted_at(Reading.AS_SEEN, moment_of(family, "t"), "t")}

    def asked(acted: Term, *, is_link: bool) -> dict[str, Term]:
        return _events(family, "t") | {"at": moment_of(family, "t"), "acted_at": acted, "is_link": sql.truth(is_link)}

    def after(ts: Term) -> list[Term]:
        return [sql.at_most(ts, moment_of(family, "t")), sql.less(first["acted_at"].copy(), column("received_at", "x"))]

    kin = Source(with_kin(steps, family.kept, triggers), "t")
    same_moment = [sql.equal(column("which", "x"), column("which", "t"))] if len(family.looks) > 1 else []
    own = [sql.equal(column("identity_key", "x"), column("kin_key", "t")), *same_moment]
    by_event = sql.both(*own, *after(column("ts", "x")), *is_near(family, moment_of(family, "t"), column("ts", "x"), "t"))
    by_link = [sql.both(sql.equal(column(end, "x"), column("kin_key", "t")), *after(column("ts", "x"))) for end in ("from_key", "to_key")]
    every = [
        sql.query(asked(first["acted_at"], is_link=False), Source(triggers, "t")),
        sql.query(asked(column("received_at", "x"), is_link=False), Source(stream, "x"), [Join(kin, by_event)]),
        *(sql.query(asked(column("received_at", "x"), is_link=True), Source("links", "x"), [Join(kin, on)]) for on in by_link),
    ]
    if family.is_derived:
        withdrawn = [*(term.copy() for term in own), sql.less(first["acted_at"].copy(), column("withdrawn_at", "x"))]
        every.append(sql.query(asked(column("withdrawn_at", "x"), is_link=True), Source(stream, "x"), [Join(kin, sql.both(*withdrawn))]))
    steps.add(f"{triggers}_instants", sql.union(*every))
    names = (*family.kept, "at", "acted_at")
    once = {name: column(name, "e") for name in names} | {"is_link": sql.largest(column("is_link", "e"))}
    steps.add(f"{triggers}_once", sql.query(once, Source(f"{triggers}_instants", "e"), group=len(names)))
    shown = {name: column(name, "e") for name in (*names, "is_link")} | {"seen": column("acted_at", "e")}
    timed = steps.add(f"{triggers}_timed", sql.query(shown, Source(f"{triggers}_once", "e")))
    return with_owners(steps, timed, (*names, "seen", "is_link"), f"{triggers}_asked")


def completed_late(steps: Steps, family: Family, stream: str, name: str = "") -> sql.Query:
    """As seen: triggers whose moment was before the range, and that an event received in the range may make follow."""
    in_range = [sql.less(lo(), column("received_at", "s")), sql.less(column("ts", "s"), column("received_at", "s"))]
    arrived = steps.add(name or f"{stream}_arrived", sql.query(_events(family, "s"), Source(stream, "s"), where=in_range))
    moment = moment_of(family, "s")
    on = [
        sql.equal(column("identity_key", "s"), column("kin_key", "x")),
        *([sql.equal(column("which", "s"), column("which", "x"))] if len(family.looks) > 1 else []),
        column("matches", "s"),
        sql.at_most(column("ts", "x"), moment),
        sql.less(acted_at(Reading.AS_SEEN, moment.copy(), "s"), column("received_at", "x")),
        *is_near(family, moment.copy(), column("ts", "x"), "s"),
    ]
    kin = with_kin(steps, family.kept, arrived)
    return sql.query(_events(family, "s"), Source(stream, "s"), [Join(Source(kin, "x"), sql.both(*on))])


def with_kin(steps: Steps, columns: Sequence[str], events: str) -> str:
    """Events with every id that may be the same customer's at some pair: `kin_key`."""

    def linked(source: str, of: str, end: str, other: str) -> sql.Query:
        on = sql.equal(column(end, "l"), column(of, "e"))
        shown = {name: column(name, "e") for name in columns} | {"kin_key": column(other, "l")}
        return sql.query(shown, Source(source, "e"), [Join(Source("links", "l"), on)], where=[sql.is_known(column(other, "l"))])

    own = sql.query({name: column(name, "e") for name in columns} | {"kin_key": column("identity_key", "e")}, Source(events, "e"))
    customers = steps.add(f"{events}_customers", sql.union(own, linked(events, "identity_key", "from_key", "to_key"), distinct=True))
    same = sql.query({name: column(name, "e") for name in (*columns, "kin_key")}, Source(customers, "e"))
    return steps.add(f"{events}_kin", sql.union(same, linked(customers, "kin_key", "to_key", "from_key"), distinct=True))


def is_near(family: Family, moment: Term, ts: Term, table: str) -> list[Term]:
    """That an event is near enough to a moment to change anything; always where a moment has no such bound."""
    if any("near" not in look.constants for look in family.looks):
        return []
    return [sql.less(sql.minus(moment, family.constant("near", table)), ts)]


def first_following(steps: Steps, family: Family, followed: str, reading: Reading, *, key: Sequence[str] = TRIGGER) -> str:
    """Of questions that follow (with `is_link` and `lateness`) the first of each moment, in the range and in time.

    At an instant later than the moment something must have arrived, and the least late of it must be in time.
    """
    shown = {name: column(name, "c") for name in (*FIRED, "lateness")} | {"rank": sql.row_number(Window((*key, "at"), ("acted_at",)))}
    came = sql.either(column("is_link", "c"), sql.is_known(column("lateness", "c")), sql.equal(column("acted_at", "c"), column("at", "c")))
    asked = [] if reading is Reading.AS_KNOWN else [came]
    ranked = steps.add(f"{followed}_ranked", sql.query(shown, Source(followed, "c"), where=asked))
    first = [sql.equal(column("rank", "f"), sql.number(1)), sql.within(column("acted_at", "f"), lo(), hi())]
    if reading is Reading.AS_SEEN:
        is_timely = sql.coalesce(sql.at_most(column("lateness", "f"), sql.parameter("max_lateness")), sql.truth(False))
        first.append(sql.either(sql.equal(column("acted_at", "f"), column("at", "f")), is_timely))
    return steps.add(f"{followed}_first", sql.query({name: column(name, "f") for name in FIRED}, Source(ranked, "f"), where=first))


def as_asked(steps: Steps, family: Family, reading: Reading, triggers: str, stream: str) -> str:
    """Questions about triggers that arrivals may make follow, in either reading, with `is_link`."""
    if reading is Reading.AS_SEEN:
        return asked_at_arrivals(steps, family, triggers, stream)
    times = {"at": moment_of(family, "t"), "acted_at": moment_of(family, "t"), "seen": sql.number(FOREVER), "is_link": sql.truth(False)}
    timed = steps.add(f"{triggers}_timed", sql.query(_events(family, "t") | times, Source(triggers, "t")))
    return with_owners(steps, timed, (*family.kept, *times), f"{triggers}_asked")


def _events(family: Family, table: str) -> dict[str, Term]:
    return {name: column(name, table) for name in family.kept}
