"""Expression and moment text → trees: SEMANTICS sections 3 and 5, by way of Python's `ast`, never evaluated.

Trees are as written: named events stay names, and kinds are unknown. `expansion` and then `types` make them ready for use.

All problems of one text are found at once; each carries the line it is on. Held to `print` by tests/tree/test_print.py.
"""

from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.names import NO_NAMES, NamedEvent, Names
from opportune.language.tree.places import Places
from opportune.language.tree.selectors import selector_of
from opportune.language.tree.syntax import syntax_of
from opportune.language.tree.translate import Translator
from opportune.language.tree.translate_moments import moment_of
from opportune.language.vocabulary.problems import Place, Problem


def expression(
    text: str, place: Place, *, names: Names = NO_NAMES, places: Places | None = None, in_predicate: bool = False
) -> tuple[Expr | None, list[Problem]]:
    """The tree of an expression; None when there is any Problem.

    With `in_predicate` bare names are properties of an event, as in the `where` of a named event.
    """
    syntax = syntax_of(text, place)
    if isinstance(syntax, Problem):
        return None, [syntax]
    translator = Translator(place, names, places or Places(), in_predicate=in_predicate)
    tree = translator.expression(syntax)
    return (None if translator.problems else tree), translator.problems


def moment(text: str, place: Place, *, names: Names = NO_NAMES, places: Places | None = None) -> tuple[Moment | None, list[Problem]]:
    """The tree of a moment such as `lapse("Product Added", unless=order, within="2h")`; None when there is any Problem."""
    syntax = syntax_of(text, place)
    if isinstance(syntax, Problem):
        return None, [syntax]
    translator = Translator(place, names, places or Places())
    tree = moment_of(syntax, translator)
    return (None if translator.problems else tree), translator.problems


def selector(text: str, place: Place, *, names: Names = NO_NAMES, places: Places | None = None) -> tuple[NamedEvent | None, list[Problem]]:
    """The events of one selector, named events as written; None when there is any Problem."""
    syntax = syntax_of(text, place)
    if isinstance(syntax, Problem):
        return None, [syntax]
    translator = Translator(place, names, places or Places())
    found = selector_of(syntax, translator)
    return (None if translator.problems else NamedEvent(found)), translator.problems
