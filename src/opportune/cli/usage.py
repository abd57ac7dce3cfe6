"""The words the command line knows. A slip is answered with the nearest command or option."""

import argparse
from importlib.metadata import version
from typing import NoReturn

from opportune.cli.commands import COMMANDS, command_of
from opportune.language.vocabulary.problems import did_you_mean

PROJECT = "--project"


class Usage(Exception):
    """Help was asked for; carries it."""


class UsageError(Exception):
    """The words cannot be understood; says which and what to write."""


class _Parser(argparse.ArgumentParser):
    """Words of one command. Options are never shortened: a script that says `--out` means it in every later version too."""

    def error(self, message: str) -> NoReturn:
        """Instead of leaving the process."""
        raise UsageError(f"opportune: {message}\n  See '{self.prog} --help'.")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Only help ends here."""
        raise Usage(message or "")

    def print_help(self, file: object = None) -> None:
        """Hand the help to `main`."""
        raise Usage(self.format_help())

    def understood(self, words: list[str]) -> argparse.Namespace:
        """The options. Raises UsageError, naming the nearest option for one that does not exist."""
        options, unknown = self.parse_known_intermixed_args(words)
        if unknown:
            slip = next((word for word in unknown if word.startswith("-")), unknown[0])
            known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
            remedy = did_you_mean(slip.split("=")[0], known) or f"See '{self.prog} --help'."
            raise UsageError(f"opportune: {'there is no option' if slip.startswith('-') else 'too many words:'} {slip!r}\n  {remedy}")
        return options


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of a call, its `command` and `project` among them. Raises UsageError, or Usage when help was asked for."""
    folder, words = _project(argv)
    if not words or words[0] in ("-h", "--help", "help"):
        raise Usage(_overview())
    name, *rest = words
    if name == "--version":
        raise Usage(f"opportune {version('opportune')}\n")
    if name not in COMMANDS:
        remedy = did_you_mean(name, COMMANDS) or "See 'opportune --help'."
        raise UsageError(f"opportune: there is no {'option' if name.startswith('-') else 'command'} {name!r}\n  {remedy}")
    return _words_of(name).understood([PROJECT, folder, *rest])


def _project(argv: list[str]) -> tuple[str, list[str]]:
    """`--project DIR` may stand before the command too; the rest is left as it was."""
    folder, words = ".", list(argv)
    while words and words[0].split("=")[0] == PROJECT:
        option, *words = words
        if "=" in option:
            folder = option.split("=", 1)[1]
        elif words:
            folder, *words = words
        else:
            raise UsageError(f"opportune: {PROJECT} needs a folder\n  Such as: opportune {PROJECT} shop check")
    return folder, words


def _words_of(name: str) -> _Parser:
    words = _Parser(prog=f"opportune {name}", description=COMMANDS[name], allow_abbrev=False)
    words.add_argument(PROJECT, default=".", metavar="DIR", help="the project's folder (default: here)")
    words.set_defaults(command=name)
    command_of(name).arguments(words)
    return words


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        (
            "usage: opportune COMMAND [--project DIR] ...",
            "",
            "Listens to a shop's customers and sends the right mail at the right moment.",
            "",
            *lines,
            "",
            "'opportune COMMAND --help' says more; --project DIR names the project's folder (default: here).",
            "",
        )
    )
