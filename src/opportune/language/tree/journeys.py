"""Journeys: SEMANTICS section 6 as a tree."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment


class Reentry(Enum):
    """The two words `reentry` knows besides a duration."""

    NEVER = "never"
    ALWAYS = "always"


class MessageKind(Enum):
    """Transactional mail is exempt from caps and marketing consent, not from suppression of bad addresses."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Ask for one message of `template`. `within`: how long it may be deferred; without it, refused at once."""

    id: str
    template: str
    channel: str = "email"
    within: timedelta | None = None
    kind: MessageKind | None = None
    """None: the journey's."""
    only_if: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Let `length` pass."""

    id: str
    length: timedelta
    only_if: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """End the enrolment with this outcome."""

    id: str
    outcome: str
    only_if: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a branch; `condition` None is `else`."""

    condition: Expr | None
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The steps of the first arm whose condition holds; then on with what follows the branch."""

    id: str
    arms: tuple[Arm, ...]
    only_if: Expr | None = None


Step = Send | Wait | Exit | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What the journey is for: watched for `within` from entry."""

    reached: Expr
    within: timedelta
    value: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One journey, its defaults merged in and its references resolved."""

    name: str
    when: tuple[Moment, ...]
    only_if: Expr | None
    exit_if: Expr | None
    reentry: Reentry | timedelta
    key: Expr | None
    holdout: float
    """Share held out, 0..1."""
    priority: int
    kind: MessageKind
    goal: Goal | None
    steps: tuple[Step, ...]
