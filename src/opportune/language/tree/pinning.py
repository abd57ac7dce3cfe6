"""Versions side by side: derived events and table files are stored under names that say their content.

`Session Ended` becomes `Session Ended@` and the first digits of the hash of what it is made of. A changed definition is another event, so
what runs and what is tried out never disturb each other, and only what changed is derived anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Definitions, Derived
from opportune.language.tree.expressions import IsNamed, Selector, Table, Void
from opportune.language.tree.walking import rebuilt

DIGITS = 12
_Tree = TypeVar("_Tree")


@dataclass(frozen=True, slots=True)
class Pins:
    """Name as written → name as stored."""

    events: Mapping[str, str]
    tables: Mapping[str, str]
    known: dict[int, object] | None = field(default=None, compare=False, repr=False)
    """What became of the nodes seen so far, while all of them live on: definitions that read each other share most of theirs."""

    def on(self, tree: _Tree) -> _Tree:
        """The tree with stored names; the very tree where it names nothing of the kind."""
        return cast(_Tree, rebuilt(tree, self._replaced, known=self.known)) if self.events or self.tables else tree

    def _replaced(self, node: object) -> object | None:
        match node:
            case Selector() if any(name in self.events for name in node.derived):
                return replace(node, names=self._named(node.names), derived=self._named(node.derived), voids=self.on(node.voids))
            case IsNamed() if any(name in self.events for name in node.names):
                return IsNamed(self._named(node.names))
            case Void() if any(name in self.events for name in node.names):
                return replace(node, names=self._named(node.names), by=self.on(node.by), where=self.on(node.where))
            case Table(name=name) if name in self.tables:
                return replace(node, name=self.tables[name])
            case _:
                return None

    def _named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.events.get(name, name) for name in names)


def as_written(name: str) -> str:
    """The name of a derived event or table as people know it."""
    return name.split("@", 1)[0]


def pinned(definitions: Definitions, files: Mapping[str, object]) -> tuple[Definitions, Pins]:
    """The definitions with stored names, and those names; `files` gives the content of each table that is a file."""
    tables = {name: f"{name}@{content_hash(content)[:DIGITS]}" for name, content in files.items()}
    pins = Pins({}, tables, {})
    derived: dict[str, Derived] = {}
    for name, each in definitions.derived.items():
        event = replace(each, when=pins.on(each.when), set={key: pins.on(value) for key, value in each.set.items()})
        stored = f"{name}@{content_hash(event)[:DIGITS]}"
        derived[name] = replace(event, name=stored)
        pins = Pins({**pins.events, name: stored}, tables, {})
    changed: dict[str, Any] = {
        each.name: _on_all(pins, getattr(definitions, each.name)) for each in fields(definitions) if each.name != "derived"
    }
    return replace(definitions, **changed, derived=derived), replace(pins, known=None)


def _on_all(pins: Pins, value: object) -> object:
    """A field of definitions with stored names."""
    if isinstance(value, Mapping):
        return {key: _on_all(pins, part) for key, part in value.items()}
    return pins.on(value) if isinstance(value, tuple) or is_dataclass(value) else value
