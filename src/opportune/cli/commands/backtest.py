"""`opportune backtest`: what the journeys of the files would have done in the past."""

import argparse
from collections.abc import Mapping, Sequence

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import write_csv
from opportune.cli.rows import ENROLMENT_COLUMNS, MESSAGE_COLUMNS, enrolment_row, message_row
from opportune.cli.tables import summary_table
from opportune.cli.times import instant_option
from opportune.language.tree.journeys import Journey
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.problems import did_you_mean
from opportune.language.vocabulary.reading import Reading
from opportune.shell.backtest import Backtest, backtest
from opportune.shell.evaluation import stretch_of
from opportune.shell.faults import Misused, Unusable
from opportune.shell.world import Rules


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("journeys", nargs="*", metavar="JOURNEY", help="only these (default: all)")
    words.add_argument("--from", dest="start", metavar="T", help="as if applied at this instant (default: before the first event)")
    words.add_argument("--to", dest="end", metavar="T", help="up to this instant (default: the last event)")
    words.add_argument("--as-known", action="store_true", help="use what is known by now, and count the rows that differ")
    words.add_argument("--out", required=True, metavar="DIR", help="folder for enrolments.csv, messages.csv and summary.txt")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    journeys = _asked_for(workspace.sound_project(with_templates=False).definitions.journeys, options.journeys)
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    start = instant_option("--from", options.start) or Instant(reach.first - 1)
    end = instant_option("--to", options.end) or max(reach.last, reach.last_received_at)
    if end <= start:
        raise Misused(f"--to {format_instant(end)} is not after --from {format_instant(start)}")
    reading = Reading.AS_KNOWN if options.as_known else Reading.AS_SEEN
    found = _replayed(context, journeys, reading, start, end)
    folder = context.path(options.out)
    write_csv(folder / "enrolments.csv", ENROLMENT_COLUMNS, map(enrolment_row, found.enrolments))
    write_csv(folder / "messages.csv", MESSAGE_COLUMNS, map(message_row, found.messages))
    title = f"What would have happened, {format_instant(start)} to {format_instant(end)}"
    summary = summary_table(title, found.summaries, workspace.project.settings.shop.currency, found.turned)
    if options.as_known:
        summary += _late_differences(found, _replayed(context, journeys, Reading.AS_SEEN, start, end))
    (folder / "summary.txt").write_text(summary, encoding="utf-8")
    context.say(summary + f"\n→ {options.out}/enrolments.csv, messages.csv, summary.txt")
    return 0


def _replayed(context: Context, journeys: Sequence[Journey], reading: Reading, start: Instant, end: Instant) -> Backtest:
    workspace = context.workspace
    live = workspace.rules()
    rules = Rules(secret=live.secret, weekly_cap=live.weekly_cap, live_since=live.live_since, reading=reading)
    with context.progress(f"backtest, {reading.value}") as report:
        return backtest(
            workspace.engine.sibling(),
            journeys,
            rules,
            start=start,
            end=end,
            progress=lambda hi: report((hi - start) // 86_400_000_000, (end - start) // 86_400_000_000),
        )


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
