"""What a set of expressions reads, each under a column of its own, and in which round it can be found.

A round reads the columns of those before it. Traits, what was asked long ago and the properties of the trigger are there before the
first round; a measure whose predicate reads a trait or another metric comes a round after it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from opportune.language.compiler.leaves import Leaf, event_lookups, exprs_in, leaves_of, reads_event
from opportune.language.compiler.measures import Measure, measures_behind
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Expr


@dataclass(slots=True)
class Needs:
    """The leaves that expressions read, told apart by how they are written."""

    previous: str | None = None
    """The column of the pairs with the instant after which `since=previous` reads; without one it reads all."""
    measures: dict[str, tuple[str, Measure]] = field(default_factory=dict)
    traits: dict[str, tuple[str, tree.Trait]] = field(default_factory=dict)
    triggers: dict[str, tuple[str, tree.TriggerProperty]] = field(default_factory=dict)
    ago: dict[str, tuple[str, tree.Ago]] = field(default_factory=dict)
    populations: dict[str, tuple[str, tree.Population]] = field(default_factory=dict)
    lookups: dict[str, tuple[str, tree.Lookup | tree.Distance]] = field(default_factory=dict)
    """Made once for each pair."""
    of_events: dict[str, tuple[str, tree.Lookup]] = field(default_factory=dict)
    """Made for each event a predicate looks at; the name is that of the relation, whose column is `value`."""
    _depths: dict[str, int] = field(default_factory=dict)
    _behind: dict[int, tuple[Leaf, tuple[str, ...]]] = field(default_factory=dict)
    """By place in memory, with what stands there: the columns of its measures."""

    def gather(self, exprs: Iterable[Expr]) -> None:
        """Take up all that `exprs` read, in predicates too."""
        passed: set[int] = set()
        for expr in list(exprs):
            for leaf in leaves_of(expr, passed):
                self._take(leaf)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that `with_leaves` adds."""
        found = [*self.triggers.values(), *self.traits.values(), *self.ago.values()]
        told = [*self.measures.values(), *self.populations.values(), *self.lookups.values()]
        return tuple(name for name, _ in (*found, *told))

    def measure(self, measure: Measure) -> str:
        """The column of a measure."""
        return self.measures[repr(measure)][0]

    def columns_behind(self, leaf: Leaf) -> tuple[str, ...]:
        """The columns of the measures from which a leaf is told."""
        if id(leaf) not in self._behind:
            self._behind[id(leaf)] = leaf, tuple(self.measure(measure) for measure in measures_behind(leaf))
        return self._behind[id(leaf)][1]

    def trait(self, trait: tree.Trait) -> str:
        """The column of a trait's JSON value."""
        return self.traits[trait.name][0]

    def trigger(self, trigger: tree.TriggerProperty) -> str:
        """The column of a property of the trigger."""
        return self.triggers[repr(trigger)][0]

    def depth(self, measure: Measure) -> int:
        """The round of a measure: 0 when its predicate looks at its event only."""
        return self._depth_of(repr(measure), exprs_in(measure))

    def depth_of(self, leaf: tree.Lookup | tree.Distance | tree.Population) -> int:
        """The round of a lookup or population: 0 when what tells it apart needs nothing of the customer."""
        return self._depth_of(repr(leaf), [leaf])

    def _depth_of(self, key: str, exprs: Iterable[Expr]) -> int:
        if key not in self._depths:
            inner = [depth for expr in exprs for leaf in leaves_of(expr) if repr(leaf) != key for depth in self._depths_behind(leaf)]
            self._depths[key] = max((1 + depth for depth in inner), default=0)
        return self._depths[key]

    def _depths_behind(self, leaf: Leaf) -> Iterator[int]:
        match leaf:
            case tree.Metric() | tree.Consent():
                yield from (self.depth(measure) for measure in measures_behind(leaf))
            case tree.Trait() | tree.Ago():
                yield 0
            case tree.Population() | tree.Distance():
                yield self.depth_of(leaf)
            case tree.Lookup() if not reads_event(leaf):
                yield self.depth_of(leaf)
            case _:
                return

    def _take(self, leaf: Leaf) -> None:
        match leaf:
            case tree.Trait():
                self.traits.setdefault(leaf.name, (f"trait_{len(self.traits)}", leaf))
            case tree.TriggerProperty():
                self.triggers.setdefault(repr(leaf), (f"trigger_{len(self.triggers)}", leaf))
            case tree.Ago():
                self.ago.setdefault(repr(leaf), (f"ago_{len(self.ago)}", leaf))
            case tree.Population():
                self.populations.setdefault(repr(leaf), (f"population_{len(self.populations)}", leaf))
            case tree.Lookup() if reads_event(leaf):
                self.of_events.setdefault(repr(leaf), (f"row_{len(self.of_events)}", leaf))
            case tree.Lookup() | tree.Distance():
                self.lookups.setdefault(repr(leaf), (f"lookup_{len(self.lookups)}", leaf))
            case tree.Metric() | tree.Consent():
                for measure in measures_behind(leaf):
                    self.take_measure(measure)
            case tree.EntryId() | tree.EntryAt() | tree.At():
                pass

    def take_measure(self, measure: Measure) -> str:
        """Take up a measure and what it reads; gives its column."""
        if repr(measure) not in self.measures:
            self.measures[repr(measure)] = f"measure_{len(self.measures)}", measure
            self.gather(exprs_in(measure))
        return self.measure(measure)

    def looks_up(self, measure: Measure) -> bool:
        """Whether a condition looks something up for each event."""
        return bool(event_lookups(exprs_in(measure)))

    def lookups_for(self, exprs: Iterable[Expr]) -> list[tuple[str, tree.Lookup]]:
        """The lookups that predicates make for each event, in the order they can be made."""
        return [self.of_events[repr(lookup)] for lookup in event_lookups(exprs)]
