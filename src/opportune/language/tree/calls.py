"""Function calls in expressions: metrics, populations, calendars, `ago`, `known`, `clamp` and the like, and text methods."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from opportune.language.tree.aggregates import METRICS, metric_of
from opportune.language.tree.arguments import has_between, keywords_of
from opportune.language.tree.constants import duration, one_of, property_named, share, text, truth
from opportune.language.tree.expressions import (
    Ago,
    Calendar,
    CalendarPart,
    Census,
    Clamp,
    Coalesce,
    Distance,
    Expr,
    Extreme,
    Extremum,
    Known,
    Lower,
    Population,
    Property,
    Rhythm,
    TextMatch,
    TextTest,
)
from opportune.language.tree.rooms import ROOMS
from opportune.language.tree.selectors import NOTHING
from opportune.language.tree.words import MOMENTS as MOMENT_WORDS
from opportune.language.tree.zones import zone_problem
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

__all__ = ["FUNCTIONS", "METRICS", "NOTHING", "ROOMS", "called", "reserved"]

POPULATIONS = {"quantile": Census.QUANTILE, "mean": Census.MEAN}
CALENDAR = {part.value: part for part in CalendarPart}
EXTREMES = {extreme.value: extreme for extreme in Extreme}
METHODS = {test.value: test for test in TextTest}
RHYTHMS = {rhythm.value: rhythm for rhythm in Rhythm}
PLACE = ("latitude", "longitude")
"""Columns that say where a row is."""
MOST_VALUES = 100
"""Each is asked inside the one before, and engines end at a depth."""
FUNCTIONS = (*METRICS, "ago", *POPULATIONS, *CALENDAR, "known", "coalesce", "clamp", *EXTREMES, "km_to", "term_in", "prop")


def reserved(name: str) -> bool:
    """Whether a bare name is the language's own, so that a property of this name is read with prop()."""
    return name == "at"


def called(node: ast.Call, translator: "Translator") -> Expr:
    """The tree of a function call."""
    match node.func:
        case ast.Name(id=name) if name in METRICS:
            return metric_of(node, METRICS[name], translator)
        case ast.Name(id=name) if name in _READERS:
            return _READERS[name](node, name, translator)
        case ast.Name(id="any"):
            return translator.refuse(node, "E105", "any(...) is an event, not a value", "Write did(any(...)) or count(any(...)).")
        case ast.Name(id="term_in"):
            return translator.refuse(node, "E105", "term_in(...) is a key, not a value", "Write needs[term_in(trait.wish)].need.")
        case ast.Name(id=name) if name in MOMENT_WORDS:
            return translator.refuse(node, "E105", f"{name}(...) is a moment, not a value", "Moments stand under `when:` of a journey.")
        case ast.Name(id=name):
            remedy = did_you_mean(name, FUNCTIONS) or f"There are {', '.join(FUNCTIONS)}."
            return translator.refuse(node, "E105", f"no function is called '{name}'", remedy)
        case ast.Attribute(value=value, attr=method):
            return _method(node, value, method, translator)
        case _:
            return translator.refuse(node, "E101", "this call is not part of the language")


def _method(node: ast.Call, value: ast.expr, method: str, translator: "Translator") -> Expr:
    known = (*METHODS, "lower")
    if method not in known:
        remedy = did_you_mean(method, known) or f"There are {', '.join(f'.{name}()' for name in known)}."
        return translator.refuse(node, "E105", f"no method is called '.{method}'", remedy)
    keywords_of(node, f".{method}", (), translator)
    if method == "lower":
        if node.args:
            return translator.refuse(node, "E106", ".lower() takes nothing", "Write x.lower().")
        return Lower(translator.expression(value))
    if not has_between(node, 1, 1):
        return translator.refuse(node, "E106", f".{method}() takes one text", f'Write x.{method}("lamp").')
    return TextMatch(METHODS[method], translator.expression(value), translator.expression(node.args[0]))


def _several(node: ast.Call, name: str, translator: "Translator") -> Expr:
    keywords_of(node, name, (), translator)
    if not has_between(node, 2, len(node.args)):
        return translator.refuse(node, "E106", f"{name}() takes two or more values")
    if len(node.args) > MOST_VALUES:
        return translator.refuse(node, "E106", f"{name}() takes at most {MOST_VALUES} values, not {len(node.args):,}")
    parts = tuple(translator.expression(argument) for argument in node.args)
    return Coalesce(parts) if name == "coalesce" else Extremum(EXTREMES[name], parts)


def _known(node: ast.Call, name: str, translator: "Translator") -> Expr:
    keywords_of(node, name, (), translator)
    if not has_between(node, 1, 1):
        return translator.refuse(node, "E106", "known() takes one value")
    return Known(translator.expression(node.args[0]))


