"""`opportune apply`: switch what runs to the files as they are, or back to what ran before."""

import argparse
import sys

from opportune.adapters.project.project import Project
from opportune.cli.commands.command import Command
from opportune.cli.commands.plan import show, version_of
from opportune.cli.context import Context
from opportune.cli.plans import definition_lines, flight_lines
from opportune.shell.live import apply, changed_journeys, chosen, sweep
from opportune.shell.planning import changes, in_flight
from opportune.shell.refusals import Misused, Unusable
from opportune.shell.workspace import Workspace


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--yes", action="store_true", help="do not ask")
    words.add_argument("--move", action="store_true", help="whoever is in a changed journey goes on in the new version, where her step is")
    words.add_argument("--back", action="store_true", help="not the files, but the version that ran before this one")
    words.add_argument("--version", metavar="HASH", help="not the files, but a version of `opportune plan --versions`")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    version = _version(workspace, options)
    project = chosen(workspace, version)
    running = {each.journey for each in workspace.registry.running()}
    journeys = project.definitions.journeys
    changed = changed_journeys(workspace, list(journeys.values()))
    gone = sorted(running - journeys.keys())
    if _must_ask(context, options):
        show(context, project, with_volume=True, is_moving=options.move)
        if input("\nApply? [y/N] ").strip().lower() not in ("y", "yes"):
            context.say("nothing was changed")
            return 0
    else:
        _show_briefly(context, project, running, changed, is_moving=options.move)
    with workspace.switching:
        apply(workspace, version=version, is_moving=options.move)
        swept = str(sweep(workspace))  # a running serve stands on what ran until now, and sweeps when it has taken up what runs from now on
        context.after_apply()
    context.say(f"applied {project.hash[:12]}: {len(changed)} changed, {len(gone)} gone, {len(journeys)} run")
    if swept:
        context.say(f"no longer needed and taken out of the store: {swept}")
    return 0


def _version(workspace: Workspace, options: argparse.Namespace) -> str | None:
    """The version to go to; None: the files as they are."""
    if options.back and options.version:
        raise Misused("--back and --version both name what to switch to\n  Leave one out.")
    if options.version:
        return version_of(workspace, options.version)
    if not options.back:
        return None
    switches = workspace.registry.switches()
    if len(switches) < 2:
        raise Unusable("nothing ran before\n  opportune plan --versions lists what was applied.")
    return switches[1].version


def _show_briefly(context: Context, project: Project, running: set[str], changed: list[str], *, is_moving: bool) -> None:
    """What changes, without questions that take long."""
    workspace = context.workspace
    journeys = project.definitions.journeys
    for name in sorted(journeys):
        mark = "~" if name in changed and name in running else "+" if name in changed else "="
        context.say(f"{mark} {name}")
    for name in sorted(running - journeys.keys()):
        context.say(f"- {name} (nobody enters any more; whoever is in it goes on)")
    applied = workspace.registry.fact("applied_version")
    if applied:
        others = [each for each in changes(workspace.project_of(applied), project) if each.kind != "journey"]
        for line in definition_lines(others, with_texts=False):
            context.say(line)
    for line in flight_lines(in_flight(workspace, project), is_moving=is_moving):
        context.say(line)


def _must_ask(context: Context, options: argparse.Namespace) -> bool:
    """Only a person at a terminal is asked; a handed-over call has none."""
    return not options.yes and not context.is_serving and sys.stdin.isatty() and sys.stdout.isatty()


COMMAND = Command(arguments=_arguments, run=_run)
