"""A message: what an intent became, or why it became nothing."""

from dataclasses import dataclass
from enum import Enum

from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant


class MessageStatus(Enum):
    """Where a message stands; DESIGN section 4."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    """Being handed over: at most one per open connection."""
    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    """A crash or a broken connection hid the outcome; never repeated."""
    FAILED = "failed"
    HELD = "held"
    """A rule said no; `reason` says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row a (journey, customer, entered_at, trigger, step, channel); that key is hashed into `id`."""

    id: str
    enrolment_id: str
    journey: str
    version: str
    step: str
    template: str
    channel: str
    is_marketing: bool
    customer_id: str
    identity_key: int
    address: str | None
    entered_at: Instant
    trigger_event_id: str
    trigger_line: int
    due_at: Instant
    decided_at: Instant
    status: MessageStatus
    reason: str = ""


def message_id(enrolment_id: str, step: str, channel: str) -> str:
    """The id that no edit and no replay changes."""
    return identifier("message", enrolment_id, step, channel)
