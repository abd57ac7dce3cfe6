"""Why somebody is in a segment or not, has a value, got a message or did not: what `opportune explain` does."""

import argparse
from collections.abc import Iterable, Mapping

from opportune.adapters.stores.decided import decided_about
from opportune.cli.context import Context
from opportune.cli.times import instant_option
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Expr
from opportune.language.tree.schema import ANY_NAME
from opportune.language.vocabulary.problems import known_names
from opportune.shell.evaluation import columns_of, conditions_of, stretch_of
from opportune.shell.explaining import definition_lines, journey_lines, names_of, overview_lines, subject_of
from opportune.shell.message_chain import message_lines, read_by_gate
from opportune.shell.proving import consent_lines, read_for_proof
from opportune.shell.refusals import Misused, Unusable

PROOF = "consent"
"""The word that asks for what somebody agreed to."""


def explain(context: Context, options: argparse.Namespace) -> int:
    """Say it; gives the exit status."""
    workspace = context.workspace
    project = workspace.sound_project(learned=ANY_NAME, with_templates=False)  # whether data knows a name is for `check` to say
    definitions, currency = project.definitions, project.settings.shop.currency
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    at = instant_option("--at", options.at) or reach.last
    columns = columns_of(definitions, None)
    rungs = {name: tree for name, tree in conditions_of(definitions).items() if name.rpartition(".")[0] in columns}
    askable = {**rungs, **columns}
    decided = decided_about(workspace.database, options.customer, at)
    message = next((each for each in decided.messages if each.id == options.name), None)
    journey = definitions.journeys.get(message.journey if message is not None else options.name or "")
    is_proof = options.name == PROOF and PROOF not in askable and PROOF not in definitions.journeys
    is_definition = options.name is not None and message is None and journey is None and not is_proof
    column = _bare(options.name, askable, definitions.journeys) if is_definition else None
    read: list[object] = [journey] if journey is not None else [askable[column]] if column is not None else list(columns.values())
    if message is not None:
        read += read_by_gate(message, definitions.sending)
    if is_proof:
        read = [*read_for_proof()]
    ground = workspace.ground(definitions, project.tables, at)
    subject = subject_of(ground, options.customer, at, read)
    if subject.customer != options.customer:
        context.say(f"{options.customer} belongs to {subject.customer}")
        decided = decided_about(workspace.database, subject.customer, at)
    names = names_of(definitions)
    if is_proof:
        told = consent_lines(subject, project.settings.shop.opt_in, project.settings.shop.country)
    elif message is not None:
        told = message_lines(subject, message, journey, decided, definitions.sending, names, currency)
    elif journey is not None:
        told = journey_lines(subject, journey, decided, names, currency)
    elif column is not None:
        told = definition_lines(subject, column, askable[column], names, _steps(definitions, column), currency)
    else:
        told = overview_lines(subject, definitions, decided, currency)
    for line in told:
        context.say(line)
    return 0


def _steps(definitions: Definitions, column: str) -> tuple[str, ...]:
    """The rungs or bands of a ladder or tier, highest first; of anything else none."""
    bare = column.rpartition(".")[2]
    return definitions.steps_of.get(f"ladder.{bare}") or definitions.steps_of.get(f"tier.{bare}") or ()


def _bare(name: str, columns: Mapping[str, Expr], journeys: Iterable[str]) -> str:
    """The column a name means, `ladder.lifecycle` and `lifecycle` alike. Raises Misused for what is neither that nor a journey."""
    if name in columns:
        return name
    bare = name.partition(".")[2]
    if bare in columns and name.partition(".")[0] in ("metric", "segment", "score", "ladder", "tier"):
        return bare
    raise Misused(f"no definition, journey or message is called {name!r}\n  {known_names(name, [*columns, *journeys])}")
