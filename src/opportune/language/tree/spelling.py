"""Names nobody knows: a Problem when one or two edits from a known one, else a warning."""

from collections.abc import Iterable

from opportune.language.tree.expressions import Selector
from opportune.language.tree.predictions import TREES as PREDICTIONS
from opportune.language.tree.schema import Schema
from opportune.language.vocabulary.events import OUR_TRAITS, PROPERTIES
from opportune.language.vocabulary.problems import Place, Problem, Severity, nearest

_UNDECLARED_EVENT = "Nothing of this name has arrived; declare it under `events:` if it will."


def selector_problems(selector: Selector, schema: Schema, place: Place) -> list[Problem]:
    """One Problem for each event of `selector` that nobody knows."""
    if schema.takes_any_name:
        return []
    found = (_unknown("E103", "no event is called", name, schema.events, place) for name in selector.names if name)
    return [problem for problem in found if problem]


def property_problem(name: str, selector: Selector, schema: Schema, place: Place) -> list[Problem]:
    """The Problem for a property that none of the selected events is known to have; empty when one of them is unknown itself."""
    if schema.takes_any_name or name in PROPERTIES or any(event not in schema.events for event in selector.names):
        return []
    what = f"{_listed(selector)} has no property called"
    found = _unknown("E104", what, name, schema.properties_of(selector.names), place)
    return [found] if found else []


def trait_problem(name: str, schema: Schema, place: Place) -> list[Problem]:
    """The Problem for a trait no customer ever had; none before any data arrived, nor for what we find out ourselves and may never."""
    is_expected = not schema.traits or name in PREDICTIONS or name in OUR_TRAITS
    found = None if is_expected else _unknown("E104", "no trait is called", name, schema.traits, place)
    return [found] if found else []


def _unknown(code: str, what: str, name: str, known: Iterable[str], place: Place) -> Problem | None:
    names = frozenset(known)
    if name in names:
        return None
    neighbour = nearest(name, names)
    if neighbour is not None:
        return Problem(code=code, place=place, what=f"{what} '{name}'", remedy=f"Did you mean '{neighbour}'?")
    remedy = _UNDECLARED_EVENT if code == "E103" else "Declare it if it will arrive."
    return Problem(code=code, place=place, what=f"{what} '{name}'", remedy=remedy, severity=Severity.WARNING)


def _listed(selector: Selector) -> str:
    if not selector.names:
        return "any()"
    return " or ".join(f"'{name}'" for name in selector.names[:3]) + (" ..." if len(selector.names) > 3 else "")
