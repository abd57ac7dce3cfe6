"""When something an expression reads changes: its change points, as a relation.

Reads   events, traits, spans, identities, calibrations, table_rows; for watches the input WATCHES
Gives   the key of whom it concerns, `at` (the change point p), `known_at` (from then on it is one, never before p) and `lateness`
        (how long after it happened it arrived, µs). More instants than those at which the value changes may be given, never fewer
Cost    one scan of the range's events for each event read and each window; the range prunes them
Held to tests/compiler/test_watch.py, tests/meaning/test_compiled_turns.py

As known `known_at` is p. As seen what `ago` reads was seen so long ago, so it changes its value that long after it was visible.
"""

from collections.abc import Callable, Iterator, Sequence

from opportune.language.compiler import clockwork
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.looks import of_event
from opportune.language.compiler.properties import selected
from opportune.language.compiler.reads import EventPart, Reads
from opportune.language.compiler.scopes import Scope, valid_forever
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.vocabulary.instants import FOREVER, Span
from opportune.language.vocabulary.reading import Reading

Instant = Callable[[], Term]


def changes(steps: Steps, reads: Reads, scope: Scope, *, needs_presence: bool, period: int = clockwork.DAY, name: str = "changes") -> str:
    """A step with the key and `CHANGE`. `needs_presence`: the customer's first event or trait counts, whatever its name.

    `period`: how often what varies all the time is looked at."""
    sent = [*_links(reads, scope)]
    for part in reads.events:
        for span in part.spans:
            sent += _of_part(part, span, scope)
    sent += _traits(reads, scope)
    firsts = [("events", shift) for shift in sorted(reads.shifts) if shift or needs_presence]
    firsts += [("traits", Span(0))] if needs_presence else []
    for relation, shift in firsts:
        if reads.is_sampled:
            sent += _very_first(relation, shift, scope)
        else:
            sent += _first(steps, f"{name}_{relation}", relation, shift, scope)
    found = [scope.owned(steps, steps.add(f"{name}_sent", sql.union(*sent)))]
    found += clockwork.constant_changes(steps, reads, scope, name=name, period=period)
    return steps.add(name, scope.kept(steps.add(f"{name}_all", sql.union(*found))))


def matching(selector: Selector, where: Expr | None, table: str) -> list[Term]:
    """The events of a selector, as far as each alone can tell that the predicate holds."""
    found = [selected(tuple(sorted(set(selector.names))), table), sql.is_known(column("identity_key", table))]
    if where is not None and next(iter(leaves_of(where)), None) is None:
        found.append(of_event(table).chosen(where))
    return found


def raw_change(happened: Instant, received: Instant, after: int, shift: int, reading: Reading) -> dict[str, Term]:
    """`CHANGE` of what happened and was received then, `after` µs later, and `shift` later again where `ago` reads it."""
    if reading is Reading.AS_KNOWN:
        return {"at": later(happened(), after + shift), "known_at": later(happened(), after + shift), "lateness": sql.number(0)}
    if shift:
        visible = [later(sql.larger(later(happened(), after), received()), shift) for _ in range(2)]
        return {"at": visible[0], "known_at": visible[1], "lateness": sql.number(0)}
    known = sql.larger(later(happened(), after), received())
    return {"at": later(happened(), after), "known_at": known, "lateness": sql.minus(received(), happened())}


def in_range(happened: Instant, received: Instant, after: int, shift: int, scope: Scope) -> Iterator[list[Term]]:
    """Conditions that `known_at` of such a change lies in the range: disjoint cases, each one a scan can use."""
    if scope.limits is None:
        yield []
        return
    low, high = scope.limits

    def point() -> Term:
        return later(happened(), after + shift)

    def arrived() -> Term:
        return later(received(), shift)

    early = [sql.less(low(), point()), sql.at_most(point(), high())]
    if scope.reading is Reading.AS_KNOWN:
        yield early
        return
    yield [*early, sql.at_most(arrived(), high())]
    yield [sql.less(low(), arrived()), sql.at_most(arrived(), high()), sql.at_most(point(), low())]


def later(instant: Term, span: int) -> Term:
    """`span` µs later."""
    return sql.plus(instant, sql.number(span)) if span else instant


