"""A definition as parsed, before it is checked against the others."""

from dataclasses import dataclass
from datetime import timedelta

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.nodes import Entry, Map
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Draft:
    """Where a definition stands and its tree, None when that has problems; `expect`: the kind its value must be of."""

    entry: Entry
    tree: Expr | None
    expect: Kind | None = None
    sample: timedelta | None = None
    """How often its value is looked at while nothing happens; None: daily."""
    is_written: bool = True
    """Its conditions stand there as people wrote them."""
    is_ranked: bool = False
    """Customers are ranked by it: a number, money or a duration."""


def label_of(form: Map, what: str, desk: Desk) -> str | None:
    """`label:`, for people."""
    node = form.get("label")
    return desk.form.value(node, f"label of {what}", str) if node is not None else None


def sample_of(form: Map, what: str, desk: Desk) -> timedelta | None:
    """`sample:`, at least a second: looking more often finds nothing that matters to people."""
    node = form.get("sample")
    found = desk.duration(node, f"sample of {what}") if node is not None else None
    if node is not None and found is not None and found < timedelta(seconds=1):
        desk.form.report(node, "E125", f"sample of {what} must be at least 1s")
        return None
    return found
