"""Journey state that lasts as long as its object: what a backtest decides, asked for once and then gone.

Held to tests/stores/test_journey_state.py, as the stored one is.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from opportune.adapters.stores.store import Record, Standing, TickOutcome
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.sending.arbitration import WEEK
from opportune.stages.sending.message import Message, MessageStatus


@dataclass(slots=True)
class RememberedState:
    """JourneyState in dictionaries. Each question looks at everything, so it is for ticks that are few and long."""

    _watermark: Instant | None = None
    _enrolments: dict[str, Enrolment] = field(default_factory=dict)
    _moments: dict[tuple[object, ...], Record] = field(default_factory=dict)
    _messages: dict[tuple[object, ...], Message] = field(default_factory=dict)

    def watermark(self) -> Instant | None:
        """Everything up to here has been decided."""
        return self._watermark

    def standing(self, customers: Collection[int], *, due_until: Instant, watched: Collection[str]) -> Standing:
        """See JourneyState.standing."""
        asked, every = set(customers), self._enrolments.values()
        on_the_way = (each for each in every if each.status is Status.ACTIVE)
        active = [each for each in on_the_way if each.due_at <= due_until or each.identity_key in asked or each.journey in watched]
        asked |= {each.identity_key for each in active}
        shown = {each.id for each in active}
        past = [each for each in every if each.identity_key in asked and each.id not in shown]
        return Standing(active=active, past=past, sent=self._sent(asked))

    def commit(self, outcome: TickOutcome) -> None:
        """See JourneyState.commit."""
        self._enrolments |= {each.id: each for each in outcome.enrolments}
        for record in outcome.records:
            key = (record.journey, record.customer_id, record.at, record.trigger_event_id)
            if record.result == "entered" or key not in self._moments:
                self._moments[key] = record
        for message in outcome.messages:
            self._messages.setdefault(_key(message), message)
        self._watermark = outcome.hi

    def enrolments(self) -> list[Enrolment]:
        """All enrolments, by (journey, entered_at, customer_id, trigger)."""
        return sorted(self._enrolments.values(), key=lambda e: (e.journey, e.entered_at, e.customer_id, e.trigger_event_id, e.trigger_line))

    def messages(self, after: Instant, until: Instant) -> list[Message]:
        """Messages decided in (after, until], by (decided_at, journey, customer_id, step)."""
        found = [each for each in self._messages.values() if after < each.decided_at <= until]
        return sorted(found, key=lambda each: (each.decided_at, each.journey, each.customer_id, each.step, each.id))

    def turned(self) -> dict[tuple[str, str], int]:
        """(journey, result) → number of moments."""
        return dict(sorted(Counter((each.journey, each.result) for each in self._moments.values()).items()))

    def _sent(self, customers: Collection[int]) -> dict[int, Sequence[Instant]]:
        """What caps count: decisions, of whoever they are now, for a merge moves enrolments."""
        sent: dict[int, list[Instant]] = defaultdict(list)
        for message in self._marketing():
            key = self._enrolments[message.enrolment_id].identity_key
            if key in customers:
                sent[key].append(message.decided_at)
        return {key: sorted(instants) for key, instants in sent.items()}

    def _marketing(self) -> Iterator[Message]:
        since = EARLIEST if self._watermark is None else self._watermark - WEEK
        for message in self._messages.values():
            if message.is_marketing and message.status is not MessageStatus.HELD and message.decided_at > since:
                yield message


def _key(message: Message) -> tuple[object, ...]:
    """What makes a message one: its id is a function of it."""
    trigger = (message.trigger_event_id, message.trigger_line)
    return (message.journey, message.customer_id, message.entered_at, *trigger, message.step, message.channel)
