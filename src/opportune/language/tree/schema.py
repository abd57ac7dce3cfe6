"""What is known of events, their properties and traits when definitions are checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from opportune.language.vocabulary.events import EVENTS, PROPERTIES
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Known names: those of the vocabulary, those a project declares and those its data taught."""

    events: Mapping[str, frozenset[str]] = field(default_factory=lambda: {name: frozenset(known) for name, known in EVENTS.items()})
    """Event name → its known properties."""
    declared: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    """Event name → property → kind, from `events:` entries; the vocabulary's own kinds hold for every event."""
    traits: Mapping[str, Kind | None] = field(default_factory=dict)
    """Trait → kind, as learned; None where values of several kinds came. Empty before any data arrived."""
    takes_any_name: bool = False
    """Names nobody knows pass: for files that were checked when they were applied."""

    def with_event(self, name: str, properties: Mapping[str, Kind]) -> "Schema":
        """The same with one event declared."""
        events = {**self.events, name: self.events.get(name, frozenset()) | frozenset(properties)}
        declared = {**self.declared, name: {**self.declared.get(name, {}), **properties}}
        return replace(self, events=events, declared=declared)

    def learning(self, events: Mapping[str, Iterable[str]], traits: Mapping[str, Kind | None]) -> "Schema":
        """The same with what the data taught: events with their properties, and traits with their kinds."""
        known = {name: self.events.get(name, frozenset()) | frozenset(properties) for name, properties in events.items()}
        return replace(self, events={**self.events, **known}, traits={**self.traits, **traits})

    @property
    def text(self) -> str:
        """All of it in one order, the same in every process."""
        events = sorted((name, sorted(known)) for name, known in self.events.items())
        declared = sorted((name, sorted((of, kind.value) for of, kind in known.items())) for name, known in self.declared.items())
        traits = sorted((name, kind.value if kind else "") for name, kind in self.traits.items())
        return repr((events, declared, traits, self.takes_any_name))

    def properties_of(self, names: Iterable[str]) -> frozenset[str]:
        """The known properties of these events; of all events when none is named (`any()`)."""
        chosen = list(names) or list(self.events)
        return frozenset().union(*(self.events.get(name, frozenset()) for name in chosen))

    def kinds_of(self, name: str, events: Iterable[str]) -> frozenset[Kind]:
        """The kinds property `name` is declared with among these events (all events when none is named); empty when undeclared."""
        if name in PROPERTIES:
            return frozenset({PROPERTIES[name]})
        chosen = list(events) or list(self.declared)
        return frozenset(self.declared[event][name] for event in chosen if name in self.declared.get(event, {}))


USUAL = Schema()
"""The vocabulary alone."""

ANY_NAME = Schema(takes_any_name=True)
"""The vocabulary, and whatever else is written."""
