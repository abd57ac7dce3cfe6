"""For which stretches of time an identity belongs to a customer, by what had arrived by an instant."""

from itertools import pairwise

from opportune.language.meaning.history import History, owner
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant

ALWAYS = Instant(2 * FOREVER)
"""Later than FOREVER: a stretch that has no end."""


def stretches(history: History, identity: str, customer: str, seen: Instant) -> list[tuple[Instant, Instant]]:
    """[begin, end) of each, in order; those that touch are one."""
    links = {link.ts for link in history.links if link.received_at <= seen}
    ends = [Instant(-ALWAYS), *sorted(links), ALWAYS]
    found: list[tuple[Instant, Instant]] = []
    for begin, end in pairwise(ends):
        if owner(history, identity, max(begin, EARLIEST), seen) != customer:
            continue
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found
