"""Summaries as tables of text, a hundred characters wide at most: journeys as columns where they fit, as rows where they are many."""

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from opportune.stages.measurement.arms import Interval
from opportune.stages.measurement.summary import JourneySummary

WIDTH = 100
HEAD = 12
"""Characters of a heading above figures, beyond which it goes on in the next line."""
BETWEEN = 3
"""Characters between columns."""
UNBROKEN = "\u00a0"

Line = tuple[str, list[str]]
"""A figure's name, and the figure of each journey."""


class _Reason(NamedTuple):
    """Why something was not done, and how often in each journey."""

    what: str
    why: str
    numbers: Sequence[int]


def summary_table(title: str, summaries: Sequence[JourneySummary], currency: str, turned: Mapping[tuple[str, str], int]) -> str:
    """The figures of journeys, and what became of their moments."""
    return _table(title, summaries, [*_reach(summaries, "mails"), *_credited(summaries, currency), *_earned(summaries, currency)], turned)


def backtest_table(title: str, summaries: Sequence[JourneySummary], currency: str, turned: Mapping[tuple[str, str], int]) -> str:
    """The same of a backtest: nobody was mailed, so nothing was clicked or earned, and whoever reached the goal did so anyway."""
    return _table(title, summaries, [*_reach(summaries, "mails there would have been"), *_anyway(summaries, currency)], turned)


def _table(title: str, summaries: Sequence[JourneySummary], figures: Sequence[Line], turned: Mapping[tuple[str, str], int]) -> str:
    names = [each.journey for each in summaries]
    reasons = [*_turned_away(names, turned), *_held_back(summaries)]
    told = [(f"{each.what}: {each.why}", [f"{number:,}" for number in each.numbers]) for each in reasons]
    shown = _drawn(["", *names], [[name, *cells] for name, cells in (*figures, *told)])
    if max(map(len, shown)) > WIDTH:
        shown = [*_by_rows(names, figures), *_told(names, reasons)]
    return "\n".join([title, *shown]) + "\n"


def _by_rows(names: Sequence[str], figures: Sequence[Line]) -> Iterator[str]:
    """A row a journey; figures for which there is no room stand in a table below."""
    left = list(figures)
    while left:
        width, shown = BETWEEN + max(map(len, names)), list[Line]()
        while left and (not shown or width + BETWEEN + _width(left[0]) <= WIDTH):
            width += BETWEEN + _width(left[0])
            shown.append(left.pop(0))
        rows = [[name, *(cells[place] for _, cells in shown)] for place, name in enumerate(names)]
        yield from _drawn(["", *("\n".join(_head(name)) for name, _ in shown)], rows)


def _width(figure: Line) -> int:
    name, cells = figure
    return max(map(len, (*_head(name), *cells)))


def _head(name: str) -> list[str]:
    return textwrap.wrap(name, HEAD, break_long_words=False)


def _told(names: Sequence[str], reasons: Sequence[_Reason]) -> Iterator[str]:
    """Why not, a paragraph a journey, the commonest reason first."""
    across = max(map(len, names)) + 4
    for what in dict.fromkeys(each.what for each in reasons):
        yield f" {what}"
        for place, name in enumerate(names):
            counts = sorted((-each.numbers[place], each.why) for each in reasons if each.what == what and each.numbers[place])
            text = ", ".join(f"{-number:,} {why}".replace(" ", UNBROKEN) for number, why in counts)
            lines = textwrap.wrap(text, WIDTH, initial_indent=f"  {name}".ljust(across), subsequent_indent=" " * across)
            yield from (line.replace(UNBROKEN, " ") for line in lines)
        yield ""


def _drawn(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(heads[0], no_wrap=True)
    for head in heads[1:]:
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=100_000).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _turned_away(names: Sequence[str], turned: Mapping[tuple[str, str], int]) -> Iterator[_Reason]:
    for result in sorted({result for _, result in turned if result != "entered"}):
        yield _Reason("not entered", result, [turned.get((name, result), 0) for name in names])


def _held_back(summaries: Sequence[JourneySummary]) -> Iterator[_Reason]:
    for reason in sorted({reason for s in summaries for reason in s.held}):
        yield _Reason("message held", reason, [s.held.get(reason, 0) for s in summaries])


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
