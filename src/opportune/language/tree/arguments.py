"""The arguments of a call: how many there may be, and by which names."""

import ast
from typing import TYPE_CHECKING

from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator


def keywords_of(node: ast.Call, function: str, known: tuple[str, ...], translator: "Translator") -> dict[str, ast.expr]:
    """The arguments given by name; a Problem for each that `function` does not have, and for one given twice."""
    found: dict[str, ast.expr] = {}
    for keyword in node.keywords:
        name = keyword.arg or "**"
        if name not in known:
            remedy = did_you_mean(name, known) or (f"To compare a property write {name} == ... instead." if keyword.arg else "")
            translator.refuse(keyword.value, "E106", f"{function}() has no argument '{name}'", remedy)
        else:
            found[name] = keyword.value
    if len({keyword.arg for keyword in node.keywords}) < len(node.keywords):
        translator.refuse(node, "E106", f"{function}() is given the same argument twice")
    return found


def has_between(node: ast.Call, least: int, most: int) -> bool:
    """Whether so many arguments stand there without a name, none of them starred."""
    return least <= len(node.args) <= most and not any(isinstance(argument, ast.Starred) for argument in node.args)
