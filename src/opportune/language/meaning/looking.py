"""Where to look for changes of an expression, whether it moves by itself or not."""

from datetime import timedelta

from opportune.language.meaning.points import Whose, change_points
from opportune.language.meaning.samples import sample_points
from opportune.language.tree.expressions import Expr
from opportune.language.tree.sampling import is_sampled
from opportune.language.vocabulary.instants import EARLIEST, Instant


def looks(expr: Expr, whose: Whose, seen: Instant, until: Instant, sample: timedelta | None = None) -> list[Instant]:
    """Where to look for changes up to `until`, knowing what arrived by `seen`; sorted."""
    if is_sampled(expr):
        return sample_points(expr, whose, seen, until, sample)
    return change_points(expr, whose, EARLIEST, until)
