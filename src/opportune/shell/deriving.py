"""Derived events kept up: after each load, and before anything is asked, the events that definitions derive are stored up to an instant.

Exact for any split into loads: what is stored is a function of what was received by then. A definition that changed has another name
(`tree.pinning`), with those that read it; what a load of old events reaches back to is derived anew.

Cost    nothing new: one narrow search for moments an event, in the neighbourhood of what arrived; a back-fill: one wide search, and
        the properties of what it found; of visits one sort and one grouping
Held to tests/meaning/test_compiled_derived.py
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler import deriving, intervals, revived, visits
from opportune.language.compiler.moments import follows, moments
from opportune.language.compiler.nearby import Due, due_of
from opportune.language.relations.plans import FOLLOWS, Plan, Row
from opportune.language.relations.writes import Write
from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Derived
from opportune.language.tree.moments import Around, Every, Lapse
from opportune.language.tree.reading import derived_in
from opportune.language.vocabulary.instants import EARLIEST, Instant, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading
from opportune.shell.nearby import Nearby, Vicinity
from opportune.shell.preparing import prepare
from opportune.shell.search import SHORT
from opportune.shell.wall_times import wall_times
from opportune.stages.events import derived as rows_of
from opportune.stages.membership import calibrations

EVER_LATE = Span(2**61)
"""No arrival is too late for a view of what arrived."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The plans that tell from FOUND what is to be stored."""

    asked: Plan
    follows: Plan
    stored: Plan
    pairs: Plan
    properties: Plan
    changes: Plan
    intervals: tuple[Plan, Plan] | None
    """Of properties that read since the event before only: a quicker way for long ranges."""

    def among_rough(self) -> Self:
        """The same of the events of `visits.ROUGH`."""
        asked, follows, properties = (visits.among(plan) for plan in (self.asked, self.follows, self.properties))
        quicker = None if self.intervals is None else (visits.among(self.intervals[0]), visits.among(self.intervals[1]))
        return replace(self, asked=asked, follows=follows, properties=properties, intervals=quicker)


@dataclass(frozen=True, slots=True)
class Visits:
    """The plans of a whole history of visits: those that are calm, and what the others are asked with."""

    runs: Plan
    store: list[Write]
    rough: Plan
    found: Plan
    asking: Asking


