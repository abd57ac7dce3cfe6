"""Which moments follow from what had arrived by an instant, and which arrivals are in time to bring one about: SEMANTICS sections 1 and 7.

Nothing is learned between two arrivals. So what follows as seen is asked once for each arrival, and a moment is acted on at the first
arrival by which it follows, or at its own instant where that is later.

A `Turns` or `Changes` that comes to follow after m is in time when an event or trait of the customer that it reads (or a link to or from
her, or a row of a table that it reads) had happened by m and arrives then in time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from opportune.language.meaning.around import dues
from opportune.language.meaning.history import Event, Happened, History
from opportune.language.meaning.points import people_of
from opportune.language.meaning.reads import arrived
from opportune.language.meaning.triggered import Candidate, Key, candidates, causes, standing
from opportune.language.meaning.turning import turns
from opportune.language.meaning.wall_clocks import rounds
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.vocabulary.instants import FOREVER, Instant, Span
from opportune.language.vocabulary.kinds import Value
from opportune.language.vocabulary.reading import Reading

LATE = Span(FOREVER)
"""Where nobody says how late a moment may be, none is too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A moment of a customer that follows; `old` and `new` of `changes` only."""

    customer: str
    at: Instant
    trigger: Event | None
    old: Value = None
    new: Value = None

    @property
    def trigger_key(self) -> Key | None:
        """The id and line of the trigger."""
        return (self.trigger.event_id, self.trigger.line) if self.trigger is not None else None


def following(moment: Moment, history: History, seen: Instant, until: Instant, max_lateness: Span = LATE) -> Iterator[Found]:
    """Every moment up to `until` that follows from what had arrived by `seen`, once for each (m, trigger, customer)."""
    match moment:
        case EventMoment() | ThingMoment() | Nth() | Reaches() | Lapse():
            for candidate in candidates(moment, history):
                stands = standing(moment, history, candidate, seen) if candidate.at <= until else None
                if stands is not None:
                    yield Found(customer=stands.customer, at=candidate.at, trigger=stands.trigger)
        case Turns() | Changes():
            for customer in sorted(people_of(history)):
                for turn in turns(moment, history, customer, seen, until):
                    shown = (turn.old, turn.new) if isinstance(moment, Changes) else (None, None)
                    yield Found(customer=customer, at=turn.at, trigger=turn.trigger, old=shown[0], new=shown[1])
        case Around() | Every():
            yield from prompt(moment, history, until, Reading.AS_KNOWN if seen >= FOREVER else Reading.AS_SEEN, max_lateness)
        case _:
            assert_never(moment)


def prompt(moment: Around | Every, history: History, until: Instant, reading: Reading, max_lateness: Span) -> Iterator[Found]:
    """The moments that are acted on at once."""
    if isinstance(moment, Around):
        for due in dues(moment, history, until, reading, max_lateness):
            yield Found(customer=due.customer, at=due.at, trigger=due.trigger)
        return
    begin = min((each.ts for each in history.happened), default=until)
    for at, customer in rounds(moment, history, Instant(begin - 1), until, reading):
        yield Found(customer=customer, at=at, trigger=None)


def is_in_time(moment: Moment, history: History, found: Found, acted_at: Instant, max_lateness: Span) -> bool:
    """Whether it followed at once, or was brought about by something that was not too late."""
    if acted_at == found.at:
        return True
    return any(each.received_at - each.ts <= max_lateness for each in _brought_about_by(moment, history, found, acted_at))


def _brought_about_by(moment: Moment, history: History, found: Found, seen: Instant) -> list[Happened]:
    match moment:
        case Turns() | Changes():
            return arrived(moment, history, found.customer, found.at, seen)
        case Around() | Every():
            return []
        case _:
            customer = found.customer if isinstance(moment, ThingMoment) else None
            key = found.trigger_key
            return [*causes(moment, history, Candidate(at=found.at, trigger=key, customer=customer), seen)] if key is not None else []
