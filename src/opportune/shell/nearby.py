"""What a tick asks, asked of its neighbourhood: the few customers for whom something may come due, set apart once for all its questions.

Cost    one scan of the store a tick, and another where somebody has to be looked up who was not expected
Held to tests/meaning/test_neighbours.py, tests/meaning/test_compiled_nearby.py, tests/stories/test_ticks.py
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler import nearby
from opportune.language.compiler.nearby import ASKED, PEOPLE, Due
from opportune.language.relations.plans import Plan, Row, Scalar
from opportune.language.vocabulary.instants import Instant


@dataclass(frozen=True)
class Vicinity:
    """What neighbourhoods hold: compiled once for the plans that will be asked."""

    due: Due | None
    """Who is there besides those who are asked about."""
    plans: Sequence[Plan]
    """What may be asked, and what names the events that may be triggers."""

    @cached_property
    def people(self) -> Plan:
        """See nearby.people."""
        return nearby.people(self.due)

    @cached_property
    def slices(self) -> Mapping[str, Plan]:
        """See nearby.slices."""
        return nearby.slices(self.plans)

    def near(self, plan: Plan) -> Plan | None:
        """The plan asked of a neighbourhood; None for one that this vicinity was not made for."""
        if id(plan) not in self._places:
            return None
        if id(plan) not in self._near:
            self._near[id(plan)] = nearby.near(plan)
        return self._near[id(plan)]

    @cached_property
    def _places(self) -> frozenset[int]:
        return frozenset(map(id, self.plans))

    @cached_property
    def _near(self) -> dict[int, Plan]:
        return {}


@dataclass(slots=True)
class Nearby:
    """The neighbourhood of (lo, hi] in one engine; an engine has one at a time."""

    engine: Engine
    vicinity: Vicinity
    lo: Instant
    hi: Instant
    _people: frozenset[int] | None = None
    _is_gathered: bool = False

    @property
    def people(self) -> frozenset[int]:
        """Whoever may have a moment in the range, and whoever was taken, with all their ids."""
        return self._look_for(()) if self._people is None else self._people

    def take(self, customers: Iterable[int]) -> None:
        """Make sure that these can be asked about."""
        wanted = set(customers)
        if wanted and not wanted <= self.people:
            self._look_for(wanted | self.people)

    def rows(
        self, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> list[Row]:
        """See Engine.rows, for plans that ask about people of the neighbourhood."""
        return self.engine.rows(self._near(plan), parameters, inputs)

    def make(
        self, name: str, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> int:
        """See Engine.make, for plans that ask about people of the neighbourhood."""
        return self.engine.make(name, self._near(plan), parameters, inputs)

    def _near(self, plan: Plan) -> Plan:
        near = self.vicinity.near(plan)
        if near is not None and not self._is_gathered:
            self._gather()
        return near or plan

    def _look_for(self, asked: Iterable[int]) -> frozenset[int]:
        rows: list[Row] = [(key,) for key in sorted(asked)]
        self.engine.make(PEOPLE.name, self.vicinity.people, {"lo": self.lo, "hi": self.hi}, {ASKED.name: rows})
        self._people = frozenset(int(row[0] or 0) for row in self.engine.rows(nearby.known_people()))
        self._is_gathered = False
        return self._people

    def _gather(self) -> None:
        if self._people is None:
            self._look_for(())
        for name, plan in self.vicinity.slices.items():
            self.engine.make(name, plan)
        self._is_gathered = True
