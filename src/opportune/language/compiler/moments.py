"""Moments as plans: when something happened to whom, and when that could be acted on.

Reads   events, links, identities (and traits where a predicate does); parameters `lo`, `hi`, `max_lateness`
Gives   identity_key, customer_id, at, acted_at, trigger_event_id, trigger_line, is_imported, by (acted_at, at, trigger order).
        As seen those acted on in ($lo, $hi], from nothing received after; as known those with `at` in it
Cost    `narrow` for a tick, else a formulation for long ranges; both give the same rows
Held to meaning.moments, by tests/meaning/test_compiled_equals_naive.py
"""

from typing import assert_never

from opportune.language.compiler import lapses, reaching
from opportune.language.compiler.triggers import EVENT_COLUMNS, Look, acted_at, in_range, is_in_time, plan_of, seen, stream, with_owners
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import Plan
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
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
    return plan_of(steps, fired)


def _of_events(steps: Steps, moment: EventMoment, reading: Reading) -> str:
    look = Look(moment.selector, moment.where)
    cases = [stream(look, [*case, is_in_time("e")]) for case in in_range(reading, 0, "e")]
    steps.add("triggers", sql.union(*cases))
    acted = acted_at(reading, column("ts", "t"), "t")
    times = {"at": column("ts", "t"), "acted_at": acted, "seen": seen(reading, acted.copy())}
    steps.add("timed", sql.query({name: column(name, "t") for name in EVENT_COLUMNS} | times, Source("triggers", "t")))
    return with_owners(steps, "timed", (*EVENT_COLUMNS, *times), "fired")
