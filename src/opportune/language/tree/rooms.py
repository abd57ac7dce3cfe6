"""What is read with a dot or in brackets: traits, consent, definitions, tables, the trigger and the entry."""

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from opportune.language.tree.constants import property_named
from opportune.language.tree.expressions import Consent, EntryAt, EntryId, Expr, Lookup, Reference, Trait, TriggerProperty
from opportune.language.tree.predictions import KINDS as PREDICTIONS
from opportune.language.vocabulary.events import PURPOSES
from opportune.language.vocabulary.problems import did_you_mean, nearest

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

DEFINITIONS = ("metric", "segment", "score", "ladder", "tier", "setting")
"""Rooms whose names a project defines."""
WITH_PARTS = ("score", "ladder", "tier")
"""Those whose definitions have something more to read: a score its coverage, ladders and tiers their data."""
ROOMS = ("trait", "consent", *DEFINITIONS[:-1], "prediction", "setting", "trigger", "entry")


def attribute_of(node: ast.Attribute, translator: "Translator") -> Expr:
    """The tree of `x.name`."""
    name = node.attr
    match node.value:
        case ast.Attribute(value=ast.Name(id=room), attr=owner) if room in WITH_PARTS:
            return _part(node, room, owner, name, translator)
        case ast.Subscript(value=ast.Name(id=table), slice=key) if table not in ("trait", "trigger"):
            return _lookup(node, table, key, name, translator)
        case ast.Name(id="trait"):
            return Trait(name)
        case ast.Name(id="trigger"):
            return TriggerProperty(name)
        case ast.Name(id="consent"):
            return Consent(name) if name in PURPOSES else _none_called(node, "purpose of consent", name, PURPOSES, translator)
        case ast.Name(id="entry") if name in ("id", "at"):
            return EntryId() if name == "id" else EntryAt()
        case ast.Name(id="entry"):
            return translator.refuse(node, "E110", f"entry has no '{name}'", "Write entry.id or entry.at.")
        case ast.Name(id="prediction"):
            return Reference("prediction", name) if name in PREDICTIONS else _none_called(node, "prediction", name, PREDICTIONS, translator)
        case ast.Name(id=room) if room in DEFINITIONS:
            return Reference(room, name)
        case ast.Name(id=room) if room in translator.names.tables:
            return translator.refuse(
                node, "E106", f"which row of {room} is not said", f"Write the key in brackets: {room}[product_id].{name}."
            )
        case ast.Name(id=room):
            remedy = did_you_mean(room, ROOMS) or f"There are {', '.join(ROOMS)}."
            return translator.refuse(node, "E110", f"nothing can be read from '{room}'", remedy)
        case _:
            return translator.refuse(node, "E101", f"`.{name}` cannot stand here", "Write trait.x, metric.x, segment.x and the like.")


def subscript_of(node: ast.Subscript, translator: "Translator") -> Expr:
    """The tree of `x[...]`."""
    match node:
        case ast.Subscript(value=ast.Name(id="trait" | "trigger" as room), slice=ast.Constant(value=str(name))) if property_named(name):
            return Trait(name) if room == "trait" else TriggerProperty(name)
        case ast.Subscript(value=ast.Name(id="trait" | "trigger" as room)):
            return translator.refuse(node, "E106", f"{room}[...] wants a name in quotes", f'Write {room}["any name"].')
        case ast.Subscript(value=ast.Subscript(value=ast.Name(id=table), slice=key), slice=ast.Constant(value=str(column))) if (
            table not in ("trait", "trigger") and property_named(column)
        ):
            return _lookup(node, table, key, column, translator)
        case ast.Subscript(value=ast.Name(id=table)) if table in translator.names.tables:
            return translator.refuse(node, "E106", f"which column of {table} is not said", f"Write it after a dot: {table}[...].name.")
        case ast.Subscript(value=ast.Name(id=table)):
            return _none_called(node, "table", table, translator.names.tables, translator)
        case _:
            return translator.refuse(node, "E101", "`[...]` cannot stand here")


def _part(node: ast.expr, room: str, owner: str, name: str, translator: "Translator") -> Expr:
    if room == "score" and name != "coverage":
        return translator.refuse(node, "E110", f"a score has no '{name}'", f"Write score.{owner} or score.{owner}.coverage.")
    return Reference(room, f"{owner}.{name}")


def _lookup(node: ast.expr, table: str, key: ast.expr, column: str, translator: "Translator") -> Expr:
    if table not in translator.names.tables:
        return _none_called(node, "table", table, translator.names.tables, translator)
    columns = translator.names.tables[table].columns
    close = nearest(column, columns) if columns is not None and column not in columns else None
    if close is not None:
        return translator.refuse(node, "E104", f"table '{table}' has no column called '{column}'", f"Did you mean '{close}'?")
    match key:
        case ast.Call(func=ast.Name(id="term_in"), args=[text], keywords=[]) if not isinstance(text, ast.Starred):
            return Lookup(table, translator.expression(text), column, by_term=True)
        case ast.Call(func=ast.Name(id="term_in")):
            return translator.refuse(key, "E106", "term_in() takes one text", f"Write {table}[term_in(trait.wish)].{column}.")
        case _:
            return Lookup(table, translator.expression(key), column)


def _none_called(node: ast.expr, what: str, name: str, known: Iterable[str], translator: "Translator") -> Expr:
    names = list(known)
    listed = f"There are {', '.join(names)}." if names else f"Define it under `{what}s:`."
    return translator.refuse(node, "E110", f"no {what} is called '{name}'", did_you_mean(name, names) or listed)
