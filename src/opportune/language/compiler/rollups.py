"""Measures told from roll-ups: whole UTC days from what is kept of them, the days a window only touches from their events.

Reads   rollup_days, events; parameter or term `at`
Gives   one step a roll-up: `pair`, the key of a customer, and a column for each of its measures. As known only: arrivals are not kept
Cost    the days of the longest window, and the events of one day for each window and of the day of `at`
Held to the plan without roll-ups, by tests/compiler/test_rollups.py
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.measures import Measure, Shape
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scans import EVENT, taken, value_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.rollups import ARRIVING, COLUMNS, DAY, Rollup
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import Span
from opportune.language.vocabulary.kinds import Kind

Kept = Mapping[str, int]
"""Hash → number of the roll-ups an engine keeps (`Engine.kept`)."""
NOTHING_KEPT: Kept = MappingProxyType({})
DAYS = "rollup_days"
WHOLE = "DECIMAL(38, 0)"
"""Whole totals: more than any load can add up to, on every engine."""
_SHAPES = (Shape.COUNT, Shape.KNOWN, Shape.TOTAL, Shape.EARLIEST, Shape.LATEST)
_VALUED = (Shape.KNOWN, Shape.TOTAL)
_NUMBERS = (Kind.NUMBER, Kind.MONEY, Kind.DURATION)


def rollup_of(measure: Measure) -> Rollup | None:
    """What has to be kept for a measure, whatever its window; None where days cannot be added up or more is read than the event."""
    if measure.shape not in _SHAPES or measure.derived or measure.voids or measure.since is not None or measure.is_presence:
        return None
    if measure.shape in _VALUED and (measure.value is None or measure.value.kind not in _NUMBERS):
        return None
    if measure.where is not None and not _is_of_the_event_alone(measure.where):
        return None
    return Rollup(_days(replace(measure, shape=Shape.TOTAL if measure.shape in _VALUED else Shape.COUNT, within=None)))


def presence() -> Rollup:
    """When each identity had its first event, without a day: a row is added where it is earlier than those there are."""
    is_earlier = sql.at_most(column("first_ts", "r"), column("ts", EVENT))
    same = sql.equal(column("identity_key", "r"), column("identity_key", EVENT))
    known = Join(Source(DAYS, "r"), sql.both(sql.is_null(column("day", "r")), same, is_earlier), "ANTI")
    shown = _columns(sql.cast(sql.null(), "INTEGER"), sql.null(), Kind.NULL)
    return Rollup(sql.query(shown, Source(ARRIVING, EVENT), [known], where=_of_somebody([]), group=2))


def rollups_for(exprs: Iterable[Expr]) -> tuple[Rollup, ...]:
    """What to keep so that the measures of these expressions are told from days: each once, and who is present."""
    found = {rollup.hash: rollup for measure in _measures(exprs) if (rollup := rollup_of(measure)) is not None}
    return (presence(), *found.values()) if found else ()


def _measures(exprs: Iterable[Expr]) -> Iterator[Measure]:
    needs = Needs()
    needs.gather(exprs)
    yield from (measure for _, measure in needs.measures.values())
    if needs.ago:
        yield from _measures([ago.part for _, ago in needs.ago.values()])


def present(kept: Kept, at: Callable[[], Term]) -> sql.Query | None:
    """identity_key of those with an event by then, some several times; None where it is not kept."""
    if presence().hash not in kept:
        return None
    is_presence = [sql.equal(column("rollup", "d"), sql.number(kept[presence().hash])), sql.at_most(column("first_ts", "d"), at())]
    return sql.query({"identity_key": column("identity_key", "d")}, Source(DAYS, "d"), where=is_presence)


def told_from_days(
    steps: Steps, prefix: str, measures: Mapping[str, Measure], kept: Kept, at: Callable[[], Term], owner_join: Callable[[str], Join]
) -> dict[str, tuple[str, ...]]:
    """Step → the measures it gives per customer (`pair`), of those that can be told from what is kept.

    `owner_join` joins the `owner` of a table's identity_key, if it is linked, as `o`.
    """
    if not kept:
        return {}
    numbers = {name: kept.get(rollup.hash) for name, measure in measures.items() if (rollup := rollup_of(measure)) is not None}
    # the rows of a roll-up with a value also tell how many events there were, and when
    valued = {_events(measures[name]): number for name, number in numbers.items() if number and measures[name].shape in _VALUED}
    found: defaultdict[int, dict[str, Measure]] = defaultdict(dict)
    for name, own in numbers.items():
        number = own if measures[name].shape in _VALUED else valued.get(_events(measures[name]), own)
        if number is not None:
            found[number][name] = measures[name]
    return {
        _told(steps, f"{prefix}days_{number}", number, told, at, owner_join("d")): tuple(told) for number, told in sorted(found.items())
    }


def _events(measure: Measure) -> str:
    """Which events a measure looks at."""
    return repr((measure.names, measure.where))


def _told(steps: Steps, name: str, number: int, measures: Mapping[str, Measure], at: Callable[[], Term], owner: Join) -> str:
    windows = sorted({measure.within for measure in measures.values() if measure.within is not None})
    is_bounded = all(measure.within is not None for measure in measures.values())
    some = min(measures.values(), key=lambda measure: measure.shape not in _VALUED)
    distances = (Span(0), *windows)
    rows = [_whole_days(number, max(windows) if is_bounded else None, at)]
    rows += [_day_of_events(some, distance, distances[:place], at) for place, distance in enumerate(distances)]
    steps.add(f"{name}_rows", sql.union(rows[0], *rows[1:]))
    read = {one: _kept(measure, at) for one, measure in measures.items()}
    customer = {"pair": sql.coalesce(column("owner", "o"), column("identity_key", "d"))}
    return steps.add(name, sql.query(customer | read, Source(f"{name}_rows", "d"), [owner], group=1))


def _whole_days(number: int, longest: Span | None, at: Callable[[], Term]) -> sql.Query:
    shown = {"identity_key": column("identity_key", "d"), "is_day": sql.truth(True), "ts": sql.cast(sql.null(), "BIGINT")}
    shown |= {name: column(name, "d") for name in COLUMNS[1:]}
    where = [sql.equal(column("rollup", "d"), sql.number(number)), sql.less(column("day", "d"), _day(at()))]
    if longest is not None:
        where.append(sql.less(_day(sql.minus(at(), sql.number(longest))), column("day", "d")))
    return sql.query(shown, Source(DAYS, "d"), where=where)


def _day_of_events(measure: Measure, distance: Span, before: Sequence[Span], at: Callable[[], Term]) -> sql.Query:
    """The events of the day that lies `distance` before `at`, unless it is one of those that lie `before`: a day is read once."""

    def day(of: Span) -> Term:
        return _day(sql.minus(at(), sql.number(of)) if of else at())

    def begin() -> Term:
        return sql.times(sql.cast(day(distance), "BIGINT"), sql.number(DAY))

    value, kind = _value(measure)
    shown = {"identity_key": column("identity_key", EVENT), "is_day": sql.truth(False), "ts": column("ts", EVENT), "day": day(distance)}
    shown |= {
        "events": sql.cast(sql.number(1), "BIGINT"),
        "known": sql.choose(sql.is_known(value.copy()), sql.cast(sql.number(1), "BIGINT")),
    }
    shown |= _of_kind(kind, value, value.copy())
    shown |= {"first_ts": column("ts", EVENT), "last_ts": column("ts", EVENT)}
    in_day = [sql.at_most(begin(), column("ts", EVENT)), sql.less(column("ts", EVENT), sql.plus(begin(), sql.number(DAY)))]
    others = [sql.unequal(day(distance), day(earlier)) for earlier in before]
    where = [*_conditions(measure), *in_day, sql.at_most(column("ts", EVENT), at()), *others]
    return sql.query(shown, Source("events", EVENT), where=where)


def _kept(measure: Measure, at: Callable[[], Term]) -> Term:
    """A measure over the rows of its window: whole days by their row, other days by their events."""
    counts = sql.equal(column("is_day", "d"), _is_whole(measure.within, at))
    if measure.within is not None:
        in_window = sql.either(column("is_day", "d"), sql.less(sql.minus(at(), sql.number(measure.within)), column("ts", "d")))
        counts = sql.both(counts, in_window)
    match measure.shape:
        case Shape.COUNT:
            return sql.cast(sql.only(sql.total(column("events", "d")), counts), "BIGINT")
        case Shape.KNOWN:
            return sql.cast(sql.only(sql.total(column("known", "d")), counts), "BIGINT")
        case Shape.TOTAL:
            is_real = measure.value is not None and measure.value.kind is Kind.NUMBER
            total = sql.only(sql.total(column("real" if is_real else "whole", "d")), counts)
            return total if is_real else sql.cast(total, "HUGEINT")
        case Shape.EARLIEST:
            return sql.only(sql.smallest(column("first_ts", "d")), counts)
        case Shape.LATEST:
            return sql.only(sql.largest(column("last_ts", "d")), counts)
        case _:
            raise ValueError(f"{measure.shape.value} cannot be told from days")


def _is_whole(within: Span | None, at: Callable[[], Term]) -> Term:
    """Whether the day lies in the window whole, and before that of `at`: its row counts, and its events by themselves do not."""
    is_past = sql.less(column("day", "d"), _day(at()))
    return is_past if within is None else sql.both(is_past, sql.less(_day(sql.minus(at(), sql.number(within))), column("day", "d")))


def _day(ts: Term) -> Term:
    """The UTC day of an instant, counted from 1970."""
    past = sql.modulo(sql.plus(sql.modulo(ts, sql.number(DAY)), sql.number(DAY)), sql.number(DAY))
    return sql.cast(sql.over_exactly(sql.minus(ts.copy(), past), sql.number(DAY)), "INTEGER")


def _is_of_the_event_alone(where: Expr) -> bool:
    return not any(True for _ in leaves_of(where))


def _days(measure: Measure) -> sql.Query:
    value, kind = _value(measure)
    return sql.query(_columns(_day(column("ts", EVENT)), value, kind), Source(ARRIVING, EVENT), where=_conditions(measure), group=2)


def _conditions(measure: Measure) -> list[Term]:
    """What makes an event one of the measure's, whatever the window."""
    found = [taken([measure])]
    if measure.where is not None:
        found.append(Scalars(Columns(Needs(), "", sql.null, has_entry=False), event=EVENT).chosen(measure.where))
    return _of_somebody(found)


