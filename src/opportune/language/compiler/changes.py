"""When something an expression reads changes: its change points, as a relation.

Reads   events, traits, spans, identities, calibrations, table_rows; for watches the input WATCHES
Gives   the key of whom it concerns, `at` (the change point p), `known_at` (from then on it is one, never before p) and `lateness`
        (how long after it happened it arrived, µs). More instants than those at which the value changes may be given, never fewer
Cost    one scan of the range's events for each event read and each window; the range prunes them
Held to tests/compiler/test_watch.py, tests/meaning/test_compiled_turns.py

As known `known_at` is p. As seen what `ago` reads was seen so long ago, so it changes its value that long after it was visible.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from opportune.language.compiler import clockwork, sightings
from opportune.language.compiler.alone import matching
from opportune.language.compiler.readers import Reader, Readers
from opportune.language.compiler.reads import EventPart, Reads
from opportune.language.compiler.scopes import Scope, valid_forever
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

Instant = Callable[[], Term]


def changes(
    steps: Steps,
    reads: Reads,
    scope: Scope,
    *,
    needs_presence: bool,
    period: int = clockwork.DAY,
    name: str = "changes",
    apart: Sequence[Reader] = (),
) -> str:
    """A step with the key and `CHANGE`. `needs_presence`: the customer's first event or trait counts, whatever its name.

    `period`: how often what varies all the time is looked at. `apart`: the readers that are looked at together, in the order of their
    bits; without any all is read by one."""
    readers = Readers(tuple(apart) or (Reader(reads, needs_presence),))
    found: list[sql.Query] = []
    for shift in sorted(reads.shifts):
        sent = [one for part in reads.events if part.shift == shift for span in part.spans for one in _of_part(part, span, scope, readers)]
        sent += _traits(reads, shift, scope, readers)
        sighted = [("events",)] if shift else [("events", "traits")] if needs_presence else []
        for relations in sighted:
            firsts = _firsts(steps, f"{name}_{shift}", relations, shift, scope, readers)
            if reads.is_sampled:
                found += [sightings.comings(steps, f"{name}_{shift}", scope, sql.union(*firsts), relations, shift)]
            else:
                sent += firsts
        if sent:
            found.append(scope.owned(steps, steps.add(f"{name}_sent_{shift}", sql.union(*sent)), shift))
        found.append(scope.own(steps, steps.add(f"{name}_links_{shift}", sql.union(*_links(shift, scope, readers))), shift))
    found += clockwork.constant_changes(steps, reads, scope, name=name, period=period, readers=readers)
    return steps.add(name, scope.kept(steps.add(f"{name}_all", sql.union(*found))))


def _firsts(steps: Steps, name: str, relations: Sequence[str], shift: int, scope: Scope, readers: Readers) -> list[sql.Query]:
    """The first event, or trait, of each id: of its kind no other was before it and known before it."""
    found: list[sql.Query] = []
    for relation in relations:
        if scope.is_narrow:
            found += _very_first(relation, shift, scope, readers)
        else:
            found += _first(steps, f"{name}_{relation}", relation, shift, scope, readers)
    return found


def raw_change(happened: Instant, received: Instant, after: int, shift: int, reading: Reading) -> dict[str, Term]:
    """When what happened and was received then changes something, `after` µs later; where `ago` reads it, when it was visible."""
    if reading is Reading.AS_KNOWN:
        return {"at": later(happened(), after), "known_at": later(happened(), after), "lateness": sql.number(0)}
    if shift:
        visible = [sql.larger(later(happened(), after), received()) for _ in range(2)]
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


def _of_part(part: EventPart, span: int, scope: Scope, readers: Readers) -> Iterator[sql.Query]:
    """Events of one part, `span` after they happened; derived ones only while they stand, and also when they are withdrawn."""
    cases: list[tuple[str, list[Term]]] = [("received_at", [])]
    if part.selector.derived:
        stands, goes = sql.is_null(column("withdrawn_at", "e")), sql.less(later(column("ts", "e"), span), column("withdrawn_at", "e"))
        cases = [("received_at", [stands])]
        if scope.reading is Reading.AS_SEEN:
            cases = [("received_at", [sql.either(stands, goes)]), ("withdrawn_at", [goes.copy()])]
    for arrival, more in cases:
        where = [*matching(part.selector, part.where, "e"), *more]
        told = Told("events", "identity_key", ("ts", arrival), readers.of_events(part))
        yield from _sent(told, (span, part.shift), scope, where)


@dataclass(frozen=True, slots=True)
class Told:
    """Where changes are stored: a relation, whose they are, the columns that say when they happened and were received, who reads them."""

    relation: str
    key: str
    instants: tuple[str, str]
    readers: Term


def _sent(
    told: Told, after: tuple[int, int], scope: Scope, where: list[Term], more: Callable[[], Sequence[Join]] = tuple
) -> Iterator[sql.Query]:
    """Changes that a stored relation tells."""
    happened, received = (lambda: column(told.instants[0], "e")), (lambda: column(told.instants[1], "e"))
    for case in in_range(happened, received, *after, scope):
        shown = {"source_key": column(told.key, "e")} | raw_change(happened, received, *after, scope.reading)
        is_asked = sql.equal(column("source_key", "o"), column(told.key, "e"))
        among = [] if scope.among is None else [Join(Source(scope.among, "o"), is_asked, "SEMI")]
        conditions = [*(term.copy() for term in where), *case]
        yield sql.query(shown | {"readers": told.readers.copy()}, Source(told.relation, "e"), [*among, *more()], where=conditions)


def _traits(reads: Reads, shift: int, scope: Scope, readers: Readers) -> Iterator[sql.Query]:
    for name in sorted(name for name, its in reads.traits if its == shift):
        told = Told("traits", "identity_key", ("ts", "received_at"), readers.of_traits(name))
        yield from _sent(told, (0, shift), scope, [sql.equal(column("name", "e"), sql.text(name))])


def _links(shift: int, scope: Scope, readers: Readers) -> Iterator[sql.Query]:
    """Where spans begin and end, for whom they join and for whom they leave, as long as they hold."""
    as_known = scope.reading is Reading.AS_KNOWN
    for end in ("from_key", "to_key"):
        for happened in ("at_from", "at_until"):
            for received in ("seen_from",) if as_known else ("seen_from", "seen_until"):
                where = [sql.less(column(name, "e"), sql.number(FOREVER)) for name in (happened, received) if name.endswith("until")]
                comes = sql.larger(column(happened, "e"), column("seen_from", "e"))
                where += valid_forever("e") if as_known else [sql.less(comes, column("seen_until", "e"))]
                yield from _sent(Told("spans", end, (happened, received), readers.all()), (0, shift), scope, where)


def _very_first(relation: str, shift: int, scope: Scope, readers: Readers) -> Iterator[sql.Query]:
    """As found of a short range: no other of its kind was before it and known before it."""

    def earlier() -> tuple[Join]:
        before = [sql.equal(column("identity_key", "f"), column("identity_key", "e")), sql.less(column("ts", "f"), column("ts", "e"))]
        if scope.reading is Reading.AS_SEEN:
            before.append(sql.at_most(column("received_at", "f"), column("received_at", "e")))
        return (Join(Source(relation, "f"), sql.both(*before), "ANTI"),)

    is_hers = [sql.is_known(column("identity_key", "e"))]
    told = Told(relation, "identity_key", ("ts", "received_at"), readers.of_presence())
    yield from _sent(told, (0, shift), scope, is_hers, earlier)


def _first(steps: Steps, name: str, relation: str, shift: int, scope: Scope, readers: Readers) -> Iterator[sql.Query]:
    """The same of a long range, in one sort."""
    is_hers = [sql.is_known(column("identity_key", "e"))]
    order = ("ts",) if scope.reading is Reading.AS_KNOWN else ("received_at", "ts")
    before = sql.coalesce(Window(("identity_key",), order).of_preceding(sql.smallest(column("ts", "e"))), sql.number(FOREVER))
    shown = {name: column(name, "e") for name in ("identity_key", "ts", "received_at")} | {"before": before}
    name = steps.add(f"{name}_before", sql.query(shown, Source(relation, "e"), where=is_hers))
    told = Told(name, "identity_key", ("ts", "received_at"), readers.of_presence())
    yield from _sent(told, (0, shift), scope, [sql.less(column("ts", "e"), column("before", "e"))])
