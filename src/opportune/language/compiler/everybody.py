"""`every`: a wall time comes, for every customer there is.

Reads   events, traits, spans, identities; the input OCCURRENCES; parameters `lo`, `hi`
Gives   rows without a trigger, one for each customer and instant
Cost    the first instant of every id, one scan of events and traits; then the ids times the instants
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from dataclasses import replace

from opportune.language.compiler import identities
from opportune.language.compiler.leaves import TIMEZONE
from opportune.language.compiler.triggers import hi, lo, plan_of
from opportune.language.compiler.values import values_of
from opportune.language.compiler.wall_clocks import zone_or
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import FOLLOWS, OCCURRENCES, PAIRS, Plan
from opportune.language.tree.moments import Every
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading


def plan(every: Every, reading: Reading) -> Plan:
    """The moments in ($lo, $hi]."""
    steps = Steps()
    known = reading is Reading.AS_KNOWN
    seen = sql.number(FOREVER) if known else column("at", "o")
    times = {"zone": column("zone", "o"), "at": column("at", "o"), "seen": seen}
    ours = [] if every.of_customer else [sql.equal(column("zone", "o"), sql.text(every.zone))]
    in_range = [sql.within(column("at", "o"), lo(), hi())]
    steps.add("instants", sql.query(times, Source(OCCURRENCES.name, "o"), where=[*in_range, *ours], distinct=True))
    _first_seen(steps, reading)
    there = _there_by(steps, "instants", ("zone", "at", "seen"))
    if every.of_customer:
        there = _in_their_zone(steps, there, every)
    no_text = sql.cast(sql.null(), "VARCHAR")
    shown = {
        "which": sql.number(0),
        "event_id": no_text,
        "line": sql.cast(sql.null(), "INTEGER"),
        "is_imported": sql.truth(False),
        "identity_key": column("identity_key", "t"),
        "at": column("at", "t"),
        "acted_at": column("at", "t"),
        "same_value": no_text.copy(),
    }
    found = plan_of(steps, steps.add("fired", sql.query(shown, Source(there, "t"))), Reading.AS_KNOWN)
    return replace(found, inputs=(OCCURRENCES,), occurrences=(every,))


def at_instants(steps: Steps, instants: str) -> str:
    """Every customer there is at each `at` of the input `instants`, as seen then: a step with the columns of PAIRS."""
    steps.add("instants", sql.query({name: column("at", "i") for name in ("at", "seen")}, Source(instants, "i")))
    _first_seen(steps, Reading.AS_SEEN)
    there = _there_by(steps, "instants", ("at", "seen"))
    kept = {name: column(name, "t") for name in ("identity_key", "at", "seen")}
    steps.add("numbered", sql.query(kept | {"pair": sql.row_number(Window((), ("at", "identity_key")))}, Source(there, "t")))
    return steps.add("everybody_asked", sql.query(_pair("n"), Source("numbered", "n")))


def still(steps: Steps) -> str:
    """question: those of FOLLOWS whose customer there is; that the wall time is one is taken as told."""
    first = {"identity_key": column("identity_key", "e"), "ts": column("ts", "e"), "received_at": column("received_at", "e")}
    events = sql.query(first, Source("events", "e"), where=[sql.is_known(column("identity_key", "e"))])
    traits = sql.query({name: column(name, "t") for name in first}, Source("traits", "t"))
    steps.add("ids", sql.union(events, traits))
    visible = [sql.at_most(column("ts", "k"), column("at", "i")), sql.at_most(column("received_at", "k"), column("seen", "i"))]
    asked = {
        "question": column("question", "q"),
        "asked_key": column("identity_key", "q"),
        "at": column("at", "q"),
        "seen": column("seen", "q"),
    }
    steps.add("asked", sql.query(asked, Source(FOLLOWS.name, "q")))
    there = _there(steps, "asked", ("question", "asked_key", "at", "seen"), visible)
    same = [sql.equal(column("asked_key", "t"), column("identity_key", "t"))]
    return steps.add("still", sql.query({"question": column("question", "t")}, Source(there, "t"), where=same))


def _first_seen(steps: Steps, reading: Reading) -> None:
    """identity_key, since: the first instant at which something of an id is visible."""

    def since(table: str) -> Term:
        return column("ts", table) if reading is Reading.AS_KNOWN else sql.larger(column("ts", table), column("received_at", table))

    events = {"identity_key": column("identity_key", "e"), "since": sql.smallest(since("e"))}
    traits = {"identity_key": column("identity_key", "t"), "since": sql.smallest(since("t"))}
    of_customers = [sql.is_known(column("identity_key", "e"))]
    both = sql.union(
        sql.query(events, Source("events", "e"), where=of_customers, group=1), sql.query(traits, Source("traits", "t"), group=1)
    )
    steps.add("ids", both)


def _there_by(steps: Steps, instants: str, columns: tuple[str, ...]) -> str:
    """`_there`, from the ids with their first instant."""
    return _there(steps, instants, columns, [sql.at_most(column("since", "k"), column("at", "i"))])


def _there(steps: Steps, instants: str, columns: tuple[str, ...], visible: list[Term]) -> str:
    """The columns of the instants with every customer there is then, as `identity_key`."""
    kept = {name: column(name, "i") for name in columns} | {"id": column("identity_key", "k")}
    steps.add("present_ids", sql.query(kept, Source(instants, "i"), [Join(Source("ids", "k"), sql.both(*visible))], distinct=True))
    joined = identities.owner_join(steps, column("id", "p"), column("at", "p"), column("seen", "p"))
    shown = {name: column(name, "p") for name in columns} | {"identity_key": identities.owner(column("id", "p"))}
    return steps.add("customers_there", sql.query(shown, Source("present_ids", "p"), [joined], distinct=True))


def _in_their_zone(steps: Steps, there: str, every: Every) -> str:
    """Those whose own zone the instant is of."""
    number = sql.row_number(Window((), ("at", "identity_key", "zone")))
    kept = {name: column(name, "t") for name in ("zone", "identity_key", "at", "seen")}
    steps.add("asked_zone", sql.query(kept | {"pair": number}, Source(there, "t")))
    steps.add("zone_pairs", sql.query(_pair("n"), Source("asked_zone", "n")))
    values = values_of(steps, "zone_pairs", {"zone": TIMEZONE})
    mine = zone_or(lambda: column("zone", "v"), every.zone)
    joins = [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "n")))]
    shown = {name: column(name, "n") for name in ("identity_key", "at")}
    return steps.add("in_zone", sql.query(shown, Source("asked_zone", "n"), joins, where=[sql.equal(column("zone", "n"), mine)]))


def _pair(numbered: str) -> dict[str, Term]:
    """The columns of PAIRS outside of journeys."""
    nothing = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    return nothing | {name: column(name, numbered) for name in ("pair", "identity_key", "at", "seen")}
