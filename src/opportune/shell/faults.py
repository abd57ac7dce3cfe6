"""Faults and problems as a person reads them."""

import os
from pathlib import Path

from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.logs.log import LogFault
from opportune.adapters.stores.database import StoreFault
from opportune.language.vocabulary.problems import ProblemsFound
from opportune.shell.refusals import Unusable

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
