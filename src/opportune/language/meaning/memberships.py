"""Who was in a segment, from when to when, as known: SEMANTICS sections 1 and 5."""

from typing import NamedTuple

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import History
from opportune.language.meaning.points import people_of
from opportune.language.meaning.turning import states_of
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Turns
from opportune.language.vocabulary.instants import FOREVER, Instant


class Membership(NamedTuple):
    """One stay of one customer: in from `entered_at` on, no longer in at `left_at`."""

    customer: str
    entered_at: Instant
    left_at: Instant | None


def memberships(condition: Expr, history: History, lo: Instant, hi: Instant) -> list[Membership]:
    """Who was in, from when to when, as known, of all stays that overlap (lo, hi]; sorted by (customer, entered_at).

    `entered_at` is the true instant even before `lo`; `left_at` is null for those who are still in at `hi`.
    """
    history = with_derived(history, hi)
    found = []
    for customer in sorted(people_of(history)):
        points, states = states_of(Turns(condition=condition, to=True), history, customer, FOREVER, hi)
        entered_at = None
        for p, is_in in zip(points, states, strict=True):
            if is_in and entered_at is None:
                entered_at = p
            elif not is_in and entered_at is not None:
                found.append(Membership(customer, entered_at, p))
                entered_at = None
        if entered_at is not None:
            found.append(Membership(customer, entered_at, None))
    return [stay for stay in found if stay.left_at is None or stay.left_at > lo]
