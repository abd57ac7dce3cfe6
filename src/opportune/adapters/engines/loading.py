"""Closed log segments into the stored relations: one transaction, each segment and each call exactly once.

Reads   NDJSON segments
Gives   identities, claims, events, links, spans, traits, calls, loads, facts, rollup_days, source_days, goods (the rooms
        `stages.events` and `stages.customers` say what they hold)
Cost    about 10 µs of one core a line, and of a small load 60 ms whatever it holds: planning its statements
Held to tests/events/test_load.py (a naive loader, any split into segments), tests/engines/test_crash_points.py
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from opportune.adapters.engines.call_filters import CallFilters
from opportune.adapters.engines.parsed import Parsed
from opportune.language.relations.arrivals import ACCEPTED, ARRIVALS, CANDIDATES, CLAIMED, LINES, NAMED, RELAID, REPEATED
from opportune.language.relations.loads import LoadReport, SetAside
from opportune.language.relations.rollups import ARRIVING
from opportune.language.vocabulary.addresses import EMAIL, normal_email
from opportune.language.vocabulary.events import HOT
from opportune.language.vocabulary.identity import DEFAULT_RULES, IdentityRules
from opportune.stages.customers import carried, claims, identities, links, spans, traits, whereabouts
from opportune.stages.events import calls, events, facts, goods, ids, landings, lines, order_keys, rollups, shelves, source_days

CHANGES_AT_ONCE = 50_000
"""Changes of goods that are handed to the engine together, which bounds what they take as text."""
SMALL = 20_000
"""Lines of a load that had better be planned for than scanned for."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a load has to know of the shop: its currency, None accepts every one; who is who; its own host, empty: unknown."""

    currency: str | None = None
    identity: IdentityRules = DEFAULT_RULES
    home: str = ""


def load(connection: Parsed, segments: Sequence[Path], filters: CallFilters, *, shop: Shop, reached: Callable[[str], None]) -> LoadReport:
    """Load the segments that are not loaded yet. Either all of them are stored afterwards or, on any error, none."""
    new = _not_loaded(connection, segments)
    if not new:
        return LoadReport(skipped=len(segments))
    with TemporaryDirectory(prefix="opportune-load-") as folder:
        sources = [_ended(segment, Path(folder)) for segment in new]
        read = connection.execute(lines.read_lines(shop.identity.blocked), {"files": [str(source) for source in sources]}).fetchall()
        _mend(connection, shop.identity)
        is_small = int(read[0][0]) <= SMALL
        _enrich(connection, shop.home)
        with _all_or_nothing(connection):
            reached("load")
            filters.extend(connection)
            for statement in calls.accept(filters.narrowed(connection) if is_small else calls.ALL):
                connection.execute(statement)
            unlinked = _store(connection, shop, is_small=is_small)
            connection.execute(calls.record(), {"segments": [s.name for s in new], "files": [str(s) for s in sources]})
            report = replace(_report(connection, sources, shop.currency, skipped=len(segments) - len(new)), unlinked=unlinked)
            reached("commit")
    if not is_small:
        for table in (LINES, ACCEPTED, REPEATED, ARRIVALS, NAMED, CLAIMED, CANDIDATES, RELAID, order_keys.TIED, order_keys.KIN, ARRIVING):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    return report


@contextmanager
def _all_or_nothing(connection: Parsed) -> Iterator[None]:
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _not_loaded(connection: Parsed, segments: Sequence[Path]) -> list[Path]:
    names = [segment.name for segment in segments]
    there = {
        row[0]
        for row in connection.execute(
            "SELECT segment FROM loads SEMI JOIN (SELECT unnest($n::VARCHAR[]) AS segment) USING (segment)", {"n": names}
        ).fetchall()
    }
    return [segment for name, segment in {segment.name: segment for segment in segments}.items() if name not in there]


def _ended(segment: Path, folder: Path) -> Path:
    """The segment, or where its last line has no end a copy that has one: DuckDB 2.0 may give an unended line out of turn."""
    with segment.open("rb") as content:
        if not content.seek(0, os.SEEK_END) or content.seek(-1, os.SEEK_END) < 0 or content.read(1) == b"\n":
            return segment
    copy = folder / segment.name
    shutil.copyfile(segment, copy)
    with copy.open("ab") as content:
        content.write(b"\n")
    return copy


