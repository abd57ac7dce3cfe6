"""`opportune memberships`: who was in which segment, rung or band, from when to when."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.table_files import table_file
from opportune.cli.times import instant_option
from opportune.language.vocabulary.instants import EARLIEST
from opportune.shell.evaluation import export_stays, stays_asked, stretch_of
from opportune.shell.refusals import Unusable
from opportune.stages.measurement.audited import counted


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--names", metavar="a,b", help="only these segments, ladders and tiers (default: all)")
    words.add_argument("--from", dest="start", metavar="T", help="stays that last beyond this instant (default: all)")
    words.add_argument("--to", dest="end", metavar="T", help="as they are at this instant (default: the last event)")
    words.add_argument("--out", required=True, metavar="FILE", help=".csv or .parquet")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    project = workspace.sound_project(with_templates=False)
    names = None if options.names is None else [name.strip() for name in options.names.split(",") if name.strip()]
    asked = stays_asked(project.definitions, names)
    if not asked:
        raise Unusable("there is nothing to be in\n  Define segments, ladders or tiers.")
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    start = instant_option("--from", options.start) or EARLIEST
    end = instant_option("--to", options.end) or reach.last
    engine = workspace.ground(project.definitions, project.tables, end)
    with table_file(context.path(options.out)) as out:
        number = export_stays(engine, asked, (start, end), out)
    context.say(f"{counted(number, 'stay')} in {counted(len(asked), 'definition')} → {options.out}")
    return 0


COMMAND = Command(arguments=_arguments, run=_run)
