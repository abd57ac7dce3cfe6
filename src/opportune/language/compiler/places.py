"""A whole history by places alone: what is sorted is a few numbers for each event; who fired or is in doubt is looked up again.

Reads   events, spans, links; parameters `lo`, `hi`
Gives   steps `grouped` (the places of the events looked at, with their group), the triggers that fired, and the events of who is in doubt
Cost    one scan of the events looked at, with whole numbers only; one more that brings the ids of those that fired, one that of doubtful
        customers reads everything
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py
"""

from collections.abc import Callable, Sequence

from opportune.language.compiler import identities
from opportune.language.compiler.looks import MOST_SCANS, Family, slot_columns
from opportune.language.compiler.properties import selected
from opportune.language.compiler.slices import columns_of
from opportune.language.compiler.triggers import with_owners
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

Bounds = Callable[[], Sequence[Term]]
"""What bounds the events `e` that are looked at."""


def grouped(steps: Steps, family: Family, reading: Reading, bounds: Bounds) -> str:
    """The places of the events looked at with `group_key`; with voids the groups that have an event that voids, as `voided_groups`."""
    steps.add("places", family.places(bounds, reading))
    closes = [slot_columns(number)[2] for number in range(family.slots)]
    names = (*family.told(reading), "matches", *(("stops", *closes) if closes else ()))
    shown = handed_on(names, "s") | {"group_key": sql.coalesce(column("low", "g"), column("identity_key", "s"))}
    if reading is Reading.AS_KNOWN:
        shown["joined_at"] = sql.coalesce(column("first_at", "g"), sql.number(-FOREVER))
    joins = [identities.kin_join(steps, column("identity_key", "s"))]
    found = steps.add("grouped", sql.query(shown, Source("places", "s"), joins))
    if closes:
        is_cause = [sql.either(*(column(name, "s") for name in closes))]
        voided = {"group_key": column("group_key", "s")}
        steps.add("voided_groups", sql.query(voided, Source(found, "s"), where=is_cause, distinct=True))
    return found


def brought(steps: Steps, family: Family, reading: Reading, sure: str) -> str:
    """The triggers at the places of `sure` (identity_key, order_key, at, acted_at, `seen`; as known `group_key` and `joined_at`, which
    tell the owner of who is not contested) as `FIRED`, under their owners then."""
    look = family.looks[0]
    if reading is Reading.AS_KNOWN:
        is_hers = sql.at_most(column("joined_at", "t"), column("at", "t"))
        owner = sql.choose(is_hers, column("group_key", "t"), column("identity_key", "t"))
        shown = handed_on(("order_key", "at", "acted_at"), "t") | {"sent_key": column("identity_key", "t"), "identity_key": owner}
        owned = steps.add(f"{sure}_owned", sql.query(shown, Source(sure, "t")))
    else:
        owned = with_owners(steps, sure, ("identity_key", "order_key", "at", "acted_at", "seen"), f"{sure}_owned")
    shown = {"which": sql.number(look.which)}
    shown |= handed_on(("event_id", "line", "is_imported"), "e") | handed_on(("identity_key", "at", "acted_at"), "f")
    shown["same_value"] = look.same_value("e") if look.same else sql.cast(sql.null(), "VARCHAR")
    at_place = [sql.equal(column("sent_key", "f"), column("identity_key", "e")), sql.equal(order_of("f"), order_of("e"))]
    where = [selected(look.selector.names, "e")] if look.selector.names else []
    if family.is_derived:
        where.append(sql.is_null(column("withdrawn_at", "e")))
    return steps.add("brought", sql.query(shown, Source(owned, "f"), [Join(Source("events", "e"), sql.both(*at_place))], where=where))


def in_doubt(steps: Steps, family: Family, reading: Reading, doubtful: str, bounds: Bounds) -> tuple[str, str]:
    """The triggers at the places of `doubtful` with what their questions keep, and a stream of all events of their customers."""
    look = family.looks[0]
    ids = identities.with_all_ids(steps, doubtful)
    theirs = Join(Source(ids, "d"), sql.equal(column("kin_key", "d"), column("identity_key", "e")), "SEMI")
    columns = handed_on(columns_of(family.looks), "e")
    names = [(name,) for name in look.names] if len(look.names) <= MOST_SCANS else [look.names]
    wheres = [[selected(some, "e"), *bounds()] for some in names] or [[*bounds()]]
    scans = [sql.query(columns, Source("events", "e"), [theirs], where=where) for where in wheres]
    near = steps.add("near_doubts", sql.union(*(scan.copy() for scan in scans)))
    stream = steps.add("stream", family.stream(lambda _: (near, ()), reading))
    shown = {name: order_of("s") if name == "order_key" else column(name, "s") for name in family.kept}
    place = [*(sql.equal(column(name, "t"), column(name, "s")) for name in ("identity_key", "order_key")), column("matches", "s")]
    joins = [Join(Source(doubtful, "t"), sql.both(*place), "SEMI")]
    return steps.add(f"{doubtful}_triggers", sql.query(shown, Source(stream, "s"), joins)), stream


def handed_on(names: Sequence[str], table: str) -> dict[str, Term]:
    """Columns of a step."""
    return {name: order_of(table) if name == "order_key" else column(name, table) for name in names}
