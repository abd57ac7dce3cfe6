"""`opportune serve`: everything in one process."""

import argparse

from opportune.adapters.logs.log import LogFault
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.shell.crash_points import crash_points
from opportune.shell.faults import Unusable


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--host", help="address to listen on (default: serve.host, 127.0.0.1)")
    words.add_argument("--port", type=int, help="port; 0 takes a free one (default: serve.port, 8000)")


def _run(context: Context, options: argparse.Namespace) -> int:
    import os

    from opportune.cli.main import run_inside
    from opportune.cli.serving import Service

    workspace = context.workspace
    workspace.reached = crash_points(os.environ)
    project = workspace.sound_project()
    for problem in project.problems:
        context.warn(str(problem))
    settings = project.settings
    if settings.smtp is None:
        context.warn(f"opportune: no smtp: is set, so mail is written as .eml files to {workspace.data / 'mail'}")
    host = options.host or settings.serve.host
    port = settings.serve.port if options.port is None else options.port
    try:
        service = Service(workspace, host=host, port=port, run_command=run_inside)
    except LogFault as fault:
        raise Unusable(f"another process serves this project, or its log cannot be opened\n  {fault}") from fault
    return service.run(lambda: context.say(f"Opportune serves {settings.shop.name} at http://{service.host}:{service.port}/"))


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False)
