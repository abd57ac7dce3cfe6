"""One customer's future in logical time: entries, exits, due steps and decisions, in the order SEMANTICS section 7 gives.

An `Agenda` runs until it needs an answer it does not have and says which questions those are; the tick asks them for many
customers at once and runs it on. What happens is the same however time is cut into ticks, because every item is taken at its
own instant and every question is asked at its own pair.

Order at one instant: merges, then entries by (m, trigger), then due steps, then decisions by priority.
"""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import floor

from opportune.adapters.stores.store import Record
from opportune.language.tree.journeys import MessageKind
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.zones import zone_or
from opportune.shell.drafting import decided_message, kind_of, send_at, skipped_message
from opportune.shell.foresight import until_of, way_ahead
from opportune.shell.happenings import Arrival, Merge, Rank
from opportune.shell.questions import Answers, Condition, Follows, Gate, Question, entered_of
from opportune.shell.watching import Watched
from opportune.shell.world import World
from opportune.stages.journeys import rungs
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.journeys.entry import (
    EntryAnswers,
    Turned,
    enrol,
    turned_before_asking,
    turned_by_definitions,
    turned_by_reentry,
)
from opportune.stages.journeys.program import PauseTill
from opportune.stages.journeys.steps import Skipped, advance, decided, deferred, met, missed, question_at
from opportune.stages.sending import arbitration
from opportune.stages.sending.message import Message

MANY = 1e9
"""A cap as large as this is none."""
Key = tuple[int, int, tuple[object, ...], int]


