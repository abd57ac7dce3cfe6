"""The tracking plan: what arrived, held against what the project declares, and written down where it declares nothing yet.

The file is an `events:` map like any other and belongs to the people of the project: entries and comments that stand there stay.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from opportune.adapters.project.project import Project
from opportune.language.tree.expressions import Property, Selector
from opportune.language.tree.walking import parts_of
from opportune.language.vocabulary.events import EVENTS, PROPERTIES
from opportune.language.vocabulary.instants import format_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity
from opportune.stages.events.tracking_plan import Arrived, Seen

FILE = "tracking-plan.yml"
MOST = 500
"""Properties of one event that are written down; more of them are no properties but values in the wrong place."""
TEXTS = ("text", "time", "digits")
READ_FROM = {
    Kind.TEXT: (*TEXTS, "number"),
    Kind.TIME: ("time",),
    Kind.BOOLEAN: ("boolean",),
    Kind.NUMBER: ("number",),
    Kind.MONEY: ("number", "digits"),
    Kind.DURATION: ("number", "digits"),
    Kind.NULL: (*TEXTS, "boolean", "number", "list"),
}
"""Kind → what values of it are written as; see `vocabulary.kinds.read_as`."""
Additions = Mapping[str, Mapping[str, str]]
_HEAD = "# What arrived, as `opportune check --learn` saw it. Yours to edit: a later run adds what is new and changes nothing here.\n"


def additions(seen: Seen, project: Project) -> Additions:
    """Event → property → kind of what arrived and nobody declared.

    A property that definitions read already keeps the kind they read it as: the file changes the meaning of none of them.
    """
    declared, used = project.schema.declared, _uses(project)
    found: dict[str, dict[str, str]] = {event: {} for event in sorted(seen.events) if event not in EVENTS and event not in declared}
    for event, properties in _by_property(seen).items():
        new = {name: ways for name, ways in properties.items() if name not in PROPERTIES and name not in declared.get(event, {})}
        counts = {name: sum(one.seen for one in ways) for name, ways in new.items() if any(one.said != "list" for one in ways)}
        kept = sorted(counts, key=lambda name: (-counts[name], name))[:MOST]
        if kept:
            found.setdefault(event, {}).update({name: used.get((event, name)) or _kind(new[name]) for name in sorted(kept)})
    return dict(sorted(found.items()))


def _uses(project: Project) -> dict[tuple[str, str], str]:
    """(event, property) → the kind that definitions read it as though nobody declared it, where they agree on one."""
    found: defaultdict[tuple[str, str], set[Kind]] = defaultdict(set)
    for tree, _ in project.desk.checked:
        for event, name, kind in _used(tree, ()):
            found[event, name].add(kind)
    writable = {Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.BOOLEAN, Kind.TIME}
    return {key: next(iter(kinds)).value for key, kinds in found.items() if len(kinds) == 1 and kinds <= writable}


def _used(node: object, events: tuple[str, ...]) -> Iterator[tuple[str, str, Kind]]:
    if isinstance(node, Property) and node.kind is not None and not node.declared:
        yield from ((event, node.name, node.kind) for event in events)
    selector = getattr(node, "selector", None)
    inner = selector.names if isinstance(selector, Selector) else events
    for part in parts_of(node):
        yield from _used(part, inner)


def _by_property(seen: Seen) -> dict[str, dict[str, list[Arrived]]]:
    found: defaultdict[str, defaultdict[str, list[Arrived]]] = defaultdict(lambda: defaultdict(list))
    for one in seen.properties:
        found[one.event][one.property].append(one)
    return {event: dict(properties) for event, properties in found.items()}


def _kind(ways: Sequence[Arrived]) -> str:
    """The kind of most of its values, of ties the one seen last; texts are times only where all of them are.

    Whole numbers beyond 2^53 are ids: as text each keeps its digits.
    """
    if any(one.beyond for one in ways):
        return "text"
    texts = [one for one in ways if one.said in TEXTS]
    others = [(one.seen, one.last, one.said) for one in ways if one.said not in (*TEXTS, "list")]
    as_text = "time" if {one.said for one in texts} == {"time"} else "text"
    counted = [(sum(one.seen for one in texts), max(one.last for one in texts), as_text)] if texts else []
    return max([*others, *counted])[2]


def crowded(seen: Seen) -> dict[str, int]:
    """Events with more properties than are written down, and how many."""
    return {event: len(found) for event, found in sorted(_by_property(seen).items()) if len(found) > MOST}


def written(text: str | None, added: Additions, seen: Seen) -> str:
    """The file with what is new in it: entries and comments that stood there stay as they were."""
    yaml = YAML(typ="rt")
    yaml.indent(mapping=2)
    yaml.width = 10_000
    whole = yaml.load(text) if text is not None else CommentedMap()
    events = whole.setdefault("events", CommentedMap())
    for event, properties in added.items():
        entry = events.setdefault(event, CommentedMap())
        if not entry:
            events.yaml_add_eol_comment(f"{seen.events.get(event, 0)} seen", event)
        if properties:
            entry.setdefault("properties", {}).update(properties)
    out = io.StringIO()
    yaml.dump(whole, out)
    return (_HEAD if text is None else "") + out.getvalue().rstrip("\n") + "\n"


def conflicts(seen: Seen, project: Project) -> list[str]:
    """One line for each property whose values were of more than one kind, or too large to be exact; told with how many and when."""
    lines: list[str] = []
    for event, properties in sorted(_by_property(seen).items()):
        for name, ways in sorted(properties.items()):
            known = PROPERTIES.get(name) or project.schema.declared.get(event, {}).get(name)
            is_mixed = len({"text" if one.said in TEXTS else one.said for one in ways}) > 1
            if is_mixed or (known is not None and not all(_fits(one.said, known) for one in ways)):
                parts = ", ".join(_told(one) for one in sorted(ways, key=lambda one: (one.first, one.said)))
                lines.append(f"'{name}' of '{event}': {parts}{f'; it is {known.value}' if known is not None else ''}")
            beyond = sum(one.beyond for one in ways)
            if beyond and known is not Kind.TEXT:
                lines.append(f"'{name}' of '{event}': {beyond:,} numbers beyond 2^53, which are exact only as text")
    return lines


def misfits(seen: Seen, project: Project) -> dict[str, list[str]]:
    """Event → a line for each of its properties whose values were of another kind than the project or everybody has it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in sorted(seen.properties, key=lambda one: (one.event, one.property, one.said)):
        known = project.schema.declared.get(one.event, {}).get(one.property) or PROPERTIES.get(one.property)
        if known is not None and one.said != "list" and not _fits(one.said, known):
            times = f"{one.seen:,} times" if one.seen > 1 else "once"
            found[one.event].append(
                f"{one.property} is {known.value}, and came as {_word(one)} {times}, last on {_day(one)}{_such_as(one)}"
            )
    return dict(found)


