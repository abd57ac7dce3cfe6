"""The enrolments of those who share an agenda, and up to which instant it is known who has left.

Exits are change points that the engine finds (`Watch`), so an enrolment that looks active may have been left long before: whoever asks
whether it stands at an instant has it watched up to there first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from opportune.language.tree.journeys import Rung
from opportune.language.vocabulary.instants import Instant
from opportune.shell.compiled import CompiledJourney
from opportune.shell.foresight import watch_of
from opportune.shell.questions import EXIT_REASON, Answers, Condition, Question, Watch, entered_of
from opportune.shell.world import World
from opportune.stages.journeys import rungs
from opportune.stages.journeys.enrolment import Enrolment, Status


@dataclass(slots=True)
class Watched:
    """Enrolments by id. Those that changed are stored when the tick ends."""

    world: World
    hi: Instant
    answers: Answers
    by_id: dict[str, Enrolment] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    _hers: dict[int, dict[str, Enrolment]] = field(default_factory=dict)
    """Customer → `by_id` of hers alone."""
    _asked: dict[tuple[str, int], Watch] = field(default_factory=dict)
    """Enrolment and customer → the question for her exit."""

    def know(self, enrolment: Enrolment) -> None:
        """This is how it stood when the tick began."""
        before = self.by_id.get(enrolment.id)
        if before is not None and before.identity_key != enrolment.identity_key:
            del self._hers[before.identity_key][enrolment.id]
        self.by_id[enrolment.id] = enrolment
        self._hers.setdefault(enrolment.identity_key, {})[enrolment.id] = enrolment

    def keep(self, enrolment: Enrolment) -> None:
        """This is how it stands now."""
        self.know(enrolment)
        self.changed.add(enrolment.id)

    def compiled(self, enrolment: Enrolment) -> CompiledJourney:
        """The version it runs on."""
        return self.world.compiled(enrolment.journey, enrolment.version)

    def of(self, *keys: int) -> list[Enrolment]:
        """Those of these customers, ended ones included."""
        return [each for key in keys for each in self._hers.get(key, {}).values()]

    def active(self, *keys: int) -> list[Enrolment]:
        """Those of these customers that have not ended as far as is known."""
        return [each for each in self.of(*keys) if each.status is Status.ACTIVE]

    def in_journey(self, journey: str, key: int) -> list[Enrolment]:
        """This customer's in this journey, ended ones included."""
        return [each for each in self.of(key) if each.journey == journey]

    # -- exits

    def watch(self, enrolment: Enrolment, until: Instant) -> Watch | None:
        """The question for this enrolment's exit; the same one all tick long, as long as it reaches `until`."""
        whose = (enrolment.id, enrolment.identity_key)
        asked = self._asked.get(whose)
        if asked is None or asked.until < until:
            asked = watch_of(enrolment, self.compiled(enrolment), self.hi)
            if asked is not None:
                self._asked[whose] = asked
        return asked

    def watches(self, enrolments: Iterable[Enrolment]) -> Iterator[Question]:
        """The questions for the exits of all these."""
        watches = (self.watch(each, each.due_at) for each in enrolments)
        yield from (watch for watch in watches if watch is not None)

    def missing(self, enrolments: Iterable[Enrolment], until: Instant) -> list[Question]:
        """Know of the exits of all these up to `until`; what has to be answered first."""
        return [question for each in enrolments for question in self.up_to(each, until)]

    def up_to(self, enrolment: Enrolment, until: Instant) -> list[Question]:
        """Know of its exit up to `until`: end it, or move `watched_until` on; what has to be answered first."""
        if self.compiled(enrolment).exits is None or enrolment.watched_until >= until:
            return []
        watch = self.watch(enrolment, until)
        if watch is None or watch.until < until:
            raise AssertionError("an enrolment is watched as far as it can go")
        if watch not in self.answers:
            return [watch]
        exited_at = self.answers[watch]
        if isinstance(exited_at, int) and exited_at <= until:
            return self._exit(enrolment, Instant(exited_at))
        self.keep(replace(enrolment, watched_until=until))
        return []

    def _exit(self, enrolment: Enrolment, at: Instant) -> list[Question]:
        reason = Condition(enrolment.journey, enrolment.version, EXIT_REASON, enrolment.identity_key, at, entered_of(enrolment))
        if reason not in self.answers:
            return [reason]
        self.keep(enrolment.ended(Status.EXITED, "exit_if" if self.answers[reason] else "consent withdrawn", at))
        return []

    def at_the_end(self) -> list[Question]:
        """When nothing is due any more: know of exits up to `hi`, so that a page shows them at once, and how far waits are known."""
        missing: list[Question] = []
        for enrolment in list(self.by_id.values()):
            if enrolment.status is Status.ACTIVE:
                missing += self.up_to(enrolment, self.hi)
                enrolment = self.by_id[enrolment.id]
            if enrolment.waited_until is not None:
                self.keep(replace(enrolment, waited_until=self.hi))
        return missing

    # -- rungs

    def standing_on(self, enrolments: Iterable[Enrolment]) -> dict[str, Rung]:
        """Enrolment → its rung, of those that have one."""
        found = ((each.id, self.compiled(each).journey.rung) for each in enrolments)
        return {id: rung for id, rung in found if rung is not None}

    def rivals(self, rung: Rung | None, key: int) -> list[Enrolment]:
        """The customer's active enrolments on the ladder of `rung`."""
        found = self.active(key)
        on = self.standing_on(found)
        return [each for each in found if rung is not None and each.id in on and on[each.id].ladder == rung.ladder]

    def outrank(self, ids: Iterable[str], at: Instant) -> None:
        """End these at `at`, for a higher rung was taken."""
        for id in ids:
            self.keep(self.by_id[id].ended(Status.EXITED, rungs.OUTRANKED, at))
