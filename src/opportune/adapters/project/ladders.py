"""`ladders:`: the first rung whose condition holds, as a chain of choices; and the data of the rungs likewise."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from opportune.adapters.project.attached import NOTHING, Carrier, attached, carrier, cut_of, only_entry, otherwise_of, report_twins
from opportune.adapters.project.desk import Desk
from opportune.adapters.project.drafts import Draft, sample_of
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.language.tree.expressions import Choice, Compare, Comparison, Expr, Literal
from opportune.language.vocabulary.kinds import Kind

EXAMPLE = "- loyal: count(order) >= 5, or - loyal: with when: and its data below it"


def read_ladder(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    """`ladder.x`, and `ladder.x.DATUM` for each datum."""
    what, key = f"ladder '{entry.key}'", f"ladder.{entry.key}"
    form = desk.form.map(entry.node, what, ("rungs", "by", "from", "otherwise", "label", "sample"))
    if (form.get("rungs") is None) == (form.get("by") is None or form.get("from") is None):
        desk.form.report(entry, "E124", f"{what} has either 'rungs', or 'by' and 'from'", "Add what is missing, or leave one out.")
        return {key: Draft(entry, None, Kind.TEXT)}
    rungs = _listed(form, what, desk) if form.get("rungs") is not None else _cut(form, what, desk)
    last = otherwise_of(form.get("otherwise"), what, desk)
    sample = sample_of(form, what, desk)
    if rungs is None or (form.get("otherwise") is not None and last is None):
        return {key: Draft(entry, None, Kind.TEXT)}
    carriers = [found for found, _ in rungs] + ([last] if last else [])
    report_twins(carriers, what, desk)
    desk.steps[key] = tuple(found.name for found in carriers)
    conditions = [condition for _, condition in rungs]
    names = tuple(Literal(found.name) for found in carriers)
    is_written = form.get("rungs") is not None
    drafts = {key: Draft(entry, chain(conditions, names), Kind.TEXT, sample, is_written)}
    for name, values in attached(carriers, what, desk).items():
        drafts[f"{key}.{name}"] = Draft(entry, chain(conditions, values), None, sample, is_written)
    return drafts


def chain(conditions: Sequence[Expr], values: Sequence[Literal]) -> Expr:
    """The value of the first condition that holds; else the one value more there may be, else null."""
    tree: Expr = values[len(conditions)] if len(values) > len(conditions) else NOTHING
    for condition, value in reversed(list(zip(conditions, values, strict=False))):
        tree = Choice(condition, value, tree)
    return tree


def _listed(form: Map, what: str, desk: Desk) -> list[tuple[Carrier, Expr]] | None:
    listed = form.get("rungs")
    nodes = desk.form.listing(listed, f"rungs of {what}") if listed is not None else ()
    if not nodes:
        desk.form.report(listed or form, "E125", f"rungs of {what} must be a list of at least one rung")
        return None
    rungs = [_rung(node, what, desk) for node in nodes]
    found = [rung for rung in rungs if rung is not None]
    return found if len(found) == len(rungs) else None


def _rung(node: Node, what: str, desk: Desk) -> tuple[Carrier, Expr] | None:
    entry = only_entry(node, f"a rung of {what}", desk, EXAMPLE)
    if entry is None:
        return None
    said = f"rung '{entry.key}' of {what}"
    is_map = isinstance(entry.node, Map) and not {inner.key for inner in entry.node.entries} & {"any", "all"}
    found = carrier(entry, what, desk, but=("when",) if is_map else ("any", "all"))
    when = desk.form.map(entry.node, said, None, ("when",)).get("when") if is_map else entry.node
    condition = desk.parsed(when, said) if when is not None else None
    return (found, condition) if found is not None and condition is not None else None


def _cut(form: Map, what: str, desk: Desk) -> list[tuple[Carrier, Expr]] | None:
    """`{by: score.x, from: {hot: 8, warm: 4}}`: the rung with the largest cut that is not above the value."""
    by, cuts = form.get("by"), form.get("from")
    assert by is not None
    assert cuts is not None
    value = desk.parsed(by, f"by of {what}")
    found: list[tuple[Carrier, int | float | timedelta]] = []
    for entry in desk.form.map(cuts, f"from of {what}").entries:
        cut = desk.constant(entry.node, f"cut '{entry.key}' of {what}", cut_of)
        rung = carrier(entry, what, desk)
        if cut is None or rung is None:
            return None
        found.append((rung, cut))
    if value is None or not _is_ordered(found, cuts, what, desk):
        return None
    found.sort(key=lambda pair: pair[1], reverse=True)
    return [(rung, Compare(Comparison.GE, value, Literal(cut))) for rung, cut in found]


def _is_ordered(found: Sequence[tuple[Carrier, int | float | timedelta]], node: Node, what: str, desk: Desk) -> bool:
    cuts = [cut for _, cut in found]
    if not cuts or len({isinstance(cut, timedelta) for cut in cuts}) > 1 or len(set(cuts)) < len(cuts):
        remedy = "Write from: {hot: 8, warm: 4, cold: 0}."
        desk.form.report(node, "E125", f"from of {what} must give each rung a cut of its own, all numbers or all durations", remedy)
        return False
    return True
