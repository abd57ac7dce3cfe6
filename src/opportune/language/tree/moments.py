"""Moments: when something happens to a customer. SEMANTICS section 5, the three kinds of this version."""

from dataclasses import dataclass
from datetime import timedelta

from opportune.language.tree.expressions import Expr, Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMoment:
    """Fires at the `ts` of each matching event."""

    selector: Selector
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaches:
    """Fires at the `ts` of a matching event e when at least `n` matching events up to and including e, in event order,
    have `ts` in (e.ts - within, e.ts], and that was not so at the matching event before e."""

    selector: Selector
    where: Expr | None = None
    n: int
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Fires at `a.ts + within` for a matching `a` when no `unless` event other than `a` lies in [a.ts, a.ts + within]
    and no further matching event follows `a` in event order up to then. With `same`, among equal non-null values of that property."""

    selector: Selector
    where: Expr | None = None
    unless: Selector | None = None
    within: timedelta
    same: str | None = None


Moment = EventMoment | Reaches | Lapse
