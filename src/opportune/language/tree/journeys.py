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
class WaitUntil:
    """Wait until `condition` holds, then go on with `then`; with `otherwise` where it has not held up to `at_most` later.

    Held already, it goes on at once. Both ways rejoin what follows.
    """

    id: str
    condition: Expr
    at_most: timedelta
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()
    only_if: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTime:
    """Wait until the customer's clocks say `minute` of the day (0 to 1439), on one of `weekdays` (1 Monday)."""

    id: str
    minute: int
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
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


Step = Send | Wait | WaitUntil | WaitTime | Exit | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A place in a ladder of `rungs:`; 0 is the highest. A customer is on one rung of a ladder at a time."""

    ladder: str
    place: int


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
    rung: Rung | None = None
