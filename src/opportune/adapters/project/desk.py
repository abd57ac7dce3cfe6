"""Where expressions of a project are read: nodes → parsed trees → checked trees with everything inlined."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from opportune.adapters.project.form import Form, T, Value, length
from opportune.adapters.project.nodes import QUOTE_IT, Listing, Map, Node, Scalar
from opportune.language.tree import predictions
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.dead_conditions import dead_conditions
from opportune.language.tree.expansion import Undecided, expanded, expanded_moment
from opportune.language.tree.expressions import Expr, Labelled, Literal, Selector
from opportune.language.tree.inference import kind_of
from opportune.language.tree.moments import Changes, EventMoment, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.names import NO_NAMES, Names
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.reading import selectors_in
from opportune.language.tree.resolve import inlined, inlined_moment, journey_words_in, key_of, references_in, with_settings
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.types import checked, checked_moment
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean

PREVIOUS = "since=previous"
_SETTING = "setting."
_CHANGE = "a change of "
"""Begins the name of what stands among the triggers for a value that changed; no event is called so."""


@dataclass
class Desk:
    """What is known of a project so far. `kinds` and `trees` are by `room.name`; a broken definition counts as null."""

    form: Form = field(default_factory=Form)
    schema: Schema = USUAL
    names: Names = NO_NAMES
    places: Places = field(default_factory=Places)
    kinds: dict[str, Kind] = field(default_factory=lambda: {f"prediction.{name}": kind for name, kind in predictions.KINDS.items()})
    trees: dict[str, Expr] = field(default_factory=lambda: dict(predictions.TREES))
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`ladder.x` or `tier.x` → its rungs or bands, highest first, `otherwise` last."""
    notes: dict[str, str | None] = field(default_factory=dict)
    """`prediction.x` that has a heuristic → how that is reckoned, for people."""
    samples: dict[str, timedelta] = field(default_factory=dict)
    """`room.name` → how often it is looked at while nothing happens, where it asks for more than daily."""
    declared_at: dict[tuple[str, str], Place] = field(default_factory=dict)
    """(event, property) → where its kind is declared; with "" for the event itself."""
    checked: list[tuple[Expr | Moment, Place]] = field(default_factory=list)
    """Every tree that was checked, not yet inlined, and where it stands: what warnings that need the data are found in."""
    tiers_calibrated: str = "weekly"

    def parsed(self, node: Node, what: str, *, in_predicate: bool = False) -> Expr | None:
        """The tree written at a node: an expression, or a list under `any:` or `all:`; settings are constants in it already."""
        match node:
            case Scalar(value=None):
                self.form.report(node, "E122", f"{what} has no value", QUOTE_IT)
                return None
            case Scalar(value=bool() as value):
                return Literal(value)
            case Scalar():
                place = Place(node.place.file, node.source_line)
                tree, problems = expression(node.source, place, names=self.names, places=self.places, in_predicate=in_predicate)
                self.form.problems += problems
                return with_settings(tree, self.names.settings, self.places) if tree is not None else None
            case Map(entries=entries) if {entry.key for entry in entries} & {"any", "all"}:
                return self._arms(node, what)
            case _:
                self.form.report(node, "E125", f"{what} must be an expression", "A list of conditions stands under any: or all:.")
                return None

    def _arms(self, node: Map, what: str) -> Expr | None:
        entries = self.form.map(node, what, ("any", "all", "label")).entries
        groups: list[Expr] = []
        for entry in entries:
            if entry.key == "label":
                continue
            arms = [self._arm(arm, what) for arm in self.form.listing(entry.node, f"{entry.key}:")]
            if not arms:
                self.form.report(entry, "E125", f"{entry.key}: must be a list of conditions")
            found = [arm for arm in arms if arm is not None]
            if len(found) < len(arms) or not found:
                return None
            groups.append(any_of(found) if entry.key == "any" else all_of(found))
            self.places.mark(groups[-1], entry.place)
        return all_of(groups) if groups else None

    def _arm(self, node: Node, what: str) -> Expr | None:
        """One arm: an expression or a list of its own, perhaps under a label: `label: expr`, or `{label, where}`."""
        if not isinstance(node, Map):
            return self.parsed(node, what)
        label = node.get("label")
        if not {entry.key for entry in node.entries} & {"any", "all", "where", "label"} and len(node.entries) == 1:
            said: str | None = node.entries[0].key
            tree = self.parsed(node.entries[0].node, f"'{said}' of {what}")
        elif node.get("any") is not None or node.get("all") is not None:
            said, tree = self._label(label, what), self.parsed(node, what)
        else:
            where = self.form.map(node, f"an arm of {what}", ("label", "where"), ("where",)).get("where")
            said, tree = self._label(label, what), self.parsed(where, what) if where is not None else None
        if tree is None or said is None:
            return tree
        self.places.mark(arm := Labelled(said, tree), node.place)
        return arm

    def _label(self, node: Node | None, what: str) -> str | None:
        return self.form.value(node, f"label of an arm of {what}", str) if node is not None else None

    def finished(
        self,
        tree: Expr | None,
        place: Place,
        expect: Kind | None,
        *,
        trigger: Selector | None = None,
        is_derived: bool = False,
        is_written: bool = True,
    ) -> tuple[Expr, Kind] | None:
        """The tree checked and with every reference inlined, and its kind; None when it has problems.

        `is_derived`: a property of a derived event, where `since=previous` has a meaning. Not `is_written`: its conditions are made
        of something shorter, so nobody is warned that one is always true.
        """
        if tree is None:
            return None
        before = len(self.form.problems)
        if not is_derived:
            self._refuse_previous(tree, place)
        try:
            spelled = expanded(tree, self.names, self.places)
        except Undecided as error:
            self.form.problems.append(Problem(code="E106", place=self.places.of(tree, place), what=str(error)))
            return None
        known, kind, problems = checked(
            spelled,
            schema=_with_changes(self.schema, trigger),
            expect=expect,
            place=place,
            references=self.kinds,
            places=self.places,
            trigger=trigger,
        )
        self.form.problems += problems
        if any(problem.severity is Severity.ERROR for problem in self.form.problems[before:]):
            return None
        self._keep(known, place, is_written=is_written)
        return inlined(known, self.trees), kind

    def _keep(self, tree: Expr | Moment, place: Place, *, is_written: bool = True) -> None:
        if is_written:
            self.form.problems += dead_conditions(tree, place, self.places)
        self.checked.append((tree, place))

    def _refuse_previous(self, tree: object, place: Place) -> None:
        for node, word in journey_words_in(tree):
            if word == PREVIOUS:
                what = f"{word} has a meaning in derived events only"
                remedy = "It stands under `set:` of an entry of `derived:`."
                self.form.problems.append(Problem(code="E105", place=self.places.of(node, place), what=what, remedy=remedy))

    def condition(self, node: Node | None, what: str, *, trigger: Selector | None = None) -> Expr | None:
        """The condition at a node, ready to use."""
        return self._ready(node, what, Kind.BOOLEAN, trigger)

    def value(self, node: Node | None, what: str, *, trigger: Selector | None = None) -> Expr | None:
        """The value at a node, ready to use."""
        return self._ready(node, what, None, trigger)

    def _ready(self, node: Node | None, what: str, expect: Kind | None, trigger: Selector | None) -> Expr | None:
        if node is None:
            return None
        done = self.finished(self.parsed(node, what), node.place, expect, trigger=trigger)
        return done[0] if done else None

    def moment(self, node: Node, what: str) -> Moment | None:
        """The moment at a node, ready to use."""
        tree = self.parsed_moment(node, what)
        if tree is None or not isinstance(node, Scalar):
            return None
        return self.finished_moment(tree, Place(node.place.file, node.source_line))

    def parsed_moment(self, node: Node, what: str) -> Moment | None:
        """The moment written at a node; settings are constants in it already."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.form.report(
                node, "E125", f"{what} must be a moment", 'Write event("..."), lapse("...", within="2h") or reaches("...", n=3).'
            )
            return None
        place = Place(node.place.file, node.source_line)
        tree, problems = moment(node.source, place, names=self.names, places=self.places)
        self.form.problems += problems
        return cast(Moment, with_settings(cast(Expr, tree), self.names.settings, self.places)) if tree is not None else None

    def finished_moment(self, tree: Moment, place: Place) -> Moment | None:
        """The moment checked and with every reference inlined; None when it has problems."""
        before = len(self.form.problems)
        self._refuse_previous(tree, place)
        try:
            spelled = expanded_moment(tree, self.names, self.places)
        except Undecided as error:
            self.form.problems.append(Problem(code="E106", place=place, what=str(error)))
            return None
        known, problems = checked_moment(spelled, schema=self.schema, place=place, references=self.kinds, places=self.places)
        self.form.problems += problems
        if any(key_of(reference) not in self.trees for reference in references_in(known)):
            return None
        done = inlined_moment(self._sampled(known), self.trees)
        for _, word in journey_words_in(done):
            remedy = "Ask it in only_if, where the moment is known."
            self.form.problems.append(Problem(code="E105", place=place, what=f"{word} cannot be read in a moment", remedy=remedy))
        if any(problem.severity is Severity.ERROR for problem in self.form.problems[before:]):
            return None
        self._keep(known, place)
        return done

    def _sampled(self, tree: Moment) -> Moment:
        """The moment looked at as often as the definitions it refers to ask for."""
        if not isinstance(tree, Turns | Changes):
            return tree
        asked = [self.samples[key] for reference in references_in(tree) if (key := key_of(reference)) in self.samples]
        return replace(tree, sample=min([*asked, *([tree.sample] if tree.sample else [])])) if asked else tree

    def constant(self, node: Node, what: str, read: Callable[[Value], T]) -> T | None:
        """A single value, or the setting it names (`setting.x`)."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.startswith(_SETTING):
            name = node.value.removeprefix(_SETTING)
            known = self.names.settings.get(name)
            if known is None:
                remedy = did_you_mean(name, self.names.settings) or "Define it under `settings:`."
                self.form.report(node, "E110", f"no setting is called '{name}'", remedy)
                return None
            value = known.value if not isinstance(known.value, timedelta | datetime) else None
            return self.form.value(Scalar(value, str(value), node.place, str(value), node.place.line), what, read)
        return self.form.value(node, what, read)

    def duration(self, node: Node, what: str) -> timedelta | None:
        """A duration, or the setting it names."""
        return self.constant(node, what, length)

    def nodes_or_one(self, node: Node) -> tuple[Node, ...]:
        """A list's nodes, or the one node that stands for a list of one."""
        return node.nodes if isinstance(node, Listing) else (node,)


def trigger_of(moments: tuple[Moment, ...]) -> Selector | None:
    """The events that may be the trigger of these moments: those they select, or whatever they read."""
    names: dict[str, None] = {}
    for when in moments:
        selecting = [when.selector] if isinstance(when, EventMoment | ThingMoment | Nth | Reaches | Lapse) else selectors_in(when)
        for selector in selecting:
            if not selector.names:
                return Selector(())
            names.update(dict.fromkeys(selector.names))
        if isinstance(when, Changes):
            names[f"{_CHANGE}{kind_of(when.value).value}"] = None
    return Selector(tuple(names) or ("",)) if moments else None


def _with_changes(schema: Schema, trigger: Selector | None) -> Schema:
    """The schema in which a change has the properties `old` and `new`, of the kind of what changes."""
    for name in trigger.names if trigger is not None else ():
        if name.startswith(_CHANGE):
            kind = Kind(name.removeprefix(_CHANGE))
            schema = schema.with_event(name, {"old": kind, "new": kind})
    return schema
