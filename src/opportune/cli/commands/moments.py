"""`opportune moments`: when something happened to whom, before anyone is enrolled."""

import argparse

from opportune.adapters.project.project import Project
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.table_files import table_file
from opportune.cli.times import instant_option
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.moments import Moment
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant
from opportune.language.vocabulary.problems import known_names
from opportune.shell.evaluation import moments_shown, stretch_of
from opportune.shell.refusals import Misused
from opportune.stages.measurement.audited import counted


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("journey", nargs="?", metavar="JOURNEY", help="the moments of this journey")
    words.add_argument(
        "--when", metavar="EXPR", help='or of this moment, such as \'lapse("Product Added", unless="Order Completed", within="2h")\''
    )
    words.add_argument("--from", dest="start", metavar="T", help="after this instant (default: all)")
    words.add_argument("--to", dest="end", metavar="T", help="up to this instant (default: the last event)")
    words.add_argument("--out", required=True, metavar="FILE", help=".csv or .parquet")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    project = workspace.sound_project(with_templates=False)
    found, definitions = _asked_for(project, options)
    reach = stretch_of(workspace.engine.sibling())
    start = instant_option("--from", options.start) or EARLIEST
    end = instant_option("--to", options.end) or (reach.last if reach else Instant(0))
    engine = workspace.ground(definitions, project.tables, end)
    parameters = {"lo": start, "hi": end, "max_lateness": FOREVER}
    with table_file(context.path(options.out)) as out:
        number = engine.export(moments_shown(found), out, parameters)
    context.say(f"{counted(number, 'moment')} → {options.out}")
    return 0


def _asked_for(project: Project, options: argparse.Namespace) -> tuple[tuple[Moment, ...], Definitions]:
    """The moments, and the definitions they read."""
    if (options.when is None) == (options.journey is None):
        raise Misused("name a journey, or write a moment with --when\n  One of the two.")
    if options.when is not None:
        moment, definitions = project.moment(options.when, "--when")
        return (moment,), definitions
    journeys = project.definitions.journeys
    if options.journey not in journeys:
        raise Misused(f"no journey is called {options.journey!r}\n  {known_names(options.journey, journeys)}")
    return journeys[options.journey].when, project.definitions


COMMAND = Command(arguments=_arguments, run=_run)