def _of_somebody(where: Sequence[Term]) -> list[Term]:
    return [*where, sql.is_known(column("identity_key", EVENT))]


def _value(measure: Measure) -> tuple[Term, Kind]:
    if measure.shape not in _VALUED or measure.value is None:
        return sql.null(), Kind.NULL
    return value_of(measure), measure.value.kind or Kind.NULL


def _columns(day: Term, value: Term, kind: Kind) -> dict[str, Term]:
    shown = {"identity_key": column("identity_key", EVENT), "day": day, "events": sql.count()}
    shown |= {"known": sql.count_of(value) if kind is not Kind.NULL else sql.cast(sql.null(), "BIGINT")}
    shown |= _of_kind(kind, value, sql.total(value.copy()))
    return shown | {"first_ts": sql.smallest(column("ts", EVENT)), "last_ts": sql.largest(column("ts", EVENT))}


def _of_kind(kind: Kind, value: Term, read: Term) -> dict[str, Term]:
    """`whole` and `real`: money and durations are added up exactly, numbers as they are."""
    whole = read if kind not in (Kind.NUMBER, Kind.NULL) else sql.null()
    real = read if kind is Kind.NUMBER else sql.null()
    return {"whole": sql.cast(whole, WHOLE), "real": sql.cast(real, "DOUBLE")}