def _enrich(connection: Parsed, home: str) -> None:
    """Tells LINES what follows from where they came from; `home` is the shop's own host."""
    has_pages, has_queries, agents = connection.execute(landings.ASKED).fetchall()[0]
    if has_pages:
        connection.execute(landings.found(has_queries=has_queries))
        touches = landings.touches_of(connection.execute(landings.WAYS).fetchall(), home)
        if touches:
            told = {"touches": touches, "devices": landings.devices_of(agents)}
            connection.execute(landings.told(), {name: msgspec.json.encode(rows).decode() for name, rows in told.items()})
    robots = landings.robots(agents)
    if robots:
        for statement in landings.disowned():
            connection.execute(statement, {"robots": robots})


def _mend(connection: Parsed, rules: IdentityRules) -> None:
    """Looks again at the ids of odd lines; an address with letters beyond ASCII is brought into its one form once."""
    if not connection.execute(ids.ARE_ODD).fetchall()[0][0]:
        return
    connection.execute(ids.mended(rules.blocked))
    told = [said for (said,) in connection.execute(ids.FOREIGN).fetchall()]
    found = {said: EMAIL + normal for said in told if (normal := normal_email(said)) is not None}
    if found:
        connection.execute(ids.translated(), {"told": list(found), "identities": list(found.values())})
    connection.execute(ids.judged(lines.refused()))


def _store(connection: Parsed, shop: Shop, *, is_small: bool) -> int:
    """Runs the rooms' statements in the order in which they need each other; gives how many links were beyond a limit."""
    kinds = (events.ORDERS, shelves.TOLD, traits.TOLD, whereabouts.TOLD, links.TOLD, claims.TOLD_BY_USERS, claims.TOLD_BY_OTHERS)
    has_orders, has_goods, has_traits, has_places, has_links, by_users, by_others = _has(connection, *kinds)
    for statement in identities.store(tell_addresses=by_others):
        connection.execute(statement)
    _store_events(connection, shop.currency, has_orders=has_orders, has_goods=has_goods, is_small=is_small)
    if has_traits:
        connection.execute(traits.store())
    if has_places:
        connection.execute(whereabouts.store())
    relaid, unlinked = "", 0
    if has_links or by_users or by_others:
        parted, ranked = connection.execute(links.ARE_PARTED).fetchall()[0]
        if by_users or by_others or parted:
            by_users = bool(connection.execute(claims.claimed(parted=parted)).fetchall()[0][0])
            unlinked = int(connection.execute(claims.beyond(shop.identity)).fetchall()[0][0]) if by_users else 0
        told = _Told(parted, ranked or by_users or by_others, by_users, by_others)
        relaid, beyond = _store_links(connection, shop, told)
        unlinked += beyond
        if by_users:
            connection.execute(claims.store())
    _rank(connection, relaid)
    connection.execute(source_days.add())
    return unlinked


@dataclass(frozen=True, slots=True)
class _Told:
    """What there is, stored or arriving: un-merges, links by anything but a user id; among arrivals addresses told by users and others."""

    parted: bool
    ranked: bool
    by_users: bool
    by_others: bool


def _store_links(connection: Parsed, shop: Shop, told: _Told) -> tuple[str, int]:
    """Links and spans; gives the query of whose links changed, empty where none did, and how many links were beyond a limit."""
    candidates = links.candidates(parted=told.parted, by_users=told.by_users, by_others=told.by_others)
    if not connection.execute(candidates).fetchall()[0][0]:
        return "", 0
    refused = links.chained(connection.execute(links.contested()).fetchall())
    beyond = [place for (place,) in connection.execute(links.beyond(shop.identity), {"refused": refused}).fetchall()]
    connection.execute(links.store(), {"refused": [*refused, *beyond]})
    relaid = links.touched()
    if told.ranked:
        connection.execute(carried.relaid())
        relaid = f"SELECT from_key FROM {RELAID}"
        for statement in carried.store():
            connection.execute(statement)
    parted = told.parted and connection.execute(spans.are_parted(relaid)).fetchall()[0][0]
    for statement in spans.laid_out(relaid, parted=parted, ranked=told.ranked):
        connection.execute(statement)
    return relaid, len(beyond)


def _store_events(connection: Parsed, currency: str | None, *, has_orders: bool, has_goods: bool, is_small: bool) -> None:
    """Events, order lines and what became of goods; where roll-ups are kept by way of ARRIVING, which they read."""
    kept = connection.execute(rollups.KEPT).fetchall()
    into = ARRIVING if kept else "events"
    if kept:
        connection.execute(events.set_apart())
    hot = events.hot_among(connection.execute(events.keys()).fetchall()[0][0] or ()) if is_small else HOT
    connection.execute(events.store(currency, into, hot))
    if has_orders:
        connection.execute(events.store_lines(currency, into))
    if has_goods:
        _store_changes(connection, currency, into)
    if kept:
        connection.execute(rollups.added([(int(number), str(query)) for number, _, query in kept]))
        connection.execute(events.store_set_apart())


