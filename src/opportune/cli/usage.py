"""The words the command line knows. A slip is answered with the nearest command or option."""

import argparse
from typing import NoReturn

from opportune.cli.commands import COMMANDS
from opportune.language.vocabulary.problems import did_you_mean


class Usage(Exception):
    """Help was asked for; carries it."""


class UsageError(Exception):
    """The words cannot be understood; says which and what to write."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Instead of leaving the process."""
        raise UsageError(f"opportune: {message}\n  See '{self.prog} --help'.")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Only help ends here."""
        raise Usage(message or "")

    def print_help(self, file: object = None) -> None:
        """Hand the help to `main`."""
        raise Usage(self.format_help())


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    whole = _Parser(prog="opportune", description="Listens to a shop's customers and sends the right mail at the right moment.")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, command in COMMANDS.items():
        words = commands.add_parser(name, help=command.summary, description=command.summary)
        words.add_argument("--project", default=".", metavar="DIR", help="the project's folder (default: here)")
        command.arguments(words)
    return whole


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of a call. Raises UsageError, or Usage when help was asked for."""
    known = parser()
    if not argv:
        raise Usage(known.format_help())
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        remedy = did_you_mean(argv[0], COMMANDS) or "See 'opportune --help'."
        raise UsageError(f"opportune: there is no command {argv[0]!r}\n  {remedy}")
    return known.parse_args(argv)
