"""`settings:` and `events:` of a project: constants, named events and declared properties."""

from collections.abc import Mapping
from dataclasses import replace

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value, one_of
from opportune.adapters.project.nodes import Entry, Map, Node, Scalar, plain_value
from opportune.language.tree.expressions import Aggregate, Literal, Metric, Selector
from opportune.language.tree.later import not_yet
from opportune.language.tree.names import NamedEvent, Names
from opportune.language.tree.parse import selector
from opportune.language.tree.resolve import ordered
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, did_you_mean

KINDS = {kind.value: kind for kind in (Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.BOOLEAN)}


def read_settings(entries: list[Entry], desk: Desk) -> None:
    """Constants for `setting.x`, their kinds included."""
    constants: dict[str, Literal] = {}
    for entry in entries:
        constant = desk.form.value(entry.node, f"setting {entry.key}", _constant)
        if constant is not None:
            constants[entry.key] = constant
            desk.kinds[f"setting.{entry.key}"] = Kind.NULL
    desk.names = Names(events=desk.names.events, settings=constants)


def vary_settings(varied: Mapping[str, str], desk: Desk) -> None:
    """Other values for settings that exist, for one run."""
    constants = dict(desk.names.settings)
    for name, said in varied.items():
        if name not in constants:
            remedy = did_you_mean(name, constants) or "Define it under `settings:`."
            place = Place(f"setting.{name}")
            desk.form.problems.append(Problem(code="E110", place=place, what=f"no setting is called '{name}'", remedy=remedy))
        constants[name] = Literal(plain_value(said))
    desk.names = Names(events=desk.names.events, settings=constants)


def _constant(value: Value) -> Literal:
    return Literal(value)


def read_events(entries: list[Entry], desk: Desk) -> None:
    """Named events for selectors; properties and their kinds for the schema."""
    named: dict[str, Entry] = {}
    for entry in entries:
        form = desk.form.map(entry.node, f"event '{entry.key}'", ("of", "where", "void", "properties"))
        if form.get("of") is not None:
            named[entry.key] = replace(entry, node=form)
        elif form.get("where") is not None or form.get("void") is not None:
            desk.form.report(entry, "E124", f"event '{entry.key}' has no 'of'", "Add `of:` with the events it names.")
        properties = form.get("properties")
        if properties is not None or form.get("of") is None:
            desk.schema = desk.schema.with_event(entry.key, _kinds(entry.key, properties, desk) if properties is not None else {})
    needs = {name: _needed(entry.node, frozenset(named)) for name, entry in named.items()}
    order, loops = ordered(needs)
    for loop in loops:
        report_loop(named[loop[0]], tuple(f"event {name}" for name in loop), desk)
    broken = {name for loop in loops for name in loop}
    for name in order:
        event = _named(named[name], desk) if name not in broken else None
        known = event or NamedEvent(Selector(("",)))
        desk.names = Names(events={**desk.names.events, name: known}, settings=desk.names.settings)


def report_loop(entry: Entry, loop: tuple[str, ...], desk: Desk) -> None:
    """Record definitions that need each other."""
    desk.form.report(entry, "E111", f"these definitions go round in a loop: {' → '.join((*loop, loop[0]))}", "Let one of them stand alone.")


def _needed(node: Node, names: frozenset[str]) -> frozenset[str]:
    of = node.get("of") if isinstance(node, Map) else None
    parts = () if of is None else getattr(of, "nodes", (of,))
    return frozenset(part.text for part in parts if isinstance(part, Scalar) and part.text in names)


def _kinds(event: str, node: Node, desk: Desk) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for entry in desk.form.map(node, f"properties of '{event}'").entries:
        word = desk.form.value(entry.node, f"property '{entry.key}'", one_of(*KINDS))
        if word is None:
            continue
        usual = PROPERTIES.get(entry.key)
        if usual not in (None, KINDS[word]):
            desk.form.report(
                entry, "E108", f"'{entry.key}' is {usual.value if usual else ''} in every event", f"Write {usual.value if usual else ''}."
            )
        else:
            kinds[entry.key] = KINDS[word]
    return kinds


def _named(entry: Entry, desk: Desk) -> NamedEvent | None:
    assert isinstance(entry.node, Map)
    of, where, void = entry.node.get("of"), entry.node.get("where"), entry.node.get("void")
    if void is not None:
        desk.form.problems.append(not_yet("void", void.place))
    parts = [_selected(node, desk) for node in desk.nodes_or_one(of)] if of is not None else []
    found = [part for part in parts if part is not None]
    if len(found) < len(parts) or not found:
        return None
    if any(part.where is not None for part in found) and len(found) > 1:
        desk.form.problems.append(not_yet("any(...) around a named event with `where`", entry.place))
        return None
    is_any = any(not part.selector.names for part in found)
    names = () if is_any else tuple(dict.fromkeys(name for part in found for name in part.selector.names))
    chosen = Selector(names)
    desk.places.mark(chosen, of.place if of is not None else entry.place)
    tree = desk.parsed(where, f"event '{entry.key}'", in_predicate=True) if where is not None else None
    event = NamedEvent(chosen, tree if where is not None else found[0].where)
    desk.finished(Metric(function=Aggregate.DID, selector=chosen, where=event.where), entry.place, Kind.BOOLEAN)
    return event if where is None or tree is not None else None


def _selected(node: Node, desk: Desk) -> NamedEvent | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        desk.form.report(node, "E125", "of must name events", "Write of: Order Completed, or a list of names.")
        return None
    if node.value in desk.names.events:
        return desk.names.events[node.value]
    if node.value.startswith("any("):
        named, problems = selector(node.source, Place(node.place.file, node.source_line), names=desk.names, places=desk.places)
        desk.form.problems += problems
        return named
    raw = Selector((node.value,))
    desk.places.mark(raw, node.place)
    return NamedEvent(raw)
