"""What an event alone can tell: whether a selector names it and its predicate does not refuse it.

Reads   a table with the columns of events
Held to meaning.reads.where_alone, by tests/meaning/test_compiled_turns.py
"""

from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.looks import of_event
from opportune.language.compiler.properties import selected
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term, column
from opportune.language.tree.expressions import Expr, Selector


def matching(selector: Selector, where: Expr | None, table: str) -> list[Term]:
    """The events of a selector, as far as each alone can tell that the predicate holds."""
    found = [selected(tuple(sorted(set(selector.names))), table), sql.is_known(column("identity_key", table))]
    if where is not None and next(iter(leaves_of(where)), None) is None:
        found.append(of_event(table).chosen(where))
    return found
