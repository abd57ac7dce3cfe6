"""Python syntax → moments: `event`, `lapse` and `reaches`."""

import ast
from datetime import timedelta

from opportune.language.tree import later
from opportune.language.tree.build import both
from opportune.language.tree.calls import property_named, selector_of, unknown_keyword
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.tree.syntax import line_of
from opportune.language.tree.translate import Translator
from opportune.language.vocabulary.problems import did_you_mean

MOMENTS = {"event": (), "lapse": ("unless", "within", "same"), "reaches": ("n", "within")}
_LATER = {"event": ("reaching", "same", "within"), "lapse": ("at_most",), "reaches": ()}
LARGEST_COUNT = 1_000_000


def moment_of(node: ast.expr, translator: Translator) -> Moment | None:
    """The moment of a call; problems go to the translator."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in MOMENTS:
            return _moment(node, name, translator)
        case ast.Call(func=ast.Name(id=name)) if name in later.MOMENTS:
            translator.not_yet(node, name)
        case ast.Call(func=ast.Name(id=name)):
            translator.refuse(
                node, "E105", f"no moment is called '{name}'", did_you_mean(name, MOMENTS) or "There are event, lapse, reaches."
            )
        case _:
            translator.refuse(
                node, "E106", "a moment is wanted here", 'Write event("..."), lapse("...", within="2h") or reaches("...", n=3).'
            )
    return None


def _moment(node: ast.Call, name: str, translator: Translator) -> Moment | None:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    for keyword in node.keywords:
        if keyword.arg in _LATER[name]:
            translator.not_yet(keyword.value, f"{keyword.arg}= in {name}()")
        elif keyword.arg not in MOMENTS[name]:
            unknown_keyword(keyword, name, MOMENTS[name], translator)
    if len(keywords) < len(node.keywords):
        translator.refuse(node, "E106", f"{name}() is given the same argument twice")
    if len(node.args) not in (1, 2) or any(isinstance(argument, ast.Starred) for argument in node.args):
        translator.refuse(node, "E106", f"{name}() takes an event and at most one predicate")
        return None
    named = selector_of(node.args[0], translator)
    where = both(named.where, translator.predicate(node.args[1]) if len(node.args) == 2 else None)
    moment = _built(node, name, named.selector, where, keywords, translator)
    translator.places.mark(moment, line_of(translator.place, node))
    return moment


def _built(
    node: ast.Call, name: str, selector: Selector, where: Expr | None, keywords: dict[str | None, ast.expr], translator: Translator
) -> Moment | None:
    within = translator.duration(keywords["within"], "within") if "within" in keywords and name != "event" else None
    if name == "event":
        return EventMoment(selector=selector, where=where)
    if name == "reaches":
        n = _count(keywords.get("n"), node, translator)
        return Reaches(selector=selector, where=where, n=n, within=within)
    if "within" not in keywords:
        translator.refuse(node, "E106", "lapse() wants within=", 'Write how long nothing may follow: within="2h".')
    unless = _unless(keywords["unless"], translator) if "unless" in keywords else None
    same = _same(keywords["same"], translator) if "same" in keywords else None
    return Lapse(selector=selector, where=where, unless=unless, within=within or timedelta(1), same=same)


def _count(node: ast.expr | None, call: ast.Call, translator: Translator) -> int:
    if node is None:
        translator.refuse(call, "E106", "reaches() wants n=", "Write how many events it takes: n=3.")
        return 1
    constant = translator.constant(translator.expression(node))
    value = constant.value if constant else None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_COUNT:
        return value
    translator.refuse(node, "E106", f"n wants a whole number from 1 to {LARGEST_COUNT:,}")
    return 1


def _unless(node: ast.expr, translator: Translator) -> Selector:
    named = selector_of(node, translator)
    if named.where is not None:
        translator.not_yet(node, "unless= with a named event that has `where`")
    return named.selector


def _same(node: ast.expr, translator: Translator) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=str(name)) if property_named(name):
            return name
        case _:
            translator.refuse(node, "E106", "same= wants the name of a property", 'Write same="product_id".')
            return None
