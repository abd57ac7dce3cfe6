"""Summaries as tables of text."""

import io
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from opportune.stages.measurement.arms import Interval
from opportune.stages.measurement.summary import JourneySummary

WIDTH = 132
COLUMN = 30
"""More journeys make the table wider rather than its figures unreadable."""


def summary_table(title: str, summaries: Sequence[JourneySummary], currency: str, turned: Mapping[tuple[str, str], int]) -> str:
    """The figures of journeys, a column each, and what became of their moments."""
    return _table(title, summaries, [*_reach(summaries, "mails"), *_credited(summaries, currency), *_earned(summaries, currency)], turned)


def backtest_table(title: str, summaries: Sequence[JourneySummary], currency: str, turned: Mapping[tuple[str, str], int]) -> str:
    """The same of a backtest: nobody was mailed, so nothing was clicked or earned, and whoever reached the goal did so anyway."""
    return _table(title, summaries, [*_reach(summaries, "mails there would have been"), *_anyway(summaries, currency)], turned)


Line = tuple[str, list[str]]


def _table(title: str, summaries: Sequence[JourneySummary], lines: Sequence[Line], turned: Mapping[tuple[str, str], int]) -> str:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for summary in summaries:
        table.add_column(summary.journey, justify="right")
    for name, cells in lines:
        table.add_row(name, *cells)
    for result in sorted({result for _, result in turned if result != "entered"}):
        table.add_row(f"not entered: {result}", *(f"{turned.get((s.journey, result), 0):,}" for s in summaries))
    for reason in sorted({reason for s in summaries for reason in s.held}):
        table.add_row(f"message held: {reason}", *(f"{s.held.get(reason, 0):,}" for s in summaries))
    out = io.StringIO()
    Console(file=out, width=max(WIDTH, 60 + COLUMN * len(summaries))).print(table)
    return f"{title}\n" + "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _reach(summaries: Sequence[JourneySummary], mails: str) -> list[Line]:
    return [
        ("enrolled", [f"{s.enrolled:,}" for s in summaries]),
        ("of them held out", [f"{s.held_out:,}" for s in summaries]),
        (mails, [f"{s.mails:,}" for s in summaries]),
    ]


def _credited(summaries: Sequence[JourneySummary], currency: str) -> list[Line]:
    return [
        ("mails clicked", [f"{s.clicked:,}" for s in summaries]),
        ("goal reached, treated", [_share(s.treated.reached, s.treated.customers) for s in summaries]),
        ("goal reached, held out", [_share(s.control.reached, s.control.customers) for s in summaries]),
        (f"goal value, treated ({currency})", [f"{s.treated.value:,.2f}" for s in summaries]),
        (f"goal value, held out ({currency})", [f"{s.control.value:,.2f}" for s in summaries]),
    ]


def _earned(summaries: Sequence[JourneySummary], currency: str) -> list[Line]:
    return [
        (f"revenue per mail ({currency})", ["–" if s.revenue_per_mail is None else f"{s.revenue_per_mail:,.2f}" for s in summaries]),
        (f"difference per customer ({currency}, 95 %)", [_interval(s.incremental_per_customer) for s in summaries]),
    ]


def _anyway(summaries: Sequence[JourneySummary], currency: str) -> list[Line]:
    everybody = [s.treated + s.control for s in summaries]
    return [
        ("reached the goal anyway, without a mail", [_share(arm.reached, arm.customers) for arm in everybody]),
        (f"worth ({currency})", [f"{arm.value:,.2f}" for arm in everybody]),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.1%})" if whole else "–"


def _interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.estimate:+,.2f} [{interval.low:+,.2f}, {interval.high:+,.2f}]"
