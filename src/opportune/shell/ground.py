"""The event store as the shell asks it: what a plan stands on is there before it runs.

That is: rows of the project's table files, derived events, calibrations of population functions, and instants of wall times. All of it
is a cache of pure functions, named by content (`tree.pinning`, `content_hash`), so versions of definitions stand side by side.

Cost    nothing for a plan that needs none of it
Held to tests/stories/test_ground.py
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from pathlib import Path
from typing import Self

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.tables import TableFile
from opportune.language.relations.loads import LoadReport
from opportune.language.relations.plans import FOLLOWS, PAIRS, WATCHES, Plan, Row, Scalar
from opportune.language.relations.writes import Write
from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Definitions, Derived
from opportune.language.tree.expressions import Population
from opportune.language.vocabulary.instants import Instant, Span
from opportune.shell.deriving import Derivation, compiled, derive
from opportune.shell.preparing import prepare_populations, reach_back, reaches
from opportune.shell.sweeping import Needed, hashes_of, needed_by, trees_of
from opportune.shell.tabling import keep_tables
from opportune.shell.wall_times import wall_times

Parameters = Mapping[str, Scalar]
Inputs = Mapping[str, Sequence[Row]]


class Ground:
    """An Engine whose answers stand on what the definitions need. Serves one thread, as its engine does."""

    def __init__(
        self, engine: Engine, definitions: Iterable[Definitions], tables: Mapping[str, TableFile], *, keeping: Collection[str] = ()
    ) -> None:
        self._engine = engine
        self._tables = dict(tables)
        self._definitions: list[Definitions] = []
        self._rollups = Needed(rollups=frozenset(keeping))
        """Those that plans made now may read."""
        self._counted = Needed()
        """Population functions of plans that were asked."""
        self._derived: dict[str, Derived] = {}
        self._derivations: list[Derivation] | None = None
        self.stand_on(definitions, tables)

    def stand_on(self, definitions: Iterable[Definitions], tables: Mapping[str, TableFile]) -> None:
        """Take up other definitions; what is there already stays."""
        self._definitions = list(definitions)
        self._tables = dict(tables)
        self._derived = {each.name: each for found in self._definitions for each in found.derived.values()}
        self._derivations, self._counted = None, Needed()
        for told in ("_back", "_reaches"):
            self.__dict__.pop(told, None)

    @property
    def needed(self) -> Needed:
        """What has to stay while this is asked."""
        return reduce(or_, map(needed_by, self._definitions), self._rollups | self._counted)

    @cached_property
    def _back(self) -> Span:
        """How much earlier than its moments anything may be asked for. Reckoned when something is: most questions need no populations."""
        return reach_back(tree for found in self._definitions for tree in trees_of(found))

    @cached_property
    def _reaches(self) -> dict[str, Span]:
        """The same of each population function, by content hash."""
        return reaches(tree for found in self._definitions for tree in trees_of(found))

    def settle(self, until: Instant) -> None:
        """Bring tables and derived events up to `until`: once after each load, and before anything later is asked."""
        if self._tables:
            keep_tables(self._engine, self._tables)
        if self._derived:
            if self._derivations is None:
                self._derivations = compiled(self._derived.values())
            derive(self._engine, self._derivations, until)

    def rows(self, plan: Plan, parameters: Parameters | None = None, inputs: Inputs | None = None) -> list[Row]:
        """See Engine.rows."""
        return self._engine.rows(plan, parameters, self._ready(plan, parameters or {}, inputs or {}))

    def export(self, plan: Plan, path: Path, parameters: Parameters | None = None, inputs: Inputs | None = None) -> int:
        """See Engine.export."""
        return self._engine.export(plan, path, parameters, self._ready(plan, parameters or {}, inputs or {}))

    def make(self, name: str, plan: Plan, parameters: Parameters | None = None, inputs: Inputs | None = None) -> int:
        """See Engine.make."""
        return self._engine.make(name, plan, parameters, self._ready(plan, parameters or {}, inputs or {}))

    def write(self, writes: Sequence[Write], parameters: Parameters | None = None, inputs: Inputs | None = None) -> None:
        """See Engine.write."""
        self._engine.write(writes, parameters, inputs)

    def load(self, segments: Sequence[Path]) -> LoadReport:
        """See Engine.load."""
        return self._engine.load(segments)

    def sibling(self) -> Self:
        """See Engine.sibling."""
        other = type(self)(self._engine.sibling(), (), self._tables)
        other._derived, other._derivations, other._definitions = self._derived, self._derivations, self._definitions
        return other

    def close(self) -> None:
        """See Engine.close."""
        self._engine.close()

    def _ready(self, plan: Plan, parameters: Parameters, inputs: Inputs) -> Inputs:
        if not (plan.populations or plan.occurrences):
            return inputs
        asked = sorted(_asked(parameters, inputs))
        if plan.populations and asked:
            self._counted |= Needed(populations=hashes_of(plan.populations))
            for back, populations in self._by_reach(plan.populations).items():
                prepare_populations(self._engine, populations, asked[-1], since=Instant(asked[0] - back))
        if not plan.occurrences:
            return inputs
        lo, hi = (Instant(int(str(parameters[name]))) for name in ("lo", "hi"))
        return {**inputs, **wall_times(self._engine, plan, lo, hi)}

    def _by_reach(self, populations: Iterable[Population]) -> dict[Span, list[Population]]:
        """How much earlier than a plan's moments it may ask for them → those; what stands in no definition as far as any of them."""
        found: dict[Span, list[Population]] = {}
        for population in populations:
            found.setdefault(self._reaches.get(content_hash(population), self._back), []).append(population)
        return found


def _asked(parameters: Parameters, inputs: Inputs) -> Iterator[Instant]:
    """The instants between which a plan asks, as far as its parameters and inputs tell."""
    yield from (Instant(int(str(parameters[name]))) for name in ("at", "lo", "hi") if parameters.get(name) is not None)
    for table in inputs:
        form = next((each for each in (PAIRS, WATCHES, FOLLOWS) if each.name == table), None)
        for place in _places(form.columns) if form else ():
            yield from (Instant(int(str(row[place]))) for row in inputs[table] if row[place] is not None)


def _places(columns: Sequence[tuple[str, str]]) -> list[int]:
    return [place for place, (name, _) in enumerate(columns) if name in ("at", "after", "until")]
