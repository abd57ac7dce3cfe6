"""Moments as plans: when something happened to whom, and when that could be acted on.

Reads   events, spans, links, identities (and traits where a predicate does); parameters `lo`, `hi`, as seen `max_lateness`
Gives   identity_key, customer_id, at, acted_at, trigger_event_id, trigger_line, is_imported, same_value, old_value, new_value, by
        (acted_at, at, trigger order). As seen those acted on in ($lo, $hi], from nothing received after; as known those with `at` in it
Cost    `narrow` for a tick, else a formulation for long ranges; both give the same rows
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from dataclasses import replace
from typing import assert_never

from opportune.language.compiler import around, counting, everybody, happening, lapses, reaching, restated, retold, runs, things, turns
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.triggers import in_reach, plan_of
from opportune.language.relations.builders import Steps
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Population
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.vocabulary.reading import Reading


def moments(moment: Moment, reading: Reading, *, narrow: bool = False) -> Plan:
    """The moments in ($lo, $hi]. `narrow`: written for a range much shorter than the history."""
    steps = Steps()
    match moment:
        case EventMoment():
            family = Family((happening.look_of(moment),))
            fired = happening.fired(steps, family, reading, happening.streamed(steps, family, reading))
        case Nth() | Reaches() if narrow:
            family = Family((counting.look_of(moment),))
            fired = reaching.narrow(steps, family, reading, streamed(steps, family, reading))
        case Nth() | Reaches():
            fired = reaching.wide(steps, moment, reading)
        case Lapse(at_most=None) if narrow:
            family = Family((lapses.look_of(moment),))
            fired = lapses.narrow(steps, family, reading, streamed(steps, family, reading))
        case Lapse(at_most=None):
            fired = lapses.wide(steps, moment, reading)
        case Turns() | Changes():
            return turns.plan([(0, moment)], reading, narrow=narrow)
        case Lapse() if narrow:
            fired = runs.narrow(steps, runs.look_of(moment), reading)
        case Lapse():
            fired = runs.wide(steps, runs.look_of(moment), reading)
        case ThingMoment():
            fired = things.fired(steps, moment, reading)
        case Every():
            return everybody.plan(moment, reading)
        case Around():
            return around.plan(moment, reading, narrow=narrow)
        case _:
            assert_never(moment)
    return plan_of(steps, fired, reading, populations=_populations(moment))


def _populations(moment: EventMoment | Nth | Reaches | Lapse | ThingMoment) -> tuple[Population, ...]:
    """What its predicates ask of populations, at the moment."""
    return populations_of([where for look in _looks(moment) for where in look.wheres])


def _looks(moment: EventMoment | Nth | Reaches | Lapse | ThingMoment) -> tuple[Look, ...]:
    match moment:
        case EventMoment():
            return (happening.look_of(moment),)
        case Nth() | Reaches():
            return (counting.look_of(moment),)
        case Lapse():
            return (lapses.look_of(moment),)
        case ThingMoment():
            return things.looks_of(moment)


def follows(moment: Moment) -> Plan:
    """Whether moments that were taken still follow: `question`, `follows` for each row of the input FOLLOWS."""
    match moment:
        case Every():
            return restated.follows(moment)
        case EventMoment() | Nth() | Reaches() | Lapse() | ThingMoment():
            return replace(restated.follows(moment), populations=_populations(moment))
        case Turns() | Changes():
            return retold.follows(moment)
        case Around():
            raise ValueError("a moment before or after a time stands once it was taken: nothing asks whether it still follows")
        case _:
            assert_never(moment)


def streamed(steps: Steps, family: Family, reading: Reading) -> str:
    """The events that a family of moments can need for the range."""
    return steps.add("stream", family.stream(lambda look: ("events", in_reach(reading, look.reach, "e")), reading))
