"""Derived properties that read since the event before only: each event lies in one interval, so it is brought to it by one sort.

Where no other moment of the customer lies between the event before and its own, the question is *neat*; the others are asked one by one.

Reads   events, links; the input DERIVED_PAIRS
Gives   NEAR, the events of neat questions with their `pair`; the properties of all questions, as `deriving.properties` gives them
Cost    one sort of the events read and the questions, by customer
Held to `deriving.properties` and meaning, by tests/meaning/test_compiled_derived.py
"""

import sqlglot.expressions as exp

from opportune.language.compiler.deriving import DERIVED_PAIRS, property_columns, read
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.map import EVENTS
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import At, Choice, Coalesce, Expr, Known, Literal, Metric, Since
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.kinds import Kind

NEAR = Input("derived_near", (*((named.name, named.type) for named in EVENTS.columns), ("pair", "BIGINT")))
NEAT = Input("derived_neat", DERIVED_PAIRS.columns)


def is_since_previous(derived: Derived) -> bool:
    """Whether its properties are made of metrics of raw events since the event before, and of nothing else."""
    return bool(derived.set) and all(_is_plain(part) for part in derived.set.values())


def _is_plain(expr: Expr) -> bool:
    match expr:
        case Metric(selector=selector, where=where):
            is_simple = where is None and bool(selector.names) and not selector.voids and not selector.derived
            return expr.since is Since.PREVIOUS and is_simple
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return all(map(_is_plain, (condition, then, otherwise)))
        case Coalesce(parts=parts):
            return all(map(_is_plain, parts))
        case Known(part=part):
            return _is_plain(part)
        case _:
            return isinstance(expr, Literal | At)


def neat() -> Plan:
    """NEAT: the questions whose interval holds no other moment of their customer."""
    shown = ", ".join(f"q.{name}" for name, _ in DERIVED_PAIRS.columns)
    query = f"""
        WITH moments AS (SELECT DISTINCT p.identity_key, p.at FROM derived_pairs AS p),
        before AS (
            SELECT m.identity_key, m.at, lag(m.at, 1, NULL) OVER (PARTITION BY m.identity_key ORDER BY m.at) AS last_at FROM moments AS m
        )
        SELECT {shown} FROM derived_pairs AS q JOIN before AS b ON b.identity_key = q.identity_key AND b.at = q.at
        WHERE b.last_at IS NULL OR b.last_at <= q.previous_at
    """
    return Plan(read(query), tuple((name, Kind.NUMBER) for name, _ in NEAT.columns), (), (DERIVED_PAIRS,))


def near(derived: Derived) -> Plan:
    """NEAR."""
    metrics = [part for value in derived.set.values() for part in _metrics(value)]
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted({name for one in metrics for name in one.selector.names}))
    shown = ", ".join(f"e.{named.name}" for named in EVENTS.columns)
    query = f"""
        WITH wanted AS (
            SELECT e.event_id, e.line, e.identity_key AS owner_key, e.ts FROM events AS e
                WHERE e.name IN ({names}) AND e.identity_key IS NOT NULL
            UNION ALL SELECT e.event_id, e.line, o.to_key, e.ts FROM events AS e
                JOIN (SELECT DISTINCT l.from_key, l.to_key FROM links AS l WHERE l.to_key IS NOT NULL) AS o ON o.from_key = e.identity_key
                WHERE e.name IN ({names})
        ),
        timeline AS (
            SELECT w.owner_key, w.ts, 1 AS place, CAST(NULL AS BIGINT) AS at, w.event_id, w.line FROM wanted AS w
            UNION ALL SELECT DISTINCT n.identity_key, n.at, 0, n.at, CAST(NULL AS VARCHAR), CAST(NULL AS INTEGER) FROM derived_neat AS n
        ),
        nearest AS (
            SELECT t.owner_key, t.ts, t.event_id, t.line, min(t.at) OVER (
                PARTITION BY t.owner_key ORDER BY t.ts DESC, t.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS next_at FROM timeline AS t
        ),
        brought AS (
            SELECT n.event_id, n.line, q.pair FROM nearest AS n
            JOIN derived_neat AS q ON q.identity_key = n.owner_key AND q.at = n.next_at
            WHERE n.event_id IS NOT NULL AND n.ts > coalesce(q.previous_at, n.ts - 1)
        )
        SELECT {shown}, b.pair FROM brought AS b JOIN events AS e ON e.event_id = b.event_id AND e.line = b.line
    """
    return Plan(read(query), tuple((name, Kind.NUMBER) for name, _ in NEAR.columns), (), (NEAT,))


def properties(derived: Derived) -> Plan:
    """What `deriving.properties` gives: of neat questions from NEAR, of the others one by one."""
    held = property_columns(derived.set)
    named = {held[name]: value for name, value in derived.set.items()}
    quick, slow = Steps(), Steps()
    values = values_of(quick, NEAT.name, named, previous="previous_at")
    quickly = _near(quick.close(_shown(values, named)))
    others = sql.query(
        {name: column(name, "p") for name, _ in DERIVED_PAIRS.columns},
        Source(DERIVED_PAIRS.name, "p"),
        [sql.Join(Source(NEAT.name, "n"), sql.equal(column("pair", "n"), column("pair", "p")), "ANTI")],
    )
    slow.add("derived_others", others)
    slowly = slow.close(_shown(values_of(slow, "derived_others", named, previous="previous_at"), named))
    both = Steps()
    both.add("quick", quickly)
    both.add("slow", slowly)
    query = both.close(sql.union(_shown("quick", named), _shown("slow", named)))
    columns = (("pair", Kind.NUMBER), *((held[name], derived.kinds[name]) for name in derived.set))
    return Plan(query, columns, (), (DERIVED_PAIRS, NEAT, NEAR))


def _shown(source: str, named: dict[str, Expr]) -> exp.Query:
    return sql.query({name: column(name, "v") for name in ("pair", *named)}, Source(source, "v"))


def _near(asked: exp.Query) -> exp.Query:
    """The same question of NEAR."""
    asked.transform(_by_pair, copy=False)
    return asked


def _by_pair(node: exp.Expression) -> exp.Expression:
    """Scans of `events` read NEAR, each event with the one question it was brought to."""
    if isinstance(node, exp.Table) and node.name == EVENTS.name:
        return exp.Table(this=exp.Identifier(this=NEAR.name, quoted=True), alias=node.args.get("alias"))
    if isinstance(node, exp.Join) and isinstance(node.this, exp.Table) and node.this.name == f"{NEAT.name}_sources":
        table = node.this.alias
        node.set("on", sql.both(node.args["on"], sql.equal(column("pair", "e"), column("pair", table))))
    return node


def _metrics(expr: Expr) -> list[Metric]:
    return [part for part in walk(expr) if isinstance(part, Metric)]
