"""What an enrolment will probably ask: its whole way ahead, so that the questions of a tick go out in few waves.

Asking too much costs a row of a query that is asked anyway; asking too little costs another query. Decisions never depend on it.
"""

from collections.abc import Iterator
from datetime import timedelta

from opportune.language.tree.wall_times import first_occurrence
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.shell.compiled import CompiledJourney
from opportune.shell.questions import Condition, Gate, Question, Until, Watch, entered_of
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.program import Ask, Await, Finish, Jump, Pause, PauseTill, Request

LONGEST = span_of(timedelta(days=9))
"""A week and what clocks may change: nobody waits longer for a time of day."""


def horizon(enrolment: Enrolment, compiled: CompiledJourney, hi: Instant) -> Instant:
    """Up to where exits matter to a tick that ends at `hi`: the end of the enrolment's longest way, if that is earlier."""
    left = 0
    for instruction in compiled.program[enrolment.cursor :]:
        match instruction:
            case Pause(length=length) | Await(at_most=length):
                left += span_of(length)
            case PauseTill():
                left += LONGEST
            case Request(send=send) if send.within is not None:
                left += span_of(send.within)
            case _:
                pass
    return Instant(min(hi, enrolment.due_at + left))


def watch_of(enrolment: Enrolment, compiled: CompiledJourney, hi: Instant) -> Watch | None:
    """The question for the enrolment's exit as far as this tick can need it."""
    until = horizon(enrolment, compiled, hi)
    if compiled.exits is None or until <= enrolment.watched_until:
        return None
    name, version = enrolment.journey, enrolment.version
    return Watch(name, version, enrolment.identity_key, enrolment.watched_until, until, entered_of(enrolment))


def until_of(enrolment: Enrolment, cursor: int, after: Instant, until: Instant) -> Until:
    """The question of the wait at `cursor`."""
    name, version = enrolment.journey, enrolment.version
    return Until(name, version, cursor, enrolment.identity_key, after, until, entered_of(enrolment))


def way_ahead(enrolment: Enrolment, compiled: CompiledJourney, hi: Instant, zone: str) -> Iterator[Question]:
    """The questions of every step up to `hi`, as if each condition held, nobody did what is waited for, nothing were deferred and all
    lived in `zone`."""
    cursor, due, steps = enrolment.cursor, enrolment.due_at, 0
    waited = enrolment.waited_until
    while (due if waited is None else waited) <= hi and steps < 2 * len(compiled.program):
        steps += 1
        match compiled.program[cursor]:
            case Ask():
                yield _condition(enrolment, cursor, due)
                cursor += 1
            case Request(send=send):
                yield Gate(send.channel, enrolment.identity_key, due)
                cursor += 1
            case Pause(length=length):
                due = Instant(due + span_of(length))
                cursor += 1
            case PauseTill(minute=minute, weekdays=weekdays):
                yield _condition(enrolment, cursor, due)
                due = first_occurrence(minute, weekdays, zone, due)
                if due <= hi:
                    yield _condition(enrolment, cursor, due)
                cursor += 1
            case Await(at_most=at_most, otherwise=otherwise):
                if waited is None:
                    yield _condition(enrolment, cursor, due)
                    waited, due = due, Instant(due + span_of(at_most))
                yield until_of(enrolment, cursor, waited, Instant(min(hi, due)))
                cursor, waited = otherwise, None
            case Jump(to=to):
                cursor = to
            case Finish():
                return


def _condition(enrolment: Enrolment, cursor: int, due: Instant) -> Condition:
    return Condition(enrolment.journey, enrolment.version, cursor, enrolment.identity_key, due, entered_of(enrolment))
