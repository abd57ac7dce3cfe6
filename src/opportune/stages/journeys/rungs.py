"""Rungs: of the journeys of one ladder a customer is in one at a time, and a higher one takes her from those below.

Held to tests/journeys/test_rungs.py.
"""

from collections.abc import Mapping

from opportune.language.tree.journeys import Rung

OUTRANKED = "outranked"
"""The outcome of an enrolment that a higher rung ended."""


def is_outranked(rung: Rung | None, active: Mapping[str, Rung]) -> bool:
    """Whether an enrolment on that rung of its ladder or above forbids an entry at `rung`. `active`: enrolment → where it stands."""
    return rung is not None and any(other.ladder == rung.ladder and other.place <= rung.place for other in active.values())


def ended_by(rung: Rung | None, active: Mapping[str, Rung]) -> list[str]:
    """The active enrolments that an entry at `rung` ends."""
    return [id for id, other in active.items() if rung is not None and other.ladder == rung.ladder and other.place > rung.place]


def too_many(active: Mapping[str, Rung]) -> list[str]:
    """Of enrolments that came together by a merge, those that must end: of each ladder all but the highest, of equals all but the first."""
    kept: dict[str, str] = {}
    for id, rung in active.items():
        best = kept.get(rung.ladder)
        if best is None or rung.place < active[best].place:
            kept[rung.ladder] = id
    return [id for id in active if id not in kept.values()]
