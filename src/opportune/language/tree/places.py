"""Where each node of a tree was written, kept beside the tree so that equal trees stay equal."""

from dataclasses import dataclass, field

from opportune.language.vocabulary.problems import Place


@dataclass(slots=True)
class Places:
    """The place of every node the parser made, by identity. Filled while a project is read, then only looked up."""

    _known: dict[int, tuple[object, Place]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type["Places"], tuple[()]]:
        """A project is kept without: nodes that are read back stand elsewhere in memory, and what is kept has no problems to tell."""
        return Places, ()

    def mark(self, node: object, place: Place) -> None:
        """Remember where `node` stands; the first mark of a node wins."""
        self._known.setdefault(id(node), (node, place))

    def of(self, node: object, otherwise: Place) -> Place:
        """Where `node` was written, or `otherwise` when the parser never saw it."""
        found = self._known.get(id(node))
        return found[1] if found else otherwise

    def copy(self, node: object, made: object) -> None:
        """Let `made` stand where `node` stands."""
        found = self._known.get(id(node))
        if found:
            self.mark(made, found[1])
