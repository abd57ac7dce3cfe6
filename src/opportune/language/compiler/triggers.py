"""What all moments share: their range, the owners of their triggers, and the rows they give.

A *trigger* is an event that may cause a moment; a *question* is a trigger with `at` (the moment m), `acted_at` (s) and `seen` (how much
of the log decides: s, or FOREVER as known).
"""

from collections.abc import Sequence

from opportune.language.compiler import identities
from opportune.language.compiler.looks import Family
from opportune.language.compiler.pairs import with_leaves
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree.expressions import Population
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

MOMENT_COLUMNS = (
    ("identity_key", Kind.NUMBER),
    ("customer_id", Kind.TEXT),
    ("at", Kind.TIME),
    ("acted_at", Kind.TIME),
    ("trigger_event_id", Kind.TEXT),
    ("trigger_line", Kind.NUMBER),
    ("is_imported", Kind.BOOLEAN),
    ("same_value", Kind.TEXT),
    ("old_value", Kind.TEXT),
    ("new_value", Kind.TEXT),
)
"""The last two are JSON text, of `changes` alone."""
FIRED = ("which", "event_id", "line", "is_imported", "identity_key", "at", "acted_at", "same_value")
"""Columns of a step of triggers that fired; `changes` adds `old_value` and `new_value`."""
TRIGGER = ("which", "event_id", "line")
"""What tells triggers apart."""
ENDLESS = 2**61
"""Longer than any lateness, short enough not to overflow."""


def acted_at(reading: Reading, moment: Term, table: str) -> Term:
    """s: the moment, or as seen when its trigger had been received."""
    return moment if reading is Reading.AS_KNOWN else sql.larger(moment, column("received_at", table))


def seen(reading: Reading, acted: Term) -> Term:
    """How much of the log decides a moment acted on at `acted`."""
    return sql.number(FOREVER) if reading is Reading.AS_KNOWN else acted


def is_in_range(reading: Reading, moment: Term, table: str) -> Term:
    """Whether a trigger's moment, once the trigger was seen, lies in ($lo, $hi]."""
    return sql.within(acted_at(reading, moment, table), lo(), hi())


def is_in_time(reading: Reading, table: str) -> list[Term]:
    """The late rule: `received_at - ts <= $max_lateness`; as known nothing is late."""
    if reading is Reading.AS_KNOWN:
        return []
    return [sql.at_most(sql.minus(column("received_at", table), column("ts", table)), sql.parameter("max_lateness"))]


def with_owners(steps: Steps, triggers: str, columns: Sequence[str], name: str) -> str:
    """Triggers under `identity_key` of their owner at (at, seen); the id it was sent with stays as `sent_key`."""

    def sent() -> Term:
        return column("identity_key", "t")

    joined = identities.owner_join(steps, sent(), column("at", "t"), column("seen", "t"))
    shown = {column_name: column(column_name, "t") for column_name in columns if column_name != "identity_key"}
    shown |= {"sent_key": sent(), "identity_key": identities.owner(sent())}
    return steps.add(name, sql.query(shown, Source(triggers, "t"), [joined]))


def numbered(steps: Steps, asked: str, columns: Sequence[str], order: Sequence[str]) -> str:
    """Questions with a number of their own."""
    shown = {name: column(name, "a") for name in columns} | {"question": sql.row_number(Window((), tuple(order)))}
    return steps.add(f"{asked}_numbered", sql.query(shown, Source(asked, "a")))


def with_customers(steps: Steps, family: Family, asked: str, columns: Sequence[str], *, role: str = "") -> tuple[str, tuple[str, ...]]:
    """Questions (`question` among `columns`) with what predicates read of their customers; gives the step and all its columns."""
    if not family.reads_customer:
        return asked, tuple(columns)
    needs = family.needs()
    pair = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    pair |= {name: column(name, "n") for name in ("identity_key", "at", "seen")} | {"pair": column("question", "n")}
    pairs = steps.add(f"{asked}_pairs{role}", sql.query(pair, Source(asked, "n")))
    known = with_leaves(steps, pairs, needs)
    columns_of = {name: column(name, "n") for name in columns} | {name: column(name, "k") for name in needs.columns}
    joins = [Join(Source(known, "k"), sql.equal(column("pair", "k"), column("question", "n")))]
    return steps.add(f"{asked}_known{role}", sql.query(columns_of, Source(asked, "n"), joins)), (*columns, *needs.columns)


def plan_of(
    steps: Steps,
    fired: str,
    reading: Reading,
    *,
    is_together: bool = False,
    has_change: bool = False,
    populations: tuple[Population, ...] = (),
) -> Plan:
    """The rows of a moment plan, from a step of triggers that fired under their owners. `is_together`: with `which`, last."""
    no_text = ("old_value", "new_value")
    shown = {
        "identity_key": column("identity_key", "f"),
        "customer_id": column("identity", "i"),
        "at": column("at", "f"),
        "acted_at": column("acted_at", "f"),
        "trigger_event_id": column("event_id", "f"),
        "trigger_line": column("line", "f"),
        "is_imported": column("is_imported", "f"),
        "same_value": column("same_value", "f"),
        **{name: column(name, "f") if has_change else sql.cast(sql.null(), "VARCHAR") for name in no_text},
        **({"which": column("which", "f")} if is_together else {}),
    }
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("identity_key", "f")))]
    order = (
        column("acted_at", "f"),
        column("at", "f"),
        sql.less(sql.number(0), column("line", "f")),
        column("event_id", "f"),
        column("line", "f"),
        column("identity", "i"),
        *((column("which", "f"),) if is_together else ()),
    )
    query = sql.query(shown, Source(fired, "f"), joins, order=order)
    columns = (*MOMENT_COLUMNS, *((("which", Kind.NUMBER),) if is_together else ()))
    parameters = ("lo", "hi") if reading is Reading.AS_KNOWN else ("lo", "hi", "max_lateness")
    return Plan(steps.close(query), columns, parameters, (), populations)


def shown_as_fired(family: Family, table: str) -> dict[str, Term]:
    """The columns of `FIRED` of questions under their owners."""
    return {name: column(name, table) for name in FIRED[:-1]} | {"same_value": family.shown_same(table)}


def lo() -> Term:
    """The open beginning of the range."""
    return sql.parameter("lo")


def hi() -> Term:
    """The closed end of the range."""
    return sql.parameter("hi")


def earliest(reading: Reading, *spans: int) -> Term:
    """Before every event that can matter to the range: a late one by its lateness, and further back by `spans`."""
    if reading is Reading.AS_KNOWN:
        return sql.minus(lo(), sql.number(sum(spans)))
    lateness = sql.smaller(sql.parameter("max_lateness"), sql.number(ENDLESS))
    return sql.minus(sql.minus(lo(), lateness), sql.number(sum(spans)))


def in_reach(reading: Reading, reach: int | None, table: str) -> list[Term]:
    """What a look of this reach can need of the events for the range."""
    bounds = [sql.at_most(column("ts", table), hi())]
    if reach is not None:
        bounds.append(sql.less(earliest(reading, reach), column("ts", table)))
    return bounds if reading is Reading.AS_KNOWN else [*bounds, sql.at_most(column("received_at", table), hi())]
