"""`settings:` of a project: constants."""

from collections.abc import Mapping
from dataclasses import replace

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value
from opportune.adapters.project.nodes import Entry, plain_value
from opportune.language.tree.expressions import Literal
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, did_you_mean


def read_settings(entries: list[Entry], desk: Desk) -> None:
    """Constants for `setting.x`, their kinds included."""
    constants: dict[str, Literal] = {}
    for entry in entries:
        constant = desk.form.value(entry.node, f"setting {entry.key}", _constant)
        if constant is not None:
            constants[entry.key] = constant
            desk.kinds[f"setting.{entry.key}"] = Kind.NULL
    desk.names = replace(desk.names, settings=constants)


def vary_settings(varied: Mapping[str, str], desk: Desk) -> None:
    """Other values for settings that exist, for one run."""
    constants = dict(desk.names.settings)
    for name, said in varied.items():
        if name not in constants:
            remedy = did_you_mean(name, constants) or "Define it under `settings:`."
            place = Place(f"setting.{name}")
            desk.form.problems.append(Problem(code="E110", place=place, what=f"no setting is called '{name}'", remedy=remedy))
        constants[name] = Literal(plain_value(said))
    desk.names = replace(desk.names, settings=constants)


def _constant(value: Value) -> Literal:
    return Literal(value)
