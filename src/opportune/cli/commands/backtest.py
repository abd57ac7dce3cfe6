"""`opportune backtest`: what the journeys of the files would have done in the past."""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from opportune.adapters.project.project import Project
from opportune.cli.commands.command import Command
from opportune.cli.context import Context, Report
from opportune.cli.csv_files import write_csv
from opportune.cli.rows import ENROLMENT_COLUMNS, MESSAGE_COLUMNS, enrolment_row, message_row
from opportune.cli.tables import backtest_table
from opportune.cli.times import instant_option
from opportune.language.tree.journeys import Journey
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.problems import ProblemsFound, known_names
from opportune.language.vocabulary.reading import Reading
from opportune.shell.backtest import Backtest, backtest
from opportune.shell.evaluation import stretch_of
from opportune.shell.ground import Ground
from opportune.shell.refusals import Misused, Unusable
from opportune.shell.replaying import figures_of, tier_of
from opportune.shell.world import Rules
from opportune.stages.measurement.replayed import ReplayFigures
from opportune.web.replay_report import Replay, Variant, replay_report

DAY = 86_400_000_000
AT_ONCE = 2
"""Variants that run side by side: while one asks the engine, the other decides."""


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("journeys", nargs="*", metavar="JOURNEY", help="only these (default: all)")
    words.add_argument("--from", dest="start", metavar="T", help="as if applied at this instant (default: before the first event)")
    words.add_argument("--to", dest="end", metavar="T", help="up to this instant (default: the last event)")
    words.add_argument("--vary", metavar="setting.x=a,b,c", help="once with each of these values of a setting")
    words.add_argument("--as-known", action="store_true", help="use what is known by now, and count the rows that differ")
    words.add_argument("--out", required=True, metavar="DIR", help="folder for enrolments.csv, messages.csv, summary.txt and report.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One variant, read and checked, and its own way to the store."""

    title: str
    folder: Path
    project: Project
    journeys: Sequence[Journey]
    rules: Rules
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A variant that ran."""

    figures: ReplayFigures
    summary: str


def _run(context: Context, options: argparse.Namespace) -> int:
    start, end = _stretch(context, options)
    titles, plans, failed = _planned(context, options, end)
    out = context.path(options.out)
    out.mkdir(parents=True, exist_ok=True)  # before it takes long, not after
    done = _all(context, plans, start, end)
    head = f"What would have happened, {format_instant(start)} to {format_instant(end)}\n"
    summary = head + "".join(done[title].summary if title in done else f"{title}\ndid not run:\n{failed[title]}\n" for title in titles)
    (out / "summary.txt").write_text(summary, encoding="utf-8")
    first = plans[0].project
    variants = [Variant(title=t, figures=done[t].figures if t in done else None, problems=failed.get(t, "")) for t in titles]
    shop = first.settings.shop
    replay = Replay(shop=str(shop.name), currency=shop.currency, start=start, end=end, tier=tier_of(first), variants=variants)
    (out / "report.html").write_text(replay_report(replay), encoding="utf-8", errors="replace")
    where = " in a folder a value" if options.vary else ""
    context.say(f"{summary}\n→ {options.out}: report.html, enrolments.csv, messages.csv{where}, summary.txt")
    for title, problems in failed.items():
        context.warn(f"{title} did not run:\n{problems}")
    return 1 if failed else 0


def _stretch(context: Context, options: argparse.Namespace) -> tuple[Instant, Instant]:
    reach = stretch_of(context.workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    start = instant_option("--from", options.start) or Instant(reach.first - 1)
    end = instant_option("--to", options.end) or max(reach.last, reach.last_received_at)
    if end <= start:
        remedy = "Name a later --to, or leave it out." if options.end else f"The last event was at {format_instant(reach.last)}."
        raise Misused(f"--to {format_instant(end)} is not after --from {format_instant(start)}\n  {remedy}")
    if start >= reach.last:
        context.warn(f"opportune: the last event was at {format_instant(reach.last)}; nothing is stored of the time after it")
    return start, end


def _variants(vary: str | None) -> list[dict[str, str]]:
    """`setting.x=a,b` → the project with each value; without it, the project as it is."""
    if vary is None:
        return [{}]
    name, _, values = vary.partition("=")
    if not name.startswith("setting.") or not all(value.strip() for value in values.split(",")):
        raise Misused(f"--vary {vary!r} names no values of a setting\n  Write, for example: --vary setting.cart_wait=1h,2h,4h")
    return [{name.removeprefix("setting."): value} for value in dict.fromkeys(value.strip() for value in values.split(","))]


def _planned(context: Context, options: argparse.Namespace, end: Instant) -> tuple[list[str], list[_Plan], dict[str, str]]:
    """Every title in its order, the variants that may run, and what is wrong with the others. Raises ProblemsFound when none may."""
    titles, plans, failed = [], list[_Plan](), dict[str, str]()
    last: ProblemsFound | None = None
    for varied in _variants(options.vary):
        title = "".join(f"setting.{name} = {value}" for name, value in varied.items())
        titles.append(title)
        try:
            plans.append(_plan(context, options, varied, title, end))
        except ProblemsFound as found:
            failed[title], last = str(found), found
    if not plans and last is not None:
        raise last
    return titles, plans, failed


def _plan(context: Context, options: argparse.Namespace, varied: Mapping[str, str], title: str, end: Instant) -> _Plan:
    project = context.workspace.sound_project(with_templates=False, varied=varied)
    live = context.workspace.rules()
    reading = Reading.AS_KNOWN if options.as_known else Reading.AS_SEEN
    folder = context.path(options.out)
    for name, value in varied.items():
        folder /= re.sub(r"[^A-Za-z0-9_.=-]", "_", f"{name}={value}")
    return _Plan(
        title=title,
        folder=folder,
        project=project,
        journeys=_asked_for(project.definitions.journeys, options.journeys),
        rules=Rules(secret=live.secret, sending=project.definitions.sending, live_since=live.live_since, reading=reading),
        ground=context.workspace.ground(project.definitions, project.tables, end),
    )


def _all(context: Context, plans: Sequence[_Plan], start: Instant, end: Instant) -> dict[str, _Done]:
    """Run the variants, some at once; title → what came of it."""
    runs = sum(1 + (plan.rules.reading is Reading.AS_KNOWN) for plan in plans)
    title = f"backtest, {len(plans)} variants" if len(plans) > 1 else " ".join(filter(None, ("backtest,", plans[0].title)))
    with context.progress(title) as report, ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1, len(plans))) as threads:
        bar = _Bar(report, runs * ((end - start) // DAY))
        return dict(zip((plan.title for plan in plans), threads.map(lambda plan: _one(plan, start, end, bar), plans), strict=True))


class _Bar:
    """One bar for all that runs, told from several threads."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total = report, total
        self._done: dict[object, int] = {}
        self._turn = Lock()

    def told(self, run: object, days: int) -> None:
        """A run has come so far."""
        with self._turn:
            self._done[run] = days
            self._report(sum(self._done.values()), self._total)


def _one(plan: _Plan, start: Instant, end: Instant, bar: _Bar) -> _Done:
    """Run one variant and write its files."""
    found = _replayed(plan, plan.rules, start, end, bar)
    write_csv(plan.folder / "enrolments.csv", ENROLMENT_COLUMNS, map(enrolment_row, found.enrolments))
    write_csv(plan.folder / "messages.csv", MESSAGE_COLUMNS, map(message_row, found.messages))
    summary = backtest_table(plan.title, found.summaries, plan.project.settings.shop.currency, found.turned)
    if plan.rules.reading is Reading.AS_KNOWN:
        seen = replace(plan.rules, reading=Reading.AS_SEEN)
        summary += _late_differences(found, _replayed(plan, seen, start, end, bar))
    return _Done(figures=figures_of(plan.ground, plan.project, found, plan.rules, start, end), summary=summary)


def _replayed(plan: _Plan, rules: Rules, start: Instant, end: Instant, bar: _Bar) -> Backtest:
    run = (plan.title, rules.reading)
    return backtest(plan.ground, plan.journeys, rules, start=start, end=end, progress=lambda hi: bar.told(run, (hi - start) // DAY))


def _late_differences(known: Backtest, seen: Backtest) -> str:
    """How many rows late arrivals made differ; that the same decision came a little later is none."""

    def decisions(found: Backtest) -> set[tuple[object, ...]]:
        return {(m.customer_id, m.journey, m.step, m.channel, m.entered_at, m.status, m.reason) for m in found.messages}

    enrolments = {tuple(enrolment_row(e)) for e in known.enrolments} ^ {tuple(enrolment_row(e)) for e in seen.enrolments}
    messages = decisions(known) ^ decisions(seen)
    return (
        f"\nLate differences: {len(enrolments):,} enrolment rows and {len(messages):,} message rows differ from what could be seen then.\n"
    )


def _asked_for(known: Mapping[str, Journey], names: Sequence[str]) -> list[Journey]:
    for name in names:
        if name not in known:
            raise Misused(f"no journey is called {name!r}\n  {known_names(name, known)}")
    if not known:
        raise Unusable("the project has no journeys\n  Write one, or start from: opportune init DIR")
    return [known[name] for name in names or sorted(known)]


COMMAND = Command(arguments=_arguments, run=_run)
