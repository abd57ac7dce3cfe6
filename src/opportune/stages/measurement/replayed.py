"""What a replay of journeys comes to, as figures for a page: volume by week and tier, who got most, which orders followed.

Weeks are UTC and begin on Mondays. A replay mails nobody: orders that followed a message would have come without it.

Held to tests/measurement/test_replayed.py.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.measurement.summary import JourneySummary

WEEK = span_of(timedelta(days=7))
_MONDAY = span_of(timedelta(days=4))
"""1970 began on a Thursday."""
FOLLOWING = WEEK
"""How long after a message an order counts as one that followed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A message that would have been made, or was held back."""

    journey: str
    customer: int
    at: Instant
    reason: str = ""
    """Why it was held back; empty: it would have been sent."""
    tier: str = ""
    """The customer's at that instant; empty where there is none."""
    orders: int = 0
    """Those that followed it, and no later message."""
    value: int = 0
    """Theirs, in 1/10000 of the shop's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyFigures:
    """One journey in one replay."""

    summary: JourneySummary
    turned: Mapping[str, int]
    """Reason → moments that were not entered."""
    orders: int
    """Orders that followed its messages."""
    value: int
    """Theirs, in 1/10000 of the shop's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFigures:
    """One replay: one choice of settings."""

    journeys: Sequence[JourneyFigures]
    weeks: Sequence[Instant]
    """Mondays; the first and the last week may be cut short."""
    volume: Mapping[str, Sequence[int]]
    """Tier → messages that would have been sent, week by week."""
    most: int
    """The most messages to one customer in any 7 days."""
    length: int
    """Of the replay, in µs."""

    @property
    def sent(self) -> int:
        """Messages that would have been sent."""
        return sum(each.summary.mails for each in self.journeys)

    @property
    def sent_weekly(self) -> float:
        """The same, a week."""
        return self.sent * WEEK / self.length if self.length else 0.0

    @property
    def held(self) -> Mapping[str, int]:
        """Reason → messages held back, the commonest first."""
        found = Counter[str]()
        for each in self.journeys:
            found.update(each.summary.held)
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def turned(self) -> Mapping[str, int]:
        """Reason → moments not entered, the commonest first."""
        found = Counter[str]()
        for each in self.journeys:
            found.update(each.turned)
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def replay_figures(
    summaries: Sequence[JourneySummary],
    turned: Mapping[tuple[str, str], int],
    decided: Sequence[Decided],
    *,
    tiers: Sequence[str],
    start: Instant,
    end: Instant,
) -> ReplayFigures:
    """Everything of one replay of (start, end]. `tiers`: in which order they are shown, highest first; '' comes last."""
    sent = [each for each in decided if not each.reason]
    weeks = weeks_between(start, end)
    return ReplayFigures(
        journeys=[_journey(summary, turned, sent) for summary in summaries],
        weeks=weeks,
        volume=_volume(sent, weeks, tiers),
        most=most_in_a_week(sent),
        length=end - start,
    )


def _journey(summary: JourneySummary, turned: Mapping[tuple[str, str], int], sent: Sequence[Decided]) -> JourneyFigures:
    mine = [each for each in sent if each.journey == summary.journey]
    return JourneyFigures(
        summary=summary,
        turned={result: number for (name, result), number in turned.items() if name == summary.journey and result != "entered"},
        orders=sum(each.orders for each in mine),
        value=sum(each.value for each in mine),
    )


def _volume(sent: Iterable[Decided], weeks: Sequence[Instant], tiers: Sequence[str]) -> dict[str, list[int]]:
    counted: dict[str, list[int]] = {tier: [0] * len(weeks) for tier in (*tiers, "")}
    for each in sent:
        counted.setdefault(each.tier, [0] * len(weeks))[bisect_right(weeks, each.at) - 1] += 1
    return {tier: numbers for tier, numbers in counted.items() if any(numbers)}


def week_of(at: Instant) -> Instant:
    """The Monday on or before an instant, 0:00 UTC."""
    return Instant((at - _MONDAY) // WEEK * WEEK + _MONDAY)


def weeks_between(start: Instant, end: Instant) -> list[Instant]:
    """The weeks that (start, end] touches."""
    return [Instant(monday) for monday in range(week_of(Instant(start + 1)), end + 1, WEEK)]


def most_in_a_week(sent: Iterable[Decided]) -> int:
    """The most messages that one customer gets in any (at - 7 days, at]."""
    by_customer: dict[int, list[int]] = defaultdict(list)
    for each in sent:
        by_customer[each.customer].append(each.at)
    return max((_fullest(sorted(instants)) for instants in by_customer.values()), default=0)


def _fullest(instants: Sequence[int]) -> int:
    return max(place + 1 - bisect_right(instants, at - WEEK) for place, at in enumerate(instants))


def followed_until(sent: Sequence[tuple[int, Instant]], end: Instant) -> Iterator[Instant]:
    """For each (customer, at), up to when orders are those that followed it: 7 days, the next message to her, or the end.

    So an order follows one message at most. Of two at one instant the first has none.
    """
    order = sorted(range(len(sent)), key=lambda place: (sent[place], place))
    until = [Instant(min(at + FOLLOWING, max(at, end))) for _, at in sent]
    for place, following in pairwise(order):
        if sent[place][0] == sent[following][0]:
            until[place] = min(until[place], sent[following][1])
    yield from until
