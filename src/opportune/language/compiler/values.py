"""Values at any (customer, at, seen): decisions of journeys, training features, time travel.

Reads   the input PAIRS; events, traits, spans, calibrations, table_rows
Gives   pair, then one column per name; one row per pair
Cost    one scan of the events the definitions read
Held to meaning.value, by tests/meaning/test_compiled_values.py
"""

from collections.abc import Mapping

from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.pairs import with_leaves
from opportune.language.compiler.rounds import Bound
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.sharing import worked_out
from opportune.language.compiler.snapshot import snapshot
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree.expressions import Expr
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

__all__ = ["at_pairs", "populations_of", "snapshot", "values_of"]


def at_pairs(named: Mapping[str, Expr]) -> Plan:
    """The values of `named` at each pair of the input."""
    steps = Steps()
    values = values_of(steps, PAIRS.name, named)
    shown = {name: column(name, "v") for name in ("pair", *named)}
    query = sql.query(shown, Source(values, "v"), order=["pair"])
    columns = (("pair", Kind.NUMBER), *((name, kind_of(expr)) for name, expr in named.items()))
    return Plan(steps.close(query), columns, (), (PAIRS,), populations_of(named.values()))


def values_of(steps: Steps, asked: str, named: Mapping[str, Expr], *, previous: str | None = None, after: Bound = None) -> str:
    """A step with `pair` and the values of `named`, for a step or input `asked` with the columns of PAIRS.

    `after`: every pair that matters is asked after it, for the scans. `previous` names a column of `asked`, the instant after which
    `since=previous` reads. The plan must list `populations_of` its expressions.
    """
    needs = Needs(previous=previous)
    needs.gather(named.values())
    known = with_leaves(steps, asked, needs, after)
    told, terms = worked_out(steps, known, named, Scalars(Columns(needs, "v", lambda: column("at", "v"))))
    return steps.add(f"{asked}_values", sql.query({"pair": column("pair", "v")} | terms, Source(told, "v")))
