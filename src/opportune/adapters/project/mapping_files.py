"""Mapping files: how the JSON of another system becomes calls. YAML → `stages.mapping.entries.Mapping`, every Problem with its line.

They look like the maps of `opportune import` (docs/import.md), with paths into JSON (JMESPath) in place of columns. Webhooks read them as
a part of a connector, pulls as files of their own.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from opportune.adapters.project.form import Form, text
from opportune.adapters.project.nodes import Entry as Key
from opportune.adapters.project.nodes import Listing, Map, Node, Scalar
from opportune.language.vocabulary.events import DERIVED
from opportune.stages.mapping.entries import Entry, Many, Mapping, Values
from opportune.stages.mapping.expressions import Expression, Template, expression_of, template_of

MAPPING_KEYS = ("topic", "settings", "events", "customers")
_BOTH = ("topic", "of", "where", "event_id", "customer_id", "anonymous_id", "link", "ts", "constants", "lists", "context")
_KEYS = {"events": ("event", *_BOTH, "properties"), "customers": (*_BOTH, "traits")}
_NEEDED = {"events": ("event", "event_id"), "customers": ("event_id", "traits")}
REMEDY = "docs/webhooks.md says what an expression may be."
T = TypeVar("T")


def mapping_of(root: Map, form: Form) -> Mapping:
    """The mapping of a file's root, whose other keys somebody else reads; what is wrong goes to `form`."""
    topic = root.get("topic")
    entries = [entry for kind in _KEYS for node in _listed(root.get(kind), kind, form) if (entry := _entry(node, kind, form))]
    if root.get("events") is None and root.get("customers") is None:
        form.report(root, "E124", "the mapping has neither 'events' nor 'customers'", "Add one: docs/webhooks.md shows a whole file.")
    return Mapping(
        topic=None if topic is None else _expression(topic, "topic", form),
        entries=tuple(entries),
        settings=_settings(root.get("settings"), form),
    )


def _listed(node: Node | None, what: str, form: Form) -> Iterable[Node]:
    return () if node is None else form.listing(node, what)


def _settings(node: Node | None, form: Form) -> dict[str, str]:
    """Name → default, which may be empty."""
    said = form.map(node, "settings").entries if node is not None else ()
    return {each.key: str(each.node.value or "") if isinstance(each.node, Scalar) else "" for each in said}


def _entry(node: Node, kind: str, form: Form) -> Entry | None:
    """One entry, or None where what it cannot do without is wrong."""
    said = form.map(node, f"an entry of {kind}", _KEYS[kind], _NEEDED[kind])
    nodes = {each.key: each.node for each in said.entries}
    read = _Read(nodes, form)
    event = read.one("event", lambda node, what: form.value(node, what, text))
    if event in DERIVED:
        form.report(nodes["event"], "E125", f"event is '{event}', which is derived from 'Order Completed'", "Make that one, with products.")
    if not {"customer_id", "anonymous_id", "link"} & nodes.keys() and kind == "customers":
        form.report(said, "E124", "an entry of customers has no 'customer_id', 'anonymous_id' or 'link'", "Add one.")
    event_id = read.template("event_id")
    if not event_id or (kind == "events" and event is None):
        return None
    return Entry(
        place=said.place,
        event=event,
        topics=read.topics(),
        of=read.expression("of"),
        where=read.expression("where"),
        event_id=event_id,
        customer_id=read.template("customer_id"),
        anonymous_id=read.template("anonymous_id"),
        link=read.template("link"),
        ts=read.expression("ts"),
        values=read.values("properties" if kind == "events" else "traits"),
        constants=read.constants(),
        lists=read.lists(),
        context=read.values("context"),
    )


class _Read:
    """The keys of one entry."""

    def __init__(self, nodes: dict[str, Node], form: Form) -> None:
        self._nodes, self._form = nodes, form

    def one(self, key: str, read: Callable[[Node, str], T | None]) -> T | None:
        return read(self._nodes[key], key) if key in self._nodes else None

    def expression(self, key: str) -> Expression | None:
        return self.one(key, lambda node, what: _expression(node, what, self._form))

    def template(self, key: str) -> Template:
        return self.one(key, lambda node, what: _read(node, what, template_of, self._form)) or ()

    def topics(self) -> tuple[str, ...]:
        node = self._nodes.get("topic")
        nodes = node.nodes if isinstance(node, Listing) else () if node is None else (node,)
        found = [self._form.value(each, "topic", text) for each in nodes]
        return tuple(each for each in found if each is not None)

    def values(self, key: str) -> Values:
        return _values(self._form.map(self._nodes[key], key).entries, key, self._form) if key in self._nodes else ()

    def constants(self) -> dict[str, str | int | float | bool]:
        """Values as they stand."""
        said = self._form.map(self._nodes["constants"], "constants").entries if "constants" in self._nodes else ()
        found = {each.key: self._form.value(each.node, f"constants.{each.key}", lambda value: value) for each in said}
        return {name: value for name, value in found.items() if value is not None}

    def lists(self) -> tuple[Many, ...]:
        said = self._form.map(self._nodes["lists"], "lists").entries if "lists" in self._nodes else ()
        return tuple(found for each in said if (found := self._many(each)))

    def _many(self, entry: Key) -> Many | None:
        said = self._form.map(entry.node, f"lists.{entry.key}", ("of", "where", "each"), ("of", "each"))
        inner = _Read({each.key: each.node for each in said.entries}, self._form)
        of = inner.expression("of")
        return None if of is None else Many(name=entry.key, of=of, where=inner.expression("where"), each=inner.values("each"))


def _values(entries: Iterable[Key], what: str, form: Form) -> Values:
    found = ((each.key, _expression(each.node, f"{what}.{each.key}", form)) for each in entries)
    return tuple((name, expression) for name, expression in found if expression is not None)


def _expression(node: Node, what: str, form: Form) -> Expression | None:
    """An expression; a number, true or false stands for itself."""
    if isinstance(node, Scalar) and isinstance(node.value, bool | int | float):
        return Expression(node.text, {"type": "literal", "value": node.value, "children": []})
    return _read(node, what, expression_of, form)


def _read(node: Node, what: str, read: Callable[[str], T], form: Form) -> T | None:
    said = form.value(node, what, text)
    if said is None:
        return None
    try:
        return read(said)
    except ValueError as error:
        form.report(node, "E161", f"{what} {error}", REMEDY)
        return None
