"""One customer's way through one journey."""

from dataclasses import dataclass, replace
from enum import Enum

from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant


class Status(Enum):
    """Where an enrolment stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    EXITED = "exited"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An entry into a journey. `id` is a function of journey, customer at entry, `entered_at` and trigger, so a replay finds the same."""

    id: str
    journey: str
    version: str
    customer_id: str
    identity_key: int
    key: str | None
    """The value of the journey's `key:` as JSON text; entries with different keys are kept apart."""
    entered_at: Instant
    """The moment m."""
    acted_at: Instant
    """The first instant at which m followed from what had arrived."""
    trigger_event_id: str
    """Empty where no event caused the moment."""
    trigger_line: int
    is_event_moment: bool
    """`since=entry` reads on from the trigger in event order."""
    which: int = 0
    """The place of the moment that entered in the journey's `when:` list."""
    same_value: str | None
    """The value of the moment's `same` property, as text."""
    told: str | None = None
    """What the moment itself tells as `trigger.x`, as a JSON object: of a change `old` and `new`."""
    held_out: bool
    status: Status = Status.ACTIVE
    outcome: str = ""
    ended_at: Instant | None = None
    cursor: int = 0
    due_at: Instant
    """When the instruction at `cursor` is due; while a message is deferred, when it is decided again."""
    asked_at: Instant | None = None
    """While a message waits for arbitration: the instant its send was due."""
    waited_until: Instant | None = None
    """While it waits for a condition: that is known not to hold from the wait's beginning up to here; `due_at` is when the wait ends."""
    watched_until: Instant
    """Exits are known up to here."""

    def ended(self, status: Status, outcome: str, at: Instant) -> "Enrolment":
        """This enrolment, over."""
        return replace(self, status=status, outcome=outcome, ended_at=at, asked_at=None, waited_until=None)


def enrolment_id(journey: str, customer_id: str, entered_at: Instant, trigger: str) -> str:
    """The id of the enrolment: the business key, hashed."""
    return identifier("enrolment", journey, customer_id, str(entered_at), trigger)


def public_event_id(event_id: str, line: int) -> str:
    """An event's id as people see it; the lines of an order are numbered."""
    return f"{event_id}#{line}" if line else event_id
