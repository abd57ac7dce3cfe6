"""The command `opportune`: reads the words, finds who does the work, and says how it ended.

Exit status 0 done · 1 a bad definition or bad data · 2 bad usage · 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from opportune.cli.commands import command_of
from opportune.cli.commands.command import Command
from opportune.cli.context import Context, Terminal, Voice
from opportune.cli.control import PATIENCE, NotServing, hand_over
from opportune.cli.usage import Usage, UsageError, parse
from opportune.language.vocabulary.problems import ProblemsFound

if TYPE_CHECKING:
    from opportune.shell.workspace import Workspace


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
    except Exception as error:
        words, status = _told(error)
        voice.warn(f"{words}\n")
        return status


def _told(error: Exception) -> tuple[str, int]:
    """What a person is told of a fault or of what they wrote, and the exit status. A bug goes on upwards."""
    from opportune.shell.faults import FAULTS, explain  # late: `--help` needs no engine
    from opportune.shell.refusals import Misused

    if not isinstance(error, FAULTS):
        raise error
    return explain(error), 2 if isinstance(error, Misused) else 1


def _here_or_there(argv: list[str], options: argparse.Namespace, voice: Voice) -> int:
    """In this process, or in the `serve` that has the stores."""
    from opportune.shell.workspace import Workspace

    command = command_of(options.command)
    workspace = Workspace(Path(options.project).resolve())
    patient_until = monotonic() + PATIENCE
    try:
        while (answered := _answered_by_serve(command, workspace, argv, voice)) is None:
            if not command.uses_stores or _took_stores(workspace, is_patient=monotonic() < patient_until):
                return command.run(Context(voice=voice, cwd=Path.cwd(), workspace=workspace), options)
        return answered
    finally:
        workspace.close()


def _took_stores(workspace: "Workspace", *, is_patient: bool) -> bool:
    """All that was accepted is loaded. False, after a moment, while a `serve` that starts or ends, or another command, has the stores."""
    from opportune.adapters.logs.log import LogTaken

    try:
        workspace.load_log()
    except LogTaken:
        if not is_patient:
            raise
        sleep(0.1)
        return False
    return True


def _answered_by_serve(command: Command, workspace: "Workspace", argv: list[str], voice: Voice) -> int | None:
    """How a running `serve` did it; None when this process has to do it itself."""
    if not (command.uses_stores or command.looks_at_stores):
        return None
    try:
        return hand_over(workspace.data_folder, argv, voice)
    except NotServing:
        return None
    except ProblemsFound:
        if command.looks_at_stores:
            return None  # it tells every problem itself
        raise


def run_inside(argv: list[str], context: Context) -> int:
    """A handed-over command, inside `serve`."""
    try:
        options = parse(argv)
        return command_of(options.command).run(context, options)
    except UsageError as error:
        context.warn(str(error))
        return 2
    except Exception as error:
        words, status = _told(error)
        context.warn(words)
        return status


if __name__ == "__main__":
    sys.exit(main())
