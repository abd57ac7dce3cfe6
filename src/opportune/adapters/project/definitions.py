"""`metrics:`, `segments:` and `scores:` of a project: parsed, put in order, checked and inlined."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from opportune.adapters.project.declared import report_loop
from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.language.tree.expressions import Expr, Literal, Score, ScorePart
from opportune.language.tree.later import not_yet
from opportune.language.tree.resolve import DEEPEST, LARGEST, journey_words_in, key_of, measured, ordered, references_in
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity

ROOMS = {"metrics": "metric", "segments": "segment", "scores": "score"}
EXPECTED = {"metric": None, "segment": Kind.BOOLEAN, "score": Kind.NUMBER}
BROKEN = Literal(None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition as parsed: where it stands and its tree; `label` for people."""

    entry: Entry
    tree: Expr | None
    label: str | None


def read_definitions(found: dict[str, list[Entry]], desk: Desk) -> dict[str, str]:
    """Every definition into `desk.trees` and `desk.kinds`, each after those it needs; gives the labels of segments."""
    drafts: dict[str, Draft] = {}
    readers: dict[str, Callable[[Entry, Desk], Draft]] = {"metrics": _metric, "segments": _segment, "scores": _score}
    for room, read in readers.items():
        for entry in found.get(room, []):
            drafts[f"{ROOMS[room]}.{entry.key}"] = read(entry, desk)
    for key, draft in drafts.items():
        desk.kinds[key] = Kind.NULL
        desk.form.problems += [
            _out_of_journey(word, desk.places.of(node, draft.entry.place)) for node, word in journey_words_in(draft.tree)
        ]
        if key.startswith("score.") and isinstance(draft.tree, Score):
            desk.kinds[f"{key}.coverage"] = Kind.NUMBER
    needs = {key: frozenset(key_of(reference) for reference in references_in(draft.tree)) for key, draft in drafts.items()}
    order, loops = ordered(needs)
    for loop in loops:
        report_loop(drafts[loop[0]].entry, loop, desk)
    _finish(order, drafts, {key for loop in loops for key in loop}, desk)
    return {key.removeprefix("segment."): draft.label for key, draft in drafts.items() if draft.label and key.startswith("segment.")}


def _out_of_journey(word: str, place: Place) -> Problem:
    what = f"{word} has a value in journeys only"
    remedy = "Elsewhere it is null (since=entry: everything); write it in the journey itself if that is not meant."
    return Problem(code="E145", place=place, what=what, remedy=remedy, severity=Severity.WARNING)


def _finish(order: list[str], drafts: dict[str, Draft], on_loops: set[str], desk: Desk) -> None:
    sizes: dict[str, tuple[int, int]] = {}
    for key in order:
        draft, expect = drafts[key], EXPECTED[key.split(".", 1)[0]]
        desk.trees[key] = BROKEN
        sizes[key] = measured(draft.tree, sizes)
        if sizes[key][0] > LARGEST or sizes[key][1] > DEEPEST:
            desk.form.report(draft.entry, "E102", f"{key} is too large with all it refers to", "Let it refer to fewer definitions.")
            sizes[key] = (1, 1)
        elif key not in on_loops:
            done = _finished(draft, expect, desk)
            if done is not None:
                desk.trees[key], desk.kinds[key] = done


def _finished(draft: Draft, expect: Kind | None, desk: Desk) -> tuple[Expr, Kind] | None:
    if not isinstance(draft.tree, Score):
        return desk.finished(draft.tree, draft.entry.place, expect)
    parts = _finished_parts(draft.tree.parts, draft.entry.place, desk)
    return (Score(parts), Kind.NUMBER) if parts is not None else None


