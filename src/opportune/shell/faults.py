"""Faults and problems as a person reads them."""

import os
from pathlib import Path

from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.logs.log import LogFault
from opportune.adapters.stores.database import StoreFault
from opportune.language.vocabulary.problems import ProblemsFound


class Unusable(Exception):
    """What the caller gave cannot be used; the text says what and the remedy."""


class Misused(Unusable):
    """The words of the call cannot be meant: a time that is none, a name nobody defined."""


FAULTS = (ProblemsFound, Unusable, EngineFault, LogFault, StoreFault, OSError)


def explain(error: BaseException) -> str:
    """The words for standard error."""
    match error:
        case ProblemsFound():
            return str(error)
        case OSError(filename=str() | bytes() | Path() as path, strerror=str() as why):
            return f"opportune: {os.fsdecode(path)}: {why[:1].lower()}{why[1:]}"
        case _:
            return f"opportune: {error}"
