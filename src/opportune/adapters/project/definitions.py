"""Every named definition of a project: parsed, put in order over all kinds of them, checked and inlined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from opportune.adapters.project.derived import Deriving, finish_derived, know_derived, read_derived
from opportune.adapters.project.desk import PREVIOUS, Desk
from opportune.adapters.project.drafts import Draft, label_of, sample_of
from opportune.adapters.project.ladders import read_ladder
from opportune.adapters.project.named_events import NOTHING, finish_named, read_named, read_properties
from opportune.adapters.project.nodes import Entry, Map
from opportune.adapters.project.predictions import read_prediction
from opportune.adapters.project.scores import read_score
from opportune.adapters.project.tiers import read_tier
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Expr, Literal, Score, ScorePart
from opportune.language.tree.inference import COUNTABLE, own_kind
from opportune.language.tree.reading import selectors_in
from opportune.language.tree.resolve import DEEPEST, LARGEST, journey_words_in, key_of, measured, ordered, references_in
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity

ROOMS = {"metrics": "metric", "segments": "segment", "scores": "score", "ladders": "ladder", "tiers": "tier", "predictions": "prediction"}
BROKEN = Literal(None)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the definitions besides `desk.trees` and `desk.kinds`."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Name of a segment, else `room.name` → label for people."""
    derived: Mapping[str, Derived] = field(default_factory=dict)
    """Each after those it reads."""


def read_definitions(found: Mapping[str, list[Entry]], desk: Desk) -> Read:
    """Every definition into `desk.trees` and `desk.kinds`, each after those it needs; named events into `desk.names`."""
    named = {f"event.{entry.key}": entry for entry in read_properties(found.get("events", []), desk)}
    derived = know_derived(found.get("derived", []), desk)
    _read_named(named, desk)
    derivings = {f"derived.{entry.key}": read_derived(entry, desk) for entry in derived}
    drafts, labels = _drafts(found, desk)
    needs = {
        **{key: _needs(desk.names.events[key.removeprefix("event.")], desk) for key in named},
        **{key: _needs(deriving.trees, desk) for key, deriving in derivings.items()},
        **{key: _needs(draft.tree, desk) for key, draft in drafts.items()},
    }
    order, loops = ordered(needs)
    entries = {**named, **{key: one.entry for key, one in derivings.items()}, **{key: one.entry for key, one in drafts.items()}}
    for loop in loops:
        _report_loop(entries[loop[0]], loop, desk)
    on_loops = {key for loop in loops for key in loop}
    for key in on_loops & named.keys():
        desk.names = replace(desk.names, events={**desk.names.events, key.removeprefix("event."): NOTHING})
    done = _Finishing(drafts, derivings, named, on_loops, desk).all(order)
    return Read(labels, done)


def _read_named(entries: Mapping[str, Entry], desk: Desk) -> None:
    """Named events as written, without those that go round in a loop: whoever reads one follows it to its end."""
    events = read_named(entries.values(), desk)
    needs = {f"event.{name}": _needs(event, desk) for name, event in events.items()}
    for loop in ordered(needs)[1]:
        _report_loop(entries[loop[0]], loop, desk)
        events.update(dict.fromkeys((key.removeprefix("event.") for key in loop), NOTHING))
    desk.names = replace(desk.names, events=events)


def _drafts(found: Mapping[str, list[Entry]], desk: Desk) -> tuple[dict[str, Draft], dict[str, str]]:
    """Every draft by `room.name`, and the labels."""
    readers: dict[str, Callable[[Entry, Desk], Mapping[str, Draft]]] = {
        "metrics": _metric,
        "segments": _segment,
        "scores": read_score,
        "ladders": read_ladder,
        "tiers": read_tier,
        "predictions": read_prediction,
    }
    drafts: dict[str, Draft] = {}
    labels: dict[str, str] = {}
    for room, read in readers.items():
        for entry in found.get(room, []):
            drafts.update(read(entry, desk))
            label = label_of(entry.node, f"{ROOMS[room]} '{entry.key}'", desk) if isinstance(entry.node, Map) else None
            if label is not None:
                labels[entry.key if room == "segments" else f"{ROOMS[room]}.{entry.key}"] = label
    for key, draft in drafts.items():
        desk.kinds[key] = Kind.NULL
        words = [found for found in journey_words_in(draft.tree) if found[1] != PREVIOUS]
        desk.form.problems += [_out_of_journey(word, desk.places.of(node, draft.entry.place)) for node, word in words]
        if key.startswith("score."):
            desk.kinds[f"{key}.coverage"] = Kind.NUMBER
    return drafts, labels


