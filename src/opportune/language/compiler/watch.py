"""When a condition first becomes true: exits, goals, waits.

Reads   the input WATCHES; what the condition reads
Gives   watch, at: the first change point in (after, until] at which the condition holds; no row for a watch without one
Cost    one scan of the events the condition reads for the change points, one for the values at them
Held to meaning.first_true, by tests/meaning/test_compiled_equals_naive.py

As seen a watch asks at (p, seen=p), so what arrives late is a change point when it arrives.
"""

from opportune.language.compiler.changes import changes
from opportune.language.compiler.meetings import WATCHED, with_meetings
from opportune.language.compiler.reads import reads_of
from opportune.language.compiler.scopes import Watched
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS, WATCHES, Plan
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


def first_true(condition: Expr, reading: Reading = Reading.AS_SEEN) -> Plan:
    """The first change point of each watch at which `condition` holds."""
    steps, reads, scope = Steps(), reads_of([condition]), Watched(reading)
    changed = changes(steps, reads, scope, needs_presence=False)
    points = _points(steps, with_meetings(steps, changed, reads, scope))
    asked = steps.add("asked", _asked(points, reading))
    values = values_of(steps, asked, {"holds": condition})
    joins = [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "p")))]
    first = {"watch": column("watch", "p"), "at": sql.smallest(column("at", "p"))}
    found = sql.query(first, Source(points, "p"), joins, where=[column("holds", "v")], group=1, order=["watch"])
    return Plan(steps.close(found), (("watch", Kind.NUMBER), ("at", Kind.TIME)), (), (WATCHES,))


def _points(steps: Steps, changed: str) -> str:
    """`pair`, `watch`, `at`: each instant at which a watch asks, once."""
    once = sql.query({"watch": column("watch", "c"), "at": column("known_at", "c")}, Source(changed, "c"), distinct=True)
    steps.add("instants", once)
    numbered = {"pair": sql.row_number(Window((), ("watch", "at"))), "watch": column("watch", "i"), "at": column("at", "i")}
    return steps.add("points", sql.query(numbered, Source("instants", "i")))


def _asked(points: str, reading: Reading) -> sql.Query:
    shown: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    shown |= {name: column(name, "p") for name in ("pair", "at")} | {name: column(name, "w") for name in WATCHED}
    shown["seen"] = sql.number(FOREVER) if reading is Reading.AS_KNOWN else column("at", "p")
    joins = [Join(Source(WATCHES.name, "w"), sql.equal(column("watch", "w"), column("watch", "p")))]
    return sql.query(shown, Source(points, "p"), joins)
