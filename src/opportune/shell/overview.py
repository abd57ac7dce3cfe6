"""The figures of the overview page and of `opportune report`: the shop, its segments, what the journeys did and earned."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.values import snapshot
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant
from opportune.language.vocabulary.kinds import MONEY_SCALE
from opportune.shell.evaluation import Stretch, stretch_of
from opportune.shell.goals import compile_goal, goals_reached
from opportune.shell.ground import Ground
from opportune.shell.workspace import Workspace
from opportune.stages.measurement import activity
from opportune.stages.measurement.arms import Interval
from opportune.stages.measurement.summary import JourneySummary, Mail, summarise


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day; `revenue` net of refunds, in the shop's currency."""

    start: Instant
    events: int
    orders: int
    revenue: float
    mails: int
    clicked: int


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """How many customers are in a segment at `Overview.at`."""

    name: str
    label: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on the page but what is counted in memory."""

    at: Instant
    stretch: Stretch | None
    customers: int
    segments: Sequence[SegmentSize]
    journeys: Sequence[JourneySummary]
    turned: Mapping[tuple[str, str], int]
    """(journey, result) → moments."""
    days: Sequence[Day]
    statuses: Mapping[str, int]
    """Message status → number, since going live."""

    @property
    def revenue_per_mail(self) -> float | None:
        """Goal value of all treated a mail sent."""
        mails = sum(journey.mails for journey in self.journeys)
        return sum(journey.revenue for journey in self.journeys) / mails if mails else None

    @property
    def incremental_revenue(self) -> Interval | None:
        """What all mails together earned beyond the held out; journeys draw their hold-outs apart, so variances add up."""
        known = [journey.incremental_revenue for journey in self.journeys if journey.incremental_revenue]
        if not known:
            return None
        estimate = sum(each.estimate for each in known)
        half = math.hypot(*(each.high - each.estimate for each in known))
        return Interval(estimate, estimate - half, estimate + half)


def overview(workspace: Workspace, engine: Engine, *, days: int = 35) -> Overview:
    """The figures now. Cost: one snapshot of all segments, one scan of the last `days`, one goal query a journey."""
    at = workspace.clock()
    engine = Ground(engine, [workspace.running_definitions()], {})
    reach = stretch_of(engine)
    customers, segments = _segments(workspace, engine, at)
    messages = workspace.journeys.messages(EARLIEST, FOREVER)
    statuses: dict[str, int] = {}
    for message in messages:
        statuses[message.status.value] = statuses.get(message.status.value, 0) + 1
    mails = [Mail(m.id, m.journey, m.status.value, m.reason, m.decided_at) for m in messages]
    return Overview(
        at=at,
        stretch=reach,
        customers=customers,
        segments=segments,
        journeys=_journeys(workspace, engine, mails, at),
        turned=workspace.journeys.turned(),
        days=_days(engine, Instant(at - days * activity.DAY), at),
        statuses=dict(sorted(statuses.items())),
    )


def _segments(workspace: Workspace, engine: Engine, at: Instant) -> tuple[int, list[SegmentSize]]:
    definitions = workspace.running_definitions()
    names = tuple(definitions.segments)
    values = snapshot(dict(definitions.segments), workspace.engine.sibling().kept())
    found = engine.rows(activity.sizes(values, names), {"at": at, "seen": FOREVER})[0]
    sizes = [SegmentSize(name, definitions.labels.get(name, name), int(n or 0)) for name, n in zip(names, found[1:], strict=True)]
    return int(found[0] or 0), sizes


def _journeys(workspace: Workspace, engine: Engine, mails: Sequence[Mail], at: Instant) -> list[JourneySummary]:
    clicked = frozenset(str(row[0]) for row in engine.rows(activity.clicked(), {"after": workspace.live_since or EARLIEST}))
    enrolments = workspace.journeys.enrolments()
    summaries = []
    for name, journey in sorted(workspace.running_definitions().journeys.items()):
        mine = [enrolment for enrolment in enrolments if enrolment.journey == name]
        enrolled = goals_reached(engine, compile_goal(journey.goal) if journey.goal else None, mine, at)
        summaries.append(summarise(name, enrolled, [mail for mail in mails if mail.journey == name], clicked))
    return summaries


def _days(engine: Engine, after: Instant, until: Instant) -> list[Day]:
    """Every day of the stretch, also those on which nothing happened."""
    found = {int(row[0] or 0): row for row in engine.rows(activity.by_day(), {"after": after, "until": until})}
    first, last = after // activity.DAY + 1, until // activity.DAY
    days = []
    for day in range(first, last + 1):
        _, events, orders, revenue, mails, clicked = found.get(day, (day, 0, 0, 0, 0, 0))
        start = Instant(day * activity.DAY)
        days.append(Day(start, int(events or 0), int(orders or 0), int(revenue or 0) / MONEY_SCALE, int(mails or 0), int(clicked or 0)))
    return days
