"""What the rungs of a ladder and the bands of a tier carry besides their names: `tone: vip`, `weekly: 7`, `pause: 2d`.

Each datum has one kind over all rungs; a rung that lacks it has null there. Texts that all write durations are durations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.language.tree.expressions import Literal
from opportune.language.tree.inference import literal_kind
from opportune.language.vocabulary.durations import is_duration, parse_duration

NAME = re.compile(r"[a-z][a-z0-9_]*")
NOTHING = Literal(None)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A rung or band: its name, where it stands, and the entries of its data."""

    name: str
    entry: Entry
    data: tuple[Entry, ...] = ()


def carrier(entry: Entry, what: str, desk: Desk, *, but: Sequence[str] = ()) -> Carrier | None:
    """The rung or band at an entry `name: ...`; its data are the keys of its map other than `but`."""
    if not is_name(entry, what, desk):
        return None
    data = tuple(inner for inner in entry.node.entries if inner.key not in but) if isinstance(entry.node, Map) else ()
    return Carrier(entry.key, entry, tuple(inner for inner in data if is_name(inner, f"'{entry.key}' of {what}", desk)))


def is_name(entry: Entry, what: str, desk: Desk) -> bool:
    """Whether the key can be a name; else that is reported."""
    if NAME.fullmatch(entry.key):
        return True
    remedy = "Names are small letters, digits and _, beginning with a letter."
    desk.form.report(entry, "E126", f"'{entry.key}' cannot be a name in {what}", remedy)
    return False


def only_entry(node: Node, what: str, desk: Desk, example: str) -> Entry | None:
    """The one entry of `- name: ...` in a list."""
    if isinstance(node, Map) and len(node.entries) == 1:
        return node.entries[0]
    desk.form.report(node, "E125", f"{what} must be one name and what it stands for", f"Write {example}.")
    return None


def otherwise_of(node: Node | None, what: str, desk: Desk) -> Carrier | None:
    """`otherwise: name`, or `otherwise: {name: {data}}`."""
    if node is None:
        return None
    if isinstance(node, Map):
        entry = only_entry(node, f"otherwise of {what}", desk, "otherwise: name, or otherwise: {name: {weekly: 3}}")
        return carrier(entry, what, desk) if entry is not None else None
    said = desk.form.value(node, f"otherwise of {what}", str)
    return carrier(Entry(said, node, node.place), what, desk) if said is not None else None


def report_twins(carriers: Sequence[Carrier], what: str, desk: Desk) -> None:
    """Report names that stand twice."""
    first: dict[str, Carrier] = {}
    for found in carriers:
        if first.setdefault(found.name, found) is not found:
            remedy = f"It is first on line {first[found.name].entry.place.line}; give each a name of its own."
            desk.form.report(found.entry, "E128", f"'{found.name}' stands twice in {what}", remedy)


def attached(carriers: Sequence[Carrier], what: str, desk: Desk) -> Mapping[str, tuple[Literal, ...]]:
    """Datum → its value for each carrier, in their order."""
    names = dict.fromkeys(entry.key for found in carriers for entry in found.data)
    return {name: _column(name, carriers, what, desk) for name in names}


def _column(name: str, carriers: Sequence[Carrier], what: str, desk: Desk) -> tuple[Literal, ...]:
    entries = [next((entry for entry in found.data if entry.key == name), None) for found in carriers]
    values = [desk.constant(entry.node, f"'{name}' of {what}", _plain) if entry is not None else None for entry in entries]
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, str) and is_duration(value) for value in known):
        return tuple(NOTHING if value is None else Literal(parse_duration(str(value))) for value in values)
    _report_mixture(name, list(zip(carriers, entries, values, strict=True)), what, desk)
    return tuple(Literal(value) for value in values)


def _report_mixture(name: str, cells: Sequence[tuple[Carrier, Entry | None, Value]], what: str, desk: Desk) -> None:
    known = [(found, entry, literal_kind(value)) for found, entry, value in cells if entry is not None and value is not None]
    for found, entry, kind in known:
        if kind is not known[0][2]:
            said = f"'{name}' of {what} is {known[0][2].value} in '{known[0][0].name}' and {kind.value} in '{found.name}'"
            desk.form.report(entry, "E151", said, "Give it one kind: all numbers, all texts, all durations, or all true and false.")
            return


def _plain(value: Value) -> Value:
    return value


def cut_of(value: Value) -> int | float | timedelta:
    """A number or a duration, as a ladder's `from:` names it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and is_duration(value):
        return parse_duration(value)
    raise ValueError("must be a number, or a duration such as 90d")
