"""The command `opportune`: reads the words, finds who does the work, and says how it ended.

Exit status 0 done · 1 a bad definition or bad data · 2 bad usage · 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from opportune.cli.commands import COMMANDS
from opportune.cli.context import Context, Terminal, Voice
from opportune.cli.control import NotServing, hand_over
from opportune.cli.usage import Usage, UsageError, parse
from opportune.shell.faults import FAULTS, explain
from opportune.shell.workspace import Workspace, data_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    voice = Terminal()
    try:
        options = parse(argv)
    except UsageError as error:
        voice.warn(f"{error}\n")
        return 2
    except Usage as shown:
        voice.say(str(shown))
        return 0
    try:
        return _here_or_there(argv, options, voice)
    except KeyboardInterrupt:
        voice.warn("\nopportune: interrupted\n")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; say nothing more
        return 1
    except FAULTS as error:
        voice.warn(f"{explain(error)}\n")
        return 1


def _here_or_there(argv: list[str], options: argparse.Namespace, voice: Voice) -> int:
    """In this process, or in the `serve` that has the stores."""
    command = COMMANDS[options.command]
    folder = Path(options.project).resolve()
    workspace = Workspace(folder)
    try:
        if command.uses_stores:
            try:
                return hand_over(data_folder(folder, workspace.project), argv, voice)
            except NotServing:
                workspace.load_log()
        return command.run(Context(voice=voice, cwd=Path.cwd(), workspace=workspace), options)
    finally:
        workspace.close()


def run_inside(argv: list[str], context: Context) -> int:
    """A handed-over command, inside `serve`."""
    try:
        options = parse(argv)
        return COMMANDS[options.command].run(context, options)
    except UsageError as error:
        context.warn(str(error))
        return 2
    except FAULTS as error:
        context.warn(explain(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
