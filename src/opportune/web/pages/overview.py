"""The overview: is the shop heard, what runs, what goes out, and what it earned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from opportune.language.vocabulary.instants import Instant
from opportune.shell.overview import Overview
from opportune.stages.measurement.arms import Interval
from opportune.stages.measurement.summary import JourneySummary
from opportune.web import charts, wording
from opportune.web.desk import Desk, desk_of

ON_THEIR_WAY = ("planned", "claimed")
HANDED_OVER = ("handed_over", "confirmed")
LATE = 60_000_000
"""Microseconds without a decision after which freshness is shown as late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRow:
    """A line of the journeys' table, in words."""

    name: str
    enrolled: str
    sent: str
    clicked: str
    clicked_share: str
    reached: str
    held_out: str
    revenue_per_mail: str
    difference: str
    interval: str
    plot: SafeString
    missing: str
    """Why there is no difference."""


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    desk = desk_of(request)
    found = desk.overview()
    now = desk.workspace.clock()
    values = {
        "found": found,
        "here": "overview",
        "tiles": _tiles(desk, found),
        "earned": _earned(found, desk.currency),
        "charts": [
            charts.days_chart(found.days, desk.currency, width=width, name=name) for width, name in ((1100, "wide"), (320, "narrow"))
        ],
        "has_days": any(each.events or each.mails for each in found.days),
        "segments": _segments(found),
        "journeys": journey_rows(found.journeys, desk.currency),
        "turned": _counted({(journey, why): number for (journey, why), number in found.turned.items() if why != "entered"}),
        "held": _held(found.journeys),
        "freshness": _freshness(desk, found, now),
        "statuses": [(wording.STATUS_WORDS.get(name, name), name, f"{number:,}") for name, number in found.statuses.items()],
    }
    return render(request, "overview.html", values)


def _tiles(desk: Desk, found: Overview) -> dict[str, object]:
    minutes = desk.taken_by_minute()
    handed_over = _number(found, HANDED_OVER)
    clicked = sum(journey.clicked for journey in found.journeys)
    per_mail = found.revenue_per_mail
    hour = f"{sum(minutes):,} taken in the last hour"
    return {
        "customers": f"{found.customers:,}",
        "events": f"{found.stretch.number:,} events stored" if found.stretch else "no events yet",
        "rate": f"{_rate(minutes):,}",
        "hour": hour,
        "sparkline": charts.sparkline(minutes, f"Events by minute: {hour}"),
        "mails": f"{handed_over:,}",
        "clicked": f"{wording.percent(clicked, handed_over)} clicked by people" if handed_over else "none yet",
        "on_their_way": _number(found, ON_THEIR_WAY),
        "failed": _number(found, ("failed",)),
        "unknown": _number(found, ("unknown",)),
        "per_mail": "–" if per_mail is None else wording.money(per_mail, desk.currency),
        "credited": wording.money(sum(journey.revenue for journey in found.journeys), desk.currency),
    }


def _rate(minutes: Sequence[int]) -> int:
    """The last whole minute, or the one that has begun when more came in it already."""
    return max(minutes[-2:], default=0)


def _number(found: Overview, statuses: Iterable[str]) -> int:
    return sum(found.statuses.get(status, 0) for status in statuses)


def _earned(found: Overview, currency: str) -> dict[str, object] | None:
    total = found.incremental_revenue
    if total is None:
        return None
    words = wording.interval(total, currency)
    verdict = (
        "not yet distinguishable from nothing"
        if total.low <= 0 <= total.high
        else "more than chance explains"
        if total.low > 0
        else "less than nothing"
    )
    held_out = sum(journey.control.customers for journey in found.journeys)
    return {
        "estimate": wording.money(total.estimate, currency, is_signed=True),
        "interval": words,
        "verdict": verdict,
        "held_out": f"{held_out:,}",
        "plot": charts.interval_plot(total, _ends([total]), words),
    }


def _segments(found: Overview) -> list[tuple[str, str, str, str, float]]:
    """(label, name, customers, share, width in percent), the largest first."""
    most = max([1, found.customers, *(segment.customers for segment in found.segments)])
    ordered = sorted(found.segments, key=lambda segment: (-segment.customers, segment.name))
    return [
        (
            each.label,
            each.name,
            f"{each.customers:,}",
            wording.percent(each.customers, found.customers),
            round(100 * each.customers / most, 2),
        )
        for each in ordered
    ]


def journey_rows(summaries: Sequence[JourneySummary], currency: str) -> list[JourneyRow]:
    """All journeys on one scale of differences."""
    ends = _ends([each.incremental_per_customer for each in summaries if each.incremental_per_customer])
    return [_journey(each, currency, ends) for each in summaries]


def _journey(found: JourneySummary, currency: str, ends: tuple[float, float]) -> JourneyRow:
    difference = found.incremental_per_customer
    words = wording.interval(difference, currency) if difference else ""
    return JourneyRow(
        name=found.journey,
        enrolled=f"{found.enrolled:,}",
        sent=f"{found.mails:,}",
        clicked=f"{found.clicked:,}",
        clicked_share=wording.percent(found.clicked, found.mails),
        reached=f"{found.treated.reached:,}",
        held_out=f"{found.held_out:,}",
        revenue_per_mail="–" if found.revenue_per_mail is None else wording.money(found.revenue_per_mail, currency),
        difference=wording.money(difference.estimate, currency, is_signed=True) if difference else "–",
        interval=words,
        plot=charts.interval_plot(difference, ends, f"{found.journey}: {words} a customer") if difference else charts.NONE,
        missing="" if difference else "nobody entered yet" if not found.enrolled else "too few held out to compare",
    )


def _ends(intervals: Sequence[Interval]) -> tuple[float, float]:
    """The smallest scale that holds zero and all of them."""
    return min([0.0, *(each.low for each in intervals)]), max([0.0, *(each.high for each in intervals)])


def _held(summaries: Sequence[JourneySummary]) -> list[tuple[str, str, str]]:
    return _counted({(each.journey, reason): number for each in summaries for reason, number in each.held.items()})


def _counted(numbers: Mapping[tuple[str, str], int]) -> list[tuple[str, str, str]]:
    """(number, journey, reason), the most first."""
    ordered = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    return [(f"{number:,}", journey, reason) for (journey, reason), number in ordered]


def _freshness(desk: Desk, found: Overview, now: Instant) -> dict[str, object]:
    decided, last = desk.decided_until(), found.stretch.last_received_at if found.stretch else None
    return {
        "decided": None if decided is None else wording.ago(decided, now),
        "decided_at": None if decided is None else wording.day_and_time(decided, desk.zone),
        "is_late": decided is None or now - decided > LATE,
        "event": None if last is None else wording.ago(last, now),
        "event_at": None if last is None else wording.day_and_time(last, desk.zone),
        "live_since": None if desk.live_since is None else wording.day_and_time(desk.live_since, desk.zone),
        "figures_at": wording.clock_time(found.at, desk.zone),
        "zone": str(desk.zone),
    }
