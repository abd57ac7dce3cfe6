"""`opportune check`: every problem of the project at once."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.language.vocabulary.problems import Severity


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--strict", action="store_true", help="warnings count as problems")


def _run(context: Context, options: argparse.Namespace) -> int:
    project = context.workspace.project
    for problem in project.problems:
        context.warn(str(problem))
    errors = sum(problem.severity is Severity.ERROR for problem in project.problems)
    warnings = len(project.problems) - errors
    found = project.definitions
    context.say(
        f"{len(found.metrics)} metrics, {len(found.segments)} segments, {len(found.scores)} scores, {len(found.journeys)} journeys, "
        f"{len(project.templates)} templates: {_count(errors, 'problem')}, {_count(warnings, 'warning')}"
    )
    return 1 if errors or (options.strict and warnings) else 0


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


COMMAND = Command(summary="every problem of the definitions at once", arguments=_arguments, run=_run, uses_stores=False)
