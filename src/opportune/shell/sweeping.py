"""What is kept in the event store, and what goes: versions stand side by side until nothing needs one any more.

Needed are the applied version, those that a running journey or somebody on the way follows, and what is being asked at this moment.
All of it is a cache of pure functions: what went too early would be made anew.

Cost    a few ms to count; one transaction where something goes
Held to tests/stories/test_sweeping.py
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.rollups import rollups_for
from opportune.language.relations.plans import Row
from opportune.language.relations.rollups import Rollup
from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Population
from opportune.language.tree.walking import walk_once
from opportune.shell.preparing import inner_first
from opportune.stages.events import leftovers
from opportune.stages.membership import calibrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Stored names of derived events and tables, hashes of population functions and roll-ups."""

    derived: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    populations: frozenset[str] = frozenset()
    rollups: frozenset[str] = frozenset()

    def __or__(self, other: "Needed") -> "Needed":
        """What either needs."""
        return Needed(**{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each went."""

    derived: int = 0
    tables: int = 0
    rollups: int = 0
    populations: int = 0

    def __str__(self) -> str:
        """In words: `1 derived event, 2 tables`; nothing where nothing went."""
        words = {"derived": "derived event", "tables": "table", "rollups": "roll-up", "populations": "population function"}
        numbers = ((getattr(self, name), word) for name, word in words.items())
        return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers if number)


def needed_by(definitions: Definitions) -> Needed:
    """What definitions stand on."""
    derived = frozenset(each.name for each in definitions.derived.values())
    tables = frozenset(each.name for each in definitions.tables.values())
    return Needed(derived=derived, tables=tables, populations=hashes_of(populations_in(definitions)))


def populations_in(definitions: Definitions) -> Iterator[Population]:
    """Every population function that definitions read, some several times."""
    yield from (part for part in walk_once(trees_of(definitions)) if isinstance(part, Population))


def hashes_of(populations: Iterable[Population]) -> frozenset[str]:
    """How population functions are kept, and those inside them."""
    return frozenset(content_hash(each) for each in inner_first(populations))


def trees_of(definitions: Definitions) -> Iterator[object]:
    """Every tree that is asked about customers."""
    for named in (definitions.metrics, definitions.segments, definitions.scores, definitions.ladders, definitions.tiers):
        yield from named.values()
    for attached in definitions.attached.values():
        yield from attached.values()
    for derived in definitions.derived.values():
        yield from (derived.when, *derived.set.values())
    yield from definitions.journeys.values()
    yield definitions.sending


def rolled(definitions: Definitions) -> tuple[Rollup, ...]:
    """The roll-ups that questions about all customers can be told from."""
    named = (definitions.metrics, definitions.segments, definitions.scores, definitions.ladders, definitions.tiers)
    return rollups_for(tree for found in named for tree in found.values())


def swept(engine: Engine, needed: Needed) -> Swept:
    """Take out what is not needed, in one transaction; while nothing is loaded, and nothing asked that `needed` does not name."""
    names = {leftovers.DERIVED: needed.derived, leftovers.TABLES: needed.tables, leftovers.ROLLUPS: needed.rollups}
    inputs: dict[str, list[Row]] = {
        leftovers.NEEDED.name: [(sort, name) for sort, found in names.items() for name in sorted(found)],
        calibrations.ASKED.name: [(name,) for name in sorted(needed.populations)],
    }
    (stored,), (kept,) = engine.rows(leftovers.counted(), {}, inputs), engine.rows(calibrations.others(), {}, inputs)
    found = Swept(*(int(number or 0) for number in (*stored, *kept)))
    if str(found):
        engine.write([*leftovers.ended(), calibrations.forget_others()], {}, inputs)
    return found
