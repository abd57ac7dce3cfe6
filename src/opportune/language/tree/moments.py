"""Moments: when something happens to a customer. SEMANTICS section 5 as a tree."""

from dataclasses import dataclass
from datetime import timedelta

from opportune.language.tree.expressions import Expr, Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMoment:
    """Fires at the `ts` of each matching event."""

    selector: Selector
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingMoment:
    """`event(S, pred?, reaching=S2, same=x, within=W)`: at the `ts` of each matching event of things, for each customer with a
    visible `reaching` event of the same non-null `same` in (ts - within, ts]."""

    selector: Selector
    where: Expr | None = None
    reaching: Selector
    reaching_where: Expr | None = None
    same: str
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nth:
    """Fires at the `ts` of the N-th matching event ever; taken once per customer."""

    selector: Selector
    where: Expr | None = None
    n: int


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
    and no further matching event follows `a` in event order up to then. With `same`, among equal non-null values of that property.

    With `at_most` (>= within) a run of matching events less than `within` apart, with no `unless` event between, fires once, at
    min(last.ts + within, first.ts + at_most), its trigger the last matching event by then, and ends there."""

    selector: Selector
    where: Expr | None = None
    unless: Selector | None = None
    unless_where: Expr | None = None
    within: timedelta
    same: str | None = None
    at_most: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """`enters` (to=True) and `leaves`: each change point where the condition becomes true or false; with `hold` at `p + hold`
    if it stayed so throughout. False before the customer's first event or trait."""

    condition: Expr
    to: bool
    hold: timedelta | None = None
    sample: timedelta | None = None
    """How often a condition that varies all the time is looked at; None: daily at 00:00 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Each change point where the value differs from that just before; the trigger has `old` and `new`."""

    value: Expr
    hold: timedelta | None = None
    sample: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """`before(time, by)` and `after(time, by)`: `by` is negative for before. Once per value of `time`."""

    time: Expr
    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """`every("mon 09:00", tz=)`: at a wall time on some weekdays, for every customer there is."""

    weekdays: tuple[int, ...]
    """1 Monday to 7 Sunday; all seven for a daily one."""
    minute: int
    """Of the day, 0 to 1439."""
    zone: str = "shop"
    """An IANA name; as written also `shop` and `customer` (then `of_customer`, and `zone` is the shop's once resolved)."""
    of_customer: bool = False


Moment = EventMoment | ThingMoment | Nth | Reaches | Lapse | Turns | Changes | Around | Every