def _clamp(node: ast.Call, name: str, translator: "Translator") -> Expr:
    keywords_of(node, name, (), translator)
    if not has_between(node, 3, 3):
        return translator.refuse(node, "E106", "clamp() takes a value, the least and the most it may be", "Write clamp(x, 0, 1).")
    part, low, high = (translator.expression(argument) for argument in node.args)
    return Clamp(part, low, high)


def _ago(node: ast.Call, name: str, translator: "Translator") -> Expr:
    keywords_of(node, name, (), translator)
    if not has_between(node, 2, 2):
        return translator.refuse(node, "E106", "ago() takes a value and how long ago", 'Write ago(count("Order Completed"), "7d").')
    part, by = translator.plainly(node.args[0]), duration(node.args[1], "ago()", translator)
    return Ago(part, by) if by is not None else part


def _calendar(node: ast.Call, name: str, translator: "Translator") -> Expr:
    given = keywords_of(node, name, ("tz",), translator)
    if not has_between(node, 1, 1):
        return translator.refuse(node, "E106", f"{name}() takes a time", f'Write {name}(at), or {name}(time("Order Completed")).')
    zone = zone_of(given["tz"], translator) if "tz" in given else "shop"
    return Calendar(CALENDAR[name], translator.expression(node.args[0]), zone)


def zone_of(node: ast.expr, translator: "Translator") -> str:
    """`shop`, `customer` or an IANA zone; `shop` with a Problem where it is none."""
    zone = text(node, "tz", 'Write "shop", "customer" or a zone such as "Europe/Berlin".', translator)
    said = zone_problem(zone) if zone is not None else None
    if said is not None:
        translator.refuse(node, "E106", *said)
    return zone if zone is not None and said is None else "shop"


def _population(node: ast.Call, name: str, translator: "Translator") -> Expr:
    census = POPULATIONS[name]
    wanted = 2 if census is Census.QUANTILE else 1
    given = keywords_of(node, name, ("positive", "by", "every"), translator)
    if not has_between(node, wanted, wanted):
        takes = "a value and a share" if wanted == 2 else "a value"
        return translator.refuse(node, "E106", f"{name}() takes {takes}", f"Write {name}(metric.x{', 0.9' if wanted == 2 else ''}).")
    return Population(
        census,
        translator.plainly(node.args[0]),
        share=share(node.args[1], name + "()", translator) if wanted == 2 else None,
        positive=truth(given["positive"], "positive", translator) if "positive" in given else False,
        by=translator.plainly(given["by"]) if "by" in given else None,
        every=(one_of(given["every"], "every", RHYTHMS, translator) if "every" in given else None) or Rhythm.MONTH,
    )


def _km_to(node: ast.Call, name: str, translator: "Translator") -> Expr:
    keywords_of(node, name, (), translator)
    match node.args:
        case [ast.Name(id=table), latitude, longitude] if not isinstance(longitude, ast.Starred):
            said = _flaw_of_places(table, translator)
            if said is not None:
                return translator.refuse(node, *said)
            return Distance(table, translator.plainly(latitude), translator.plainly(longitude))
        case _:
            how = "Write km_to(store, trait.latitude, trait.longitude)."
            return translator.refuse(node, "E106", "km_to() takes a table, a latitude and a longitude", how)


def _flaw_of_places(table: str, translator: "Translator") -> tuple[str, str, str] | None:
    """Why the rows of a table have no places: code, what and remedy of the Problem."""
    tables = translator.names.tables
    if table not in tables:
        listed = f"There are {', '.join(tables)}." if tables else "Define it under `tables:`."
        return "E110", f"no table is called '{table}'", did_you_mean(table, tables) or listed
    columns = tables[table].columns
    if columns is None:
        return None
    for name in PLACE:
        # what has not arrived yet as an event may still come
        if name not in columns and tables[table].table.event is None:
            return "E104", f"table '{table}' has no column called '{name}'", did_you_mean(name, columns) or "km_to() reads it, in degrees."
        if columns.get(name) not in (None, Kind.NUMBER):
            return "E108", f"column '{name}' of table '{table}' is no number", "km_to() reads it, in degrees such as 52.52."
    return None


def _prop(node: ast.Call, name: str, translator: "Translator") -> Expr:
    match node:
        case ast.Call(args=[ast.Constant(value=str(named))], keywords=[]) if property_named(named):
            if translator.in_predicate:
                return Property(named)
            return translator.refuse(node, "E105", "prop() reads a property of an event", "It stands inside a selector's predicate.")
        case _:
            return translator.refuse(node, "E106", "prop() wants the name of a property in quotes", 'Write prop("any name").')


_READERS: dict[str, Callable[[ast.Call, str, "Translator"], Expr]] = {
    "ago": _ago,
    **dict.fromkeys(POPULATIONS, _population),
    **dict.fromkeys(CALENDAR, _calendar),
    **dict.fromkeys(("coalesce", *EXTREMES), _several),
    "known": _known,
    "clamp": _clamp,
    "km_to": _km_to,
    "prop": _prop,
}
