"""Expressions: SEMANTICS section 3 as a tree.

Every node is frozen and compares by value, so `parse(print(tree)) == tree` is a plain equality. A tree fresh from the parser
has `kind=None` on its properties and traits and texts where durations are meant; `types.checked` returns the same tree with
kinds filled in and such texts turned into durations. `meaning/` and `compiler/` take checked, resolved trees only
(no `Reference` left).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from opportune.language.vocabulary.kinds import Kind


class Aggregate(Enum):
    """What a metric computes over the events it selects."""

    COUNT = "count"
    DID = "did"
    SUM = "sum"
    LAST = "last"
    AGE = "age"


class Comparison(Enum):
    """Comparison operators; any comparison with null is false."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Operator(Enum):
    """Arithmetic; with null, and division by zero, null."""

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"


class Since(Enum):
    """Where a metric's window may begin besides `within`."""

    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: None, bool, int, float, text or a duration."""

    value: bool | int | float | str | timedelta | None


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the event a predicate looks at."""

    name: str
    kind: Kind | None = None
    declared: bool = False
    """Its kind is known from the vocabulary or an `events:` entry, not from its use."""


@dataclass(frozen=True, slots=True)
class Selector:
    """The events a metric or moment reads: raw names in the order written.

    Empty `names` is `any()`: every raw event of the customer except messages of ours and what was done with them.
    """

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """An aggregate over the events of `selector` for which `where` holds, in (at - within, at]."""

    function: Aggregate
    selector: Selector
    value: Property | None = None
    """The property that `sum` adds and `last` returns."""
    where: "Expr | None" = None
    within: timedelta | None = None
    since: Since | None = None

    def __post_init__(self) -> None:
        if self.within is not None and self.within <= timedelta(0):
            raise ValueError(f"within must be a positive duration, got {self.within}")


@dataclass(frozen=True, slots=True)
class Trait:
    """The latest value of a trait set at or before the moment."""

    name: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether consent for a purpose is given at the moment."""

    purpose: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Another definition or a setting, by room and name: `metric.x`, `segment.x`, `score.x`, `setting.x`. Inlined before use."""

    room: str
    name: str


@dataclass(frozen=True, slots=True)
class TriggerProperty:
    """A property of the event that caused the moment; null where there is none."""

    name: str
    kind: Kind | None = None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class EntryId:
    """`entry.id`: the id of the enrolment."""


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison. A chained one is an `All` of its links."""

    operator: Comparison
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Member:
    """`x in [...]`: whether x equals one of the constants."""

    item: "Expr"
    options: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers, or a duration or money with what SEMANTICS allows."""

    operator: Operator
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class Not:
    """True where `part` is not; two-valued, so true where a comparison with null is false."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class All:
    """`and`, flattened: at least two parts."""

    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """`or`, flattened: at least two parts."""

    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Known:
    """`known(x)`: x is not null."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first part that is not null, else null."""

    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One leaf or group of a score; `weight` is its share of its group's sum."""

    weight: float
    name: str
    value: "Expr | tuple[ScorePart, ...]"


@dataclass(frozen=True, slots=True)
class Score:
    """Weighted parts clamped to 0..1, times ten; null parts left out and the rest renormalised.

    A definition of its own kind: it stands only at the root of a resolved definition or where `score.x` was inlined.
    """

    parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of a score's weight that is known, 0..1."""

    score: Score


Expr = (
    Literal
    | Property
    | Metric
    | Trait
    | Consent
    | Reference
    | TriggerProperty
    | EntryId
    | Compare
    | Member
    | Arithmetic
    | Negative
    | Not
    | All
    | Any
    | Known
    | Coalesce
    | Score
    | Coverage
)
