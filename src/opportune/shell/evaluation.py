"""Values of definitions for many customers: now, at any past moment, or at given pairs."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot.expressions as exp

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Coverage, Expr
from opportune.language.tree.moments import Moment
from opportune.language.vocabulary.instants import FOREVER, Instant, parse_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import did_you_mean
from opportune.language.vocabulary.reading import Reading
from opportune.shell.faults import Unusable
from opportune.stages.customers.lookup import keys_of
from opportune.stages.events.stretch import stretch


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far the stored events reach."""

    first: Instant
    last: Instant
    last_received_at: Instant
    number: int


def stretch_of(engine: Engine) -> Stretch | None:
    """None while nothing is stored."""
    first, last, received, number = engine.rows(stretch())[0]
    if first is None or last is None or received is None:
        return None
    return Stretch(Instant(int(first)), Instant(int(last)), Instant(int(received)), int(number or 0))


def columns_of(definitions: Definitions, names: Collection[str] | None) -> dict[str, Expr]:
    """Column → expression for metrics, segments and scores, by bare name; `KIND.NAME` where two kinds share one.

    A score brings its `NAME.coverage`. Raises Unusable for a name nobody defined.
    """
    rooms: list[tuple[str, str, Expr]] = [
        *(("metric", name, value) for name, value in definitions.metrics.items()),
        *(("segment", name, value) for name, value in definitions.segments.items()),
        *(("score", name, value) for name, value in definitions.scores.items()),
    ]
    bare = [name for _, name, _ in rooms]
    columns: dict[str, Expr] = {}
    for room, name, value in rooms:
        column = name if bare.count(name) == 1 else f"{room}.{name}"
        columns[column] = value
        if room == "score":
            columns[f"{column}.coverage"] = Coverage(definitions.scores[name])
    if names is None:
        return columns
    for name in names:
        if name not in columns:
            raise Unusable(f"no definition is called {name!r}\n  {did_you_mean(name, columns) or 'There are: ' + ', '.join(columns)}")
    return {column: columns[column] for column in columns if column in names or column.removesuffix(".coverage") in names}


def evaluate_all(engine: Engine, columns: dict[str, Expr], at: Instant, out: Path) -> int:
    """One row a customer at `at`, as known, to a CSV or Parquet file."""
    return engine.export(snapshot(columns), out, {"at": at, "seen": FOREVER})


def evaluate_pairs(engine: Engine, columns: dict[str, Expr], pairs: Path) -> Iterator[Row]:
    """customer_id, at and the columns for each pair of a CSV file with those two columns, as seen then, in the file's order."""
    asked = list(_pairs(pairs))
    known = {
        str(identity): key for identity, key in engine.rows(keys_of(), {}, {"identities_asked": [(who,) for who in {a[0] for a in asked}]})
    }
    rows = [(number, known.get(who, 0), at, at, None, None, None, None, None) for number, (who, at) in enumerate(asked)]
    answered = {row[0]: row[1:] for row in engine.rows(at_pairs(columns), {}, {"pairs": rows})}
    for number, (who, at) in enumerate(asked):
        yield (who, at, *answered[number])


def _pairs(path: Path) -> Iterator[tuple[str, Instant]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        read = csv.DictReader(file)
        if not {"customer_id", "at"} <= set(read.fieldnames or ()):
            raise Unusable(f"{path.name}:1: a file of pairs needs the columns customer_id and at")
        for row in read:
            try:
                yield str(row["customer_id"]), parse_instant(str(row["at"]))
            except ValueError as error:
                raise Unusable(f"{path.name}:{read.line_num}: {row['at']!r} is no time\n  Write ISO 8601 in UTC.") from error


def moments_shown(found: tuple[Moment, ...]) -> Plan:
    """The moments of a `when:` as customer_id, at, trigger_event_id; equal ones once; by time, then customer."""
    plans = [moments(moment, Reading.AS_KNOWN) for moment in found]
    parts = [
        exp.select(
            exp.column("customer_id", quoted=True),
            exp.column("at", quoted=True),
            exp.alias_(_public_id(), "trigger_event_id", quoted=True),
        ).from_(plan.query.subquery("found"))
        for plan in plans
    ]
    whole: exp.Query = parts[0]
    for part in parts[1:]:
        whole = exp.union(whole, part, distinct=True)
    order = (exp.column(name, quoted=True) for name in ("at", "customer_id", "trigger_event_id"))
    ordered = exp.select("*").from_(whole.subquery("moments")).order_by(*order)
    columns = (("customer_id", Kind.TEXT), ("at", Kind.TIME), ("trigger_event_id", Kind.TEXT))
    return Plan(ordered, columns, tuple(sorted({name for plan in plans for name in plan.parameters})))


def _public_id() -> exp.Expression:
    line, event = exp.column("trigger_line", quoted=True), exp.column("trigger_event_id", quoted=True)
    numbered = exp.DPipe(this=exp.DPipe(this=event, expression=exp.Literal.string("#")), expression=exp.cast(line, "VARCHAR"))
    return exp.Case(ifs=[exp.If(this=exp.GT(this=line, expression=exp.Literal.number(0)), true=numbered)], default=event.copy())
