"""Checking references, tables, text, calendars and populations."""

from dataclasses import replace
from typing import TYPE_CHECKING

from opportune.language.tree.expressions import Calendar, Distance, Expr, Lookup, Lower, Population, Reference, Selector, TextMatch
from opportune.language.tree.inference import ARTICLES, COUNTABLE
from opportune.language.tree.predictions import KINDS as PREDICTIONS
from opportune.language.tree.walking import journey_words_in
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.checker import Checker


def reference(expr: Reference, checker: "Checker") -> Kind:
    """The kind of another definition; null with a Problem where there is none."""
    found = checker.references.get(f"{expr.room}.{expr.name}") or (PREDICTIONS.get(expr.name) if expr.room == "prediction" else None)
    if found is not None:
        return found
    owner, dot, part = expr.name.partition(".")
    known = [name.split(".", 1)[1] for name in checker.references if name.startswith(f"{expr.room}.")]
    if dot and owner in known:
        parts = [name.split(".", 1)[1] for name in known if name.startswith(f"{owner}.")]
        remedy = did_you_mean(part, parts) or f"Give its steps a value called '{part}' each."
        checker.report(expr, "E110", f"{expr.room} '{owner}' has no '{part}'", remedy)
        return Kind.NULL
    remedy = did_you_mean(expr.name, known) or f"Define it under `{expr.room}s:`."
    checker.report(expr, "E110", f"no {expr.room} is called '{expr.name}'", remedy)
    return Kind.NULL


def lookup(expr: Lookup, hint: Kind | None, checker: "Checker") -> tuple[Expr, Kind]:
    """A column of a table, its key a text."""
    key, kind = checker.check(expr.key, Kind.TEXT)
    if kind not in (Kind.TEXT, Kind.NULL):
        checker.report(expr.key, "E108", f"the key of {expr.table} is text, and this is {ARTICLES[kind]}")
    if expr.source is not None and expr.source.event is not None:
        checker.spelled(expr.column, Selector((expr.source.event,)), checker.place_of(expr))
    own = checker.alone(expr) or (hint if hint is not Kind.NULL else None) or Kind.TEXT
    return replace(expr, key=key, kind=own), own


def distance(expr: Distance, checker: "Checker") -> Expr:
    """A distance from a place, in degrees."""
    latitude, longitude = (_degrees(part, checker) for part in (expr.latitude, expr.longitude))
    return replace(expr, latitude=latitude, longitude=longitude)


def _degrees(expr: Expr, checker: "Checker") -> Expr:
    tree, kind = checker.check(expr, Kind.NUMBER)
    if kind not in (Kind.NUMBER, Kind.NULL):
        checker.report(expr, "E108", f"km_to() wants degrees as numbers, and this is {ARTICLES[kind]}")
    return tree


def text_word(expr: TextMatch | Lower, checker: "Checker") -> tuple[Expr, Kind]:
    """`.contains`, `.startswith`, `.matches` and `.lower`, of texts."""
    word = "lower" if isinstance(expr, Lower) else expr.test.value
    text = _text(expr.text, word, checker)
    if isinstance(expr, Lower):
        return Lower(text), Kind.TEXT
    return TextMatch(expr.test, text, _text(expr.pattern, word, checker)), Kind.BOOLEAN


def _text(expr: Expr, word: str, checker: "Checker") -> Expr:
    tree, kind = checker.check(expr, Kind.TEXT)
    if kind not in (Kind.TEXT, Kind.NULL):
        checker.report(expr, "E108", f".{word}() wants text, and this is {ARTICLES[kind]}")
    return tree


def calendar(expr: Calendar, checker: "Checker") -> Expr:
    """A part of a time."""
    before = len(checker.problems)
    tree, kind = checker.check(expr.time, Kind.TIME)
    if kind not in (Kind.TIME, Kind.NULL) and not checker.has_errors(before):
        checker.report(
            expr, "E108", f"{expr.part.value}() wants a time, and this is {ARTICLES[kind]}", 'Write at, or time("Order Completed").'
        )
    return replace(expr, time=tree)


def population(expr: Population, hint: Kind | None, checker: "Checker") -> tuple[Expr, Kind]:
    """What is asked of all customers, who have no trigger and no entry."""
    of, kind = checker.check(expr.of, hint if hint in COUNTABLE else Kind.NUMBER)
    by = checker.check(expr.by)[0] if expr.by is not None else None
    word = f"{expr.census.value}()"
    if kind not in (*COUNTABLE, Kind.NULL):
        checker.report(expr, "E108", f"{word} wants numbers, money or durations, and this is {ARTICLES[kind]}")
    for node, said in journey_words_in((expr.of, expr.by)):
        checker.report(node, "E105", f"{said} cannot be read in {word}", "It asks all customers, at one instant for all of them.")
    return replace(expr, of=of, by=by), kind