def _of_part(part: EventPart, span: int, scope: Scope) -> Iterator[sql.Query]:
    """Events of one part, `span` after they happened; derived ones also when they are withdrawn."""
    arrivals = ["received_at"]
    if part.selector.derived and scope.reading is Reading.AS_SEEN:
        arrivals.append("withdrawn_at")
    for arrival in arrivals:
        exists = [sql.is_known(column("withdrawn_at", "e"))] if arrival == "withdrawn_at" else []
        where = [*matching(part.selector, part.where, "e"), *exists]
        yield from _sent("events", "identity_key", ("ts", arrival), (span, part.shift), scope, where)


def _sent(
    relation: str,
    key: str,
    instants: tuple[str, str],
    after: tuple[int, int],
    scope: Scope,
    where: list[Term],
    more: Callable[[], Sequence[Join]] = tuple,
) -> Iterator[sql.Query]:
    """Changes of a stored relation, whose columns `instants` say when a row happened and when it was received."""
    happened, received = (lambda: column(instants[0], "e")), (lambda: column(instants[1], "e"))
    for case in in_range(happened, received, *after, scope):
        shown = {"source_key": column(key, "e")} | raw_change(happened, received, *after, scope.reading)
        among = (
            [] if scope.among is None else [Join(Source(scope.among, "o"), sql.equal(column("source_key", "o"), column(key, "e")), "SEMI")]
        )
        yield sql.query(shown, Source(relation, "e"), [*among, *more()], where=[*(term.copy() for term in where), *case])


def _traits(reads: Reads, scope: Scope) -> Iterator[sql.Query]:
    for shift in sorted({shift for _, shift in reads.traits}):
        named = sorted(name for name, its in reads.traits if its == shift)
        is_one = sql.one_of(column("name", "e"), [sql.text(name) for name in named])
        yield from _sent("traits", "identity_key", ("ts", "received_at"), (0, shift), scope, [is_one])


def _links(reads: Reads, scope: Scope) -> Iterator[sql.Query]:
    """Where spans begin and end, for whom they join and for whom they leave."""
    as_known = scope.reading is Reading.AS_KNOWN
    for shift in sorted(reads.shifts):
        for end in ("from_key", "to_key"):
            for happened in ("at_from", "at_until"):
                for received in ("seen_from",) if as_known else ("seen_from", "seen_until"):
                    is_one = [sql.less(column(name, "e"), sql.number(FOREVER)) for name in (happened, received) if name.endswith("until")]
                    where = [*is_one, *(valid_forever("e") if as_known else ())]
                    yield from _sent("spans", end, (happened, received), (0, shift), scope, where)


def _very_first(relation: str, shift: int, scope: Scope) -> Iterator[sql.Query]:
    """Of what is looked at wherever it changes and nowhere else: only what no event or trait of her id was before and known before."""

    def earlier() -> Iterator[Join]:
        for other in ("events", "traits"):
            before = [sql.equal(column("identity_key", "f"), column("identity_key", "e")), sql.less(column("ts", "f"), column("ts", "e"))]
            if scope.reading is Reading.AS_SEEN:
                before.append(sql.at_most(column("received_at", "f"), column("received_at", "e")))
            yield Join(Source(other, "f"), sql.both(*before), "ANTI")

    is_hers = [sql.is_known(column("identity_key", "e"))]
    yield from _sent(relation, "identity_key", ("ts", "received_at"), (0, shift), scope, is_hers, lambda: tuple(earlier()))


def _first(steps: Steps, name: str, relation: str, shift: int, scope: Scope) -> Iterator[sql.Query]:
    """The customer's first event or trait: of a short range all, else those no other of her id is both before and known before."""
    is_hers = [sql.is_known(column("identity_key", "e"))]
    if scope.is_narrow:
        yield from _sent(relation, "identity_key", ("ts", "received_at"), (0, shift), scope, is_hers)
        return
    order = ("ts",) if scope.reading is Reading.AS_KNOWN else ("received_at", "ts")
    before = sql.coalesce(Window(("identity_key",), order).of_preceding(sql.smallest(column("ts", "e"))), sql.number(FOREVER))
    shown = {name: column(name, "e") for name in ("identity_key", "ts", "received_at")} | {"before": before}
    name = steps.add(f"{name}_before_{shift}", sql.query(shown, Source(relation, "e"), where=is_hers))
    yield from _sent(name, "identity_key", ("ts", "received_at"), (0, shift), scope, [sql.less(column("ts", "e"), column("before", "e"))])
