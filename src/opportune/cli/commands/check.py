"""`opportune check`: every problem of the project at once; with `--learn` also the tracking plan that the data teaches."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from opportune.adapters.project.project import Project
from opportune.adapters.project.tracking_plan import FILE, additions, conflicts, crowded, violations, written
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.guesses import guesses, named
from opportune.language.tree.long_windows import long_windows
from opportune.language.tree.schema import USUAL
from opportune.language.vocabulary.instants import datetime_of
from opportune.language.vocabulary.problems import Problem, Severity
from opportune.stages.events.tracking_plan import Seen

if TYPE_CHECKING:
    from opportune.stages.measurement.sources import Sent

T = TypeVar("T")


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--strict", action="store_true", help="warnings count as problems")
    words.add_argument("--learn", action="store_true", help=f"write the events and properties that arrived into {FILE}")


def _run(context: Context, options: argparse.Namespace) -> int:
    project = _read(context)
    if options.learn and not _learn(context, project):
        return 1
    if options.learn:
        project = _read(context)
    project = _held_against_the_data(context, project)
    project = replace(project, problems=(*project.problems, *_of_sources(context, project)))
    for problem in project.problems:
        context.warn(str(problem))
    for line in guesses(project.definitions, named(project.definitions)):
        context.warn(line)
    errors = sum(problem.severity is Severity.ERROR for problem in project.problems)
    warnings = len(project.problems) - errors
    found = project.definitions
    context.say(
        f"{len(found.metrics)} metrics, {len(found.segments)} segments, {len(found.scores)} scores, {len(found.journeys)} journeys, "
        f"{len(project.templates)} templates: {_count(errors, 'problem')}, {_count(warnings, 'warning')}"
    )
    return 1 if errors or (options.strict and warnings) else 0


def _of_sources(context: Context, project: Project) -> list[Problem]:
    """What is wrong with the maps of sources that are pulled."""
    if not project.settings.sources:
        return []
    from opportune.shell.pull_checks import problems_of_maps  # late: it waits for what reads tables

    return problems_of_maps(context.workspace.folder, project.settings.sources.values())


def _learn(context: Context, project: Project) -> bool:
    """Write what arrived and is not declared, and say what that is; whether it could be done."""
    seen = _seen(context, is_whole=True)
    path = context.workspace.folder / FILE
    broken = [problem for problem in project.problems if problem.place.file == FILE and problem.severity is Severity.ERROR]
    if seen is None or broken:
        context.warn("\n".join(map(str, broken)) or f"opportune: nothing has arrived yet, so {FILE} is not written")
        return not broken
    for line in conflicts(seen, project):
        context.say(f"conflict: {line}")
    for event, count in crowded(seen).items():
        context.say(f"conflict: '{event}' has {count:,} property names; names that vary belong into a value. The most frequent are kept")
    added = additions(seen, project)
    if added:
        text = path.read_text(encoding="utf-8") if path.exists() else None
        path.write_text(written(text, added, seen), encoding="utf-8")
    came = _came(context)
    for event, properties in added.items():
        told = ", ".join(f"{name} {kind}" for name, kind in properties.items())
        context.say(f"{FILE}: {event} ({seen.events.get(event, 0):,} seen{came.get(event, '')}){f': {told}' if told else ''}")
    number = sum(map(len, added.values()))
    context.say(f"{FILE}: {_count(len(added), 'event')} and {_count(number, 'property', 'properties')} added")
    return True


def _came(context: Context) -> dict[str, str]:
    """Event → from when to when it came, and who sent it."""
    from opportune.shell.learning import senders
    from opportune.stages.measurement.audited import day_name

    whole: dict[str, list[Sent]] = {}
    for each in _asked(lambda: context.workspace.asked(senders), None) or []:
        whole.setdefault(each.name, []).append(each)
    days = {name: (min(each.first_day for each in sent), max(each.last_day for each in sent)) for name, sent in whole.items()}
    stretch = {name: day_name(first) if first == last else f"{day_name(first)} to {day_name(last)}" for name, (first, last) in days.items()}
    return {name: f", {stretch[name]}, from {', '.join(each.source for each in sent)}" for name, sent in whole.items()}


def _held_against_the_data(context: Context, project: Project) -> Project:
    """The project with what the data has to say about it among its warnings."""
    found = list(project.problems)
    seen = _seen(context, is_whole=False) if project.schema.declared else None
    found += violations(seen, project) if seen is not None else []
    span = _span(context)
    if span is not None:
        found += [problem for tree, place in project.desk.checked for problem in long_windows(tree, span, place, project.desk.places)]
    return replace(project, problems=tuple(sorted(dict.fromkeys(found), key=lambda one: (one.place, one.code, one.what))))


def _span(context: Context) -> timedelta | None:
    """How long the stored history is; None while it is shorter than a day: then every window is longer, and nobody wants to be told."""
    from opportune.shell.learning import history_span

    found = _asked(lambda: context.workspace.asked(history_span), None)
    span = datetime_of(found[1]) - datetime_of(found[0]) if found is not None else timedelta(0)
    return span if span >= timedelta(days=1) else None


def _seen(context: Context, *, is_whole: bool) -> Seen | None:
    from opportune.shell.learning import seen

    return _asked(lambda: context.workspace.asked(lambda engine: seen(engine, is_whole=is_whole)), None)


def _read(context: Context) -> Project:
    """The files, held against the names in the store if that can be opened: an import at work must not make a check fail."""
    found = _asked(context.workspace.files_now, None)
    if found is not None:
        return found
    context.warn("opportune: the event store cannot be opened now, so the names in it are not known to this check")
    return context.workspace.files_now(learned=USUAL)


def _asked(ask: Callable[[], T], otherwise: T | None) -> T | None:
    """What asking the store gives; `otherwise` while it cannot be opened."""
    try:
        return ask()
    except Exception as error:
        from opportune.adapters.engines.engine import EngineFault  # here: a check without a store need not load one

        if not isinstance(error, EngineFault):
            raise
        return otherwise


def _count(number: int, what: str, several: str = "") -> str:
    return f"{number or 'no'} {what if number == 1 else several or f'{what}s'}"


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False, looks_at_stores=True)
