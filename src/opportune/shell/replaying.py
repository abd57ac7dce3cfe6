"""What is asked about a backtest when it is over: each message's tier at its instant, and the orders that followed it."""

from collections.abc import Sequence

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.project import Project
from opportune.language.compiler.values import at_pairs
from opportune.language.relations.plans import Row
from opportune.language.tree.expressions import Expr, Literal
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.problems import ProblemsFound
from opportune.shell.backtest import Backtest
from opportune.shell.world import Rules
from opportune.stages.measurement.replayed import Decided, ReplayFigures, followed_until, replay_figures
from opportune.stages.sending.message import Message, MessageStatus

TIER = "value"
"""By this tier volume is told, and where a project has none of the name by its first."""
_ORDERS = ("order", '"Order Completed"')
"""The project's own event for an order, or that of the vocabulary."""


def figures_of(engine: Engine, project: Project, found: Backtest, rules: Rules, start: Instant, end: Instant) -> ReplayFigures:
    """The figures of a backtest of (start, end]. Cost: two questions about every message that would have been sent."""
    name = tier_of(project)
    tiers = project.definitions.steps_of.get(f"tier.{name}", ()) if name else ()
    decided = _decided(engine, project, found, rules, end)
    return replay_figures(found.summaries, found.turned, decided, tiers=tiers, start=start, end=end)


def tier_of(project: Project) -> str | None:
    """The name of the tier by which volume is told."""
    tiers = project.definitions.tiers
    return TIER if TIER in tiers else next(iter(tiers), None)


def _decided(engine: Engine, project: Project, found: Backtest, rules: Rules, end: Instant) -> list[Decided]:
    whose = {each.id: each.identity_key for each in found.enrolments}  # a merge moves enrolments, messages stay as they were decided
    sent = [each for each in found.messages if each.status is not MessageStatus.HELD]
    held = [each for each in found.messages if each.status is MessageStatus.HELD]
    keys = [whose[each.enrolment_id] for each in sent]
    tiers = _tiers(engine, project, sent, keys, rules)
    orders = _orders(engine, project, sent, keys, end)
    made = [
        Decided(journey=each.journey, customer=key, at=each.decided_at, tier=tier, orders=number, value=value)
        for each, key, tier, (number, value) in zip(sent, keys, tiers, orders, strict=True)
    ]
    kept = [Decided(journey=m.journey, customer=whose[m.enrolment_id], at=m.decided_at, reason=m.reason) for m in held]
    return [*made, *kept]


def _tiers(engine: Engine, project: Project, sent: Sequence[Message], keys: Sequence[int], rules: Rules) -> list[str]:
    name = tier_of(project)
    if name is None or not sent:
        return [""] * len(sent)
    pairs: list[Row] = [
        (n, key, each.decided_at, rules.seen_at(each.decided_at), None, None, None, None, None)
        for n, (each, key) in enumerate(zip(sent, keys, strict=True))
    ]
    rows = engine.rows(at_pairs({"tier": project.definitions.tiers[name]}), {}, {"pairs": pairs})
    told = {row[0]: str(row[1] or "") for row in rows}
    return [told[n] for n in range(len(sent))]


def _orders(engine: Engine, project: Project, sent: Sequence[Message], keys: Sequence[int], end: Instant) -> list[tuple[int, int]]:
    """Number and value of the orders that followed each message."""
    if not sent:
        return []
    until = followed_until([(key, each.decided_at) for key, each in zip(keys, sent, strict=True)], end)
    pairs: list[Row] = [
        (n, key, ends, FOREVER, each.decided_at, each.enrolment_id, None, None, False)
        for n, (key, each, ends) in enumerate(zip(keys, sent, until, strict=True))
    ]
    rows = engine.rows(at_pairs(_bought(project)), {}, {"pairs": pairs})
    told = {row[0]: (int(row[1] or 0), int(row[2] or 0)) for row in rows}
    return [told[n] for n in range(len(sent))]


def _bought(project: Project) -> dict[str, Expr]:
    """Columns orders and value, since the message."""
    for event in _ORDERS:
        texts = {"orders": f"count({event}, since=entry)", "value": f"sum({event}, total, since=entry)"}
        try:
            return project.expressions(texts)[0]
        except ProblemsFound:
            continue
    return {"orders": Literal(0), "value": Literal(0)}
