"""Who was in what, from when to when: the intervals of conditions, and of the steps of ladders and tiers, as known.

Reads   what they read; parameters `lo`, `hi`
Gives   customer_id, definition, entered_at, left_at (null while still in at `hi`) of every interval that overlaps ($lo, $hi], by
        customer_id, definition, entered_at
Cost    one timeline for each condition or ladder that a timeline can tell, else a look at each of its change points, over the whole
        history: an interval may have begun long ago
Held to meaning.memberships, by tests/meaning/test_compiled_memberships.py

A ladder is asked once, for the name of its step, however many steps it has. Who comes to belong to another customer has left by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.states import states
from opportune.language.compiler.timelines import Timeline, fits
from opportune.language.compiler.triggers import hi, lo
from opportune.language.compiler.turning import turning_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

COLUMNS = (("customer_id", Kind.TEXT), ("definition", Kind.TEXT), ("entered_at", Kind.TIME), ("left_at", Kind.TIME))


@dataclass(frozen=True, slots=True)
class Stages:
    """A ladder or tier: a text, the name of the step that one is on; null on none."""

    value: Expr


def memberships(asked: Mapping[str, Expr | Stages]) -> Plan:
    """The intervals of each condition under its name, and of each step of a ladder as `NAME.STEP`."""
    steps = Steps()
    flips = [query for number, (name, one) in enumerate(asked.items()) for query in _flips(steps, number, name, one)]
    rows = steps.add("flips", sql.union(*flips))
    shown: dict[str, Term] = {name: column(name, "f") for name in ("identity_key", "definition", "at")}
    shown["left_at"] = sql.lead(column("at", "f"), 1, sql.number(FOREVER), Window(("identity_key", "asked"), ("at",)))
    steps.add("stays", sql.query(shown, Source(rows, "f")))
    still = sql.equal(column("left_at", "s"), sql.number(FOREVER))
    row = {"customer_id": column("identity", "i"), "definition": column("definition", "s"), "entered_at": column("at", "s")}
    row["left_at"] = sql.choose(sql.negated(still), column("left_at", "s"))
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("identity_key", "s")))]
    where = [sql.is_known(column("definition", "s")), sql.less(lo(), column("left_at", "s"))]
    query = sql.query(row, Source("stays", "s"), joins, where=where, order=["customer_id", "definition", "entered_at"])
    return Plan(steps.close(query), COLUMNS, ("lo", "hi"), (), populations_of(map(_value, asked.values())))


def gathered(names: Sequence[str]) -> Plan:
    """The intervals in several input tables with the columns of `memberships`, in the same order."""
    kept = (("customer_id", "VARCHAR"), ("definition", "VARCHAR"), ("entered_at", "BIGINT"), ("left_at", "BIGINT"))
    inputs = tuple(Input(name, kept) for name in names)
    steps = Steps()
    every = steps.add("stays", sql.union(*(sql.query({each: column(each, "s") for each, _ in kept}, Source(name, "s")) for name in names)))
    shown = {each: column(each, "s") for each, _ in kept}
    query = sql.query(shown, Source(every, "s"), order=["customer_id", "definition", "entered_at"])
    return Plan(steps.close(query), COLUMNS, (), inputs)


def _value(asked: Expr | Stages) -> Expr:
    return asked.value if isinstance(asked, Stages) else asked


def _flips(steps: Steps, number: int, name: str, asked: Expr | Stages) -> list[sql.Query]:
    """identity_key, asked, definition (null: out), at: each instant up to `hi` at which somebody comes to be in another, or out."""
    value = _value(asked)
    turning = turning_of(Changes(value=value) if isinstance(asked, Stages) else Turns(condition=value, to=True), number)
    turning = replace(turning, anyone=True)

    def definition(held: Term) -> Term:
        return _step(name, held) if isinstance(asked, Stages) else sql.choose(held, sql.text(name))

    def flipped(rows: str, was: Term, now: Term, where: list[Term]) -> sql.Query:
        shown = {"identity_key": column("identity_key", "r"), "asked": sql.number(number), "definition": now, "at": column("at", "r")}
        return sql.query(shown, Source(rows, "r"), where=[sql.differs(now.copy(), was), *where])

    def exactly(only: str | None) -> sql.Query:
        looked_at = states(steps, turning, name=f"exact_{number}", only=only)
        return flipped(looked_at, definition(column("was", "r")), definition(column("now", "r")), [])

    if not fits(value, Reading.AS_KNOWN):
        return [exactly(None)]
    timeline = Timeline(steps, f"timeline_{number}", value, Reading.AS_KNOWN, None, hi, turning.needs_presence)
    rows = timeline.rows()
    doubted = {"identity_key": column("identity_key", "d"), "low": sql.number(-FOREVER), "high": sql.number(FOREVER)}
    only = steps.add(f"timeline_{number}_open", sql.query(doubted, Source(timeline.doubted, "d")))
    now = sql.choose(sql.negated(column("has_left", "r")), definition(column("now", "r")))
    there = [sql.negated(column("had_left", "r")), sql.at_most(column("at", "r"), hi())]
    return [flipped(rows, definition(column("was", "r")), now, there), exactly(only)]


def _step(name: str, held: Term) -> Term:
    return sql.choose(sql.is_known(held), sql.call("concat", sql.text(f"{name}."), held.copy()))