@dataclass(frozen=True)
class Derivation:
    """A derived event with its plans, each compiled once, when there is something to derive."""

    derived: Derived
    hash: str

    @cached_property
    def wide(self) -> Plan:
        """The moments in any stretch."""
        return moments(self.derived.when, Reading.AS_SEEN)

    @cached_property
    def narrow(self) -> Plan:
        """The moments in a short one."""
        return moments(self.derived.when, Reading.AS_SEEN, narrow=True)

    @cached_property
    def touched(self) -> Plan:
        """How far back what arrived reaches."""
        return deriving.touched_from(self.derived)

    @cached_property
    def asking(self) -> Asking:
        """What is to be stored."""
        return _asking(self.derived)

    @cached_property
    def visits(self) -> Visits | None:
        """Of visits: a quicker way for whole histories."""
        return _visits(self.derived, self.wide, self.asking) if visits.is_visit(self.derived) else None

    @cached_property
    def revival(self) -> tuple[Plan, Plan, Plan] | None:
        """Of pauses: those that a late link may make follow, and what asks whether they do."""
        when = self.derived.when
        if not (isinstance(when, Lapse) and revived.may_revive(when)):
            return None
        return revived.candidates(when), revived.asked(), follows(when)

    @cached_property
    def due(self) -> Due | None:
        """When its moments may come, where that tells the customers who may have one."""
        return due_of(self.derived.when)

    @cached_property
    def vicinity(self) -> Vicinity:
        """What is set apart of a short stretch."""
        asking = self.asking
        return Vicinity(self.due or Due(), [self.narrow, asking.asked, asking.follows, asking.stored, asking.pairs, asking.properties])

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Those that ask of customers."""
        return self.wide, self.asking.follows, self.asking.properties


def compiled(definitions: Iterable[Derived]) -> list[Derivation]:
    """Derived events, each after those it reads."""
    done: dict[str, Derivation] = {}
    for derived in definitions:
        read = sorted({name for name in derived_in(derived) if name in done and name != derived.name})
        done[derived.name] = Derivation(derived, content_hash((derived, tuple(done[name].hash for name in read))))
    return list(done.values())


def _asking(derived: Derived) -> Asking:
    return Asking(
        asked=deriving.asked(derived),
        follows=deriving.all_stand() if isinstance(derived.when, Around | Every) else follows(derived.when),
        stored=deriving.stored(derived),
        pairs=deriving.pairs(derived),
        properties=deriving.properties(derived),
        changes=rows_of.changes(_kinds(derived)),
        intervals=(intervals.near(derived), intervals.properties(derived)) if intervals.is_since_previous(derived) else None,
    )


def _visits(derived: Derived, wide: Plan, asking: Asking) -> Visits:
    return Visits(
        runs=visits.runs(derived),
        store=rows_of.store_visits(derived.name, _kinds(derived)),
        rough=visits.rough(derived),
        found=visits.found(wide),
        asking=asking.among_rough(),
    )


def _kinds(derived: Derived) -> dict[str, Kind]:
    return {name: derived.kinds[name] for name in derived.set}


def derive(engine: Engine, derivations: Iterable[Derivation], until: Instant) -> None:
    """Store what follows from everything received by `until`. One thread at a time, while nothing is loaded.

    What is stored and how far that goes change in one transaction, so whatever dies in between is done again, and nothing twice.
    """
    there = {str(row[0]): row[1:] for row in engine.rows(rows_of.kept())}
    loads, first = engine.rows(calibrations.received())[0]
    for derivation in derivations:
        name = derivation.derived.name
        lo = _covered(engine, derivation, there.get(name))
        if until <= lo:
            continue
        found = _filled(engine, derivation, lo, until) if first is not None else []
        engine.write([*found, *rows_of.record()], {}, {rows_of.DERIVATION.name: [(name, derivation.hash, until, loads)]})


def _covered(engine: Engine, derivation: Derivation, state: tuple[object, ...] | None) -> Instant:
    """Up to where the stored rows hold; what lies beyond is forgotten. A name says its content: only what arrived can change its rows."""
    name, (until, again_from) = derivation.derived.name, state or (EARLIEST, None)
    lo = Instant(int(str(until)) if again_from is None else int(str(again_from)) - 1)
    if lo == EARLIEST or again_from is not None:
        engine.write(rows_of.forget_after(), {"lo": lo}, {rows_of.NAMED.name: [(name,)]})
    if state is None:  # whatever becomes of it, its name is known from now on
        engine.write(rows_of.record(), {}, {rows_of.DERIVATION.name: [(name, derivation.hash, EARLIEST, 0)]})
    return lo


def _filled(engine: Engine, derivation: Derivation, lo: Instant, hi: Instant) -> list[Write]:
    """What to store for that which was received in (lo, hi]."""
    prepare(engine, derivation.plans, hi)
    if derivation.visits is not None and lo == EARLIEST:
        return _filled_history(engine, derivation, derivation.visits, hi)
    received = {"lo": lo, "hi": hi}
    touched = engine.rows(derivation.touched, received)[0][0] if lo > EARLIEST else None
    begin = lo if touched is None else min(lo, Instant(int(touched) - 1))
    is_short = hi - begin <= SHORT
    search = derivation.narrow if is_short else derivation.wide
    near = Nearby(engine, derivation.vicinity, begin, hi) if is_short and derivation.due and derivation.due.is_told(begin, hi) else None
    if near is not None and not near.people:
        return []
    waited_for = wall_times(engine, search, begin, hi)
    is_revived = _asked_of_revival(engine, derivation, received)
    near = None if is_revived else near
    number = (near or engine).make(deriving.FOUND.name, search, {"lo": begin, "hi": hi, "max_lateness": EVER_LATE}, waited_for)
    if is_revived:
        engine.write([Write(revived.found())])
    elif not number:
        return []
    return _asked(near or engine, derivation.derived.name, derivation.asking, received, is_short=is_short)


def _asked_of_revival(engine: Engine, derivation: Derivation, received: Mapping[str, Instant]) -> bool:
    """Whether a late link may have made a pause of the past follow; then the answers are there for `revived.found`."""
    if derivation.revival is None:
        return False
    candidates, asked, follow = derivation.revival
    if not engine.make(revived.CANDIDATES, candidates, received):
        return False
    engine.make(FOLLOWS.name, asked)
    engine.make(revived.ANSWERED, follow)
    return True


def _filled_history(engine: Engine, derivation: Derivation, plans: Visits, hi: Instant) -> list[Write]:
    """What follows from all received by `hi`: calm visits are stored at once, and read by the others."""
    received = {"lo": EARLIEST, "hi": hi}
    engine.make(visits.RUNS, plans.runs, received)
    engine.write(plans.store)
    if not engine.make(visits.ZONES.name, visits.zones()):
        return []
    engine.make(visits.ROUGH.name, plans.rough)
    is_revived = _asked_of_revival(engine, derivation, received)
    number = engine.make(deriving.FOUND.name, plans.found, received | {"max_lateness": EVER_LATE})
    if is_revived:
        engine.write([Write(revived.found())])
    elif not number:
        return []
    return _asked(engine, derivation.derived.name, plans.asking, received, is_short=False)


def _asked(engine: Engine | Nearby, name: str, plans: Asking, received: Mapping[str, Instant], *, is_short: bool) -> list[Write]:
    """What to store of what FOUND comes to."""
    if not engine.make(deriving.ASKED.name, plans.asked, received):
        return []
    is_again = engine.make(FOLLOWS.name, deriving.again()) > 0
    again: dict[str, list[Row]] = {} if is_again else {deriving.ANSWERED.name: [], deriving.STORED.name: []}
    if is_again:
        engine.make(deriving.ANSWERED.name, plans.follows)
        engine.make(deriving.STORED.name, plans.stored)
    engine.make(deriving.DERIVED_PAIRS.name, plans.pairs, {}, again)
    if plans.intervals is not None and not is_short:
        near, properties = plans.intervals
        engine.make(intervals.NEAT.name, intervals.neat())
        engine.make(intervals.NEAR.name, near)
        engine.make(deriving.PROPERTIES, properties)
    else:
        engine.make(deriving.PROPERTIES, plans.properties)
    engine.make(rows_of.CHANGES, plans.changes, {}, again)
    return rows_of.store(name)
