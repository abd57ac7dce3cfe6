"""Journeys of a project: SEMANTICS section 6, the part of it this version runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opportune.adapters.project.desk import Desk, trigger_of
from opportune.adapters.project.form import Value, length, one_of, share, text, whole
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.adapters.project.steps import Steps
from opportune.language.tree.build import both, either
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.tree.journeys import Goal, Journey, MessageKind, Reentry, Rung
from opportune.language.tree.moments import Every, Moment
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Problem, Severity, did_you_mean

DEFAULTS = ("only_if", "exit_if", "reentry", "holdout", "priority", "kind")
KEYS = ("when", "only_if", "exit_if", "reentry", "key", "rung", "holdout", "priority", "kind", "goal", "steps", "label")
PRIORITY = 50
"""Where a journey says none."""


@dataclass(frozen=True)
class Defaults:
    """What is said for all journeys: `journey_defaults:`, as nodes that are read anew for each; and `rungs:`, ladder by ladder."""

    entries: Map | None
    rungs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The default of a key."""
        return self.entries.get(key) if self.entries is not None else None


def read_journey(entry: Entry, defaults: Defaults, templates: frozenset[str], desk: Desk) -> Journey | None:
    """One journey; None when it has problems that leave nothing to run."""
    before = len(desk.form.problems)
    what = f"journey '{entry.key}'"
    form = desk.form.map(entry.node, what, KEYS, ("when", "reentry", "steps") if defaults.get("reentry") is None else ("when", "steps"))
    moments = _moments(form.get("when"), desk)
    trigger = trigger_of(moments)
    if any(isinstance(moment, Every) for moment in moments) and not (form.get("only_if") or defaults.get("only_if")):
        remedy = "Add `only_if: consent.email` or the segment that is meant; `only_if: True` for everybody."
        desk.form.report(entry, "E124", f"{what} has no 'only_if', and every(...) comes round for every customer", remedy)
    steps = Steps(desk, trigger, templates)
    listed = form.get("steps")
    program = steps.read(listed, f"steps of {what}") if listed is not None else ()
    kind = _kind(form.get("kind") or defaults.get("kind"), desk)
    journey = Journey(
        name=entry.key,
        when=moments,
        only_if=both(
            _condition("only_if", defaults.get("only_if"), trigger, desk), _condition("only_if", form.get("only_if"), trigger, desk)
        ),
        exit_if=either(
            _condition("exit_if", defaults.get("exit_if"), trigger, desk), _condition("exit_if", form.get("exit_if"), trigger, desk)
        ),
        reentry=_reentry(form.get("reentry") or defaults.get("reentry"), desk),
        key=desk.value(form.get("key"), "key", trigger=trigger),
        holdout=_holdout(entry, form.get("holdout") or defaults.get("holdout"), steps.sends_marketing(kind), desk),
        priority=_priority(form.get("priority") or defaults.get("priority"), desk),
        kind=kind,
        goal=_goal(form.get("goal"), trigger, desk),
        steps=program,
        rung=_rung(form.get("rung"), defaults.rungs, desk),
    )
    if any(problem.severity is Severity.ERROR for problem in desk.form.problems[before:]):
        return None
    return journey


def _moments(node: Node | None, desk: Desk) -> tuple[Moment, ...]:
    if node is None:
        return ()
    nodes = desk.nodes_or_one(node)
    if not nodes:
        desk.form.report(node, "E125", "when must be a moment or a list of moments")
    found = [desk.moment(part, "when") for part in nodes]
    return tuple(moment for moment in found if moment is not None)


def _condition(key: str, node: Node | None, trigger: Selector | None, desk: Desk) -> Expr | None:
    return desk.condition(node, key, trigger=trigger)


def _reentry(node: Node | None, desk: Desk) -> Reentry | timedelta:
    read = None if node is None else desk.constant(node, "reentry", _reentry_of)
    return read if read is not None else Reentry.NEVER


def _reentry_of(value: Value) -> Reentry | timedelta:
    if value in ("never", "always"):
        return Reentry(value)
    if isinstance(value, str) and value[:1].isalpha():
        raise ValueError("must be never, always or a duration such as 7d")
    return length(value)


def _rung(node: Node | None, ladders: Mapping[str, tuple[str, ...]], desk: Desk) -> Rung | None:
    said = desk.form.value(node, "rung", text) if node is not None else None
    if node is None or said is None:
        return None
    ladder, _, name = said.partition(".")
    if name in ladders.get(ladder, ()):
        return Rung(ladder=ladder, place=ladders[ladder].index(name))
    known = [f"{each}.{rung}" for each, rungs in ladders.items() for rung in rungs]
    remedy = did_you_mean(said, known) or "Write it into opportune.yml: rungs: {abandonment: [checkout, cart, product]}, the highest first."
    desk.form.report(node, "E110", f"no rung is called '{said}'", remedy)
    return None


def _holdout(entry: Entry, node: Node | None, is_sending: bool, desk: Desk) -> float:
    if node is None:
        if is_sending:
            what = f"journey '{entry.key}' sends and holds nobody out, so what it earns cannot be known"
            remedy = "Add `holdout: 10%`, or `holdout: 0%` if that is meant."
            desk.form.problems.append(Problem(code="E140", place=entry.place, what=what, remedy=remedy, severity=Severity.WARNING))
        return 0.0
    return desk.constant(node, "holdout", share) or 0.0


def _priority(node: Node | None, desk: Desk) -> int:
    found = None if node is None else desk.constant(node, "priority", whole)
    return PRIORITY if found is None else found


def _kind(node: Node | None, desk: Desk) -> MessageKind:
    found = None if node is None else desk.form.value(node, "kind", one_of("marketing", "transactional"))
    return MessageKind(found) if found else MessageKind.MARKETING


def _goal(node: Node | None, trigger: Selector | None, desk: Desk) -> Goal | None:
    if node is None:
        return None
    form = desk.form.map(node, "goal", ("reached", "within", "value"), ("reached", "within"))
    reached = desk.condition(form.get("reached"), "goal.reached", trigger=trigger)
    within = form.get("within")
    span = desk.duration(within, "goal.within") if within is not None else None
    value = form.get("value")
    amount = desk.finished(desk.parsed(value, "goal.value"), value.place, None, trigger=trigger) if value is not None else None
    if value is not None and amount is not None and amount[1] not in (Kind.MONEY, Kind.NUMBER, Kind.NULL):
        desk.form.report(value, "E108", "goal.value must be money or a number", 'Write sum("Order Completed", total, since=entry).')
    if reached is None or span is None:
        return None
    return Goal(reached=reached, within=span, value=amount[0] if amount else None)
