"""`opportune import FILE...`: history from files. Imports fire nothing."""

import argparse

from opportune.adapters.sources.files import ImportReport, import_files
from opportune.adapters.sources.mapped import map_at, read_mapping
from opportune.adapters.sources.tables import SourceFault
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.language.vocabulary.instants import Instant
from opportune.shell.refusals import Unusable


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("files", nargs="+", metavar="FILE", help=".ndjson, .csv or .parquet, also .gz")
    words.add_argument("--map", metavar="MAP.yml", help="how the columns of a foreign table become events")
    words.add_argument("--strict", action="store_true", help="exit 1 when a row was set aside")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    mapping = read_mapping(map_at(context.cwd, options.map)) if options.map else None
    files = [context.path(file) for file in options.files]
    with context.progress("import") as report, workspace.loading:
        try:
            found = import_files(
                workspace.engine.load,
                files,
                mapping,
                set_aside=workspace.data / "set_aside",
                arrives_at=_arrives_at(context),
                progress=report,
            )
        except SourceFault as fault:
            raise Unusable(str(fault)) from fault
    _tell(context, found)
    return 1 if options.strict and found.set_aside else 0


def _arrives_at(context: Context) -> Instant | None:
    """Once live, an import arrives when it is made, after all that was decided: that stays as it was seen."""
    workspace = context.workspace
    if workspace.live_since is None:
        return None
    return Instant(max(workspace.clock(), workspace.last_sealed + 1, (workspace.journeys.watermark() or 0) + 1))


def _tell(context: Context, found: ImportReport) -> None:
    context.say(f"{found.loaded:,} events stored, {found.repeated:,} were there already, {len(found.set_aside):,} rows set aside")
    counted = {
        "came again with other content (the first stays)": found.changed_content,
        "lay more than 5 minutes ahead of their arrival (moved back to it)": found.clamped,
        "had money in a currency without a rate (left empty)": found.unconverted,
        "are of no entry of the map (left out)": found.left_out,
        "ids too many for one customer were not linked (identity.limits)": found.unlinked,
    }
    for what, number in counted.items():
        if number:
            context.say(f"  {number:,} {what}")
    for remark in found.remarks:
        context.warn(remark)
    for aside in found.set_aside[:10]:
        context.warn(f"{aside.file}:{aside.line}: {aside.reason}")
    if found.set_aside_in is not None:
        more = len(found.set_aside) - 10
        context.warn(f"{f'... and {more:,} more; all' if more > 0 else 'all'} with their reasons in {found.set_aside_in}")


COMMAND = Command(arguments=_arguments, run=_run)
