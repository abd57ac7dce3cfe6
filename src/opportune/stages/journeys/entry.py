"""Whether a moment becomes an enrolment: SEMANTICS section 6, steps (1) to (4).

Held to tests/journeys/test_entry.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.tree.journeys import Journey, Reentry
from opportune.language.vocabulary.hashing import share_of
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.journeys.enrolment import Enrolment, enrolment_id, public_event_id


class Turned(Enum):
    """Why a moment did not enter; every moment not entered is recorded with one of these."""

    IMPORTED = "caused by an imported event"
    BEFORE_APPLIED = "before the journey was applied"
    TAKEN = "already taken"
    ONCE = "taken once already"
    RESTATED = "restates a moment already taken"
    ONLY_IF = "only_if was false"
    EXIT_IF = "exit_if was true already"
    REENTRY = "entered too recently"
    OUTRANKED = "outranked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment of one customer, as a moment plan gives it."""

    customer_id: str
    identity_key: int
    at: Instant
    acted_at: Instant
    trigger_event_id: str
    """Empty where no event caused it."""
    trigger_line: int
    is_imported: bool
    is_event_moment: bool
    """The moment is its trigger's own `ts`, so `since=entry` reads on from the trigger in event order."""
    which: int
    """Its place in the journey's `when:` list."""
    same_value: str | None
    """The value of the moment's `same` property, as text."""
    told: str | None = None
    """What the moment itself tells as `trigger.x`, as a JSON object: of a change `old` and `new`."""


@dataclass(frozen=True, slots=True)
class EntryAnswers:
    """What the definitions say at (m, seen = s)."""

    only_if: bool
    exit_if: bool
    key: str | None


def turned_before_asking(moment: Moment, *, applied_at: Instant, live_since: Instant | None) -> Turned | None:
    """The rules that need no definition: nothing before the journey was applied, nothing that an import caused once live."""
    if moment.at <= applied_at:
        return Turned.BEFORE_APPLIED
    if moment.is_imported and live_since is not None and moment.acted_at > live_since:
        return Turned.IMPORTED
    return None


def turned_by_definitions(answers: EntryAnswers) -> Turned | None:
    """`only_if` and `exit_if` at the entry's own pair."""
    if not answers.only_if:
        return Turned.ONLY_IF
    return Turned.EXIT_IF if answers.exit_if else None


def turned_by_reentry(journey: Journey, at: Instant, entries: Sequence[Instant]) -> Turned | None:
    """`entries` are the `entered_at` of this customer's earlier entries with the same key."""
    match journey.reentry:
        case Reentry.ALWAYS:
            return None
        case Reentry.NEVER:
            return Turned.REENTRY if entries else None
        case timedelta() as apart:
            gap = span_of(apart)
            return Turned.REENTRY if any(abs(at - entered) < gap for entered in entries) else None


def enrol(journey: Journey, version: str, moment: Moment, answers: EntryAnswers, *, secret: bytes) -> Enrolment:
    """The enrolment of a moment that nothing turned away; held out by a keyed hash of journey and customer, for ever."""
    trigger = public_event_id(moment.trigger_event_id, moment.trigger_line)
    return Enrolment(
        id=enrolment_id(journey.name, moment.customer_id, moment.at, trigger),
        journey=journey.name,
        version=version,
        customer_id=moment.customer_id,
        identity_key=moment.identity_key,
        key=answers.key,
        entered_at=moment.at,
        acted_at=moment.acted_at,
        trigger_event_id=moment.trigger_event_id,
        trigger_line=moment.trigger_line,
        is_event_moment=moment.is_event_moment,
        which=moment.which,
        same_value=moment.same_value,
        told=moment.told,
        held_out=share_of(secret, "holdout", journey.name, moment.customer_id) < journey.holdout,
        due_at=moment.acted_at,
        watched_until=moment.at,
    )
