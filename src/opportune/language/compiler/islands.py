"""Islands: events of one group and value with more than `within` around them, and which of them prove nothing about their runs.

Nothing outside of an island changes the runs in it, so doubt about one event is doubt about its island and no more, unless the group
itself proves nothing. What makes an island doubtful: another id of the customer's before it was settled who she is; an `unless` event at
the instant of another event; as seen, an event that came after the instant at which the run before it would fire; anything that voids.

Reads   step `followed` (compiler.chains), links; parameters `lo`, `hi`, `max_lateness`
Gives   steps `islands_in_doubt` and the events that must be looked at exactly, with how far back: `since`
Cost    sorts of the groups and values in which something is doubtful
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from opportune.language.compiler import candidates, identities
from opportune.language.compiler.chains import BOTH, CLOCK, STOPS, Ends, handed_on
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.triggers import ENDLESS, acted_at, earliest, hi, is_in_range
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

ISLAND = (*CLOCK, "island")


def doubtful(steps: Steps, look: Look, reading: Reading, followed: str, ends: Ends | None) -> str:
    """The matching events whose runs must be looked at exactly, with `since`; all of them where nothing was proved."""
    suspect = _suspects(steps, look, reading, followed, ends) if ends is not None else followed
    names = (*Family((look,)).kept, "group_key", "role")
    in_island = _is_near(look, "s")
    number = Window(CLOCK, ("order_key",)).of_rows(sql.total(sql.choose(in_island, sql.number(0), sql.number(1))))
    doubt = {"is_doubt": column("is_doubt", "s") if ends is not None else sql.truth(True)}
    steps.add("landed", sql.query(handed_on(names, "s") | doubt | {"island": number}, Source(suspect, "s")))
    lateness = sql.minus(column("received_at", "n"), column("ts", "n"))
    bounds = handed_on(ISLAND, "n") | {
        "since": sql.smallest(column("ts", "n")),
        "until": sql.largest(column("ts", "n")),
        "first_received_at": sql.smallest(column("received_at", "n")),
        "lateness": sql.smallest(lateness),
        "is_doubt": sql.largest(column("is_doubt", "n")),
    }
    steps.add("islands", sql.query(bounds, Source("landed", "n"), group=len(ISLAND)))
    kept = handed_on((*ISLAND, "since", "until", "first_received_at", "lateness"), "i")
    steps.add("islands_in_doubt", sql.query(kept, Source("islands", "i"), where=[column("is_doubt", "i")]))
    return _events_in_doubt(steps, look, reading)


def ranged(steps: Steps, anchors: Family, reading: Reading, events: str) -> str:
    """Those events whose moments may come to be acted on in the range."""
    moment = candidates.moment_of(anchors, "d")
    delay = anchors.looks[0].constants["delay"]
    where = [is_in_range(reading, moment, "d")]
    if reading is Reading.AS_SEEN:
        where = [sql.at_most(acted_at(reading, moment, "d"), hi()), sql.less(earliest(reading, delay), column("ts", "d"))]
    return steps.add(f"{events}_{delay}", sql.query(handed_on(anchors.kept, "d"), Source(events, "d"), where=where))


def _events_in_doubt(steps: Steps, look: Look, reading: Reading) -> str:
    in_island = sql.both(*(sql.equal(column(name, "i"), column(name, "n")) for name in ISLAND))
    in_contest = sql.equal(column("group_key", "c"), column("group_key", "n"))
    is_contested = sql.is_known(column("group_key", "c"))
    # of a contested group events of any other may come to be the same customer's
    since = sql.choose(is_contested, sql.number(-FOREVER), column("since", "i"))
    shown = handed_on(Family((look,)).kept, "n") | {"since": since}
    joins = [
        Join(Source("islands_in_doubt", "i"), in_island),
        Join(Source(identities.contested(steps), "c"), in_contest, "LEFT"),
    ]
    where = [sql.unequal(column("role", "n"), sql.number(STOPS))]
    if reading is Reading.AS_SEEN:
        # everything came after the moments and too late to bring them about, as when years of history are imported
        is_past = sql.less(sql.plus(column("until", "i"), sql.number(look.delays[1])), column("first_received_at", "i"))
        is_late = sql.less(sql.smaller(sql.parameter("max_lateness"), sql.number(ENDLESS)), column("lateness", "i"))
        where.append(sql.either(is_contested.copy(), sql.negated(sql.both(is_past, is_late))))
    return steps.add("doubtful", sql.query(shown, Source("landed", "n"), joins, where=where))


def _suspects(steps: Steps, look: Look, reading: Reading, followed: str, ends: Ends) -> str:
    """The events of clocks on which something is doubtful, with `is_doubt`."""
    joins, whole = [], [sql.is_known(column("group_key", "c"))]
    joins.append(Join(Source(identities.contested(steps), "c"), sql.equal(column("group_key", "c"), column("group_key", "f")), "LEFT"))
    joins.append(Join(Source(identities.settlements(steps), "l"), sql.equal(column("group_key", "l"), column("group_key", "f")), "LEFT"))
    if Family((look,)).slots:
        joins.append(Join(Source("voided_groups", "v"), sql.equal(column("group_key", "v"), column("group_key", "f")), "LEFT"))
        whole.append(sql.is_known(column("group_key", "v")))
    doubts = [*whole, _is_unsettled(look), _is_tied(), *([_came_after(look)] if reading is Reading.AS_SEEN else [])]
    place = (*CLOCK, "order_key")
    own = sql.query(handed_on(place, "f"), Source(followed, "f"), joins, where=[sql.either(*doubts)])
    steps.add("doubts", sql.union(own, sql.query(handed_on(place, "d"), Source(ends.doubts, "d")), distinct=True))
    steps.add("clocks_in_doubt", sql.query(handed_on(CLOCK, "d"), Source("doubts", "d"), distinct=True))
    same_clock = [sql.equal(column(name, "k"), column(name, "f")) for name in CLOCK]
    same_event = [*(sql.equal(column(name, "d"), column(name, "f")) for name in CLOCK), sql.equal(order_of("d"), order_of("f"))]
    of_doubts = [
        Join(Source("clocks_in_doubt", "k"), sql.both(*same_clock), "SEMI"),
        Join(Source("doubts", "d"), sql.both(*same_event), "LEFT"),
    ]
    names = (*Family((look,)).kept, "group_key", "role", "previous_ts")
    shown = handed_on(names, "f") | {"is_doubt": sql.is_known(order_of("d"))}
    return steps.add("suspects", sql.query(shown, Source(followed, "f"), of_doubts))


def _is_unsettled(look: Look) -> Term:
    """It was another id's than the one before it in the island, and then it was not settled yet whose they are."""
    settled = sql.coalesce(sql.at_most(column("settled_at", "l"), column("previous_ts", "f")), sql.truth(False))
    is_other = sql.unequal(column("identity_key", "f"), column("previous_key", "f"))
    return sql.both(is_other, _is_near(look, "f"), sql.negated(settled))


def _is_tied() -> Term:
    """An `unless` event and another at one instant: there event order does not decide."""
    stops = [sql.one_of(column(name, "f"), [sql.number(STOPS), sql.number(BOTH)]) for name in ("role", "previous_role")]
    return sql.both(sql.equal(column("ts", "f"), column("previous_ts", "f")), sql.either(*stops))


def _came_after(look: Look) -> Term:
    """It was received after the instant at which the run before it would fire, or one that it begins could."""
    within = sql.number(look.delays[0])
    goes_on = sql.both(_is_near(look, "f"), sql.unequal(column("previous_role", "f"), sql.number(STOPS)))
    bound = sql.plus(sql.choose(goes_on, column("previous_ts", "f"), column("ts", "f")), within)
    return sql.less(bound, column("received_at", "f"))


def _is_near(look: Look, table: str) -> Term:
    return sql.at_most(sql.minus(column("ts", table), column("previous_ts", table)), sql.number(look.delays[0]))