@dataclass(slots=True)
class Agenda:
    """Everything that may still happen to one customer (and those merged into her) up to `hi`."""

    world: World
    hi: Instant
    answers: Answers
    enrolments: Watched = field(init=False)
    sent: dict[int, list[Instant]] = field(default_factory=lambda: defaultdict(list))
    records: list[Record] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    _heap: list[tuple[Key, object]] = field(default_factory=list)
    _foretold: dict[object, object] = field(default_factory=dict)
    """What stands on the heap → how it stood when all that it may ask was last told."""
    _coming: dict[object, Enrolment] = field(default_factory=dict)
    """Place of an arrival → what it becomes, if nothing turns it."""
    _pushed: int = 0

    def __post_init__(self) -> None:
        self.enrolments = Watched(self.world, self.hi, self.answers)

    # -- what is put on it

    def expect(self, happening: Merge | Arrival | Enrolment) -> None:
        """Put something on the agenda; an enrolment with the step that is due next, if that is by `hi`."""
        match happening:
            case Merge():
                self._push(happening.at, Rank.MERGE, (happening.source,), happening)
            case Arrival(moment=moment):
                self._push(moment.acted_at, Rank.ENTRY, happening.order, happening)
            case Enrolment():
                self.enrolments.know(happening)
                self._schedule(happening)

    def _schedule(self, enrolment: Enrolment, at: Instant | None = None) -> None:
        """Look at an enrolment when it is due, or `at`; at one that waits for a condition from where that is not known."""
        if at is None:
            at = enrolment.due_at if enrolment.waited_until is None else enrolment.waited_until
        if enrolment.status is not Status.ACTIVE or at > self.hi:
            return
        rank = Rank.STEP if enrolment.asked_at is None else Rank.DECISION
        priority = self.enrolments.compiled(enrolment).journey.priority
        self._push(at, rank, (-priority, enrolment.journey, enrolment.entered_at, enrolment.id), enrolment.id)

    def _push(self, at: Instant, rank: Rank, order: tuple[object, ...], payload: object) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, ((at, rank, order, self._pushed), payload))

    # -- running it

    def run(self) -> list[Question]:
        """Take everything due up to `hi`, in order; stop at the first item whose questions are not answered.

        Gives those questions and the ones that are likely to come next.
        """
        while self._heap:
            missing = self._take(self._heap[0][1])
            if missing:
                return [*missing, *self._missing(self._foreseen())]
        return self.enrolments.at_the_end()

    def _foreseen(self) -> Iterator[Question]:
        """What the items still on the agenda will ask, as far as can be told and has not been told yet."""
        for _, payload in self._heap:
            stands = self._standing_of(payload)
            known = payload.place if isinstance(payload, Arrival) else payload
            if self._foretold.get(known) == stands:
                continue
            self._foretold[known] = stands
            if isinstance(payload, str):
                yield from self._ahead(self.enrolments.by_id[payload])
            elif isinstance(payload, Merge):
                yield from self.enrolments.watches(self.enrolments.active(payload.source, payload.target))
            elif isinstance(payload, Arrival) and self._turned_before_asking(payload) is None:
                yield from self._entry_questions(payload)
                yield from self.enrolments.watches(self._rivals(payload))
                if payload.question in self.answers and turned_by_definitions(self._entry_answers(payload)) is None:
                    yield from self._ahead(self._enrolment_of(payload))

    def _standing_of(self, payload: object) -> object:
        """What the questions of an item depend on, as far as it is worth asking for others."""
        if isinstance(payload, str):
            enrolment = self.enrolments.by_id[payload]
            return enrolment.status, enrolment.cursor, enrolment.due_at, enrolment.asked_at, enrolment.waited_until
        return len(self.enrolments.by_id), isinstance(payload, Arrival) and payload.question in self.answers

    def _ahead(self, enrolment: Enrolment) -> Iterator[Question]:
        watch = self.enrolments.watch(enrolment, enrolment.due_at)
        if watch is not None:
            yield watch
        yield from way_ahead(enrolment, self.enrolments.compiled(enrolment), self.hi, self.world.rules.sending.zone)

    def _take(self, payload: object) -> list[Question]:
        """Carry out the first item unless questions are missing."""
        match payload:
            case Merge():
                return self._merge(payload)
            case Arrival():
                return self._enter(payload)
            case str():
                return self._proceed(self.enrolments.by_id[payload])
            case _:
                raise AssertionError(f"nothing of this kind is on an agenda: {payload!r}")

    def _missing(self, questions: Iterable[Question]) -> list[Question]:
        return [question for question in questions if question not in self.answers]

    # -- merges

    def _merge(self, merge: Merge) -> list[Question]:
        """Active enrolments move to the survivor unless she has one in that journey; then they end as merged. Up to the merge each
        customer was one of her own."""
        before = Instant(merge.at - 1)
        missing = self.enrolments.missing(self.enrolments.active(merge.source, merge.target), before)
        if missing:
            return missing
        heapq.heappop(self._heap)
        taken = {each.journey for each in self.enrolments.active(merge.target)}
        for enrolment in self.enrolments.of(merge.source):
            moved = replace(enrolment, identity_key=merge.target, customer_id=merge.target_id)
            if enrolment.status is Status.ACTIVE and enrolment.journey in taken:
                moved = moved.ended(Status.MERGED, "merged", merge.at)
            if moved.waited_until is not None:
                moved = replace(moved, waited_until=max(moved.waited_until, before))
                self._schedule(moved, merge.at)
            self.enrolments.keep(moved)
        self.sent[merge.target] = sorted(self.sent[merge.target] + self.sent.pop(merge.source, []))
        survivors = sorted(self.enrolments.active(merge.target), key=lambda each: (each.entered_at, each.id))
        self.enrolments.outrank(rungs.too_many(self.enrolments.standing_on(survivors)), merge.at)
        return []

    # -- entries

    def _enter(self, arrival: Arrival) -> list[Question]:
        """Decide one moment; a turned one is recorded with its reason."""
        turned = self._turned_before_asking(arrival)
        if turned is None:
            questions = self._entry_questions(arrival)
            missing = self._missing(questions)
            if missing:
                return missing
            turned = self._turned(arrival, questions)
        if turned is None:
            missing = self.enrolments.missing(self._rivals(arrival), arrival.moment.acted_at)
            if missing:
                return missing
            turned = self._climb(arrival)
        heapq.heappop(self._heap)
        if turned is None:
            self._enrol(arrival)
        self.records.append(arrival.record(turned.value if turned else "entered"))
        return []

    def _rivals(self, arrival: Arrival) -> list[Enrolment]:
        """The active enrolments on the ladder of the journey that the moment would enter."""
        return self.enrolments.rivals(arrival.running.compiled.journey.rung, arrival.moment.identity_key)

    def _climb(self, arrival: Arrival) -> Turned | None:
        """Take the journey's rung, which ends those below, unless an enrolment stands there or above."""
        rung, active = arrival.running.compiled.journey.rung, self.enrolments.standing_on(self._rivals(arrival))
        if rungs.is_outranked(rung, active):
            return Turned.OUTRANKED
        self.enrolments.outrank(rungs.ended_by(rung, active), arrival.moment.acted_at)
        return None

    def _turned_before_asking(self, arrival: Arrival) -> Turned | None:
        turned = turned_before_asking(arrival.moment, applied_at=arrival.running.applied_at, live_since=self.world.rules.live_since)
        if turned is None and arrival.enrolment_id in self.enrolments.by_id:
            return Turned.TAKEN
        if turned is None and arrival.compiled.is_once and any(e.which == arrival.moment.which for e in self._earlier(arrival)):
            return Turned.ONCE
        return turned

    def _entry_questions(self, arrival: Arrival) -> list[Question]:
        return [arrival.question, *self._follow_questions(arrival)]

    def _follow_questions(self, arrival: Arrival) -> list[Follows]:
        """For each moment already taken that this one might restate: does it still follow?"""
        moment, compiled = arrival.moment, arrival.running.compiled
        reach = arrival.compiled.reach
        if reach is None:
            return []
        seen = self.world.rules.seen_at(moment.acted_at)
        near = [e for e in self._earlier(arrival) if abs(e.entered_at - moment.at) <= reach and e.same_value == moment.same_value]
        asked = [(e, e.which if e.version == compiled.version else moment.which) for e in near]
        return [
            Follows(
                compiled.journey.name,
                compiled.version,
                which,
                moment.identity_key,
                e.entered_at,
                seen,
                e.trigger_event_id,
                e.trigger_line,
            )
            for e, which in asked
            if compiled.moments[which].follows is not None
        ]

    def _earlier(self, arrival: Arrival) -> list[Enrolment]:
        """This customer's enrolments in this journey."""
        return self.enrolments.in_journey(arrival.journey, arrival.moment.identity_key)

    def _turned(self, arrival: Arrival, questions: list[Question]) -> Turned | None:
        if any(isinstance(q, Follows) and not self.answers[q] for q in questions):
            return Turned.RESTATED
        answers = self._entry_answers(arrival)
        entries = [e.entered_at for e in self._earlier(arrival) if e.key == answers.key]
        return turned_by_definitions(answers) or turned_by_reentry(arrival.running.compiled.journey, arrival.moment.at, entries)

    def _entry_answers(self, arrival: Arrival) -> EntryAnswers:
        row = self.answers[arrival.question]
        if not isinstance(row, tuple):
            raise AssertionError("an entry is answered by a row")
        only_if, exit_if, key = row
        has_key = arrival.running.compiled.journey.key is not None
        return EntryAnswers(bool(only_if), bool(exit_if), json.dumps(key) if has_key else None)

    def _enrol(self, arrival: Arrival) -> None:
        enrolment = self._enrolment_of(arrival)
        self.enrolments.keep(enrolment)
        self._schedule(enrolment)

    def _enrolment_of(self, arrival: Arrival) -> Enrolment:
        coming = self._coming.get(arrival.place)
        if coming is None:
            compiled, answers = arrival.running.compiled, self._entry_answers(arrival)
            coming = enrol(compiled.journey, compiled.version, arrival.moment, answers, secret=self.world.rules.secret)
            self._coming[arrival.place] = coming
        return coming

    # -- steps, exits and decisions

    def _proceed(self, enrolment: Enrolment) -> list[Question]:
        """The enrolment's next step or decision, unless it has exited by then."""
        at = Instant(self._heap[0][0][0])
        if enrolment.status is Status.ACTIVE and enrolment.waited_until is not None:
            return self._wait(enrolment, at)
        if enrolment.status is not Status.ACTIVE or enrolment.due_at != at:  # merged or outranked meanwhile; looked at already
            heapq.heappop(self._heap)
            return []
        missing = self.enrolments.up_to(enrolment, enrolment.due_at)
        enrolment = self.enrolments.by_id[enrolment.id]
        if missing:
            return missing
        if enrolment.status is not Status.ACTIVE:
            heapq.heappop(self._heap)
            return []
        return self._decide(enrolment) if enrolment.asked_at is not None else self._step(enrolment)

    def _wait(self, enrolment: Enrolment, at: Instant) -> list[Question]:
        """Find when what the enrolment waits for holds, as far as that can be known, and go on there; or without it when the wait ends."""
        known, until = enrolment.waited_until, Instant(min(self.hi, enrolment.due_at))
        found: object = None
        if known is not None and known < until:
            question = until_of(enrolment, enrolment.cursor, known, until)
            if question not in self.answers:
                return [question]
            found = self.answers[question]
        goes_on = Instant(found) if isinstance(found, int) else enrolment.due_at
        if at < goes_on:
            heapq.heappop(self._heap)
            self._schedule(enrolment, goes_on)
            return []
        missing = self.enrolments.up_to(enrolment, goes_on)
        if missing:
            return missing
        heapq.heappop(self._heap)
        enrolment = self.enrolments.by_id[enrolment.id]
        if enrolment.status is Status.ACTIVE:
            program = self.enrolments.compiled(enrolment).program
            moved = met(enrolment, goes_on) if isinstance(found, int) else missed(enrolment, program)
            self.enrolments.keep(moved)
            self._schedule(moved)
        return []

    def _step(self, enrolment: Enrolment) -> list[Question]:
        """Instructions at one instant, up to the first that waits, ends or needs an answer."""
        program = self.enrolments.compiled(enrolment).program
        asks = question_at(enrolment, program)
        answer: bool | str | None = None
        if asks is not None:
            question = Condition(
                enrolment.journey, enrolment.version, enrolment.cursor, enrolment.identity_key, enrolment.due_at, entered_of(enrolment)
            )
            if question not in self.answers:
                return [question]
            said = self.answers[question]
            answer = zone_or(said, self.world.rules.sending.zone) if isinstance(asks, PauseTill) else bool(said)
        heapq.heappop(self._heap)
        moved, effect = advance(enrolment, program, answer)
        self.enrolments.keep(moved)
        self._schedule(moved)
        if isinstance(effect, Skipped):
            skipped = skipped_message(enrolment, effect.step, self.enrolments.compiled(enrolment))
            self.messages += [skipped] if skipped is not None else []
        return []

    def _decide(self, enrolment: Enrolment) -> list[Question]:
        """Arbitrate the message the enrolment asks for."""
        compiled = self.enrolments.compiled(enrolment)
        send = send_at(enrolment, compiled)
        gate = Gate(send.channel, enrolment.identity_key, enrolment.due_at)
        if gate not in self.answers:
            return [gate]
        heapq.heappop(self._heap)
        asked_at = enrolment.asked_at if enrolment.asked_at is not None else enrolment.due_at
        valid_until = Instant(asked_at + (span_of(send.within) if send.within else 0))
        kind = kind_of(send, compiled)
        verdict = arbitration.arbitrate(self._standing(enrolment, gate), kind, at=enrolment.due_at, valid_until=valid_until)
        if isinstance(verdict, arbitration.Deferred):
            moved = deferred(enrolment, verdict.until)
        else:
            if isinstance(verdict, arbitration.Send) and kind is MessageKind.MARKETING:
                self.sent[enrolment.identity_key].append(enrolment.due_at)
            self.messages.append(decided_message(enrolment, send, compiled, verdict))
            moved = decided(enrolment, enrolment.due_at)
        self.enrolments.keep(moved)
        self._schedule(moved)
        return []

    def _standing(self, enrolment: Enrolment, gate: Gate) -> arbitration.Standing:
        row = self.answers[gate]
        if not isinstance(row, tuple):
            raise AssertionError("a gate is answered by a row")
        has_consent, objects, is_bad_address, address, weekly_cap, zone, is_of_another = row
        sending = self.world.rules.sending
        return arbitration.Standing(
            has_consent=bool(has_consent),
            objects=bool(objects),
            is_bad_address=bool(is_bad_address),
            address=str(address) if address else None,
            held_out=enrolment.held_out,
            is_of_another=bool(is_of_another),
            sent_at=self.sent[enrolment.identity_key],
            weekly_cap=None if weekly_cap is None else floor(min(float(weekly_cap), MANY)),
            gap=None if sending.gap is None else span_of(sending.gap),
            quiet=sending.quiet,
            zone=zone_or(zone, sending.zone),
        )
