"""The other words of expressions as Python functions, each building the tree its text would."""

from opportune.language.tree.expressions import (
    Ago,
    At,
    Calendar,
    CalendarPart,
    Census,
    Clamp,
    Coalesce,
    Consent,
    Distance,
    EntryAt,
    EntryId,
    Extreme,
    Extremum,
    Known,
    Lookup,
    Population,
    Property,
    Reference,
    Rhythm,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.spoken.events import Length, length_of
from opportune.language.tree.spoken.expression import Constant, Spoken, tree_of

at, entry_at, entry_id = Spoken(At()), Spoken(EntryAt()), Spoken(EntryId())


def prop(name: str) -> Spoken:
    """A property of the event a predicate looks at."""
    return Spoken(Property(name))


def trait(name: str) -> Spoken:
    """`trait.x`."""
    return Spoken(Trait(name))


def trigger(name: str) -> Spoken:
    """`trigger.x`."""
    return Spoken(TriggerProperty(name))


def consent(purpose: str) -> Spoken:
    """`consent.email`."""
    return Spoken(Consent(purpose))


def metric(name: str) -> Spoken:
    """`metric.x`."""
    return Spoken(Reference("metric", name))


def segment(name: str) -> Spoken:
    """`segment.x`."""
    return Spoken(Reference("segment", name))


def score(name: str) -> Spoken:
    """`score.x`; its coverage is `score("x.coverage")`."""
    return Spoken(Reference("score", name))


def ladder(name: str) -> Spoken:
    """`ladder.x`; its data is `ladder("x.tone")`."""
    return Spoken(Reference("ladder", name))


def tier(name: str) -> Spoken:
    """`tier.x`; its data is `tier("x.tone")`."""
    return Spoken(Reference("tier", name))


def prediction(name: str) -> Spoken:
    """`prediction.x`."""
    return Spoken(Reference("prediction", name))


def setting(name: str) -> Spoken:
    """`setting.x`, as a value."""
    return Spoken(Reference("setting", name))


def lookup(table: str, key: Spoken | str, column: str, *, by_term: bool = False) -> Spoken:
    """`table[key].column`, with `by_term` `table[term_in(key)].column`."""
    return Spoken(Lookup(table, tree_of(key), column, by_term=by_term))


def km_to(table: str, latitude: Spoken | float, longitude: Spoken | float) -> Spoken:
    """Kilometres to the nearest row of a table with the columns latitude and longitude."""
    return Spoken(Distance(table, tree_of(latitude), tree_of(longitude)))


def known(value: Spoken | Constant) -> Spoken:
    """Whether it is not null."""
    return Spoken(Known(tree_of(value)))


def coalesce(*values: Spoken | Constant) -> Spoken:
    """The first that is not null."""
    return Spoken(Coalesce(tuple(tree_of(value) for value in values)))


def clamp(value: Spoken | Constant, low: Spoken | Constant, high: Spoken | Constant) -> Spoken:
    """At least `low`, at most `high`."""
    return Spoken(Clamp(tree_of(value), tree_of(low), tree_of(high)))


def least(*values: Spoken | Constant) -> Spoken:
    """The least that is not null."""
    return Spoken(Extremum(Extreme.LEAST, tuple(tree_of(value) for value in values)))


def greatest(*values: Spoken | Constant) -> Spoken:
    """The greatest that is not null."""
    return Spoken(Extremum(Extreme.GREATEST, tuple(tree_of(value) for value in values)))


def ago(value: Spoken, by: Length) -> Spoken:
    """What it was so long before."""
    return Spoken(Ago(value.tree, length_of(by)))


def quantile(value: Spoken, share: float, *, positive: bool = False, by: Spoken | None = None, every: str = "month") -> Spoken:
    """The value that so large a share of all customers does not exceed."""
    return Spoken(Population(Census.QUANTILE, value.tree, float(share), positive, by.tree if by is not None else None, Rhythm(every)))


def mean(value: Spoken, *, positive: bool = False, by: Spoken | None = None, every: str = "month") -> Spoken:
    """The mean over all customers."""
    return Spoken(Population(Census.MEAN, value.tree, None, positive, by.tree if by is not None else None, Rhythm(every)))


def year(time: Spoken | str, tz: str = "shop") -> Spoken:
    """The year of a time."""
    return Spoken(Calendar(CalendarPart.YEAR, tree_of(time), tz))


def month(time: Spoken | str, tz: str = "shop") -> Spoken:
    """The month, 1 January."""
    return Spoken(Calendar(CalendarPart.MONTH, tree_of(time), tz))


def weekday(time: Spoken | str, tz: str = "shop") -> Spoken:
    """The day of the week, 1 Monday."""
    return Spoken(Calendar(CalendarPart.WEEKDAY, tree_of(time), tz))


def hour(time: Spoken | str, tz: str = "shop") -> Spoken:
    """The hour of the day, 0-23."""
    return Spoken(Calendar(CalendarPart.HOUR, tree_of(time), tz))
