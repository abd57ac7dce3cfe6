"""Selectors: a raw name in quotes, a named event, `any(...)` of them, or `any()`."""

import ast
from typing import TYPE_CHECKING

from opportune.language.tree.constants import property_named
from opportune.language.tree.expansion import Undecided, expanded_selector
from opportune.language.tree.expressions import Selector
from opportune.language.tree.names import NamedEvent
from opportune.language.tree.syntax import line_of
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

MOST_EVENTS = 1_000
"""Names in one selector."""
NOTHING = NamedEvent(Selector(("",)))
"""Stands in for a selector that has a Problem."""


def selector_of(node: ast.expr, translator: "Translator") -> Selector:
    """The events a selector names, named events as written."""
    before = len(translator.problems)
    selector = _selector(node, translator)
    if len(translator.problems) == before and selector.named:
        try:
            expanded_selector(selector, translator.names)
        except Undecided as why:
            translator.refuse(node, "E106", str(why), "Leave one of them out, or give each a metric of its own.")
    translator.places.mark(selector, line_of(translator.place, node))
    return selector


def _selector(node: ast.expr, translator: "Translator") -> Selector:
    match node:
        case ast.Constant(value=str(name)) if property_named(name):
            return Selector((name,))
        case ast.Name(id=name) if name in translator.names.events:
            return Selector((), (name,))
        case ast.Name(id=name):
            known = translator.names.events
            remedy = did_you_mean(name, known) or f'Declare it under `events:`, or quote a raw name: "{name}".'
            translator.refuse(node, "E103", f"no named event is called '{name}'", remedy)
            return NOTHING.selector
        case ast.Call(func=ast.Name(id="any"), args=[], keywords=[]):
            return Selector(())
        case ast.Call(func=ast.Name(id="any"), args=parts, keywords=[]):
            return _union(node, parts, translator)
        case _:
            translator.refuse(node, "E106", "an event is wanted here", 'Write "Order Completed", a named event, any("A", "B") or any().')
            return NOTHING.selector


def _union(node: ast.expr, parts: list[ast.expr], translator: "Translator") -> Selector:
    found = [translator.nested(part, selector_of, NOTHING.selector) for part in parts]
    if len(found) > 1 and any(part == Selector(()) for part in found):
        remedy = "Write any() alone, or the names without it."
        translator.refuse(node, "E106", "any() reads every event already, so nothing can stand beside it", remedy)
    names = dict.fromkeys(name for part in found for name in part.names)
    if len(names) > MOST_EVENTS:
        translator.refuse(node, "E102", f"any(...) names more than {MOST_EVENTS:,} events", "Name fewer, or read them all with any().")
    named = dict.fromkeys(name for part in found for name in part.named)
    return Selector(tuple(names), tuple(named))
