"""Ages that are only compared with durations: of events in quick succession a few tell all.

Reads   events
Gives   of each such age the events that tell it, and which of them may be the last when it meets a duration
Cost    one scan of the events, one grouping, one join; what is left is sorted in their stead
Held to meaning.moments, by tests/meaning/test_compiled_quiet.py

Time is parted into eras, half as long as the shortest duration that an age is compared with. While an era lasts, and another half of that
duration longer, the age since any of its events is below all of them: so only its first event and its last one tell anything, and those
that became known before the first. The age can meet a duration only after the last of them, and only if no event of the next era of the
same id is known by then. Events that were received more than half the duration late are left as they are.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from opportune.language.compiler.leaves import Leaf, leaves_of, parts_of
from opportune.language.compiler.looks import of_event
from opportune.language.compiler.measures import Measure, measures_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import selected
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Metric
from opportune.language.tree.sampling import passings
from opportune.language.tree.walking import rebuilt
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.reading import Reading

LEAST = span_of(timedelta(hours=1))
"""Ages that are compared with less are left alone: few events follow one another so fast that leaving them out pays for the scan."""

_MIRRORED = {Comparison.LT: Comparison.GT, Comparison.GT: Comparison.LT, Comparison.LE: Comparison.GE, Comparison.GE: Comparison.LE}
_FADING = (Comparison.LT, Comparison.LE)


@dataclass(frozen=True, slots=True)
class Age:
    """One measure that only comparisons of its age with durations read."""

    measure: Measure
    limits: tuple[Span, ...]
    """The ages at which one of them changes, ascending."""
    fades: bool
    """Whether an event that is older than all of them tells no more than none."""

    @property
    def era(self) -> Span:
        """How long an era is."""
        return Span(self.limits[0] // 2)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A value parted into quiet ages and the rest."""

    value: Expr
    """The same value; whether there were events within a window is said by an age."""
    rest: Expr
    """Without the comparisons of quiet ages."""
    ages: dict[str, Age]
    """By `repr` of their measures."""


def _any(_: Measure) -> bool:
    return True


def quiet_ages(value: Expr, may_be: Callable[[Measure], bool] = _any) -> Quiet:
    """The quiet ages of a value, of measures that `may_be`."""
    told = cast(Expr, rebuilt(value, _as_age))
    found: dict[str, list[tuple[Metric, Comparison, Span]]] = {}
    for met in _meetings(told):
        found.setdefault(repr(measures_of(met[0])[0]), []).append(met)
    without_any = Needs()
    without_any.gather([_without(told, found)])
    ages = {
        key: age
        for key, mets in found.items()
        if key not in without_any.measures and (age := _age(mets)) is not None and may_be(age.measure)
    }
    return Quiet(told, _without(told, ages), ages) if ages else Quiet(value, value, {})


def _age(mets: Sequence[tuple[Metric, Comparison, Span]]) -> Age | None:
    limits = sorted({limit for _, operator, length in mets for limit in _limits(operator, length)})
    if not limits or limits[0] < LEAST:
        return None
    return Age(measures_of(mets[0][0])[0], tuple(limits), all(operator in _FADING for _, operator, _ in mets))


def _limits(operator: Comparison, length: Span) -> tuple[Span, ...]:
    """The ages from which on a comparison with `length` says something else."""
    if operator in (Comparison.LT, Comparison.GE):
        return (length,)
    return (Span(length + 1),) if operator in (Comparison.LE, Comparison.GT) else (length, Span(length + 1))


def _meetings(expr: Expr) -> Iterator[tuple[Metric, Comparison, Span]]:
    """Those of a value that are asked at its own moment."""
    met = _meeting(expr)
    if met is not None:
        yield met
    for part in parts_of(expr):
        yield from _meetings(part)


def _meeting(node: object) -> tuple[Metric, Comparison, Span] | None:
    """The age, the comparison as it is read from the age's side, and the duration."""
    if not isinstance(node, Compare):
        return None
    for moving, bound, operator in ((node.left, node.right, node.operator), (node.right, node.left, _mirrored(node.operator))):
        if not (isinstance(moving, Metric) and moving.function is Aggregate.AGE) or next(iter(leaves_of(bound)), None) is not None:
            continue
        lengths = [other.value for _, other in passings(node) if isinstance(other, Literal)]
        if len(lengths) == 1 and isinstance(lengths[0], timedelta):
            return moving, operator, span_of(lengths[0])
    return None


def _mirrored(operator: Comparison) -> Comparison:
    return _MIRRORED.get(operator, operator)


def _without(value: Expr, ages: Collection[str]) -> Expr:
    """The value without the comparisons of these measures."""

    def replaced(node: object) -> object | None:
        met = _meeting(node)
        if met is not None and repr(measures_of(met[0])[0]) in ages:
            return Literal(True)
        return node if isinstance(node, Leaf) else None

    return cast(Expr, rebuilt(value, replaced))