def violations(seen: Seen, project: Project) -> list[Problem]:
    """A warning for each declared property whose values were of another kind."""
    found: list[Problem] = []
    for (event, name), others in sorted(_misfits(seen.properties, project).items()):
        kind, place = project.schema.declared[event][name], project.desk.declared_at.get((event, name), Place(FILE))
        last = max(others, key=lambda one: one.last)
        count = sum(one.seen for one in others)
        many = f"{count:,} values were" if count > 1 else "one value was"
        what = f"'{name}' of '{event}' is declared {kind.value}, and {many} {_word(last)}, last on {_day(last)}{_such_as(last)}"
        remedy = "They read as null. Let the sender mend them, or declare the kind they have."
        found.append(Problem(code="E153", place=place, what=what, remedy=remedy, severity=Severity.WARNING))
    return found + _undeclared(seen, project)


def _misfits(properties: Iterable[Arrived], project: Project) -> dict[tuple[str, str], list[Arrived]]:
    found: defaultdict[tuple[str, str], list[Arrived]] = defaultdict(list)
    for one in properties:
        kind = project.schema.declared.get(one.event, {}).get(one.property)
        if kind is not None and not _fits(one.said, kind):
            found[one.event, one.property].append(one)
    return found


def _undeclared(seen: Seen, project: Project) -> list[Problem]:
    """A warning for each event whose properties are declared, with those that arrived and are not."""
    found: list[Problem] = []
    for event, properties in sorted(project.schema.declared.items()):
        place = project.desk.declared_at.get((event, ""), Place(FILE))
        known = {*properties, *PROPERTIES}
        others = sorted({one.property for one in seen.properties if one.event == event and one.said != "list"} - known)
        if properties and others:
            listed = ", ".join(f"'{name}'" for name in others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
            what = f"'{event}' arrived with properties that nobody declared: {listed}"
            remedy = "Add them by hand, or with opportune check --learn."
            found.append(Problem(code="E153", place=place, what=what, remedy=remedy, severity=Severity.WARNING))
    return found


def _fits(said: str, kind: Kind) -> bool:
    """Whether values written so are read as this kind; see `vocabulary.kinds.read_as`."""
    return said in READ_FROM[kind]


def _such_as(one: Arrived) -> str:
    return f", such as {one.sample!r}" if one.sample else ""


def _told(one: Arrived) -> str:
    days = _day(one) if one.first == one.last else f"{format_instant(one.first)[:10]} to {_day(one)}"
    return f"{_word(one)} in {one.seen:,} ({days}{_such_as(one)})"


def _word(one: Arrived) -> str:
    return "text" if one.said == "digits" else one.said


def _day(one: Arrived) -> str:
    return format_instant(one.last)[:10]
