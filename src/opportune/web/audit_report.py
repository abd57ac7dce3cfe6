"""An audit as one HTML file that stands alone: what to mend first, then what arrives and what is known of whom.

Held to tests/web/test_audit_report.py, in Chromium at 1200 and 400 px.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from opportune.language.tree.pinning import as_written
from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.shell.auditing import Audit
from opportune.stages.measurement.arrivals import DAY
from opportune.stages.measurement.audited import LOW, Arrival, Finding, Level, counted, low_days, whole_of
from opportune.stages.measurement.holding import PARTS, Held
from opportune.stages.measurement.identified import People
from opportune.stages.measurement.sources import Source
from opportune.web.audit_charts import days_bars
from opportune.web.charts import NONE
from opportune.web.replay_charts import bar
from opportune.web.report_frame import standing_alone
from opportune.web.wording import percent

LEVELS: Mapping[Level, str] = {Level.MEND: "To mend", Level.LOOK: "To look at", Level.KNOW: "To know"}
_FEW = 5
"""Names of events that are told of a source."""
_SUFFERING = 8
"""Definitions that are named before the rest is folded away."""


def audit_report(audit: Audit, shop: str, now: Instant) -> str:
    """The file."""
    body = [
        _heading(audit, shop),
        _tiles(audit, now),
        _findings(audit.findings),
        _sources(audit.sources),
        _arrivals(audit.arrivals),
        _steps(audit.held),
        _segments(audit.held, audit.labels),
        _scores(audit.held),
        _values(audit.held),
        _people(audit.people),
    ]
    return standing_alone(f"Audit: {shop}", body, "audit.css")


def _heading(audit: Audit, shop: str) -> SafeString:
    return format_html(
        '<header class="heading"><h1>What is missing at {}</h1><p class="fresh">as known at {} (UTC)</p></header>',
        shop,
        _moment(audit.at),
    )


def _moment(at: Instant) -> str:
    moment = datetime_of(at)
    return f"{moment.day} {moment.strftime('%b %Y, %H:%M')}"


def _tiles(audit: Audit, now: Instant) -> SafeString:
    events, imported = sum(each.events for each in audit.arrivals), sum(each.imported for each in audit.arrivals)
    levels = Counter(each.level for each in audit.findings)
    people = audit.people
    tiles = [
        ("Findings", f"{len(audit.findings)}", ", ".join(f"{levels[level]} {LEVELS[level].lower()}" for level in Level)),
        ("Events", f"{events:,}", f"{percent(imported, events)} by import, the rest live" if imported < events else "all by import"),
        ("Customers", f"{people.customers:,}", f"{percent(people.reached, people.customers)} can be sent mail"),
        ("Since the last arrival", _length(now - audit.last_received_at), _moment(audit.last_received_at)),
    ]
    drawn = format_html_join("", '<div class="tile"><h2>{}</h2><p class="figure">{}</p><p class="soft">{}</p></div>', tiles)
    return format_html('<div class="tiles four">{}</div>', drawn)


def _length(length: int) -> str:
    days, minutes = length / DAY, length / (DAY / 1440)
    if days >= 2:
        return f"{days:,.0f} days"
    return f"{minutes / 60:.0f} h" if minutes >= 120 else f"{max(0, minutes):.0f} min"


# -- findings


def _findings(findings: Sequence[Finding]) -> SafeString:
    if not findings:
        return mark_safe(
            '<section class="card"><h2>Nothing was found wanting</h2><p>What definitions read arrives, and they hold.</p></section>'
        )
    drawn = [
        format_html(
            '<h2 class="level">{} <span class="soft">{}</span></h2>{}', LEVELS[level], len(mine), mark_safe("".join(map(_finding, mine)))
        )
        for level in Level
        for mine in [[each for each in findings if each.level is level]]
        if mine
    ]
    return mark_safe("".join(drawn))


def _finding(finding: Finding) -> SafeString:
    cases = _cases(finding.cases) if finding.cases else NONE
    return format_html(
        '<section class="card finding {}"><h3>{}</h3><p>{}</p><p><b>What to do.</b> {}</p>{}{}</section>',
        *(finding.level.value, *map(_with_code, (finding.what, finding.why, finding.remedy)), cases, _suffering(_unnamed(finding))),
    )


def _with_code(text: str) -> SafeString:
    """What stands between backticks, as code."""
    parts = text.split("`")
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in enumerate(parts)))


def _unnamed(finding: Finding) -> list[str]:
    """Those it concerns and does not name among its cases."""
    told = {word for name, _ in finding.cases for word in name.split()}
    return [name for name in finding.suffering if name not in told]


def _cases(cases: Sequence[tuple[str, str]]) -> SafeString:
    rows = [format_html("<dt>{}</dt><dd>{}</dd>", name, figure) for name, figure in cases]
    first = format_html('<dl class="cases">{}</dl>', mark_safe("".join(rows[:_SUFFERING])))
    if len(rows) <= _SUFFERING + 1:
        return format_html('<dl class="cases">{}</dl>', mark_safe("".join(rows)))
    rest = mark_safe("".join(rows[_SUFFERING:]))
    return format_html('{}<details><summary>{} more</summary><dl class="cases">{}</dl></details>', first, len(rows) - _SUFFERING, rest)


def _suffering(names: Sequence[str]) -> SafeString:
    if not names:
        return NONE
    first, rest = names[:_SUFFERING], names[_SUFFERING:]
    shown = format_html('<p class="suffering"><span class="soft">Concerns</span> {}</p>', _codes(first))
    if not rest:
        return shown
    return format_html('{}<details><summary>{} more</summary><p class="suffering">{}</p></details>', shown, len(rest), _codes(rest))


def _codes(names: Iterable[str]) -> SafeString:
    return format_html_join(" ", "<code>{}</code>", ((name,) for name in names))


# -- what arrives


def _sources(sources: Sequence[Source]) -> SafeString:
    if not sources:
        return NONE
    span = min(min(each.days) for each in sources), max(max(each.days) for each in sources)
    rows = (
        (
            each.title,
            " ".join(filter(None, ("by import" if each.is_imported else "", "Opportune itself" if each.is_ours else ""))),
            _names(each.names),
            days_bars(each.days, span, frozenset(), words=f"{each.title}: {counted(each.calls, 'call')}", name="small"),
            f"{each.calls:,}",
            f"{each.usual:,.0f}" if each.usual and not each.is_imported else "",
            _day(Instant(min(each.days) * DAY)),
            _day(each.last_received_at),
        )
        for each in sources
    )
    lines = format_html_join(
        "",
        '<tr><th scope="row">{} <span class="soft">{}</span><span class="soft label">{}</span></th><td class="drawn">{}</td>'
        '<td class="number">{}</td><td class="number">{}</td><td class="number">{}</td><td class="number">{}</td></tr>',
        rows,
    )
    return format_html(
        '<section class="card"><h2>Who sends</h2><p class="soft">Calls by the name of the write key, or of the import, on the day they'
        ' arrived. “A day” is the middle one of the last four weeks.</p><div class="scroll"><table class="report"><thead><tr>'
        '<th scope="col">Source</th><th scope="col">By week</th><th scope="col" class="number">Calls</th>'
        '<th scope="col" class="number">A day</th><th scope="col" class="number">First</th><th scope="col" class="number">Last</th>'
        "</tr></thead><tbody>{}</tbody></table></div></section>",
        lines,
    )


def _names(names: Mapping[str, int]) -> str:
    """What a source sends, the most frequent first."""
    first = sorted(names, key=lambda name: (-names[name], name))
    more = f" and {len(first) - _FEW} more" if len(first) > _FEW else ""
    return f"{', '.join(first[:_FEW])}{more}"


def _arrivals(arrivals: Sequence[Arrival]) -> SafeString:
    whole = whole_of(arrivals)
    if not whole:
        return NONE
    span = min(whole), max(whole)
    low = frozenset(low_days(whole, share=LOW))
    chart = days_bars(whole, span, low, words=f"{counted(sum(whole.values()), 'event')} by day, messages apart", name="arrived")
    rows = [
        (
            as_written(each.name),
            mark_safe('<span class="soft">derived</span>') if each.is_derived else NONE,
            days_bars(each.days, span, frozenset(), words=f"{as_written(each.name)}: {counted(each.events, 'event')}", name="small"),
            f"{each.events:,}",
            _day(each.first),
            _day(each.last),
            "" if each.is_derived else "import" if each.imported == each.events else "live" if not each.imported else "both",
        )
        for each in sorted(arrivals, key=lambda each: (-each.events, each.name))
    ]
    lines = format_html_join(
        "",
        '<tr><th scope="row">{} {}</th><td class="drawn">{}</td><td class="number">{}</td><td class="number">{}</td>'
        '<td class="number">{}</td><td>{}</td></tr>',
        rows,
    )
    note = f"All but messages, by day: {whole.total() / (span[1] - span[0] + 1):,.0f} a day, {max(whole.values()):,} at most."
    note += " Days with a quarter of the usual or less are marked." if low else ""
    ends = [_day(Instant(span[0] * DAY)), note, _day(Instant(span[1] * DAY))]
    return format_html(
        '<section class="card"><h2>What arrives</h2>{}<p class="soft ends">{}</p><div class="scroll"><table class="report"><thead><tr>'
        '<th scope="col">Event</th><th scope="col">By week</th><th scope="col" class="number">Number</th>'
        '<th scope="col" class="number">First</th>'
        '<th scope="col" class="number">Last</th><th scope="col">By</th></tr></thead><tbody>{}</tbody></table></div></section>',
        *(chart, format_html_join("", "<span>{}</span>", ((each,) for each in ends)), lines),
    )


def _day(at: Instant) -> str:
    moment = datetime_of(at)
    return f"{moment.day} {moment.strftime('%b %y')}"


# -- what is known of whom


def _steps(held: Sequence[Held]) -> SafeString:
    parts = [format_html('<div class="compared"><h3>{}</h3><dl>{}</dl></div>', each.name, _step_lines(each)) for each in held if each.steps]
    if not parts:
        return NONE
    return format_html(
        '<section class="card"><h2>Ladders and tiers</h2><div class="comparison">{}</div></section>', mark_safe("".join(parts))
    )


def _step_lines(held: Held) -> SafeString:
    lines = [*held.steps, ("unknown", held.customers - held.number)] if held.number < held.customers else list(held.steps)
    return format_html_join(
        "",
        "<dt>{}</dt><dd>{}</dd><dd>{}</dd>",
        ((step, bar(n, held.customers, f"{step}: {n:,}"), percent(n, held.customers)) for step, n in lines),
    )


def _segments(held: Sequence[Held], labels: Mapping[str, str]) -> SafeString:
    return _table("Segments", "In it", [each for each in held if each.room == "segment"], labels)


def _values(held: Sequence[Held]) -> SafeString:
    return _table("Values", "Known for", [each for each in held if each.room in ("metric", "tier", "ladder")], {})


def _table(title: str, head: str, chosen: Sequence[Held], labels: Mapping[str, str]) -> SafeString:
    if not chosen:
        return NONE
    rows = (
        (
            name,
            format_html('<span class="soft label">{}</span>', labels[name]) if name in labels else NONE,
            bar(each.number, each.customers, f"{each.name}: {each.number:,}"),
            f"{each.number:,}",
            percent(each.number, each.customers),
        )
        for each in sorted(chosen, key=lambda each: (-each.number, each.name))
        for name in [each.name.partition(".")[2]]
    )
    lines = format_html_join(
        "", '<tr><th scope="row">{}{}</th><td class="drawn">{}</td><td class="number">{}</td><td class="number">{}</td></tr>', rows
    )
    return format_html(
        '<section class="card"><details open><summary><h2>{}</h2></summary><div class="scroll"><table class="report holding"><thead><tr>'
        '<th scope="col">Name</th><td></td><th scope="col" class="number">{}</th><th scope="col" class="number">Share</th></tr></thead>'
        "<tbody>{}</tbody></table></div></details></section>",
        *(title, head, lines),
    )


def _scores(held: Sequence[Held]) -> SafeString:
    parts = []
    for each in held:
        if each.room == "score" and any(each.coverage):
            lines = [(f"{n * 100 // PARTS} to {(n + 1) * 100 // PARTS} %", number) for n, number in enumerate(each.coverage)]
            customers = sum(each.coverage)
            drawn = format_html_join(
                "",
                "<dt>{}</dt><dd>{}</dd><dd>{}</dd>",
                ((name, bar(n, customers, f"{name}: {n:,}"), percent(n, customers)) for name, n in lines),
            )
            parts.append(format_html('<div class="compared"><h3>{}</h3><dl>{}</dl></div>', each.name.partition(".")[2], drawn))
    if not parts:
        return NONE
    return format_html(
        '<section class="card"><h2>How much of a score is known</h2><p class="soft">Customers by the share of its weight that is known.</p>'
        '<div class="comparison">{}</div></section>',
        mark_safe("".join(parts)),
    )


def _people(people: People) -> SafeString:
    rows = [
        ("with an e-mail address", people.addressed, people.customers),
        ("with an address and consent to mail", people.reached, people.customers),
        ("without any event for a year", people.quiet + people.silent, people.customers),
        ("anonymous ids that became customers", people.linked, people.anonymous),
        ("of these, devices of several customers", people.shared, people.linked),
    ]
    lines = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="drawn">{}</td><td class="number">{}</td><td class="number">{}</td></tr>',
        ((name, bar(n, whole, f"{name}: {n:,}"), f"{n:,}", percent(n, whole)) for name, n, whole in rows),
    )
    return format_html(
        '<section class="card"><h2>People</h2><div class="scroll"><table class="report"><tbody>{}</tbody></table></div></section>', lines
    )
