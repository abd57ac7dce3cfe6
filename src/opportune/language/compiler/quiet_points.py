"""Change points of quiet ages, for the exact look at a long range: few events tell them, as on a timeline.

Reads   events, spans
Gives   steps with the key and `CHANGE`: the points, and as seen what arrives, which may be late or a trigger though it changes nothing
Cost    that of `quiet.telling` for each age
Held to meaning.moments, by tests/meaning/test_compiled_quiet.py
"""

from opportune.language.compiler.changes import changes, in_range, raw_change
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.measures import Measure
from opportune.language.compiler.quiet import Quiet, met_after, quiet_ages, telling
from opportune.language.compiler.readers import Reader, Readers
from opportune.language.compiler.reads import EventPart, Reads, reads_of
from opportune.language.compiler.scopes import CHANGE, Everybody
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, column
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.vocabulary.instants import Span
from opportune.language.vocabulary.reading import Reading


def quiet_in(value: Expr) -> Quiet:
    """The quiet ages of a value that is looked at point by point. What is voided may leave any other event as the last one."""
    reads = reads_of([value])
    return Quiet(value, value, {}) if reads.is_sampled or reads.meetings else quiet_ages(value, _is_alone)


def _is_alone(measure: Measure) -> bool:
    """Whether each event by itself tells that it is read, for good."""
    return not (measure.voids or measure.derived or (measure.where is not None and any(True for _ in leaves_of(measure.where))))


def points_of(steps: Steps, quiet: Quiet, scope: Everybody, reader: Reader, *, rest: str, name: str) -> tuple[str, str]:
    """The points, those of the `rest` of the value included, and the same with all that arrives."""
    sent = [query for number, age in enumerate(quiet.ages) for query in _sent(steps, quiet, age, scope, reader, f"{name}_{number}")]
    owned = steps.add(f"{name}_quiet", scope.owned(steps, steps.add(f"{name}_quiet_sent", sql.union(*sent))))
    kept = steps.add(f"{name}_quiet_kept", scope.kept(owned))
    points = steps.add(f"{name}_told", _both(rest, kept))
    if scope.reading is Reading.AS_KNOWN:
        return points, points
    parts = [EventPart(Selector(age.measure.names), age.measure.where, (Span(0),), 0) for age in quiet.ages.values()]
    arrived = changes(steps, Reads(events=parts), scope, needs_presence=False, name=f"{name}_arrived", apart=[reader])
    return points, steps.add(f"{name}_arriving", _both(points, arrived))


def _sent(steps: Steps, quiet: Quiet, key: str, scope: Everybody, reader: Reader, name: str) -> list[sql.Query]:
    """The points of one age under the ids that its events were sent with."""
    age, everybody = quiet.ages[key], Readers((reader,)).all()
    bounds = [sql.at_most(column("ts", "e"), scope.high())]
    if scope.reading is Reading.AS_SEEN:
        bounds.append(sql.at_most(column("received_at", "e"), scope.high()))
    is_asked = sql.equal(column("source_key", "o"), column("identity_key", "e"))
    among = [] if scope.among is None else [Join(Source(scope.among, "o"), is_asked, "SEMI")]
    told = telling(steps, name, age, scope.reading, bounds, among)
    found: list[sql.Query] = []
    for span in (0, *age.limits):
        for case in in_range(lambda: column("ts", "e"), lambda: column("received_at", "e"), span, 0, scope):
            change = raw_change(lambda: column("ts", "e"), lambda: column("received_at", "e"), span, 0, scope.reading)
            shown = {"source_key": column("identity_key", "e")} | change | {"readers": everybody.copy()}
            where = [*case, *(met_after(Span(span), "e") if span else ())]
            found.append(sql.query(shown, Source(told, "e"), where=where))
    return found


def _both(one: str, other: str) -> sql.Query:
    names = ("identity_key", *CHANGE)
    return sql.union(*(sql.query({name: column(name, "c") for name in names}, Source(step, "c")) for step in (one, other)))
