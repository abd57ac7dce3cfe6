"""`opportune explain`: why somebody is in a segment or not, has a value, got a message or did not."""

import argparse
from collections.abc import Iterable, Mapping, Sequence

from opportune.adapters.stores.decided import decided_about
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.times import instant_option
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.problems import known_names
from opportune.shell.evaluation import columns_of, conditions_of, stretch_of
from opportune.shell.explaining import definition_lines, journey_lines, names_of, overview_lines, subject_of
from opportune.shell.refusals import Misused, Unusable
from opportune.stages.sending.message import Message


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("customer", metavar="CUSTOMER", help="a customer_id, known or anonymous")
    words.add_argument("name", nargs="?", metavar="NAME", help="a definition, LADDER.RUNG, journey or message_id (default: an overview)")
    words.add_argument("--at", metavar="T", help="the moment (default: that of the last event)")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    project = workspace.sound_project(with_templates=False)
    definitions, currency = project.definitions, project.settings.shop.currency
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    at = instant_option("--at", options.at) or reach.last
    columns = columns_of(definitions, None)
    rungs = {name: tree for name, tree in conditions_of(definitions, None).items() if name.rpartition(".")[0] in columns}
    askable = {**rungs, **columns}
    decided = decided_about(workspace.database, options.customer, at)
    name = _journey_of(options.name, decided.messages) or options.name
    journey = definitions.journeys.get(name or "")
    column = _bare(name, askable, definitions.journeys) if name is not None and journey is None else None
    read: list[object] = [journey] if journey is not None else [askable[column]] if column is not None else list(columns.values())
    ground = workspace.ground(definitions, project.tables, at)
    subject = subject_of(ground, options.customer, at, read)
    if subject.customer != options.customer:
        context.say(f"{options.customer} belongs to {subject.customer}")
        decided = decided_about(workspace.database, subject.customer, at)
    if journey is not None:
        told = journey_lines(subject, journey, decided, names_of(definitions), currency)
    elif column is not None:
        told = definition_lines(subject, column, askable[column], names_of(definitions), _steps(definitions, column), currency)
    else:
        told = overview_lines(subject, definitions, decided, currency)
    for line in told:
        context.say(line)
    return 0


def _steps(definitions: Definitions, column: str) -> tuple[str, ...]:
    """The rungs or bands of a ladder or tier, highest first; of anything else none."""
    bare = column.rpartition(".")[2]
    return definitions.steps_of.get(f"ladder.{bare}") or definitions.steps_of.get(f"tier.{bare}") or ()


def _journey_of(name: str | None, messages: Sequence[Message]) -> str:
    """The journey that a message id belongs to."""
    return next((message.journey for message in messages if message.id == name), "")


def _bare(name: str, columns: Mapping[str, Expr], journeys: Iterable[str]) -> str:
    """The column a name means, `ladder.lifecycle` and `lifecycle` alike. Raises Misused for what is neither that nor a journey."""
    if name in columns:
        return name
    bare = name.partition(".")[2]
    if bare in columns and name.partition(".")[0] in ("metric", "segment", "score", "ladder", "tier"):
        return bare
    raise Misused(f"no definition, journey or message is called {name!r}\n  {known_names(name, [*columns, *journeys])}")


COMMAND = Command(arguments=_arguments, run=_run)
