"""What a journey did and earned, as numbers for a table and a page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import MONEY_SCALE
from opportune.stages.measurement.arms import Arm, Interval, arm_of, difference, ratio_difference


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One enrolment and how its goal went. `value` is money in 1/10000 units."""

    id: str
    journey: str
    customer_id: str
    held_out: bool
    entered_at: Instant
    reached_at: Instant | None
    value: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One message decision: `status` as in `messages`, `reason` for held ones."""

    id: str
    journey: str
    status: str
    reason: str
    decided_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneySummary:
    """The figures of one journey. Money in the shop's currency."""

    journey: str
    enrolled: int
    held_out: int
    mails: int
    """Mails handed over; in a backtest, those that would have been."""
    held: Mapping[str, int]
    """Reason → messages that were not made."""
    clicked: int
    """Mails with at least one human click."""
    treated: Arm
    control: Arm
    revenue: float
    """Goal value of the treated: what the mails are credited with."""
    revenue_per_mail: float | None
    incremental_per_customer: Interval | None
    """Goal value per customer, treated minus held out: what the mails earned."""
    incremental_reached: Interval | None
    incremental_revenue: Interval | None
    """The same for all treated together."""


SENT = ("planned", "claimed", "handed_over", "confirmed", "unknown")


def summarise(journey: str, enrolled: Sequence[Enrolled], mails: Iterable[Mail], clicked: frozenset[str]) -> JourneySummary:
    """The summary of one journey; `clicked` are ids of messages with a human click."""
    sent, held = 0, Counter[str]()
    clicks = 0
    for mail in mails:
        if mail.status == "held":
            held[mail.reason] += 1
        elif mail.status in SENT:
            sent += 1
            clicks += mail.id in clicked
    treated = arm_of(_by_customer(e for e in enrolled if not e.held_out))
    control = arm_of(_by_customer(e for e in enrolled if e.held_out))
    per_customer = difference(treated, control)
    return JourneySummary(
        journey=journey,
        enrolled=len(enrolled),
        held_out=sum(entry.held_out for entry in enrolled),
        mails=sent,
        held=dict(sorted(held.items())),
        clicked=clicks,
        treated=treated,
        control=control,
        revenue=treated.value,
        revenue_per_mail=treated.value / sent if sent else None,
        incremental_per_customer=per_customer,
        incremental_reached=ratio_difference(treated, control),
        incremental_revenue=_times(per_customer, treated.customers),
    )


def _by_customer(enrolled: Iterable[Enrolled]) -> Iterable[tuple[bool, float]]:
    """(reached in any entry, value over all entries) of each customer: people were drawn, not entries."""
    reached: dict[str, bool] = {}
    value: dict[str, float] = {}
    for entry in enrolled:
        reached[entry.customer_id] = reached.get(entry.customer_id, False) or entry.reached_at is not None
        value[entry.customer_id] = value.get(entry.customer_id, 0.0) + entry.value / MONEY_SCALE
    return [(reached[customer], value[customer]) for customer in reached]


def _times(interval: Interval | None, number: int) -> Interval | None:
    if interval is None:
        return None
    return Interval(interval.estimate * number, interval.low * number, interval.high * number)