def _store_changes(connection: Parsed, currency: str | None, into: str) -> None:
    """What updates of goods changed, and how the goods stand now."""
    told = [shelves.update_of(row) for row in connection.execute(shelves.updates(currency)).fetchall()]
    products = {"products": sorted({update.product_id for update in told})}
    shelf = shelves.shelf_of(connection.execute(shelves.KNOWN, products).fetchall())
    changed = goods.changes(told, shelf)
    while part := list(islice(changed, CHANGES_AT_ONCE)):
        connection.execute(shelves.store(into), {"changes": shelves.told(part)})
    off, on = shelves.remember()
    connection.execute(off, products)
    connection.execute(on, {"shelf": shelves.shelved(shelf)})


def _rank(connection: Parsed, relaid: str) -> None:
    """Order keys of the new events, of those stored before at the same instants and, where new links connect crowds, of these. `relaid`
    is the query of whose links changed, empty where none did."""
    connection.execute(order_keys.tied(events.instants()))
    has_ties, is_crowded, are_crowds, is_far = connection.execute(order_keys.found(events.instants())).fetchall()[0]
    if has_ties:
        connection.execute(order_keys.rank())
    is_joined = relaid and are_crowds and connection.execute(order_keys.joins_crowds(relaid)).fetchall()[0][0]
    if is_crowded or is_joined:
        for statement in order_keys.crowd(events.told(), links.connected() if relaid else ""):
            connection.execute(statement)
    if is_far:
        connection.execute(facts.keys_are_full())


def _has(connection: Parsed, *kinds: str) -> tuple[bool, ...]:
    """Whether there are arrivals of each kind. Asking is a tenth of what the statements cost that store nothing."""
    asked = ", ".join(f"coalesce(bool_or({kind}), false)" for kind in kinds)
    found: tuple[bool, ...] = connection.execute(f"SELECT {asked} FROM {ARRIVALS}").fetchall()[0]
    return found


def _report(connection: Parsed, segments: Sequence[Path], currency: str | None, *, skipped: int) -> LoadReport:
    """What the load found; repeated calls are compared with the stored ones only when there are any."""
    told = f"""SELECT (SELECT count(*) FROM {ACCEPTED}), (SELECT count(*) FROM {REPEATED}), a.clamped, a.unconverted, l.last, l.refused
        FROM (SELECT count(*) FILTER (is_clamped) AS clamped, count(*) FILTER ({events.unconverted(currency)}) AS unconverted
            FROM {ARRIVALS}) AS a,
            (SELECT max(received_at) FILTER (refused IS NULL) AS last, count(refused) AS refused FROM {LINES}) AS l"""
    loaded, repeated, clamped, unconverted, last, refused = connection.execute(told).fetchall()[0]
    return LoadReport(
        loaded=loaded,
        repeated=repeated,
        changed_content=int(connection.execute(events.changed()).fetchall()[0][0]) if repeated else 0,
        clamped=clamped,
        unconverted=unconverted,
        set_aside=tuple(_set_aside(connection, segments)) if refused else (),
        skipped=skipped,
        last_received_at=last,
    )


def _set_aside(connection: Parsed, segments: Sequence[Path]) -> Iterator[SetAside]:
    """The refused lines with their numbers in their files; only files that have some are read again."""
    places = f"SELECT file, rowid - min(rowid) OVER (PARTITION BY file) AS place, refused FROM {LINES}"
    found: dict[str, dict[int, str]] = {}
    for file, place, reason in connection.execute(f"SELECT * FROM ({places}) WHERE refused IS NOT NULL").fetchall():
        found.setdefault(file, {})[place] = reason
    for segment in segments:
        reasons = found.get(str(segment), {})
        for place, number in enumerate(_full_lines(segment) if reasons else ()):
            if place in reasons:
                yield SetAside(segment.name, number, reasons[place])


def _full_lines(segment: Path) -> Iterator[int]:
    """The numbers, from 1, of the lines that are not blank: the engine skips blank ones."""
    with segment.open("rb") as written:
        for number, line in enumerate(written, 1):
            if line.strip():
                yield number
