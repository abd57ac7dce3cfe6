"""What comes to an agenda from outside: merges and moments, each with its place in the order of one instant."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from opportune.adapters.stores.store import Record
from opportune.language.vocabulary.instants import Instant
from opportune.shell.compiled import CompiledMoment
from opportune.shell.questions import Entered, Entry
from opportune.shell.world import Rules, Running
from opportune.stages.journeys.enrolment import enrolment_id, public_event_id
from opportune.stages.journeys.entry import Moment


class Rank(IntEnum):
    """What goes first among things due at one instant."""

    MERGE = 0
    ENTRY = 1
    STEP = 2
    DECISION = 3


@dataclass(frozen=True, slots=True)
class Merge:
    """From `at` on, what was `source`'s belongs to `target`."""

    at: Instant
    source: int
    target: int
    target_id: str


@dataclass(frozen=True)
class Arrival:
    """A moment of one running journey. What is made of it is asked for in every wave, so it is made once."""

    running: Running
    moment: Moment
    rules: Rules

    @property
    def order(self) -> tuple[object, ...]:
        """Its place among the entries of one instant: by m, then the trigger in event order, then the higher rung."""
        moment, rung = self.moment, self.running.compiled.journey.rung
        trigger = (moment.trigger_line > 0, moment.trigger_event_id, moment.trigger_line)
        return (moment.at, *trigger, rung.place if rung is not None else -1, self.journey)

    @property
    def journey(self) -> str:
        """The journey's name."""
        return self.running.compiled.journey.name

    @property
    def compiled(self) -> CompiledMoment:
        """The moment of the journey that it is one of."""
        return self.running.compiled.moments[self.moment.which]

    @cached_property
    def enrolment_id(self) -> str:
        """The id of the enrolment it may become."""
        return enrolment_id(self.journey, self.moment.customer_id, self.moment.at, self._trigger)

    @cached_property
    def place(self) -> tuple[str, Instant, int]:
        """What tells it from others, also from one that becomes the same enrolment."""
        return self.enrolment_id, self.moment.acted_at, self.moment.which

    @cached_property
    def question(self) -> Entry:
        """What the definitions must say at (m, seen = s)."""
        moment = self.moment
        seen = self.rules.seen_at(moment.acted_at)
        return Entry(self.journey, self.running.compiled.version, moment.identity_key, moment.at, seen, self._entered)

    def record(self, result: str) -> Record:
        """What became of it."""
        moment = self.moment
        return Record(self.journey, moment.customer_id, moment.at, moment.acted_at, self._trigger, result)

    @cached_property
    def _entered(self) -> Entered:
        moment = self.moment
        return Entered(moment.at, self.enrolment_id, moment.trigger_event_id, moment.trigger_line, moment.is_event_moment, moment.told)

    @property
    def _trigger(self) -> str:
        return public_event_id(self.moment.trigger_event_id, self.moment.trigger_line)
