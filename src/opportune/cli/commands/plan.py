"""`opportune plan`: what would change if the files were applied."""

import argparse
from collections.abc import Iterable

from opportune.adapters.project.project import Project
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.plans import SHORT, definition_lines, flight_lines, group_lines, volume_lines
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.shell.live import chosen
from opportune.shell.planning import MONTH, changes, groups, in_flight, now_of, volumes
from opportune.shell.refusals import Misused
from opportune.shell.workspace import Workspace

DAY = 86_400_000_000


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--version", metavar="HASH", help="compare with an applied version instead of the files")
    words.add_argument("--versions", action="store_true", help="only list what was applied when, the last first")
    words.add_argument("--no-volume", action="store_true", help="leave out the messages a week, which take longest")


def _run(context: Context, options: argparse.Namespace) -> int:
    if options.versions:
        _list(context)
        return 0
    version = version_of(context.workspace, options.version) if options.version else None
    show(context, chosen(context.workspace, version), with_volume=not options.no_volume)
    return 0


def show(context: Context, after: Project, *, with_volume: bool, is_moving: bool = False) -> None:
    """Everything that applying `after` would change."""
    workspace = context.workspace
    applied = workspace.registry.fact("applied_version")
    before = workspace.project_of(applied) if applied else None
    found = changes(before, after)
    runs = f"what runs ({applied[:SHORT]})" if applied else "nothing, for nothing was applied yet"
    context.say(f"{after.hash[:SHORT]} compared with {runs}:")
    _part(context, "Definitions", definition_lines(found, with_texts=before is not None), "nothing changed")
    now = now_of(workspace)
    if now is None:
        context.say("\nPeople and messages: no events are stored yet")
    else:
        _part(context, f"People at {format_instant(now)}", group_lines(groups(workspace, before, after, now)), "nobody enters or leaves")
        if with_volume:
            _volume(context, before, after, now)
    _part(context, "On the way", flight_lines(in_flight(workspace, after), is_moving=is_moving), "nobody is in a journey that changes")


def _volume(context: Context, before: Project | None, after: Project, now: Instant) -> None:
    with context.progress("the last 30 days") as report:
        found = volumes(context.workspace, before, after, now, lambda hi: report((hi - (now - MONTH)) // DAY, 30))
    nothing = "as before, for no journey and no rule changed" if found is None else "no journeys"
    _part(context, "Messages a week, by backtest of the 30 days before", volume_lines(found or ()), nothing)


def _part(context: Context, title: str, lines: Iterable[str], nothing: str) -> None:
    shown = list(lines)
    context.say(f"\n{title}{':' if shown else f': {nothing}'}")
    for line in shown:
        context.say(f"  {line}")


def _list(context: Context) -> None:
    switches = context.workspace.registry.switches()
    for number, each in enumerate(switches):
        context.say(f"{each.version[:SHORT]}  {format_instant(each.at)}{'  runs' if number == 0 else ''}")
    if not switches:
        context.say("nothing was applied yet")


def version_of(workspace: Workspace, text: str) -> str:
    """The applied version that begins so. Raises Misused when none does, or several do."""
    known = dict.fromkeys(each.version for each in workspace.registry.switches())
    found = [version for version in known if text and version.startswith(text)]
    if len(found) != 1:
        what = "begins several versions" if found else "is no version that was applied"
        raise Misused(f"{text!r} {what}\n  There are: {', '.join(version[:SHORT] for version in known) or 'none'}")
    return found[0]


COMMAND = Command(arguments=_arguments, run=_run)
