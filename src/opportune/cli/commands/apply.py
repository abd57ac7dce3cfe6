"""`opportune apply`: switch what runs to the files as they are."""

import argparse
import sys

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.shell.live import apply, changed_journeys, sweep


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--yes", action="store_true", help="do not ask")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    project = workspace.sound_project()
    running = {each.journey for each in workspace.registry.running()}
    journeys = project.definitions.journeys
    changed = changed_journeys(workspace, list(journeys.values()))
    gone = sorted(running - journeys.keys())
    for name in sorted(journeys):
        mark = "~" if name in changed and name in running else "+" if name in changed else "="
        context.say(f"{mark} {name}")
    for name in gone:
        context.say(f"- {name} (nobody enters any more; whoever is in it goes on)")
    if _must_ask(context, options) and input("Apply? [y/N] ").strip().lower() not in ("y", "yes"):
        context.say("nothing was changed")
        return 0
    apply(workspace)
    swept = str(sweep(workspace))  # a running serve stands on what ran until now, and sweeps it when it has taken up what runs from now on
    context.after_apply()
    context.say(f"applied {project.hash[:12]}: {len(changed)} changed, {len(gone)} gone, {len(journeys)} run")
    if swept:
        context.say(f"no longer needed and taken out of the store: {swept}")
    return 0


def _must_ask(context: Context, options: argparse.Namespace) -> bool:
    """Only a person at a terminal is asked; a handed-over call has none."""
    return not options.yes and not context.is_serving and sys.stdin.isatty() and sys.stdout.isatty()


COMMAND = Command(arguments=_arguments, run=_run)
