"""`events:` of a project: named events for selectors, and the properties that raw events are declared with."""

from collections.abc import Iterable
from dataclasses import replace

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import one_of, text
from opportune.adapters.project.nodes import Entry, Listing, Map, Node, Scalar
from opportune.language.tree.expressions import Aggregate, Expr, Metric, Property, Selector, Void
from opportune.language.tree.names import NamedEvent
from opportune.language.tree.parse import selector
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place

KINDS = {kind.value: kind for kind in (Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.BOOLEAN, Kind.TIME)}

NOTHING = NamedEvent(Selector(("",)))
"""Stands for a named event that has problems: it reads nothing, and whoever reads it is not told again."""


def read_properties(entries: Iterable[Entry], desk: Desk) -> list[Entry]:
    """Declared properties into the schema, and every named event's name into the names; gives the entries of named events."""
    named: list[Entry] = []
    for entry in entries:
        form = desk.form.map(entry.node, f"event '{entry.key}'", ("of", "where", "void", "properties"))
        properties = form.get("properties")
        if form.get("of") is not None:
            named.append(replace(entry, node=form))
            if properties is not None:
                remedy = "Declare them under the raw event's own name."
                desk.form.report(properties, "E123", f"event '{entry.key}' has `of` and can declare no properties", remedy)
            continue
        if form.get("where") is not None or form.get("void") is not None:
            desk.form.report(entry, "E124", f"event '{entry.key}' has no 'of'", "Add `of:` with the events it names.")
        desk.declared_at.setdefault((entry.key, ""), entry.place)
        desk.schema = desk.schema.with_event(entry.key, _kinds(entry.key, properties, desk) if properties is not None else {})
    desk.names = replace(desk.names, events=dict.fromkeys((entry.key for entry in named), NOTHING))
    return named


def read_named(entries: Iterable[Entry], desk: Desk) -> dict[str, NamedEvent]:
    """Every named event as written; one with problems reads nothing and is told of once."""
    return {entry.key: _named(entry, desk) or NOTHING for entry in entries}


def finish_named(entry: Entry, desk: Desk) -> None:
    """Check a named event, whose needs are checked already; where it has problems it reads nothing from now on."""
    asked = Metric(function=Aggregate.DID, selector=Selector((), (entry.key,)))
    if desk.names.events[entry.key] is not NOTHING and desk.finished(asked, entry.place, Kind.BOOLEAN) is None:
        desk.names = replace(desk.names, events={**desk.names.events, entry.key: NOTHING})


def _kinds(event: str, node: Node, desk: Desk) -> dict[str, Kind]:
    """Property → kind. An event may be declared in several files, each of its properties once."""
    kinds: dict[str, Kind] = {}
    for entry in desk.form.map(node, f"properties of '{event}'").entries:
        word = desk.form.value(entry.node, f"property '{entry.key}'", one_of(*KINDS))
        usual = PROPERTIES.get(entry.key)
        first = desk.declared_at.setdefault((event, entry.key), entry.place)
        if first != entry.place:
            desk.form.report(entry, "E128", f"'{entry.key}' of '{event}' is declared twice", f"It is first at {first}; keep one.")
        elif word is not None and usual not in (None, KINDS[word]):
            said = usual.value if usual else ""
            desk.form.report(entry, "E108", f"'{entry.key}' is {said} in every event", f"Write {said}.")
        elif word is not None:
            kinds[entry.key] = KINDS[word]
    return kinds


def _named(entry: Entry, desk: Desk) -> NamedEvent | None:
    assert isinstance(entry.node, Map)
    of, where, void = entry.node.get("of"), entry.node.get("where"), entry.node.get("void")
    what = f"event '{entry.key}'"
    chosen = _selectors(of, "of", desk) if of is not None else None
    tree = _predicate(where, f"where of {what}", desk) if where is not None else None
    nodes = () if void is None else desk.nodes_or_one(void)
    voids = [_void(node, what, desk) for node in nodes]
    found = tuple(one for one in voids if one is not None)
    if chosen is None or (where is not None and tree is None) or len(found) < len(voids):
        return None
    desk.places.mark(chosen, of.place if of is not None else entry.place)
    return NamedEvent(chosen, tree, found)


def _predicate(node: Node, what: str, desk: Desk) -> Expr | None:
    return desk.parsed(node, what, in_predicate=True)


def _void(node: Node, what: str, desk: Desk) -> Void | None:
    """What makes events absent, its `names` still to come."""
    form = desk.form.map(node, f"void of {what}", ("by", "same", "where"), ("by",))
    by, same, where = form.get("by"), form.get("same"), form.get("where")
    chosen = _selectors(by, "by", desk) if by is not None else None
    shared = desk.form.value(same, f"same of void of {what}", text) if same is not None else None
    tree = _predicate(where, f"where of void of {what}", desk) if where is not None else None
    if chosen is None or (same is not None and shared is None) or (where is not None and tree is None):
        return None
    void = Void((), chosen, tree, Property(shared) if shared is not None else None)
    desk.places.mark(chosen, by.place if by is not None else node.place)
    desk.places.mark(void, node.place)
    return void


def _selectors(node: Node, key: str, desk: Desk) -> Selector | None:
    """One or several selectors as one."""
    nodes = desk.nodes_or_one(node)
    parts = [_selected(part, key, desk) for part in nodes]
    found = [part for part in parts if part is not None]
    if isinstance(node, Listing) and not nodes:
        desk.form.report(node, "E125", f"{key} must name at least one event")
    if len(found) < len(parts) or not found:
        return None
    if len(found) == 1:
        return found[0]
    if any(part == Selector(()) for part in found):
        desk.form.report(node, "E106", "any() reads every event already, so nothing can stand beside it", "Leave the others out.")
        return None
    names = dict.fromkeys(name for part in found for name in part.names)
    return Selector(tuple(names), tuple(dict.fromkeys(name for part in found for name in part.named)))


def _selected(node: Node, key: str, desk: Desk) -> Selector | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        desk.form.report(node, "E125", f"{key} must name events", f"Write {key}: Order Completed, or a list of names.")
        return None
    if node.value in desk.names.events:
        return Selector((), (node.value,))
    if node.value.startswith(("any(", '"')):
        place = Place(node.place.file, node.source_line)
        named, problems = selector(node.source, place, names=desk.names, places=desk.places)
        desk.form.problems += problems
        return named.selector if named is not None else None
    raw = Selector((node.value,))
    desk.places.mark(raw, node.place)
    return raw
