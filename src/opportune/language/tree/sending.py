"""When marketing may be sent: `caps:` and `quiet_hours:` as a tree. Transactional mail knows none of it.

The cap is an expression like any other, so it may follow a customer's tier, engagement and own choice.
"""

from dataclasses import dataclass
from datetime import timedelta

from opportune.language.tree.expressions import Expr, Literal

THREE = Literal(3)
"""The cap where `caps:` names none, and where its expression has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Each day from `begins` to `ends`, minutes of the customer's day, never equal; past midnight where `ends` is the smaller."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The rules of volume. None: the rule is off."""

    weekly: Expr | None = THREE
    """Marketing messages a customer may get in any 7 days."""
    gap: timedelta | None = None
    """How far two marketing messages to one customer lie apart at least, up to 7 days."""
    quiet: QuietHours | None = None
    zone: str = "UTC"
    """The shop's: of customers whose trait `timezone` names none."""
