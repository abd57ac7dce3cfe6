"""The contracts of the state database: what a tick reads and writes, and what the sender claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from opportune.language.vocabulary.instants import Instant
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.sending.message import Message


@dataclass(frozen=True, slots=True)
class Record:
    """A moment and what became of it: entered, or why not."""

    journey: str
    customer_id: str
    at: Instant
    acted_at: Instant
    trigger_event_id: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a tick needs to know of the customers it touches."""

    active: Sequence[Enrolment] = ()
    """Active enrolments that are due or belong to the customers asked for."""
    past: Sequence[Enrolment] = ()
    """Every other enrolment of the customers asked for: re-entry looks at them."""
    sent: Mapping[int, Sequence[Instant]] = field(default_factory=dict)
    """identity_key → decision instants of their marketing messages, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickOutcome:
    """All that a tick decided; stored in one transaction with its watermark."""

    hi: Instant
    enrolments: Sequence[Enrolment]
    records: Sequence[Record]
    messages: Sequence[Message]


class JourneyState(Protocol):
    """Enrolments, moments and messages."""

    def watermark(self) -> Instant | None:
        """Everything up to here has been decided; None before the first tick."""

    def standing(self, customers: Collection[int], *, due_until: Instant, watched: Collection[str]) -> Standing:
        """Active enrolments due by `due_until`, of `customers`, or of the journeys `watched`; and the past of all their customers."""

    def commit(self, outcome: TickOutcome) -> None:
        """Store a tick: enrolments replaced by id, records and messages inserted unless there, and the watermark, in one transaction.

        Of a moment that was turned away and has entered since, the record says that."""
