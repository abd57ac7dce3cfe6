"""Faults and problems as a person reads them."""

from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.logs.log import LogFault
from opportune.adapters.stores.database import StoreFault
from opportune.language.vocabulary.problems import ProblemsFound


class Unusable(Exception):
    """What the caller gave cannot be used; the text says what and the remedy."""


FAULTS = (ProblemsFound, Unusable, EngineFault, LogFault, StoreFault, OSError)


def explain(error: BaseException) -> str:
    """The words for standard error."""
    match error:
        case ProblemsFound():
            return str(error)
        case _:
            return f"opportune: {error}"
