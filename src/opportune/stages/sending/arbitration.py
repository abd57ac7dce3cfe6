"""Arbitration: an intent becomes at most one message, or a recorded reason why not.

Pure, and the same for live and backtest. Strictest rule first; being held out comes last, so that `held_out` means
"would have been sent" and the comparison with the held-out is one of like with like.

Held to tests/sending/test_arbitration.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.tree.journeys import MessageKind
from opportune.language.vocabulary.instants import Instant, span_of

WEEK = span_of(timedelta(days=7))


class Reason(Enum):
    """Why no message was made."""

    BAD_ADDRESS = "bad address"
    OBJECTS = "unsubscribed"
    NO_CONSENT = "no consent"
    NO_ADDRESS = "no address"
    CAPPED = "capped"
    HELD_OUT = "held out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for the customer at the instant of decision, read at (p, seen = p)."""

    has_consent: bool
    objects: bool
    """Unsubscribed or complained."""
    is_bad_address: bool
    address: str | None
    held_out: bool
    sent_at: Sequence[Instant]
    """Decision instants of the marketing messages already planned for this customer, ascending."""
    weekly_cap: int | None
    """Marketing messages in any rolling 7 days; None: no cap."""


@dataclass(frozen=True, slots=True)
class Send:
    """Make the message, to this address."""

    address: str


@dataclass(frozen=True, slots=True)
class Held:
    """No message, and why; `address` where one is known."""

    reason: Reason
    address: str | None


@dataclass(frozen=True, slots=True)
class Deferred:
    """Decide again at `until`."""

    until: Instant


def arbitrate(standing: Standing, kind: MessageKind, *, at: Instant, valid_until: Instant) -> Send | Held | Deferred:
    """Decide an intent at `at`; it may be deferred up to `valid_until`."""
    reason = _forbidden(standing, kind)
    if reason is not None:
        return Held(reason, standing.address)
    if kind is MessageKind.MARKETING and standing.weekly_cap is not None:
        free_at = free_from(standing.sent_at, standing.weekly_cap, at)
        if free_at > at:
            return Deferred(free_at) if free_at <= valid_until else Held(Reason.CAPPED, standing.address)
    if standing.held_out:
        return Held(Reason.HELD_OUT, standing.address)
    return Send(standing.address or "")


def _forbidden(standing: Standing, kind: MessageKind) -> Reason | None:
    if standing.is_bad_address:
        return Reason.BAD_ADDRESS
    if kind is MessageKind.MARKETING and standing.objects:
        return Reason.OBJECTS
    if kind is MessageKind.MARKETING and not standing.has_consent:
        return Reason.NO_CONSENT
    return None if standing.address else Reason.NO_ADDRESS


def free_from(sent_at: Sequence[Instant], cap: int, at: Instant) -> Instant:
    """The first instant >= `at` with fewer than `cap` of `sent_at` in the 7 days (t - 7 d, t] before it.

    A cap of 0 is never free: the answer is then beyond every validity.
    """
    if cap <= 0:
        return Instant(2**62)
    inside = [sent for sent in sent_at if at - WEEK < sent <= at]
    return at if len(inside) < cap else Instant(inside[len(inside) - cap] + WEEK)
