"""`opportune init DIR`: a new project from the starter pack."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.shell.refusals import Misused, Unusable
from opportune.starter.writing import write


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("folder", metavar="DIR")
    words.add_argument("--currency", default="USD", help="the shop's currency, ISO 4217 (default: USD)")


def _run(context: Context, options: argparse.Namespace) -> int:
    folder = context.path(options.folder)
    try:
        written = write(folder, options.currency)
    except ValueError as error:
        raise Misused(f"--currency {error}") from error
    except FileExistsError as error:
        raise Unusable(str(error)) from error
    for path in written:
        context.say(f"wrote {path.relative_to(context.cwd) if path.is_relative_to(context.cwd) else path}")
    context.say(
        f"\nNext: opportune --help, or\n  opportune check --project {options.folder}\n  opportune import FILE --project {options.folder}"
    )
    return 0


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False)
