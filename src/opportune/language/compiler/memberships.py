"""Who was in what, from when to when: the intervals of conditions, as known.

Reads   what the conditions read; parameters `lo`, `hi`
Gives   customer_id, definition, entered_at, left_at (null while still in at `hi`) of every interval that overlaps ($lo, $hi], by
        customer_id, definition, entered_at
Cost    one timeline for each condition a timeline can tell, over the whole history: an interval may have begun long ago
Held to meaning.memberships, by tests/meaning/test_compiled_memberships.py

Who comes to belong to another customer has left by then.
"""

from collections.abc import Mapping
from dataclasses import replace

from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.timelines import Timeline, fits
from opportune.language.compiler.triggers import hi, lo
from opportune.language.compiler.turning import Turning, exactly, turning_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Turns
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

COLUMNS = (("customer_id", Kind.TEXT), ("definition", Kind.TEXT), ("entered_at", Kind.TIME), ("left_at", Kind.TIME))


def memberships(conditions: Mapping[str, Expr]) -> Plan:
    """The intervals of each condition, under its name."""
    steps = Steps()
    flips = [query for number, (name, condition) in enumerate(conditions.items()) for query in _flips(steps, number, name, condition)]
    rows = steps.add("flips", sql.union(*flips))
    later = Window(("identity_key", "definition"), ("at",))
    shown: dict[str, Term] = {name: column(name, "f") for name in ("identity_key", "definition", "at", "is_in")}
    shown["left_at"] = sql.lead(column("at", "f"), 1, sql.number(FOREVER), later)
    steps.add("stays", sql.query(shown, Source(rows, "f")))
    still = sql.equal(column("left_at", "s"), sql.number(FOREVER))
    row = {"customer_id": column("identity", "i"), "definition": column("definition", "s"), "entered_at": column("at", "s")}
    row["left_at"] = sql.choose(sql.negated(still), column("left_at", "s"))
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("identity_key", "s")))]
    where = [column("is_in", "s"), sql.less(lo(), column("left_at", "s"))]
    query = sql.query(row, Source("stays", "s"), joins, where=where, order=["customer_id", "definition", "entered_at"])
    return Plan(steps.close(query), COLUMNS, ("lo", "hi"), (), populations_of(conditions.values()))


def _flips(steps: Steps, number: int, name: str, condition: Expr) -> list[sql.Query]:
    """identity_key, definition, at, is_in: each instant up to `hi` at which somebody enters or leaves."""
    enters = turning_of(Turns(condition=condition, to=True), 2 * number)
    if not fits(condition, Reading.AS_KNOWN):
        return [_exact(steps, enters, name, None)]
    timeline = Timeline(steps, f"timeline_{number}", condition, Reading.AS_KNOWN, None, hi, enters.needs_presence)
    rows = timeline.rows()
    doubted = {"identity_key": column("identity_key", "d"), "low": sql.number(-FOREVER), "high": sql.number(FOREVER)}
    only = steps.add(f"timeline_{number}_open", sql.query(doubted, Source(timeline.doubted, "d")))
    is_in = sql.both(sql.coalesce(column("now", "r"), sql.truth(False)), sql.negated(column("has_left", "r")))
    was_in = sql.coalesce(column("was", "r"), sql.truth(False))
    shown = {"identity_key": column("identity_key", "r"), "definition": sql.text(name), "at": column("at", "r"), "is_in": is_in}
    where = [sql.differs(is_in.copy(), was_in), sql.negated(column("had_left", "r")), sql.at_most(column("at", "r"), hi())]
    return [sql.query(shown, Source(rows, "r"), where=where), _exact(steps, enters, name, only)]


def _exact(steps: Steps, enters: Turning, name: str, only: str | None) -> sql.Query:
    """Those of the customers in `only`, looked at point by point."""
    both = [replace(enters, anyone=True), replace(enters, which=enters.which + 1, to=False, anyone=True)]
    step_name = f"exact_{enters.which}"
    found = exactly(steps, both, Reading.AS_KNOWN, narrow=False, name=step_name, only=only, begin=lambda: sql.number(-FOREVER))
    is_in = sql.equal(column("which", "f"), sql.number(enters.which))
    shown = {"identity_key": column("identity_key", "f"), "definition": sql.text(name), "at": column("at", "f"), "is_in": is_in}
    return sql.query(shown, Source(found, "f"))