def _as_age(node: object) -> object | None:
    """Whether there is an event within a window, said by the age of the last one."""
    match node:
        case Metric(function=Aggregate.DID, within=timedelta() as length) if _is_long(node):
            return Compare(Comparison.LT, _age_of(node), Literal(length))
        case Compare(left=Metric(function=Aggregate.COUNT) as metric, right=Literal(value=int() as number)) if _is_long(metric):
            there_is = Compare(Comparison.LT, _age_of(metric), Literal(metric.within))
            if (node.operator, number) in ((Comparison.GE, 1), (Comparison.GT, 0), (Comparison.NE, 0)):
                return there_is
            is_none = (node.operator, number) in ((Comparison.LT, 1), (Comparison.LE, 0), (Comparison.EQ, 0))
            return tree.Not(there_is) if is_none else None
        case _:
            return node if isinstance(node, Leaf) else None


def _is_long(metric: Metric) -> bool:
    return metric.since is None and metric.within is not None and span_of(metric.within) >= LEAST


def _age_of(metric: Metric) -> Metric:
    return Metric(function=Aggregate.AGE, selector=metric.selector, where=metric.where)


def telling(steps: Steps, name: str, age: Age, reading: Reading, bounds: Sequence[Term], among: Sequence[Join] = ()) -> str:
    """A step with the events of an age that tell it: identity_key, ts, received_at, `is_last` (the age may meet durations after it) and
    `next_known`, when an event of the next era is known. `bounds` and `among` say which events `e` there are."""
    as_known = reading is Reading.AS_KNOWN
    measure = age.measure
    where = [selected(measure.names, "e"), sql.is_known(column("identity_key", "e")), *bounds]
    if measure.where is not None:
        where.append(of_event("e").chosen(measure.where))
    if measure.derived:
        where.append(sql.is_null(column("withdrawn_at", "e")))
    into = sql.modulo(sql.plus(sql.modulo(column("ts", "e"), sql.number(age.era)), sql.number(age.era)), sql.number(age.era))
    is_calm = sql.at_most(sql.minus(column("received_at", "e"), column("ts", "e")), sql.number(age.era))
    era = sql.minus(column("ts", "e"), into)
    known = column("ts", "e") if as_known else sql.larger(column("ts", "e"), column("received_at", "e"))
    shown: dict[str, Term] = {each: column(each, "e") for each in ("identity_key", "ts", "received_at")}
    shown |= {"known": known, "era": era if as_known else sql.choose(is_calm, era)}
    read = steps.add(f"{name}_read", sql.query(shown, Source("events", "e"), among, where=where))
    eras = steps.add(f"{name}_eras", _eras(read))
    following = sql.lead(column("first_known", "g"), 1, sql.number(FOREVER), Window(("identity_key",), ("era",)))
    shown = {each: column(each, "g") for each in ("identity_key", "era", "first_at", "last_at", "first_known")}
    ordered = steps.add(f"{name}_eras_in_order", sql.query(shown | {"next_known": following}, Source(eras, "g")))
    return steps.add(f"{name}_telling", _telling(read, ordered))


def _eras(read: str) -> sql.Query:
    """Each era of each id: when its first and its last event happened, and when a first one became known."""
    row: dict[str, Term] = {"identity_key": column("identity_key", "r"), "era": column("era", "r")}
    row |= {"first_at": sql.smallest(column("ts", "r")), "last_at": sql.largest(column("ts", "r"))}
    row |= {"first_known": sql.at_smallest(column("known", "r"), column("ts", "r"))}
    return sql.query(row, Source(read, "r"), where=[sql.is_known(column("era", "r"))], group=2)


def _telling(read: str, eras: str) -> sql.Query:
    same = [sql.equal(column(each, "g"), column(each, "r")) for each in ("identity_key", "era")]
    has_none = sql.is_null(column("era", "g"))
    is_last = sql.equal(column("ts", "r"), column("last_at", "g"))
    is_first = sql.equal(column("ts", "r"), column("first_at", "g"))
    is_early = sql.less(column("known", "r"), column("first_known", "g"))
    shown: dict[str, Term] = {each: column(each, "r") for each in ("identity_key", "ts", "received_at")}
    shown |= {"is_last": sql.either(has_none, is_last), "next_known": sql.coalesce(column("next_known", "g"), sql.number(FOREVER))}
    where = [sql.either(has_none.copy(), is_first, is_last.copy(), is_early)]
    return sql.query(shown, Source(read, "r"), [Join(Source(eras, "g"), sql.both(*same), "LEFT")], where=where)


def met_after(span: Span, table: str) -> Iterator[Term]:
    """Conditions that the age since an event of `telling` may be `span` without another event being known by then."""
    yield column("is_last", table)
    yield sql.less(sql.plus(column("ts", table), sql.number(span)), column("next_known", table))
