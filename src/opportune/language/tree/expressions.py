"""Expressions: SEMANTICS section 3 as a tree.

Every node is frozen and compares by value, so `parse(print(tree)) == tree` is a plain equality. A tree fresh from the parser
has `kind=None` on its properties and traits and texts where durations are meant; `types.checked` returns the same tree with
kinds filled in and such texts turned into durations. `meaning/` and `compiler/` take checked, resolved trees only
(no `Reference` left).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opportune.language.tree.words import Aggregate, CalendarPart, Census, Comparison, Extreme, Operator, Rhythm, Since, TextTest
from opportune.language.vocabulary.kinds import Kind

__all__ = ["Aggregate", "CalendarPart", "Census", "Comparison", "Extreme", "Operator", "Rhythm", "Since", "TextTest"]
"""The words, beside the nodes that use them."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: None, bool, int, float, text, a duration, or a time (aware, UTC)."""

    value: bool | int | float | str | timedelta | datetime | None


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the event a predicate looks at."""

    name: str
    kind: Kind | None = None
    declared: bool = False
    """Its kind is known from the vocabulary or an `events:` entry, not from its use."""


@dataclass(frozen=True, slots=True)
class Void:
    """What makes events absent: one of `names` is, once an event of `by` for which `where` holds follows it in event order
    (with `same`: having the same non-null value of that property)."""

    names: tuple[str, ...]
    by: "Selector"
    where: "Expr | None" = None
    same: "Property | None" = None


@dataclass(frozen=True, slots=True)
class Selector:
    """The events a metric or moment reads, in the order written.

    Without `names` and `named` it is `any()`: every raw event of the customer except messages of ours and what was done with them.
    """

    names: tuple[str, ...]
    """Raw and derived events."""
    named: tuple[str, ...] = ()
    """Named events, as written; gone in a resolved tree: `names.expanded` puts their raw names, conditions and voids in their place."""
    voids: tuple[Void, ...] = ()
    """In resolved trees only."""
    derived: tuple[str, ...] = ()
    """In resolved trees only: those of `names` that are derived events, whose rows may have been withdrawn by later arrivals."""


@dataclass(frozen=True, slots=True)
class IsNamed:
    """In a resolved predicate: the event looked at has one of these names. What the `where` of a named event among others becomes."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """An aggregate over the events of `selector` for which `where` holds, in (at - within, at], after `since`."""

    function: Aggregate
    selector: Selector
    value: Property | None = None
    """The property that is added, compared, counted or returned."""
    where: "Expr | None" = None
    within: timedelta | None = None
    since: "Since | Expr | None" = None
    """ENTRY in journeys, PREVIOUS in derived events, else a TIME: `ts > since` is read, all where it is null."""
    half_life: timedelta | None = None
    """Of `decayed` alone."""

    def __post_init__(self) -> None:
        for name, length in (("within", self.within), ("half_life", self.half_life)):
            if length is not None and length <= timedelta(0):
                raise ValueError(f"{name} must be a positive duration, got {length}")


@dataclass(frozen=True, slots=True)
class Ago:
    """The value of `part` at `at - by`, as seen then where it is read as seen; null before the customer's first event of any name."""

    part: "Expr"
    by: timedelta


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
    """Another definition or a setting, by room and name: `metric.x`, `segment.x`, `score.x`, `ladder.x`, `tier.x`, `prediction.x`,
    `setting.x`; of a score also `x.coverage`, of a ladder or tier `x.DATA`. Inlined before use."""

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
class EntryAt:
    """`entry.at`: the moment the enrolment entered at; null outside of journeys."""


@dataclass(frozen=True, slots=True)
class At:
    """`at`: the moment itself."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """`product[KEY].stock`: a column of the latest row of a table visible at the pair for that key; null when absent."""

    table: str
    key: "Expr"
    column: str
    kind: Kind | None = None
    source: "Table | None" = None
    """Filled in when it is resolved."""
    by_term: bool = False
    """`needs[term_in(TEXT)].need`: `key` is a text, and of the rows whose own key stands in it as words that with the longest counts."""


@dataclass(frozen=True, slots=True)
class Distance:
    """`km_to(store, latitude, longitude)`: kilometres from a place to the nearest row of a table visible at the pair that says where it
    is in its columns `latitude` and `longitude`, to the metre; null where nothing is known of either."""

    table: str
    latitude: "Expr"
    """Degrees, north positive."""
    longitude: "Expr"
    """Degrees, east positive."""
    source: "Table | None" = None
    """Filled in when it is resolved."""


@dataclass(frozen=True, slots=True)
class Table:
    """An entry of `tables:`. Rows are the events of things called `event`, or else those of a file (relation `table_rows`)."""

    name: str
    key: str
    """The property or column that tells rows apart."""
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """`quantile(of, share)`, `mean(of)` or a tier's cut over all canonical customers for whom `of` is known, frozen at the last
    calibration instant at or before the moment, as seen there."""

    census: Census
    of: "Expr"
    share: float | None = None
    """Of a quantile; of a cut the share of customers at or above it, counted from the top."""
    positive: bool = False
    by: "Expr | None" = None
    every: Rhythm = Rhythm.MONTH


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
class Choice:
    """`then if condition else otherwise`; a null condition is false. Ladders and tiers become chains of these."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"


@dataclass(frozen=True, slots=True)
class Clamp:
    """`clamp(x, lo, hi)`: at least `low`, at most `high`; null where x is, a null bound does not bind; `high` wins over `low`."""

    part: "Expr"
    low: "Expr"
    high: "Expr"


@dataclass(frozen=True, slots=True)
class Extremum:
    """`least(...)` or `greatest(...)`; nulls are skipped, null where all are."""

    extreme: Extreme
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class TextMatch:
    """`x.contains("..")`, `x.startswith("..")`, `x.matches("glob*")`: case-sensitive; false where a side is null."""

    test: TextTest
    text: "Expr"
    pattern: "Expr"


@dataclass(frozen=True, slots=True)
class Lower:
    """`x.lower()`: each character by its simple lower-case mapping."""

    text: "Expr"


@dataclass(frozen=True, slots=True)
class Calendar:
    """`year month weekday hour (TIME, tz=)` on the calendar of a zone; weekday 1 is Monday, month 1 January, hour 0-23.

    `zone` is an IANA name, or as written `shop` (resolved to the shop's) or `customer` (`of_customer`: trait `timezone`, where that
    is no IANA name `zone`)."""

    part: CalendarPart
    time: "Expr"
    zone: str = "shop"
    of_customer: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """A part under a label of its own, for "why"; means what the part means."""

    label: str
    part: "Expr"


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
    | IsNamed
    | Metric
    | Ago
    | Trait
    | Consent
    | Reference
    | TriggerProperty
    | EntryId
    | EntryAt
    | At
    | Lookup
    | Distance
    | Population
    | Compare
    | Member
    | Arithmetic
    | Negative
    | Not
    | All
    | Any
    | Known
    | Coalesce
    | Choice
    | Clamp
    | Extremum
    | TextMatch
    | Lower
    | Calendar
    | Labelled
    | Score
    | Coverage
)
