"""`opportune backtest`: what the journeys of the files would have done in the past."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from opportune.adapters.engines.engine import Engine
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import write_csv
from opportune.cli.rows import ENROLMENT_COLUMNS, MESSAGE_COLUMNS, enrolment_row, message_row
from opportune.cli.tables import backtest_table
from opportune.cli.times import instant_option
from opportune.language.tree.journeys import Journey
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.problems import did_you_mean
from opportune.language.vocabulary.reading import Reading
from opportune.shell.backtest import Backtest, backtest
from opportune.shell.evaluation import stretch_of
from opportune.shell.refusals import Misused, Unusable
from opportune.shell.world import Rules

DAY = 86_400_000_000


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("journeys", nargs="*", metavar="JOURNEY", help="only these (default: all)")
    words.add_argument("--from", dest="start", metavar="T", help="as if applied at this instant (default: before the first event)")
    words.add_argument("--to", dest="end", metavar="T", help="up to this instant (default: the last event)")
    words.add_argument("--vary", metavar="setting.x=a,b,c", help="once with each of these values of a setting")
    words.add_argument("--as-known", action="store_true", help="use what is known by now, and count the rows that differ")
    words.add_argument("--out", required=True, metavar="DIR", help="folder for enrolments.csv, messages.csv and summary.txt")


def _run(context: Context, options: argparse.Namespace) -> int:
    reach = stretch_of(context.workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    start = instant_option("--from", options.start) or Instant(reach.first - 1)
    end = instant_option("--to", options.end) or max(reach.last, reach.last_received_at)
    if end <= start:
        raise Misused(f"--to {format_instant(end)} is not after --from {format_instant(start)}")
    summary = f"What would have happened, {format_instant(start)} to {format_instant(end)}\n"
    for varied in _variants(options.vary):
        summary += _variant(context, options, varied, start, end)
    (context.path(options.out) / "summary.txt").write_text(summary, encoding="utf-8")
    context.say(f"{summary}\n→ {options.out}: enrolments.csv, messages.csv{' in a folder a value' if options.vary else ''}, summary.txt")
    return 0


def _variants(vary: str | None) -> list[dict[str, str]]:
    """`setting.x=a,b` → the project with each value; without it, the project as it is."""
    if vary is None:
        return [{}]
    name, _, values = vary.partition("=")
    if not name.startswith("setting.") or not all(value.strip() for value in values.split(",")):
        raise Misused(f"--vary {vary!r} names no values of a setting\n  Write, for example: --vary setting.cart_wait=1h,2h,4h")
    return [{name.removeprefix("setting."): value.strip()} for value in values.split(",")]


def _variant(context: Context, options: argparse.Namespace, varied: Mapping[str, str], start: Instant, end: Instant) -> str:
    """Run one variant and write its files; gives its part of the summary."""
    project = context.workspace.sound_project(with_templates=False, varied=varied)
    journeys = _asked_for(project.definitions.journeys, options.journeys)
    live = context.workspace.rules()
    reading = Reading.AS_KNOWN if options.as_known else Reading.AS_SEEN
    rules = Rules(secret=live.secret, sending=project.definitions.sending, live_since=live.live_since, reading=reading)
    title = "".join(f"setting.{name} = {value}" for name, value in varied.items())
    engine = context.workspace.ground(project.definitions, project.tables, end)
    found = _replayed(context, engine, journeys, rules, start, end, title)
    folder = context.path(options.out)
    for name, value in varied.items():
        folder /= re.sub(r"[^A-Za-z0-9_.=-]", "_", f"{name}={value}")
    write_csv(folder / "enrolments.csv", ENROLMENT_COLUMNS, map(enrolment_row, found.enrolments))
    write_csv(folder / "messages.csv", MESSAGE_COLUMNS, map(message_row, found.messages))
    summary = backtest_table(title, found.summaries, project.settings.shop.currency, found.turned)
    if options.as_known:
        seen = replace(rules, reading=Reading.AS_SEEN)
        summary += _late_differences(found, _replayed(context, engine, journeys, seen, start, end, title))
    return summary


def _replayed(
    context: Context, engine: Engine, journeys: Sequence[Journey], rules: Rules, start: Instant, end: Instant, title: str
) -> Backtest:
    days = (end - start) // DAY
    with context.progress(" ".join(filter(None, ("backtest,", title or rules.reading.value)))) as report:
        return backtest(engine, journeys, rules, start=start, end=end, progress=lambda hi: report((hi - start) // DAY, days))


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
            hint = did_you_mean(name, known) or "There are: " + (", ".join(sorted(known)) or "none")
            raise Misused(f"no journey is called {name!r}\n  {hint}")
    if not known:
        raise Unusable("the project has no journeys\n  Write one, or start from: opportune init DIR")
    return [known[name] for name in names or sorted(known)]


COMMAND = Command(arguments=_arguments, run=_run)
