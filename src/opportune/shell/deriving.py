"""Derived events kept up: after each load, and before anything is asked, the events that definitions derive are stored up to an instant.

Exact for any split into loads: what is stored is a function of what was received by then. A definition that changed is derived anew with
those that read it; so is what a load of old events reaches back to.

Cost    nothing new: one narrow search for moments an event; a back-fill: one wide search, and the properties of what it found
Held to tests/meaning/test_compiled_derived.py, tests/engines/test_deriving.py
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler import deriving, intervals
from opportune.language.compiler.moments import follows, moments
from opportune.language.relations.plans import FOLLOWS, Plan, Row
from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Selector
from opportune.language.tree.walking import parts_of
from opportune.language.vocabulary.instants import EARLIEST, Instant, Span, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.shell.preparing import prepare
from opportune.stages.events import derived as rows_of
from opportune.stages.membership import calibrations

SHORT = span_of(timedelta(hours=6))
"""Up to here moments are looked for customer by customer, beyond it by sorting everything once."""
EVER_LATE = Span(2**61)
"""No arrival is too late for a view of what arrived."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derived event with its plans, compiled once."""

    derived: Derived
    hash: str
    wide: Plan
    narrow: Plan
    follows: Plan
    asked: Plan
    touched: Plan
    stored: Plan
    pairs: Plan
    properties: Plan
    changes: Plan
    intervals: tuple[Plan, Plan] | None
    """Of properties that read since the event before only: a quicker way for long ranges."""

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Those that ask of customers."""
        return self.wide, self.follows, self.properties


def compiled(definitions: Iterable[Derived]) -> list[Derivation]:
    """Derived events, each after those it reads, with their plans."""
    done: dict[str, Derivation] = {}
    for derived in definitions:
        read = sorted({name for name in _derived_in(derived) if name in done and name != derived.name})
        done[derived.name] = Derivation(
            derived=derived,
            hash=content_hash((derived, tuple(done[name].hash for name in read))),
            wide=moments(derived.when, Reading.AS_SEEN),
            narrow=moments(derived.when, Reading.AS_SEEN, narrow=True),
            follows=follows(derived.when),
            asked=deriving.asked(derived),
            touched=deriving.touched_from(derived),
            stored=deriving.stored(derived),
            pairs=deriving.pairs(derived),
            properties=deriving.properties(derived),
            intervals=(intervals.near(derived), intervals.properties(derived)) if intervals.is_since_previous(derived) else None,
            changes=rows_of.changes({name: derived.kinds[name] for name in derived.set}),
        )
    return list(done.values())


def derive(engine: Engine, derivations: Iterable[Derivation], until: Instant) -> None:
    """Store what follows from everything received by `until`. One thread at a time, while nothing is loaded."""
    there = {str(row[0]): row[1:] for row in engine.rows(rows_of.kept())}
    loads, first = engine.rows(calibrations.received())[0]
    for derivation in derivations:
        name = derivation.derived.name
        lo = _covered(engine, derivation, there.get(name))
        if until <= lo:
            continue
        if first is not None:
            _fill(engine, derivation, lo, until)
        engine.write(rows_of.record(), {}, {rows_of.DERIVATION.name: [(name, derivation.hash, until, loads)]})


def _covered(engine: Engine, derivation: Derivation, state: tuple[object, ...] | None) -> Instant:
    """Up to where the stored rows hold; what lies beyond is forgotten."""
    name = [(derivation.derived.name,)]
    if state is None or state[0] != derivation.hash:
        extra = [calibrations.forget_all()] if state is not None else []
        engine.write([*rows_of.forget_after(), *extra], {"lo": EARLIEST}, {rows_of.NAMED.name: name})
        return EARLIEST
    _, until, again_from = state
    if again_from is not None:
        lo = Instant(int(str(again_from)) - 1)
        engine.write(rows_of.forget_after(), {"lo": lo}, {rows_of.NAMED.name: name})
        return lo
    return Instant(int(str(until)))


def _fill(engine: Engine, derivation: Derivation, lo: Instant, hi: Instant) -> None:
    """Store what was received in (lo, hi] changes."""
    prepare(engine, derivation.plans, hi)
    received = {"lo": lo, "hi": hi}
    touched = engine.rows(derivation.touched, received)[0][0] if lo > EARLIEST else None
    begin = lo if touched is None else min(lo, Instant(int(touched) - 1))
    search = derivation.narrow if hi - begin <= SHORT else derivation.wide
    if not engine.make(deriving.FOUND.name, search, {"lo": begin, "hi": hi, "max_lateness": EVER_LATE}):
        return
    if not engine.make(deriving.ASKED.name, derivation.asked, received):
        return
    is_again = engine.make(FOLLOWS.name, deriving.again()) > 0
    again: dict[str, list[Row]] = {} if is_again else {deriving.ANSWERED.name: [], deriving.STORED.name: []}
    if is_again:
        engine.make(deriving.ANSWERED.name, derivation.follows)
        engine.make(deriving.STORED.name, derivation.stored)
    engine.make(deriving.DERIVED_PAIRS.name, derivation.pairs, {}, again)
    if derivation.intervals is not None and search is derivation.wide:
        near, properties = derivation.intervals
        engine.make(intervals.NEAT.name, intervals.neat())
        engine.make(intervals.NEAR.name, near)
        engine.make(deriving.PROPERTIES, properties)
    else:
        engine.make(deriving.PROPERTIES, derivation.properties)
    engine.make(rows_of.CHANGES, derivation.changes, {}, again)
    engine.write(rows_of.store(derivation.derived.name))


def _derived_in(derived: Derived) -> set[str]:
    """The derived events it reads."""
    found: set[str] = set()
    waiting: list[object] = [derived.when, *derived.set.values()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Selector):
            found |= set(node.derived)
        waiting.extend(parts_of(node))
    return found
