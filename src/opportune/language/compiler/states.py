"""What a value was at and before each of its change points, from the beginning to `hi`, as known.

Reads   what the value reads; the parameter `hi`
Gives   identity_key, at, `was` and `now`: null before and after there is such a customer
Cost    one value for each change point: between two of them it stays as it was at the first
Held to meaning.memberships, by tests/meaning/test_compiled_memberships.py
"""

from opportune.language.compiler.turning import Group, Turning
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading


def states(steps: Steps, turning: Turning, *, name: str, only: str | None = None) -> str:
    """The step with the states of a value. `only`: a step with the customers (identity_key, low, high) who are looked at; else all are."""
    group = Group(steps, name, (turning,), Reading.AS_KNOWN, False, only, lambda: sql.number(-FOREVER))
    points, _ = group.points()
    pair: dict[str, Term] = {each: sql.cast(sql.null(), kind) for each, kind in PAIRS.columns}
    pair |= {"pair": sql.row_number(Window((), ("identity_key", "at"))), "identity_key": column("identity_key", "p")}
    pair |= {"at": column("at", "p"), "seen": sql.number(FOREVER)}
    asked = steps.add(f"{name}_looks", sql.query(pair, Source(points, "p")))
    values = group.values(asked)
    row: dict[str, Term] = {each: column(each, "a") for each in ("identity_key", "at")} | {"now": column(f"value_{turning.which}", "v")}
    found = Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "a")))
    told = steps.add(f"{name}_told", sql.query(row, Source(asked, "a"), [found]))
    shown: dict[str, Term] = {each: column(each, "t") for each in ("identity_key", "at", "now")}
    shown["was"] = sql.lag(column("now", "t"), 1, sql.null(), Window(("identity_key",), ("at",)))
    return steps.add(f"{name}_states", sql.query(shown, Source(told, "t")))
