"""Function calls in expressions: metrics, selectors, `known`, `coalesce` and `prop`."""

import ast
from typing import TYPE_CHECKING

from opportune.language.tree import later
from opportune.language.tree.build import both
from opportune.language.tree.expressions import Aggregate, Coalesce, Expr, Known, Literal, Metric, Property, Selector, Since
from opportune.language.tree.names import NamedEvent
from opportune.language.tree.syntax import line_of
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

ROOMS = ("trait", "consent", "metric", "segment", "score", "setting", "trigger", "entry")
METRICS = {aggregate.value: aggregate for aggregate in Aggregate}
FUNCTIONS = (*METRICS, "known", "coalesce", "prop")
NOTHING = NamedEvent(Selector(("",)))
"""Stands in for a selector that has a Problem."""


def reserved(name: str) -> bool:
    """Whether a bare name is the language's own, so that a property of this name is read with prop()."""
    return name == "at"


def property_named(name: str) -> bool:
    """Whether `name` can be the name of a property, trait or event: not empty, valid Unicode."""
    return bool(name.strip()) and not any("\ud800" <= sign <= "\udfff" for sign in name)


def called(node: ast.Call, translator: "Translator") -> Expr:
    """The tree of a function call."""
    match node.func:
        case ast.Name(id=name) if name in METRICS:
            return _metric(node, METRICS[name], translator)
        case ast.Name(id="known" | "coalesce" as name):
            return _function(node, name, translator)
        case ast.Name(id="prop"):
            return _prop(node, translator)
        case ast.Name(id=name) if name in later.FUNCTIONS:
            return translator.not_yet(node, name)
        case ast.Name(id="any"):
            return translator.refuse(node, "E105", "any(...) is an event, not a value", "Write did(any(...)) or count(any(...)).")
        case ast.Name(id=name) if name in later.MOMENTS or name in ("event", "lapse", "reaches"):
            return translator.refuse(node, "E105", f"{name}(...) is a moment, not a value", "Moments stand under `when:` of a journey.")
        case ast.Name(id=name):
            remedy = did_you_mean(name, FUNCTIONS) or f"There are {', '.join(FUNCTIONS)}."
            return translator.refuse(node, "E105", f"no function is called '{name}'", remedy)
        case ast.Attribute(attr=method) if method in later.METHODS:
            return translator.not_yet(node, f".{method}(...)")
        case _:
            return translator.refuse(node, "E101", "this call is not part of the language")


def selector_of(node: ast.expr, translator: "Translator") -> NamedEvent:
    """The events a selector names, and the condition a named event brings along."""
    match node:
        case ast.Constant(value=str(name)) if property_named(name):
            return _raw(node, name, translator)
        case ast.Name(id=name):
            named = translator.names.events.get(name)
            if named is None:
                remedy = did_you_mean(name, translator.names.events) or f'Declare it under `events:`, or quote a raw name: "{name}".'
                translator.refuse(node, "E103", f"no named event is called '{name}'", remedy)
                return NOTHING
            return named
        case ast.Call(func=ast.Name(id="any"), args=[], keywords=[]):
            return _marked(node, Selector(()), translator)
        case ast.Call(func=ast.Name(id="any"), args=parts, keywords=[]):
            return _union(node, [selector_of(part, translator) for part in parts], translator)
        case _:
            translator.refuse(node, "E106", "an event is wanted here", 'Write "Order Completed", a named event, any("A", "B") or any().')
            return NOTHING


def _raw(node: ast.expr, name: str, translator: "Translator") -> NamedEvent:
    return _marked(node, Selector((name,)), translator)


def _marked(node: ast.expr, selector: Selector, translator: "Translator") -> NamedEvent:
    translator.places.mark(selector, line_of(translator.place, node))
    return NamedEvent(selector)


def _union(node: ast.expr, parts: list[NamedEvent], translator: "Translator") -> NamedEvent:
    if len(parts) == 1:
        return parts[0]
    if any(not part.selector.names for part in parts):
        return _marked(node, Selector(()), translator)
    if any(part.where is not None for part in parts):
        translator.not_yet(node, "any(...) around a named event with `where`")
    names = dict.fromkeys(name for part in parts for name in part.selector.names)
    return _marked(node, Selector(tuple(names)), translator)


