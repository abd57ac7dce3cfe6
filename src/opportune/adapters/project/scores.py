"""`scores:`: weighted parts, in groups that nest."""

import math
from collections.abc import Mapping

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.drafts import Draft, sample_of
from opportune.adapters.project.form import Value
from opportune.adapters.project.nodes import Entry, Node
from opportune.language.tree.expressions import Expr, Score, ScorePart
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Problem, Severity


def read_score(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    """`score.x`."""
    what = f"score '{entry.key}'"
    form = desk.form.map(entry.node, what, ("parts", "label", "sample"), ("parts",))
    parts = form.get("parts")
    found = _parts(parts, what, desk) if parts is not None else None
    return {f"score.{entry.key}": Draft(entry, Score(found) if found else None, Kind.NUMBER, sample_of(form, what, desk))}


def _parts(node: Node, what: str, desk: Desk) -> tuple[ScorePart, ...] | None:
    parts = [_part(part, what, desk) for part in desk.form.listing(node, f"parts of {what}")]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if not found:
        desk.form.report(node, "E125", f"parts of {what} must be a list of parts")
        return None
    total = math.fsum(part.weight for part in found)
    if not math.isclose(total, 100):
        problem = f"the weights of {what} add to {total:g}, not to 100"
        remedy = "They count as shares of their sum; let them add to 100 to be read as percent."
        desk.form.problems.append(Problem(code="E142", place=node.place, what=problem, remedy=remedy, severity=Severity.WARNING))
    return tuple(found)


def _part(node: Node, what: str, desk: Desk) -> ScorePart | None:
    form = desk.form.map(node, f"a part of {what}", ("weight", "name", "value", "parts"), ("weight", "name"))
    weight, name = form.get("weight"), form.get("name")
    share = desk.constant(weight, "weight", _weight) if weight is not None else None
    said = desk.form.value(name, "name", str) if name is not None else None
    value, parts = form.get("value"), form.get("parts")
    if (value is None) == (parts is None):
        desk.form.report(node, "E124", f"a part of {what} has either 'value' or 'parts'", "Add the one that is missing, or leave one out.")
        return None
    tree: Expr | tuple[ScorePart, ...] | None = None
    if value is not None:
        tree = desk.parsed(value, f"part '{said}' of {what}")
    elif parts is not None:
        tree = _parts(parts, f"part '{said}' of {what}", desk)
    if share is None or said is None or tree is None:
        return None
    part = ScorePart(share, said, tree)
    desk.places.mark(part, node.place)
    return part


def _weight(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError("must be a number above 0")
    return float(value)
