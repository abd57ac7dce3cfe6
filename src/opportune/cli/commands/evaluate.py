"""`opportune evaluate`: every definition for every customer, at any moment."""

import argparse
import tempfile
from pathlib import Path

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import Cell, write_csv
from opportune.cli.times import instant_option
from opportune.language.compiler.values import at_pairs
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind
from opportune.shell.evaluation import columns_of, evaluate_all, evaluate_pairs, stretch_of
from opportune.shell.faults import Unusable


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--at", metavar="T", help="the moment (default: that of the last event)")
    words.add_argument("--pairs", metavar="FILE", help="a CSV with customer_id and at: values at each pair, as seen then")
    words.add_argument("--names", metavar="a,b", help="only these definitions")
    words.add_argument("--out", metavar="FILE", help=".csv or .parquet (default: CSV on standard output)")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    definitions = workspace.sound_project(with_templates=False).definitions
    columns = columns_of(definitions, None if options.names is None else [n.strip() for n in options.names.split(",") if n.strip()])
    if not columns:
        raise Unusable("there is nothing to evaluate\n  Define metrics, segments or scores, or name some that exist.")
    engine = workspace.engine.sibling()
    reach = stretch_of(engine)
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    with tempfile.TemporaryDirectory() as scratch:
        out = context.path(options.out) if options.out else Path(scratch) / "out.csv"
        if options.pairs:
            number = _pairs(context, options, columns, out)
        else:
            at = instant_option("--at", options.at) or reach.last
            number = evaluate_all(engine, columns, at, out)
        if options.out:
            context.say(f"{number:,} rows, {len(columns)} columns → {options.out}")
        else:
            context.voice.say(out.read_text(encoding="utf-8"))
    return 0


def _pairs(context: Context, options: argparse.Namespace, columns: dict[str, Expr], out: Path) -> int:
    if out.suffix != ".csv":
        raise Unusable(f"{out.name}: values at pairs are written as .csv")
    kinds = [kind for _, kind in at_pairs(columns).columns[1:]]
    rows = evaluate_pairs(context.workspace.engine.sibling(), columns, context.path(options.pairs))
    shown = (
        [str(who), format_instant(Instant(int(at or 0))), *(_cell(kind, v) for kind, v in zip(kinds, values, strict=True))]
        for who, at, *values in rows
    )
    return write_csv(out, ["customer_id", "at", *columns], shown)


def _cell(kind: Kind, value: Cell) -> Cell:
    """Money in units, durations in seconds, times ISO 8601."""
    if value is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    match kind:
        case Kind.MONEY:
            return _decimal(value, MONEY_SCALE)
        case Kind.DURATION:
            return _decimal(value, 1_000_000)
        case Kind.TIME:
            return format_instant(Instant(value))
        case _:
            return value


def _decimal(value: int, scale: int) -> str:
    whole, rest = divmod(abs(value), scale)
    digits = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' + digits if digits else ''}"


COMMAND = Command(arguments=_arguments, run=_run)