def _metric(node: ast.Call, function: Aggregate, translator: "Translator") -> Expr:
    arguments = list(node.args)
    wanted = 2 if function in (Aggregate.SUM, Aggregate.LAST) else 1
    if len(arguments) < wanted or len(arguments) > wanted + 1 or any(isinstance(argument, ast.Starred) for argument in arguments):
        takes = "an event, a property and at most one predicate" if wanted == 2 else "an event and at most one predicate"
        return translator.refuse(node, "E106", f"{function.value}() takes {takes}", _example(function))
    named = selector_of(arguments[0], translator)
    value = _property(arguments[1], translator) if wanted == 2 else None
    predicate = translator.predicate(arguments[wanted]) if len(arguments) > wanted else None
    within, since = None, None
    for keyword in node.keywords:
        if keyword.arg == "within" and function is not Aggregate.AGE:
            within = translator.duration(keyword.value, "within")
        elif keyword.arg == "since" and function is not Aggregate.AGE:
            since = _since(keyword.value, translator)
        else:
            unknown_keyword(keyword, function.value, ("within", "since") if function is not Aggregate.AGE else (), translator)
    if node.keywords and len({keyword.arg for keyword in node.keywords}) < len(node.keywords):
        translator.refuse(node, "E106", f"{function.value}() is given the same argument twice")
    return Metric(function=function, selector=named.selector, value=value, where=both(named.where, predicate), within=within, since=since)


def _example(function: Aggregate) -> str:
    if function in (Aggregate.SUM, Aggregate.LAST):
        return f'Write {function.value}("Order Completed", total).'
    return f'Write {function.value}("Order Completed"), or {function.value}("Order Completed", total > 0).'


def unknown_keyword(keyword: ast.keyword, function: str, known: tuple[str, ...], translator: "Translator") -> None:
    """Record that `function` has no such keyword: of a later version, misspelt, or a comparison with one = too few."""
    name = keyword.arg or "**"
    if name in later.KEYWORDS:
        translator.not_yet(keyword.value, name)
        return
    remedy = did_you_mean(name, known) or f"To compare a property write {name} == ... instead."
    translator.refuse(keyword.value, "E106", f"{function}() has no argument '{name}'", remedy)


def _since(node: ast.expr, translator: "Translator") -> Since | None:
    match node:
        case ast.Name(id="entry"):
            return Since.ENTRY
        case ast.Name(id="previous"):
            translator.not_yet(node, "since=previous")
        case _:
            translator.not_yet(node, "since=TIME")
    return None


def _property(node: ast.expr, translator: "Translator") -> Property | None:
    tree = translator.predicate(node) if isinstance(node, ast.Name | ast.Call) else None
    if isinstance(tree, Property):
        return tree
    if tree is None or not isinstance(tree, Literal):
        translator.refuse(node, "E106", "the name of a property is wanted here", 'Write it bare, such as total, or as prop("any name").')
    return None


def _function(node: ast.Call, name: str, translator: "Translator") -> Expr:
    if node.keywords or not node.args or (name == "known" and len(node.args) != 1) or (name == "coalesce" and len(node.args) < 2):
        wants = "one value" if name == "known" else "two or more values"
        return translator.refuse(node, "E106", f"{name}() takes {wants}")
    parts = tuple(translator.expression(argument) for argument in node.args)
    return Known(parts[0]) if name == "known" else Coalesce(parts)


def _prop(node: ast.Call, translator: "Translator") -> Expr:
    match node:
        case ast.Call(args=[ast.Constant(value=str(name))], keywords=[]) if property_named(name):
            if translator.in_predicate:
                return Property(name)
            return translator.refuse(node, "E105", "prop() reads a property of an event", "It stands inside a selector's predicate.")
        case _:
            return translator.refuse(node, "E106", "prop() wants the name of a property in quotes", 'Write prop("any name").')
