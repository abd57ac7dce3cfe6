"""What trees read: their selectors, wherever they stand."""

from collections.abc import Iterator, Mapping

from opportune.language.tree.expressions import Selector
from opportune.language.tree.walking import parts_of


def selectors_in(node: object) -> Iterator[Selector]:
    """Every selector of a tree, a moment, a journey, a derived event, or of several of them."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Selector):
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