def _metric(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    return {f"metric.{entry.key}": _plain(entry, f"metric '{entry.key}'", "value", None, desk)}


def _segment(entry: Entry, desk: Desk) -> Mapping[str, Draft]:
    return {f"segment.{entry.key}": _plain(entry, f"segment '{entry.key}'", "where", Kind.BOOLEAN, desk)}


def _plain(entry: Entry, what: str, key: str, expect: Kind | None, desk: Desk) -> Draft:
    """An expression, a list under any: or all:, or a map with the expression under `key`."""
    node = entry.node
    if not isinstance(node, Map) or {inner.key for inner in node.entries} & {"any", "all"}:
        return Draft(entry, desk.parsed(node, what), expect)
    form = desk.form.map(node, what, (key, "label", "sample"), (key,))
    value = form.get(key)
    return Draft(entry, desk.parsed(value, what) if value is not None else None, expect, sample_of(form, what, desk))


def _out_of_journey(word: str, place: Place) -> Problem:
    what = f"{word} has a value in journeys only"
    remedy = "Elsewhere it is null (since=entry: everything); write it in the journey itself if that is not meant."
    return Problem(code="E145", place=place, what=what, remedy=remedy, severity=Severity.WARNING)


def _needs(tree: object, desk: Desk) -> frozenset[str]:
    """The definitions a tree names: those of references, named events and derived events."""
    found = {key_of(reference) for reference in references_in(tree)}
    for selector in selectors_in(tree):
        found |= {f"event.{name}" for name in selector.named}
        found |= {f"derived.{name}" for name in selector.names if name in desk.names.derived}
    return frozenset(found)


def _report_loop(entry: Entry, loop: tuple[str, ...], desk: Desk) -> None:
    said = " → ".join(key.replace(".", " ", 1) if key.startswith(("event.", "derived.")) else key for key in (*loop, loop[0]))
    desk.form.report(entry, "E111", f"these definitions go round in a loop: {said}", "Let one of them stand alone.")


@dataclass
class _Finishing:
    """Checks and inlines definitions in an order in which each comes after those it needs."""

    drafts: Mapping[str, Draft]
    derivings: Mapping[str, Deriving]
    named: Mapping[str, Entry]
    on_loops: set[str]
    desk: Desk
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def all(self, order: list[str]) -> dict[str, Derived]:
        derived: dict[str, Derived] = {}
        for key in order:
            if key in self.drafts:
                self._draft(key, self.drafts[key])
            elif key in self.named and key not in self.on_loops:
                finish_named(self.named[key], self.desk)
            elif key in self.derivings and key not in self.on_loops:
                found = finish_derived(self.derivings[key], self.desk)
                if found is not None:
                    derived[found.name] = found
        return derived

    def _draft(self, key: str, draft: Draft) -> None:
        desk = self.desk
        desk.trees[key] = BROKEN
        self.sizes[key] = measured(draft.tree, self.sizes)
        if self.sizes[key][0] > LARGEST or self.sizes[key][1] > DEEPEST:
            desk.form.report(draft.entry, "E102", f"{key} is too large with all it refers to", "Let it refer to fewer definitions.")
            self.sizes[key] = (1, 1)
        elif key not in self.on_loops:
            done = _finished(draft, desk)
            if done is not None:
                desk.trees[key], desk.kinds[key] = done
                self._sampled(key, draft)

    def _sampled(self, key: str, draft: Draft) -> None:
        """A definition is looked at as often as any it refers to asks for."""
        needed = (self.desk.samples.get(key_of(reference)) for reference in references_in(draft.tree))
        asked: list[timedelta] = [sample for sample in (draft.sample, *needed) if sample is not None]
        if asked:
            self.desk.samples[key] = min(asked)


def _finished(draft: Draft, desk: Desk) -> tuple[Expr, Kind] | None:
    if draft.is_ranked:
        return _ranked(draft, desk)
    if not isinstance(draft.tree, Score):
        return desk.finished(draft.tree, draft.entry.place, draft.expect, is_written=draft.is_written)
    parts = _finished_parts(draft.tree.parts, draft.entry.place, desk)
    return (Score(parts), Kind.NUMBER) if parts is not None else None


def _ranked(draft: Draft, desk: Desk) -> tuple[Expr, Kind] | None:
    """A value that nobody declared is taken for a number."""
    is_open = draft.tree is not None and own_kind(draft.tree, desk.schema, desk.kinds, None, None) is None
    done = desk.finished(draft.tree, draft.entry.place, Kind.NUMBER if is_open else None)
    if done is None or done[1] in (*COUNTABLE, Kind.NULL):
        return done
    what = f"tier '{draft.entry.key}' ranks by {done[1].value}"
    desk.form.report(draft.entry, "E108", what, "Rank by a number, money or a duration, such as sum(order, total).")
    return None


def _finished_parts(parts: tuple[ScorePart, ...], place: Place, desk: Desk) -> tuple[ScorePart, ...] | None:
    done: list[ScorePart] = []
    for part in parts:
        if isinstance(part.value, tuple):
            value: Expr | tuple[ScorePart, ...] | None = _finished_parts(part.value, place, desk)
        else:
            finished = desk.finished(part.value, desk.places.of(part, place), Kind.NUMBER)
            value = finished[0] if finished else None
        if value is not None:
            done.append(ScorePart(part.weight, part.name, value))
    return tuple(done) if len(done) == len(parts) else None
