"""`opportune check`: every problem of the project at once."""

import argparse

from opportune.adapters.project.project import Project
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.language.tree.schema import USUAL
from opportune.language.vocabulary.problems import Severity


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--strict", action="store_true", help="warnings count as problems")


def _run(context: Context, options: argparse.Namespace) -> int:
    project = _read(context)
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


def _read(context: Context) -> Project:
    """The files, held against the names in the store if that can be opened: an import at work must not make a check fail."""
    try:
        return context.workspace.files_now()
    except Exception as error:
        from opportune.adapters.engines.engine import EngineFault  # here: a check without a store need not load one

        if not isinstance(error, EngineFault):
            raise
        context.warn("opportune: the event store cannot be opened now, so the names in it are not known to this check")
        return context.workspace.files_now(learned=USUAL)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False, looks_at_stores=True)