def _finished_parts(parts: tuple[ScorePart, ...], place: Place, desk: Desk) -> tuple[ScorePart, ...] | None:
    done: list[ScorePart] = []
    for part in parts:
        if isinstance(part.value, tuple):
            inner = _finished_parts(part.value, place, desk)
            value: Expr | tuple[ScorePart, ...] | None = inner
        else:
            finished = desk.finished(part.value, desk.places.of(part, place), Kind.NUMBER)
            value = finished[0] if finished else None
        if value is not None:
            done.append(ScorePart(part.weight, part.name, value))
    return tuple(done) if len(done) == len(parts) else None


def _metric(entry: Entry, desk: Desk) -> Draft:
    what = f"metric '{entry.key}'"
    if isinstance(entry.node, Map) and entry.node.get("value") is not None:
        form = desk.form.map(entry.node, what, ("value", "label", "sample"))
        _refuse_sample(form, desk)
        value = form.get("value")
        return Draft(entry, desk.parsed(value, what) if value is not None else None, None)
    return Draft(entry, desk.parsed(entry.node, what), None)


def _segment(entry: Entry, desk: Desk) -> Draft:
    what = f"segment '{entry.key}'"
    label = entry.node.get("label") if isinstance(entry.node, Map) else None
    said = desk.form.value(label, f"label of {what}", str) if label is not None else None
    is_listed = isinstance(entry.node, Map) and (entry.node.get("any") or entry.node.get("all"))
    if isinstance(entry.node, Map) and not is_listed:
        form = desk.form.map(entry.node, what, ("where", "label", "sample"), ("where",))
        _refuse_sample(form, desk)
        where = form.get("where")
        return Draft(entry, desk.parsed(where, what) if where is not None else None, said)
    return Draft(entry, desk.parsed(entry.node, what), said)


def _refuse_sample(form: Map, desk: Desk) -> None:
    sample = form.get("sample")
    if sample is not None:
        desk.form.problems.append(not_yet("sample", sample.place))


def _score(entry: Entry, desk: Desk) -> Draft:
    what = f"score '{entry.key}'"
    form = desk.form.map(entry.node, what, ("parts", "label", "sample"), ("parts",))
    _refuse_sample(form, desk)
    parts = form.get("parts")
    found = _score_parts(parts, what, desk) if parts is not None else None
    return Draft(entry, Score(found) if found else None, None)


def _score_parts(node: Node, what: str, desk: Desk) -> tuple[ScorePart, ...] | None:
    parts = [_score_part(part, what, desk) for part in desk.form.listing(node, f"parts of {what}")]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if not found:
        desk.form.report(node, "E125", f"parts of {what} must be a list of parts")
        return None
    total = sum(part.weight for part in found)
    if not math.isclose(total, 100):
        problem = f"the weights of {what} add to {total:g}, not to 100"
        remedy = "They count as shares of their sum; let them add to 100 to be read as percent."
        desk.form.problems.append(Problem(code="E142", place=node.place, what=problem, remedy=remedy, severity=Severity.WARNING))
    return tuple(found)


def _score_part(node: Node, what: str, desk: Desk) -> ScorePart | None:
    form = desk.form.map(node, f"a part of {what}", ("weight", "name", "value", "parts"), ("weight", "name"))
    weight, name = form.get("weight"), form.get("name")
    share = desk.form.value(weight, "weight", _weight) if weight is not None else None
    said = desk.form.value(name, "name", str) if name is not None else None
    value, parts = form.get("value"), form.get("parts")
    if (value is None) == (parts is None):
        desk.form.report(node, "E124", f"a part of {what} has either 'value' or 'parts'", "Add the one that is missing, or leave one out.")
        return None
    tree: Expr | tuple[ScorePart, ...] | None = None
    if value is not None:
        tree = desk.parsed(value, f"part '{said}' of {what}")
    elif parts is not None:
        tree = _score_parts(parts, f"part '{said}' of {what}", desk)
    if share is None or said is None or tree is None:
        return None
    part = ScorePart(share, said, tree)
    desk.places.mark(part, node.place)
    return part


def _weight(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError("must be a number above 0")
    return float(value)
