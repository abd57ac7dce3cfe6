"""What trees read: events, derived ones among them, and tables, wherever they stand."""

from collections.abc import Collection, Iterator, Mapping

from opportune.language.tree.definitions import Definitions, Derived
from opportune.language.tree.expressions import Distance, Lookup, Selector
from opportune.language.tree.walking import parts_of


def selectors_in(node: object) -> Iterator[Selector]:
    """Every selector of a tree, a moment, a journey, a derived event, or of several of them."""
    yield from (part for part in _nodes_in(node) if isinstance(part, Selector))


def derived_in(node: object) -> set[str]:
    """The derived events it reads."""
    return {name for selector in selectors_in(node) for name in selector.derived}


def tables_in(node: object) -> set[str]:
    """The tables it looks things up in."""
    return {part.source.name for part in _nodes_in(node) if isinstance(part, Lookup | Distance) and part.source is not None}


def of_journeys(definitions: Definitions, names: Collection[str]) -> Definitions:
    """These journeys, with the derived events and the tables that they read."""
    journeys = {name: journey for name, journey in definitions.journeys.items() if name in names}
    reading: list[object] = [*journeys.values()]
    kept: list[tuple[str, Derived]] = []
    for name, derived in reversed(list(definitions.derived.items())):
        if derived.name in derived_in(tuple(reading)):
            kept.append((name, derived))
            reading.append(derived)
    tables = tables_in(tuple(reading))
    held = {name: table for name, table in definitions.tables.items() if table.name in tables}
    return Definitions(journeys=journeys, derived=dict(reversed(kept)), tables=held)


def _nodes_in(node: object) -> Iterator[object]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += list(parts_of(found))
        for part in _mapped(found):
            waiting += list(part.values())


def _mapped(node: object) -> Iterator[Mapping[str, object]]:
    """The maps directly inside a node, which `parts_of` passes by."""
    for name in getattr(node, "__dataclass_fields__", ()):
        value = getattr(node, name)
        if isinstance(value, Mapping):
            yield value
