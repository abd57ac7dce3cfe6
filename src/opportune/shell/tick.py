"""One tick: everything that happens in (lo, hi], found, decided and stored. `serve` and `backtest` both call this and nothing else.

A tick is a function of the stored events, the state and `hi`. Cutting time into other ticks gives the same rows
(tests/stories/test_ticks.py), and a tick that dies is repeated and changes nothing twice: outcome and watermark are one transaction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from opportune.adapters.stores.store import JourneyState, TickOutcome
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import Instant
from opportune.shell.agenda import Agenda
from opportune.shell.happenings import Arrival, Merge
from opportune.shell.nearby import Nearby
from opportune.shell.questions import Answers, Question, ask
from opportune.shell.search import SHORT
from opportune.shell.world import World
from opportune.stages.customers import changes
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.entry import Moment

Place = Callable[[int], Nearby | None]
"""How many customers are asked about → where; None: in the whole store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """What a tick did."""

    lo: Instant
    hi: Instant
    moments: int
    entered: int
    planned: int


def tick(world: World, state: JourneyState, hi: Instant, *, start: Instant) -> TickReport:
    """Decide everything in (watermark, hi] and store it. `start` is the watermark of a state that has none."""
    lo = state.watermark()
    lo = start if lo is None else lo
    if hi <= lo:
        return TickReport(lo=lo, hi=lo, moments=0, entered=0, planned=0)
    outcome, moments = decide(world, state, lo, hi)
    state.commit(outcome)
    entered = sum(record.result == "entered" for record in outcome.records)
    planned = sum(message.status.value == "planned" for message in outcome.messages)
    return TickReport(lo=lo, hi=hi, moments=moments, entered=entered, planned=planned)


def decide(world: World, state: JourneyState, lo: Instant, hi: Instant) -> tuple[TickOutcome, int]:
    """The outcome of a tick, not stored yet, and the number of moments it looked at."""
    nearby = Nearby(world.engine, world.vicinity, lo, hi) if hi - lo <= SHORT else None
    happenings: list[Merge | Arrival] = [*_merges(world, lo, hi), *_arrivals(world, lo, hi, nearby)]
    asked_for = {key for happening in happenings for key in _customers_of(happening)} | _touched(world, lo, hi)
    timed = {name for name, version in world.versions if world.versions[name, version].is_timed}
    standing = state.standing(asked_for, due_until=hi, watched=timed)
    agendas = _agendas(world, hi, happenings, [*standing.active, *standing.past])
    for key, instants in standing.sent.items():
        if key in agendas:
            agendas[key].sent[key] = list(instants)
    if nearby is not None:
        nearby.take(agendas)
    distinct = list({id(agenda): agenda for agenda in agendas.values()}.values())
    _run(world, distinct, (lambda _: nearby) if nearby is not None else _aside(world, lo, hi, len(distinct)))
    return _outcome(hi, agendas), sum(isinstance(happening, Arrival) for happening in happenings)


def _run(world: World, agendas: list[Agenda], place: Place) -> None:
    """Run every agenda to its end, asking what they need in waves, each in its place."""
    waiting = agendas
    while waiting:
        questions: list[Question] = []
        asking: list[Agenda] = []
        for agenda in waiting:
            missing = agenda.run()
            if missing:
                questions += missing
                asking.append(agenda)
        if asking:
            asking[0].answers.update(ask(world, questions, place(len(asking))))  # all agendas of a tick share one book of answers
        waiting = asking


def _aside(world: World, lo: Instant, hi: Instant, number: int) -> Place:
    """Of `number` customers of a long tick most are asked about in the first waves; what is asked of the few of later ones, each time by
    dozens of plans, is asked of these alone, set apart anew."""

    def place(asking: int) -> Nearby | None:
        return Nearby(world.engine, world.aside, lo, hi) if world.apart.pays_for(asking, number) else None

    return place


def _agendas(world: World, hi: Instant, happenings: list[Merge | Arrival], enrolments: list[Enrolment]) -> dict[int, Agenda]:
    """identity_key → the agenda she shares with those merged with her."""
    answers: Answers = {}
    together = _Together()
    for happening in happenings:
        if isinstance(happening, Merge):
            together.join(happening.source, happening.target)
    agendas: dict[int, Agenda] = {}

    def of(key: int) -> Agenda:
        root = together.root(key)
        agenda = agendas.get(root) or Agenda(world=world, hi=hi, answers=answers)
        agendas[root] = agendas[key] = agenda
        return agenda

    for enrolment in enrolments:
        of(enrolment.identity_key).expect(enrolment)
    for happening in happenings:
        of(happening.source if isinstance(happening, Merge) else happening.moment.identity_key).expect(happening)
    return agendas


class _Together:
    """Union of merged customers."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, key: int) -> int:
        while key in self._parent:
            key = self._parent[key]
        return key

    def join(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            self._parent[one] = other


def _outcome(hi: Instant, agendas: dict[int, Agenda]) -> TickOutcome:
    distinct = list({id(agenda): agenda for agenda in agendas.values()}.values())
    return TickOutcome(
        hi=hi,
        enrolments=[agenda.enrolments.by_id[id] for agenda in distinct for id in sorted(agenda.enrolments.changed)],
        records=[record for agenda in distinct for record in agenda.records],
        messages=[message for agenda in distinct for message in agenda.messages],
    )


def _customers_of(happening: Merge | Arrival) -> tuple[int, ...]:
    return (happening.source, happening.target) if isinstance(happening, Merge) else (happening.moment.identity_key,)


# -- what the engine is asked first


@cache
def _merges_plan() -> Plan:
    return changes.merges()


@cache
def _touched_plan() -> Plan:
    return changes.touched()


def _merges(world: World, lo: Instant, hi: Instant) -> Iterator[Merge]:
    for at, source, target, target_id in world.engine.rows(_merges_plan(), {"lo": lo, "hi": hi}):
        yield Merge(Instant(int(at or 0)), int(source or 0), int(target or 0), str(target_id))


def _touched(world: World, lo: Instant, hi: Instant) -> set[int]:
    return {int(row[0] or 0) for row in world.engine.rows(_touched_plan(), {"lo": lo, "hi": hi})}


def _arrivals(world: World, lo: Instant, hi: Instant, nearby: Nearby | None) -> Iterator[Arrival]:
    """The moments of every running journey; of equal ones in a `when:` list that follow at one instant the first.

    Those that follow later stay: a tick between would find them too, and they were taken by then or not."""
    first: dict[tuple[int, int, Instant, Instant, str, int], Moment] = {}
    for journey, moment in world.search.found(world.engine, lo, hi, world.rules.max_lateness, nearby):
        key = (journey, moment.identity_key, moment.at, moment.acted_at, moment.trigger_event_id, moment.trigger_line)
        if key not in first or moment.which < first[key].which:
            first[key] = moment
    for (journey, *_), moment in first.items():
        yield Arrival(world.running[journey], moment, world.rules)
