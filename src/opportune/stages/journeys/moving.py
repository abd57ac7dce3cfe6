"""Whoever is in a journey, moved to another version of it: she goes on at the step she stands at, when that is still there.

A step is the same when it has the same id and does the same sort of thing. The time that was set for it stays.

Held to tests/journeys/test_moving.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from opportune.language.tree.journeys import Branch, Journey, Step, WaitUntil
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.program import program_of


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a journey that means the same in every version that has it."""

    step: str
    """Its id; empty: the end of the journey."""
    sort: str
    """What the step does, `end` at the end."""
    part: str
    """`begin`: not begun; `body`: its own condition has been asked; `after`: done, on the way to what follows."""


END = Spot("", "end", "begin")


def moved(enrolment: Enrolment, old: Journey, new: Journey, version: str) -> Enrolment | None:
    """The enrolment in `version`, which is `new`; None where her step is gone or has become another, so that she stays on hers."""
    spot = spots_of(old).get(enrolment.cursor)
    if spot is None:
        return None
    if spot.part == "begin" and (enrolment.asked_at is not None or enrolment.waited_until is not None):
        spot = replace(spot, part="body")
    places = _places(new)
    cursor = places.get(spot)
    if cursor is None and spot.part == "body":  # the step has no condition of its own there: it begins with its body
        cursor = places.get(replace(spot, part="begin"))
    return replace(enrolment, version=version, cursor=cursor) if cursor is not None else None


def spots_of(journey: Journey) -> Mapping[int, Spot]:
    """Place in the program → what it means; places at which nobody ever rests may be missing."""
    return {place: spot for spot, place in reversed(list(_walked(journey)))}


def _places(journey: Journey) -> Mapping[Spot, int]:
    return dict(reversed(list(_walked(journey))))


def _walked(journey: Journey) -> Iterator[tuple[Spot, int]]:
    """Every spot with its place. Of several spots at one place the first counts, and of several places of a spot."""
    yield from _sequence(journey.steps, 0)
    yield END, len(program_of(journey)) - 1


def _sequence(steps: tuple[Step, ...], start: int) -> Iterator[tuple[Spot, int]]:
    for step in steps:
        yield from _step(step, start)
        start += length_of(step)


def _step(step: Step, start: int) -> Iterator[tuple[Spot, int]]:
    sort = type(step).__name__
    body = start + (step.only_if is not None)
    yield Spot(step.id, sort, "begin"), start
    if body != start:
        yield Spot(step.id, sort, "body"), body
    match step:
        case Branch(arms=arms):
            here = body
            for arm in arms:
                here += arm.condition is not None
                yield from _sequence(arm.steps, here)
                here += sum(map(length_of, arm.steps))
                yield Spot(step.id, sort, "after"), here
                here += 1
        case WaitUntil(then=then, otherwise=otherwise):
            yield from _sequence(then, body + 1)
            jump = body + 1 + sum(map(length_of, then))
            yield Spot(step.id, sort, "after"), jump
            yield from _sequence(otherwise, jump + 1)
        case _:
            pass


def length_of(step: Step) -> int:
    """How many instructions a step becomes."""
    guard = int(step.only_if is not None)
    match step:
        case Branch(arms=arms):
            return guard + sum((arm.condition is not None) + sum(map(length_of, arm.steps)) + 1 for arm in arms)
        case WaitUntil(then=then, otherwise=otherwise):
            return guard + 2 + sum(map(length_of, (*then, *otherwise)))
        case _:
            return guard + 1
