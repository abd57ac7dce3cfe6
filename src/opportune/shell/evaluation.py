"""Values of definitions for many customers: now, at any past moment, or at given pairs."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlglot.expressions as exp

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.memberships import Stages, gathered, memberships
from opportune.language.compiler.moments import moments
from opportune.language.compiler.rollups import NOTHING_KEPT
from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Compare, Comparison, Coverage, Expr, Literal
from opportune.language.tree.moments import Moment
from opportune.language.vocabulary.instants import FOREVER, Instant, parse_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import known_names
from opportune.language.vocabulary.reading import Reading
from opportune.shell.refusals import Misused, Unusable
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
    """Column → expression for metrics, segments, scores, ladders and tiers, by bare name; `KIND.NAME` where two kinds share one.

    A score brings its `NAME.coverage`. Raises Misused for a name nobody defined.
    """
    rooms: list[tuple[str, str, Expr]] = [
        *(("metric", name, value) for name, value in definitions.metrics.items()),
        *(("segment", name, value) for name, value in definitions.segments.items()),
        *(("score", name, value) for name, value in definitions.scores.items()),
        *(("ladder", name, value) for name, value in definitions.ladders.items()),
        *(("tier", name, value) for name, value in definitions.tiers.items()),
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
            raise Misused(f"no definition is called {name!r}\n  {known_names(name, columns)}")
    return {column: columns[column] for column in columns if column in names or column.removesuffix(".coverage") in names}


def conditions_of(definitions: Definitions) -> dict[str, Expr]:
    """What one can be in: each segment by its name, each rung and band as `LADDER.RUNG`, `TIER.BAND`; `KIND.NAME` where two share one."""
    conditions: dict[str, Expr] = {}
    for name, (tree, steps) in _memberships_in(definitions).items():
        parts: dict[str, Expr] = {f"{name}.{step}": Compare(Comparison.EQ, tree, Literal(step)) for step in steps}
        conditions |= parts or {name: tree}
    return conditions


def stays_asked(definitions: Definitions, names: Collection[str] | None) -> dict[str, Expr | Stages]:
    """The conditions of segments, and ladders and tiers as such, by the names of `conditions_of` without steps; None: all.

    Raises Misused for a name that is none.
    """
    known = {name: Stages(tree) if steps else tree for name, (tree, steps) in _memberships_in(definitions).items()}
    for name in names or ():
        if name not in known:
            raise Misused(f"no segment, ladder or tier is called {name!r}\n  {known_names(name, known)}")
    return known if names is None else {name: known[name] for name in names}


def _memberships_in(definitions: Definitions) -> dict[str, tuple[Expr, tuple[str, ...]]]:
    """Segments, ladders and tiers with their steps, of segments none."""
    rooms = {"segment": definitions.segments, "ladder": definitions.ladders, "tier": definitions.tiers}
    bare = [name for found in rooms.values() for name in found]
    return {
        name if bare.count(name) == 1 else f"{room}.{name}": (tree, definitions.steps_of.get(f"{room}.{name}", ()))
        for room, found in rooms.items()
        for name, tree in found.items()
    }


def export_stays(engine: Engine, asked: Mapping[str, Expr | Stages], between: tuple[Instant, Instant], out: Path) -> int:
    """Who was in what from when to when, of all stays that overlap the range (open, closed), to a file.

    One plan a definition: together those of a project are thousands of steps, deeper than engines go.
    """
    ends = {"lo": between[0], "hi": between[1]}
    kept = [f"stays_{number}" for number in range(len(asked))]
    for table, (name, one) in zip(kept, asked.items(), strict=True):
        engine.make(table, memberships({name: one}), ends)
    return engine.export(gathered(kept), out)


def evaluate_all(engine: Engine, columns: dict[str, Expr], at: Instant, out: Path, rolled: Mapping[str, int] = NOTHING_KEPT) -> int:
    """One row a customer at `at`, as known, to a CSV or Parquet file; `rolled`: the roll-ups that the store keeps."""
    return engine.export(snapshot(columns, rolled), out, {"at": at, "seen": FOREVER})


Pairs = list[tuple[str, Instant]]


def evaluate_pairs(engine: Engine, columns: dict[str, Expr], asked: Pairs, out: Path) -> int:
    """customer_id, at and the columns for each pair, as seen then, in their order, to a file."""
    names = [(who,) for who in dict.fromkeys(who for who, _ in asked)]
    known = {str(identity): key for identity, key in engine.rows(keys_of(), {}, {"identities_asked": names})}
    rows = [(number, known.get(who, 0), at, at, None, None, None, None, None) for number, (who, at) in enumerate(asked)]
    labels = [(number, who, at) for number, (who, at) in enumerate(asked)]
    return engine.export(_labelled(at_pairs(columns)), out, {}, {"pairs": rows, "labels": labels})


LABELS = Input("labels", (("pair", "BIGINT"), ("customer_id", "VARCHAR"), ("at", "BIGINT")))


def _labelled(answered: Plan) -> Plan:
    """Answers to pairs under the names they were asked by, in the order they were asked."""
    names = [name for name, _ in answered.columns[1:]]
    shown = [exp.column(name, table="labels", quoted=True) for name in ("customer_id", "at")]
    pair, question = (exp.column("pair", table=table, quoted=True) for table in ("labels", "answered"))
    query = (
        exp.select(*shown, *(exp.column(name, table="answered", quoted=True) for name in names))
        .from_(exp.table_("labels", quoted=True))
        .join(answered.query.subquery("answered"), on=exp.EQ(this=pair, expression=question))
        .order_by(pair.copy())
    )
    columns = (("customer_id", Kind.TEXT), ("at", Kind.TIME), *answered.columns[1:])
    return replace(answered, query=query, columns=columns, inputs=(*answered.inputs, LABELS))


def pairs_of(path: Path) -> Pairs:
    """(customer_id, at) for each line of a CSV file with those two columns. Raises Unusable with the line of the first that is none."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        read = csv.DictReader(file, strict=True)
        try:
            if not {"customer_id", "at"} <= set(read.fieldnames or ()):
                raise Unusable(f"{path.name}:1: a file of pairs needs the columns customer_id and at\n  Write them in its first line.")
            return [(str(row["customer_id"]), _moment(str(row["at"]), f"{path.name}:{read.line_num}")) for row in read]
        except (csv.Error, UnicodeDecodeError) as error:
            raise Unusable(f"{path.name}: this is no CSV in UTF-8: {error}") from error


def _moment(text: str, place: str) -> Instant:
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise Unusable(f"{place}: {text!r} is no time\n  Write ISO 8601 in UTC.") from error


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
    return Plan(
        ordered,
        columns,
        tuple(sorted({name for plan in plans for name in plan.parameters})),
        tuple({table.name: table for plan in plans for table in plan.inputs}.values()),
        tuple(dict.fromkeys(population for plan in plans for population in plan.populations)),
        tuple(dict.fromkeys(every for plan in plans for every in plan.occurrences)),
    )


def _public_id() -> exp.Expression:
    line, event = exp.column("trigger_line", quoted=True), exp.column("trigger_event_id", quoted=True)
    numbered = exp.DPipe(this=exp.DPipe(this=event, expression=exp.Literal.string("#")), expression=exp.cast(line, "VARCHAR"))
    return exp.Case(ifs=[exp.If(this=exp.GT(this=line, expression=exp.Literal.number(0)), true=numbered)], default=event.copy())
