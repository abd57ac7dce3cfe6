"""Where a question is asked, and how the parts of an expression ask each other."""

from dataclasses import dataclass, replace
from typing import Protocol

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.history import Entry, Event, History, is_standing
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import FOREVER, Instant, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A customer at a moment, knowing what had arrived by `seen`; `entry` in journeys and derived events only."""

    history: History
    customer: str
    at: Instant
    seen: Instant
    entry: Entry | None = None
    previous: Instant | None = None
    """In the `set` of a derived event: when the customer's one before it was."""


class Ask(Protocol):
    """How a part asks for the value of another; `event` is the one a predicate is looking at."""

    def __call__(self, expr: Expr, pair: Pair, event: Event | None = None) -> Answer:
        """The value with its kind."""


def earlier(pair: Pair, by: Span) -> Pair:
    """The pair so long before; what is known by now stays known, what had been seen is what had been seen then."""
    at = Instant(pair.at - by)
    return replace(pair, at=at, seen=pair.seen if pair.seen >= FOREVER else at)


def trigger_of(pair: Pair) -> Event | None:
    """The event that caused the moment, visible or not; of the versions of a derived one the visible one, else the latest."""
    if pair.entry is None or pair.entry.trigger_event_id is None:
        return None
    key = (pair.entry.trigger_event_id, pair.entry.trigger_line or 0)
    versions = [event for event in pair.history.events if (event.event_id, event.line) == key]
    return max(versions, key=lambda event: (is_standing(event, pair.at, pair.seen), event.received_at), default=None)
