"""`opportune serve`: everything in one process."""

import argparse
from time import monotonic, sleep

from opportune.adapters.logs.log import LogTaken
from opportune.adapters.logs.segments import Segments
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.control import PATIENCE, is_serving
from opportune.shell.crash_points import crash_points
from opportune.shell.refusals import Unusable
from opportune.shell.workspace import Workspace


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--host", help="address to listen on (default: serve.host, 127.0.0.1)")
    words.add_argument("--port", type=int, help="port; 0 takes a free one (default: serve.port, 8000)")


def _run(context: Context, options: argparse.Namespace) -> int:
    import os

    from opportune.cli.main import run_inside
    from opportune.cli.serving import Service

    workspace = context.workspace
    workspace.reached = crash_points(os.environ)
    log = _log_of(workspace)  # first: it keeps every other process out
    project = workspace.sound_project()
    for problem in project.problems:
        context.warn(str(problem))
    settings = project.settings
    if settings.smtp is None:
        context.warn(f"opportune: no smtp: is set, so mail is written as .eml files to {workspace.data / 'mail'}")
    host = options.host or settings.serve.host
    port = settings.serve.port if options.port is None else options.port
    service = Service(workspace, host=host, port=port, run_command=run_inside, log=log)
    return service.run(lambda: context.say(f"Opportune serves {settings.shop.name} at http://{service.host}:{service.port}/"))


def _log_of(workspace: Workspace) -> Segments:
    """The log, once no command has it any more. Raises Unusable when a `serve` has it."""
    patient_until = monotonic() + PATIENCE
    while True:
        try:
            return workspace.open_log()
        except LogTaken as taken:
            if is_serving(workspace.data) or monotonic() > patient_until:
                what = "another process serves this project, or has been at work on it for a while"
                raise Unusable(f"{what}\n  Stop that one first.") from taken
            sleep(0.1)


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False)
