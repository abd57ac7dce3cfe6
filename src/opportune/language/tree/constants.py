"""Constants where one must stand: durations, numbers and words, each also as a setting."""

import ast
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from opportune.language.tree.expressions import Expr, Literal, Reference
from opportune.language.tree.names import Names
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

LARGEST_NUMBER = 10**15
LARGEST_COUNT = 1_000_000
BROKEN = Literal(None)
"""Stands in for a part that has a Problem; the tree is then not given out."""
SURROGATES = ("\ud800", "\udfff")
T = TypeVar("T")


def is_text(text: str) -> bool:
    """Whether `text` is valid Unicode."""
    return not any(SURROGATES[0] <= sign <= SURROGATES[1] for sign in text)


def property_named(name: str) -> bool:
    """Whether `name` can be the name of a property, trait or event: not empty, valid Unicode."""
    return bool(name.strip()) and is_text(name)


def constant_of(tree: Expr, names: Names) -> Literal | None:
    """The constant a tree stands for, settings included; None when it is none."""
    match tree:
        case Literal():
            return tree
        case Reference(room="setting", name=name):
            return names.settings.get(name)
        case _:
            return None


def duration(node: ast.expr, what: str, translator: "Translator", *, least: timedelta = timedelta(microseconds=1)) -> timedelta | None:
    """A duration written where a constant must be; a Problem when it is none."""
    found = _constant(node, translator, "E107", f"{what} wants a duration", 'Write one, such as "7d", or a setting.')
    match found:
        case None:
            return None
        case Literal(value=timedelta() as length):
            pass
        case Literal(value=str(text)):
            try:
                length = parse_duration(text)
            except ValueError as error:
                translator.refuse(node, "E107", str(error))
                return None
        case Literal(value=value):
            said = f"{what} wants a duration, and {value} has no unit"
            translator.refuse(node, "E109", said, 'Write "7d" for days, "2h" for hours.')
            return None
    if length < least:
        translator.refuse(node, "E107", f"{what} must be longer than nothing")
        return None
    return length


def count(node: ast.expr, what: str, translator: "Translator") -> int | None:
    """A whole number from 1 on."""
    said = f"{what} wants a whole number from 1 to {LARGEST_COUNT:,}"
    match _constant(node, translator, "E106", said):
        case Literal(value=int() as number) if not isinstance(number, bool) and 1 <= number <= LARGEST_COUNT:
            return number
        case None:
            return None
    translator.refuse(node, "E106", said)
    return None


def share(node: ast.expr, what: str, translator: "Translator") -> float | None:
    """A number from 0 to 1."""
    said, remedy = f"{what} wants a share from 0 to 1", "Write 0.9 for the value that nine in ten do not exceed."
    match _constant(node, translator, "E106", said, remedy):
        case Literal(value=int() | float() as number) if not isinstance(number, bool) and 0 <= number <= 1:
            return float(number)
        case None:
            return None
    translator.refuse(node, "E106", said, remedy)
    return None


def one_of(node: ast.expr, what: str, words: Mapping[str, T], translator: "Translator") -> T | None:
    """What one of the known words stands for."""
    listed = ", ".join(f'"{word}"' for word in words)
    match _constant(node, translator, "E106", f"{what} wants one of {listed}"):
        case Literal(value=str(word)) if word in words:
            return words[word]
        case Literal(value=str(word)):
            translator.refuse(node, "E106", f"{what} wants one of {listed}", did_you_mean(word, words))
        case Literal():
            translator.refuse(node, "E106", f"{what} wants one of {listed}")
    return None


def text(node: ast.expr, what: str, remedy: str, translator: "Translator") -> str | None:
    """A text."""
    match _constant(node, translator, "E106", f"{what} wants a text", remedy):
        case Literal(value=str(said)):
            return said
        case Literal():
            translator.refuse(node, "E106", f"{what} wants a text", remedy)
    return None


def truth(node: ast.expr, what: str, translator: "Translator") -> bool:
    """True or False; False where it is neither, with a Problem."""
    match _constant(node, translator, "E106", f"{what} wants True or False"):
        case Literal(value=bool() as said):
            return said
        case Literal():
            translator.refuse(node, "E106", f"{what} wants True or False")
    return False


def _constant(node: ast.expr, translator: "Translator", code: str, said: str, remedy: str = "") -> Literal | None:
    """The constant at `node`; None with a Problem where there is none."""
    before = len(translator.problems)
    tree = translator.plainly(node)
    found = constant_of(tree, translator.names)
    if len(translator.problems) > before:
        return None
    if found is not None:
        return found
    if isinstance(tree, Reference) and tree.room == "setting":
        known = translator.names.settings
        translator.refuse(node, "E110", f"no setting is called '{tree.name}'", did_you_mean(tree.name, known))
    else:
        translator.refuse(node, code, said, remedy)
    return None
