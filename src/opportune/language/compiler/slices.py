"""The events that a short range can need: of the customers who did something that matters to it, near or ever.

Reads   events, links; parameters `lo`, `hi`, `max_lateness`
Gives   steps `recent` and `lifetime` with the columns of `events` that the looks read, for every look the one it reads
Cost    a scan of the range for each length of time, then one scan of the names looked at nearby and one of those looked at ever
"""

from collections.abc import Callable, Sequence

from opportune.language.compiler.candidates import with_kin
from opportune.language.compiler.looks import EVENT_COLUMNS, Look
from opportune.language.compiler.properties import selected, stored_column
from opportune.language.compiler.triggers import hi, in_reach, lo
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.tree.expressions import Property
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.reading import Reading

Sliced = Callable[[Look], tuple[str, Sequence[Term]]]


def sliced(steps: Steps, looks: Sequence[Look], reading: Reading) -> Sliced:
    """What `Family.stream` reads: the events of the customers the range touches."""
    people = _people(steps, looks, reading)
    near = [look for look in looks if look.reach is not None]
    ever = [look for look in looks if look.reach is None]
    columns = columns_of(looks)
    if near:
        furthest = max(look.reach or 0 for look in near)
        _add(steps, "recent", near, columns, in_reach(reading, furthest, "e"), people)
    if ever:
        _add(steps, "lifetime", ever, columns, in_reach(reading, None, "e"), people)
    return lambda look: ("lifetime", []) if look.reach is None else ("recent", in_reach(reading, look.reach, "e"))


def columns_of(looks: Sequence[Look]) -> tuple[str, ...]:
    """The stored columns that looks read of their events."""
    read = [part for look in looks for where in look.wheres for part in walk(where) if isinstance(part, Property)]
    read += [part for look in looks for part in (look.same, *(slot.void.same for slot in look.slots)) if part is not None]
    is_derived = any(selector.derived for look in looks for selector in look.selectors)
    found = sorted({stored_column(part.name, part.kind) or "rest" for part in read} - {*EVENT_COLUMNS, "name"})
    return (*EVENT_COLUMNS, "name", *(("withdrawn_at",) if is_derived else ()), *found)


def _add(steps: Steps, name: str, looks: Sequence[Look], columns: Sequence[str], bounds: Sequence[Term], people: str) -> None:
    of_people = Join(Source(people, "p"), sql.equal(column("kin_key", "p"), column("identity_key", "e")), "SEMI")
    shown = {name: order_of("e") if name == "order_key" else column(name, "e") for name in columns}
    steps.add(name, sql.query(shown, Source("events", "e"), [of_people], where=[*_named(looks), *bounds]))


def _people(steps: Steps, looks: Sequence[Look], reading: Reading) -> str:
    """kin_key: every id that may be that of a customer whose events come due or arrive in the range."""

    def touching(some: Sequence[Look], *bounds: Term) -> sql.Query:
        where = [*_named(some), *bounds, sql.is_known(column("identity_key", "e"))]
        return sql.query({"identity_key": column("identity_key", "e")}, Source("events", "e"), where=where)

    parts = []
    for delay in sorted({delay for look in looks for delay in look.delays}):
        due = [look for look in looks if delay in look.delays]
        parts.append(touching(due, sql.within(column("ts", "e"), _shifted(lo(), delay), _shifted(hi(), delay)), *_received(reading)))
    if reading is Reading.AS_SEEN:
        parts.append(touching(looks, sql.within(column("received_at", "e"), lo(), hi()), sql.at_most(column("ts", "e"), hi())))
    touched = steps.add("touched", sql.union(*parts, distinct=True) if len(parts) > 1 else parts[0])
    kin = with_kin(steps, ("identity_key",), touched)
    return steps.add("people", sql.query({"kin_key": column("kin_key", "k")}, Source(kin, "k"), distinct=True))


def _received(reading: Reading) -> list[Term]:
    return [] if reading is Reading.AS_KNOWN else [sql.at_most(column("received_at", "e"), hi())]


def _named(looks: Sequence[Look]) -> list[Term]:
    if any(not look.names for look in looks):
        return []
    return [selected(tuple(sorted({name for look in looks for name in look.names})), "e")]


def _shifted(term: Term, delay: int) -> Term:
    return sql.minus(term, sql.number(delay)) if delay else term
