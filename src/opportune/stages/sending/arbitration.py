"""Arbitration: an intent becomes at most one message, or a recorded reason why not.

Pure, and the same for live and backtest. Strictest rule first: what forbids a message for ever, then the rules of volume, which may put it
off: to the first instant at which all of them allow it, as far as is known now, and then everything is asked anew. Being held out
comes last, so that `held_out` means "would have been sent" and the comparison with the held-out is one of like with like.

Held to tests/sending/test_arbitration.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.tree.journeys import MessageKind
from opportune.language.tree.sending import QuietHours
from opportune.language.vocabulary.instants import FOREVER, Instant, Span, span_of
from opportune.stages.sending.quiet_hours import quiet_until

WEEK = span_of(timedelta(days=7))
NEVER = FOREVER
"""Later than any validity."""


class Reason(Enum):
    """Why no message was made."""

    BAD_ADDRESS = "bad address"
    OBJECTS = "unsubscribed"
    NO_CONSENT = "no consent"
    NO_ADDRESS = "no address"
    ANOTHERS = "address of another customer"
    CAPPED = "capped"
    TOO_SOON = "too soon after another"
    QUIET = "quiet hours"
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
    is_of_another: bool = False
    """Another customer who has the address told it first."""
    sent_at: Sequence[Instant]
    """Decision instants of the marketing messages already planned for this customer, ascending."""
    weekly_cap: int | None = None
    """Marketing messages in any rolling 7 days; None: no cap."""
    gap: Span | None = None
    """How far marketing messages lie apart at least."""
    quiet: QuietHours | None = None
    zone: str = "UTC"
    """Where her clock stands."""


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
    free_at, late = at, None
    for rule, allows in _allowed(standing, at) if kind is MessageKind.MARKETING else ():
        free_at = max(free_at, allows)
        late = late or (rule if free_at > valid_until else None)
    if late is not None:
        return Held(late, standing.address)
    if free_at > at:
        return Deferred(free_at)
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
    if not standing.address:
        return Reason.NO_ADDRESS
    return Reason.ANOTHERS if kind is MessageKind.MARKETING and standing.is_of_another else None


def _allowed(standing: Standing, at: Instant) -> Iterator[tuple[Reason, Instant]]:
    """Each rule of volume, strictest first, and the first instant >= `at` at which it and those before it allow a message, if no other
    is sent. Once the cap and the gap allow one they go on to, so only the quiet hours have to be asked from there."""
    free = at
    if standing.weekly_cap is not None:
        free = free_from(standing.sent_at, standing.weekly_cap, at)
        yield Reason.CAPPED, free
    if standing.gap is not None and standing.sent_at:
        free = max(free, Instant(max(standing.sent_at) + standing.gap))
        yield Reason.TOO_SOON, free
    if standing.quiet is not None and free < NEVER:
        yield Reason.QUIET, quiet_until(standing.quiet, standing.zone, free)


def free_from(sent_at: Sequence[Instant], cap: int, at: Instant) -> Instant:
    """The first instant >= `at` with fewer than `cap` of `sent_at` in the 7 days (t - 7 d, t] before it.

    A cap of 0 is never free: the answer is then beyond every validity.
    """
    if cap <= 0:
        return NEVER
    inside = [sent for sent in sent_at if at - WEEK < sent <= at]
    return at if len(inside) < cap else Instant(inside[len(inside) - cap] + WEEK)
