"""A backtest as one HTML file that stands alone: no script, nothing from elsewhere, every word of the project escaped.

Held to tests/web/test_replay_report.py, in Chromium at 1200 and 400 px.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.language.vocabulary.kinds import MONEY_SCALE
from opportune.stages.measurement.replayed import JourneyFigures, ReplayFigures
from opportune.web.charts import NONE
from opportune.web.replay_charts import SHADES, bar, highest, tier_name, weekly_chart
from opportune.web.report_frame import standing_alone
from opportune.web.wording import WHY_NOT, money, percent

AS_THEY_ARE = "the files as they are"
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One choice of settings: what came of it, or why it could not run."""

    title: str
    """Such as `setting.cart_wait = 2h`; empty: the files as they are."""
    figures: ReplayFigures | None = None
    problems: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A backtest of one or several variants."""

    shop: str
    currency: str
    start: Instant
    end: Instant
    tier: str | None
    """The tier by which volume is told."""
    variants: Sequence[Variant]


def replay_report(replay: Replay) -> str:
    """The file."""
    found = [(each, each.figures) for each in replay.variants if each.figures is not None]
    most = max((highest(figures.volume) for _, figures in found), default=0)
    body = [_heading(replay), _CANNOT_KNOW, *(_failed(each) for each in replay.variants if each.figures is None)]
    if len(found) > 1:
        body += [_side_by_side(replay, found), _by_journey(found)]
    for variant, figures in found:
        body += _variant(replay, variant, figures, most, is_alone=len(found) == 1)
    return standing_alone(f"Backtest: {replay.shop}", [*body, _NOTES])


_CANNOT_KNOW = mark_safe(
    '<p class="card caution"><b>This cannot know what the mails would have caused.</b> The past is replayed as it was, and in it nobody '
    "was mailed by these journeys. Whoever bought here did so without their mails; how many more would have, only a hold-out of people can "
    "tell, live. What a backtest does tell: whom journeys would have reached, how much they would have sent, and what was held back.</p>"
)
_NOTES = mark_safe(
    '<section class="card"><h2>What the figures mean</h2><dl class="notes">'
    "<dt>Entered</dt><dd>Entries into the journey, those held out included.</dd>"
    "<dt>Would have been sent</dt><dd>Messages that passed every rule. Those of customers held out are counted as held back.</dd>"
    "<dt>Reached the goal anyway</dt><dd>Of the customers that entered, those that reached the journey’s goal within its time. "
    "A shop that credits mails with orders would count them as earned by mail.</dd>"
    "<dt>Orders that followed</dt><dd>Orders of a customer in the 7 days after a message that would have been sent. "
    "An order counts for the last message before it only.</dd>"
    "<dt>Most in 7 days</dt><dd>The most messages one customer would have got in any 7 days.</dd>"
    "<dt>Weeks</dt><dd>Monday to Sunday, UTC; the first and the last may be cut short.</dd>"
    "<dt>Tier</dt><dd>The customer’s at the instant of decision.</dd></dl></section>"
)


def _heading(replay: Replay) -> SafeString:
    return format_html(
        '<header class="heading"><h1>What would have happened at {}</h1><p class="fresh">{} to {} (UTC), {} days</p></header>',
        *(replay.shop, _date(replay.start), _date(replay.end), f"{(replay.end - replay.start) / _DAY:,.0f}"),
    )


def _date(at: Instant) -> str:
    moment = datetime_of(at)
    return f"{moment.day} {moment.strftime('%b %Y, %H:%M')}"


def _failed(variant: Variant) -> SafeString:
    return format_html(
        '<section class="card failed"><h2>{} did not run</h2><pre>{}</pre></section>', variant.title or AS_THEY_ARE, variant.problems
    )


# -- variants


def _side_by_side(replay: Replay, found: Sequence[tuple[Variant, ReplayFigures]]) -> SafeString:
    rows: list[tuple[str, list[str]]] = [
        ("Entered", [f"{_entered(figures):,}" for _, figures in found]),
        ("Would have been sent", [f"{figures.sent:,}" for _, figures in found]),
        ("a week", [f"{figures.sent_weekly:,.1f}" for _, figures in found]),
        ("Most in 7 days", [f"{figures.most:,}" for _, figures in found]),
        ("Held back", [f"{sum(figures.held.values()):,}" for _, figures in found]),
        ("Reached the goal anyway", [_anyway(figures.journeys) for _, figures in found]),
        ("Orders that followed", [f"{sum(each.orders for each in figures.journeys):,}" for _, figures in found]),
        ("worth", [money(sum(each.value for each in figures.journeys) / MONEY_SCALE, replay.currency) for _, figures in found]),
    ]
    head = format_html_join("", '<th scope="col" class="number">{}</th>', ((variant.title or AS_THEY_ARE,) for variant, _ in found))
    lines = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', ((name, _cells(cells)) for name, cells in rows))
    return format_html(
        '<section class="card"><h2>Side by side</h2><div class="scroll"><table class="report"><thead><tr><td></td>{}</tr></thead>'
        "<tbody>{}</tbody></table></div></section>",
        *(head, lines),
    )


def _by_journey(found: Sequence[tuple[Variant, ReplayFigures]]) -> SafeString:
    """Messages of each journey, a bar a variant."""
    most = max((each.summary.mails for _, figures in found for each in figures.journeys), default=0)
    parts = []
    for name in dict.fromkeys(each.summary.journey for _, figures in found for each in figures.journeys):
        lines = []
        for place, (variant, figures) in enumerate(found):
            sent = sum(each.summary.mails for each in figures.journeys if each.summary.journey == name)
            title = variant.title or AS_THEY_ARE
            drawn = bar(sent, most, f"{name}, {title}: {sent:,} messages", shade=f"shade-{min(place, SHADES - 1)}")
            lines.append((title, drawn, f"{sent:,}"))
        drawn_lines = format_html_join("", "<dt>{}</dt><dd>{}</dd><dd>{}</dd>", lines)
        parts.append(format_html('<div class="compared"><h3>{}</h3><dl>{}</dl></div>', name, drawn_lines))
    return format_html(
        '<section class="card"><h2>Messages by journey</h2><div class="comparison">{}</div></section>', mark_safe("".join(parts))
    )


# -- one variant


def _variant(replay: Replay, variant: Variant, figures: ReplayFigures, most: int, *, is_alone: bool) -> list[SafeString]:
    name = NONE if is_alone and not variant.title else format_html('<h2 class="variant">{}</h2>', variant.title or AS_THEY_ARE)
    return [name, _tiles(replay, figures), _weekly(replay, figures, most), _journeys(replay, figures), _reasons(figures)]


def _tiles(replay: Replay, figures: ReplayFigures) -> SafeString:
    orders, value = sum(each.orders for each in figures.journeys), sum(each.value for each in figures.journeys) / MONEY_SCALE
    held = sum(figures.held.values())
    tiles = [
        ("Entered", f"{_entered(figures):,}", f"{sum(each.summary.held_out for each in figures.journeys):,} of them held out"),
        ("Would have been sent", f"{figures.sent:,}", f"{figures.sent_weekly:,.1f} a week; at most {figures.most} to one in 7 days"),
        ("Held back", f"{held:,}", f"{percent(held, held + figures.sent)} of all messages"),
        ("Orders that followed", f"{orders:,}", f"worth {money(value, replay.currency)}, without a mail"),
    ]
    drawn = format_html_join("", '<div class="tile"><h2>{}</h2><p class="figure">{}</p><p class="soft">{}</p></div>', tiles)
    return format_html('<div class="tiles four">{}</div>', drawn)


def _weekly(replay: Replay, figures: ReplayFigures, most: int) -> SafeString:
    named = [(tier, numbers) for tier, numbers in figures.volume.items()]
    title = f"Messages a week, by tier {replay.tier}" if replay.tier else "Messages a week"
    if not named:
        return format_html('<section class="card"><h2>{}</h2><p class="soft">No message would have been sent.</p></section>', title)
    charts = [
        weekly_chart(figures.weeks, figures.volume, most, width=width, name=name) for width, name in ((1100.0, "wide"), (340.0, "narrow"))
    ]
    weeks = figures.length / (7 * _DAY)
    rows = [
        (min(place, SHADES - 1), tier_name(tier), f"{sum(numbers):,}", f"{sum(numbers) / weeks:,.1f}", percent(sum(numbers), figures.sent))
        for place, (tier, numbers) in enumerate(named)
    ]
    lines = format_html_join(
        "",
        '<tr><th scope="row"><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="shade-{}" width="10" height="10"/></svg>'
        '{}</th><td class="number">{}</td><td class="number">{}</td><td class="number">{}</td></tr>',
        rows,
    )
    return format_html(
        '<section class="card"><h2>{}</h2>{}{}<div class="scroll"><table class="report tiers"><thead><tr><th scope="col">Tier</th>'
        '<th scope="col" class="number">Messages</th><th scope="col" class="number">A week</th><th scope="col" class="number">Share</th>'
        "</tr></thead><tbody>{}</tbody></table></div></section>",
        *(title, *charts, lines),
    )


_HEADS = ("Entered", "Held out", "Would have been sent", "Held back", "Reached the goal anyway", "Orders that followed", "Worth")


def _journeys(replay: Replay, figures: ReplayFigures) -> SafeString:
    if not figures.journeys:
        return mark_safe('<section class="card"><h2>Journeys</h2><p class="soft">The project has no journeys.</p></section>')
    most = max(each.summary.mails + sum(each.summary.held.values()) for each in figures.journeys)
    head = format_html_join("", '<th scope="col" class="number">{}</th>', ((each,) for each in (*_HEADS[:3], "", *_HEADS[3:])))
    lines = format_html_join(
        "", '<tr><th scope="row">{}</th>{}</tr>', ((j.summary.journey, _figures(j, replay, most)) for j in figures.journeys)
    )
    return format_html(
        '<section class="card"><h2>Journeys</h2><table class="report journeys"><thead><tr><th scope="col">Journey</th>{}</tr>'
        "</thead><tbody>{}</tbody></table></section>",
        *(head, lines),
    )


def _figures(journey: JourneyFigures, replay: Replay, most: int) -> SafeString:
    summary, held = journey.summary, sum(journey.summary.held.values())
    words = f"{summary.journey}: {summary.mails:,} would have been sent"
    reach = [f"{summary.enrolled:,}", f"{summary.held_out:,}", f"{summary.mails:,}"]
    came = [f"{held:,}", _anyway([journey]), f"{journey.orders:,}", money(journey.value / MONEY_SCALE, replay.currency)]
    first, *rest = (
        format_html_join("", '<td class="number" data-label="{}">{}</td>', zip(heads, cells, strict=True))
        for heads, cells in ((_HEADS[:3], reach), (_HEADS[3:], came))
    )
    return format_html('{}<td class="drawn">{}</td>{}', first, bar(summary.mails, most, words), *rest)


def _reasons(figures: ReplayFigures) -> SafeString:
    """Reasons as rows, the commonest first, each with the journeys in which it occurred."""
    held = [
        (why, number, [(each.summary.journey, each.summary.held.get(why, 0)) for each in figures.journeys])
        for why, number in figures.held.items()
    ]
    turned = [
        (why, number, [(each.summary.journey, each.turned.get(why, 0)) for each in figures.journeys])
        for why, number in figures.turned.items()
    ]
    return format_html(
        '<div class="columns">{}{}</div>',
        _reason_table("Messages held back, and why", "No message was held back.", held),
        _reason_table("Moments not entered, and why", "Every moment was entered.", turned),
    )


def _reason_table(title: str, none: str, rows: Sequence[tuple[str, int, Sequence[tuple[str, int]]]]) -> SafeString:
    if not rows:
        return format_html('<section class="card"><h2>{}</h2><p class="soft">{}</p></section>', title, none)
    most = max(number for _, number, _ in rows)
    lines = format_html_join(
        "",
        '<li><p><b>{}</b><span class="number">{}</span></p>{}<p>{}</p><p class="soft">{}</p></li>',
        (
            (why, f"{number:,}", bar(number, most, f"{why}: {number:,}", shade="shade-4"), WHY_NOT.get(why, ""), _where(where))
            for why, number, where in rows
        ),
    )
    return format_html('<section class="card"><h2>{}</h2><ul class="reasons">{}</ul></section>', title, lines)


def _where(counted: Iterable[tuple[str, int]]) -> str:
    """`cart 12 · welcome 3`, the most first."""
    return " · ".join(f"{name} {number:,}" for name, number in sorted(counted, key=lambda pair: (-pair[1], pair[0])) if number)


def _cells(cells: Iterable[str]) -> SafeString:
    return format_html_join("", '<td class="number">{}</td>', ((each,) for each in cells))


def _entered(figures: ReplayFigures) -> int:
    return sum(each.summary.enrolled for each in figures.journeys)


def _anyway(journeys: Sequence[JourneyFigures]) -> str:
    arms = [each.summary.treated + each.summary.control for each in journeys]
    return percent(sum(arm.reached for arm in arms), sum(arm.customers for arm in arms))
