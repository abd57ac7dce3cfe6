"""`predictions:`: what stands in for `prediction.x` as long as no model has told it."""

from collections.abc import Mapping

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.drafts import Draft, sample_of
from opportune.adapters.project.form import text
from opportune.adapters.project.nodes import Entry
from opportune.language.tree.expressions import Reference
from opportune.language.tree.predictions import KINDS, Heuristic, foretold
from opportune.language.vocabulary.problems import did_you_mean

HEURISTIC = "(heuristic)"
"""Ends the name of a heuristic among the definitions: no prediction can be called so."""


def read_prediction(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    """`prediction.x`, and its heuristic alone; nothing but the predictions of the language has a name there."""
    what, key = f"prediction '{entry.key}'", f"prediction.{entry.key}"
    kind = KINDS.get(entry.key)
    if kind is None:
        remedy = did_you_mean(entry.key, KINDS) or f"There are {', '.join(KINDS)}."
        desk.form.report(entry, "E110", f"no prediction is called '{entry.key}'", f"{remedy} Anything else is a metric.")
        return {}
    form = desk.form.map(entry.node, what, ("heuristic", "note", "sample"), ("heuristic",))
    heuristic, note = form.get("heuristic"), form.get("note")
    desk.notes[key] = desk.form.value(note, f"note of {what}", text) if note is not None else None
    tree = desk.parsed(heuristic, f"heuristic of {what}") if heuristic is not None else None
    whole = foretold(entry.key, Reference("prediction", f"{entry.key}.{HEURISTIC}"))
    sample = sample_of(form, what, desk)
    return {f"{key}.{HEURISTIC}": Draft(entry, tree, kind, sample), key: Draft(entry, whole, kind, sample, is_written=False)}


def heuristics_of(desk: Desk) -> dict[str, Heuristic]:
    """Prediction → what stands in for it, with everything inlined."""
    found = {name: desk.trees.get(f"prediction.{name}.{HEURISTIC}") for name in KINDS}
    return {name: Heuristic(value=tree, note=desk.notes[f"prediction.{name}"]) for name, tree in found.items() if tree is not None}
