"""`opportune evaluate`: every definition for every customer, at any moment."""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from opportune.adapters.engines.engine import Engine
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.guesses import guesses
from opportune.cli.table_files import table_file
from opportune.cli.times import instant_option
from opportune.language.compiler.census import GROUP
from opportune.language.tree.expressions import Expr
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.shell.evaluation import columns_of, evaluate_all, evaluate_pairs, pairs_of, stretch_of
from opportune.shell.preparing import unstable_at
from opportune.shell.refusals import Misused, Unusable
from opportune.stages.measurement.audited import counted


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--at", metavar="T", help="the moment (default: that of the last event)")
    words.add_argument("--pairs", metavar="FILE", help="a CSV with customer_id and at: values at each pair, as seen then")
    words.add_argument("--names", metavar="a,b", help="only these definitions")
    words.add_argument("--out", metavar="FILE", help=".csv or .parquet (default: CSV on standard output)")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    if options.pairs and options.at:
        raise Misused("--pairs brings its own moments\n  Leave out --at.")
    project = workspace.sound_project(with_templates=False)
    definitions = project.definitions
    columns = columns_of(definitions, None if options.names is None else [n.strip() for n in options.names.split(",") if n.strip()])
    if not columns:
        raise Unusable("there is nothing to evaluate\n  Define metrics, segments or scores, or name some that exist.")
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    pairs = pairs_of(context.path(options.pairs)) if options.pairs else None
    at = instant_option("--at", options.at) or (reach.last if pairs is None else max((at for _, at in pairs), default=reach.first))
    engine = workspace.ground(definitions, project.tables, at)
    with tempfile.TemporaryDirectory() as scratch:
        path = context.path(options.out) if options.out else Path(scratch) / "out.csv"
        with table_file(path) as out:
            if pairs is not None:
                number = evaluate_pairs(engine, columns, pairs, out)
            else:
                number = evaluate_all(engine, columns, at, out, workspace.engine.sibling().kept())
        _warn_of_unstable(context, engine, columns, None if pairs is not None else at)
        for line in guesses(definitions, columns):
            context.warn(line)
        if options.out:
            context.say(f"{counted(number, 'row')}, {counted(len(columns), 'column')} → {options.out}")
        else:
            context.voice.say(path.read_text(encoding="utf-8"))
    return 0


def _warn_of_unstable(context: Context, engine: Engine, columns: Mapping[str, Expr], at: Instant | None) -> None:
    """Values that lean on a population function nobody should lean on yet; of pairs, each has its own."""
    for name, one in unstable_at(engine, columns, at).items() if at is not None else ():
        frozen = f"frozen at {format_instant(one.instant)} with {one.known:,} known value{'' if one.known == 1 else 's'}"
        context.warn(f"{name}: {text_of(one.population)} is unstable: {frozen}, until {GROUP} are known each midnight counts anew")


COMMAND = Command(arguments=_arguments, run=_run)
