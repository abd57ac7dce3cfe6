"""The first instant at which a condition is true: SEMANTICS section 1, change points.

`first_true` tries the change points (`points`), at each of which it is asked at (p, seen=p); as seen each arrival is one too. The
microsecond after `after` is tried as well, so a condition that is true all along is true at once. A condition that moves by itself is
looked at where it is sampled, as soon as that is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import Entry, History
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.points import Whose, change_points
from opportune.language.meaning.samples import watch_points
from opportune.language.tree.expressions import Expr
from opportune.language.tree.sampling import is_sampled
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """For whom a condition is watched, and over which range (after, until]."""

    customer: str
    after: Instant
    until: Instant
    entry: Entry | None = None


def first_true(expr: Expr, history: History, watch: Watch, reading: Reading = Reading.AS_SEEN) -> Instant | None:
    """The first p in (after, until] at which `expr` is true at (p, seen=p), or (p, seen=FOREVER) as known; None where there is none."""
    history = with_derived(history, watch.until)
    for at in sorted({Instant(watch.after + 1), *_points(expr, history, watch, reading)}):
        seen = at if reading is Reading.AS_SEEN else FOREVER
        pair = Pair(history=history, customer=watch.customer, at=at, seen=seen, entry=watch.entry)
        if watch.after < at <= watch.until and answer(expr, pair).value is True:
            return at
    return None


def _points(expr: Expr, history: History, watch: Watch, reading: Reading) -> Iterator[Instant]:
    """Where to look."""
    whose = Whose(history=history, customer=watch.customer, entry=watch.entry)
    if not is_sampled(expr):
        yield from change_points(expr, whose, watch.after, watch.until)
        return
    yield from watch_points(expr, whose, FOREVER if reading is Reading.AS_KNOWN else watch.until, watch.until)
