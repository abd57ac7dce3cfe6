"""Who is who at a pair: identity links as relations.

Reads   spans(from_key, to_key, at_from, at_until, seen_from, seen_until), links
Gives   joins and steps that say whose an identity is at (at, seen)
Cost    spans are stored; `groups`, `settlements` and `contested` are one sort or grouping of the links
Held to meaning, by tests/meaning/test_compiled_equals_naive.py
"""

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column

NEVER = 2**63 - 1
"""Later than FOREVER."""
SPANS = "spans"
"""At (at, seen) an identity belongs to the `to_key` of the one span that holds the pair; without one, to itself."""


def counts_at(at: Term, seen: Term, table: str = "l") -> Term:
    """Whether a span holds the pair; both terms are written twice."""
    return sql.both(
        sql.at_most(column("at_from", table), at),
        sql.less(at.copy(), column("at_until", table)),
        sql.at_most(column("seen_from", table), seen),
        sql.less(seen.copy(), column("seen_until", table)),
    )


def spans(_: Steps) -> str:
    """The stored relation of spans."""
    return SPANS


def owner_join(_: Steps, identity: Term, at: Term, seen: Term, table: str = "l") -> Join:
    """Joins the span that decides for an identity, if any."""
    return Join(Source(SPANS, table), sql.both(sql.equal(column("from_key", table), identity), counts_at(at, seen, table)), "LEFT")


def owner(identity: Term, table: str = "l") -> Term:
    """The canonical customer, after `owner_join`."""
    return sql.coalesce(column("to_key", table), identity)


def sources(steps: Steps, asked: str, columns: tuple[str, ...], *, name: str = "sources") -> str:
    """Each pair of `asked` with every identity whose events are its customer's then: `source_key` and the named columns."""
    pair = Source(asked, "p")
    kept = {column_name: column(column_name, "p") for column_name in columns}
    decides = counts_at(column("at", "p"), column("seen", "p"))
    own = sql.query(
        {"source_key": column("identity_key", "p")} | kept,
        pair,
        [Join(Source(SPANS, "l"), sql.both(sql.equal(column("from_key", "l"), column("identity_key", "p")), decides), "ANTI")],
    )
    decides = counts_at(column("at", "p"), column("seen", "p"))
    linked = sql.query(
        {"source_key": column("from_key", "l")} | {column_name: column(column_name, "p") for column_name in columns},
        pair,
        [Join(Source(SPANS, "l"), sql.both(sql.equal(column("to_key", "l"), column("identity_key", "p")), decides))],
    )
    return steps.add(name, sql.union(own, linked))


def groups(steps: Steps) -> str:
    """identity_key, group_key of everybody with a link: the customer of her first link of all, in (ts, event_id) order.

    As known, a customer's identities at any moment are among those of her group, unless it is `contested`.
    """
    if "groups" in steps.named:
        return "groups"
    first = Window(("from_key",), ("ts", "event_id"))
    ranked = {"from_key": column("from_key", "l"), "to_key": column("to_key", "l"), "rank": sql.row_number(first)}
    steps.add("links_ranked", sql.query(ranked, Source("links", "l"), where=[_is_link()]))
    keys = {"identity_key": column("from_key", "r"), "group_key": column("to_key", "r")}
    return steps.add("groups", sql.query(keys, Source("links_ranked", "r"), where=[sql.equal(column("rank", "r"), sql.number(1))]))


def settlements(steps: Steps) -> str:
    """group_key, settled_at: from then on all links of the group are visible and who is who stays as it is, unless it is `contested`."""
    if "settlements" in steps.named:
        return "settlements"
    arrived = sql.largest(sql.larger(column("ts", "l"), column("received_at", "l")))
    keys = {"group_key": column("to_key", "l"), "settled_at": arrived}
    return steps.add("settlements", sql.query(keys, Source("links", "l"), where=[_is_link()], group=1))


def contested(steps: Steps) -> str:
    """group_key: customers one of whose identities was also linked to somebody else, or parted again; there, groups prove nothing."""
    if "contested" in steps.named:
        return "contested"
    is_parted = sql.less(column("links", "s"), column("entries", "s"))
    is_shared = sql.either(sql.less(column("low", "s"), column("high", "s")), is_parted)
    joins = [Join(Source(kin(steps), "s"), sql.both(sql.equal(column("from_key", "s"), column("from_key", "l")), is_shared), "SEMI")]
    found = sql.query({"group_key": column("to_key", "l")}, Source("links", "l"), joins, where=[_is_link()], distinct=True)
    return steps.add("contested", found)


def kin(steps: Steps) -> str:
    """from_key, low: of each identity with a link the customer it is grouped with, the same for all of hers unless she is `contested`;
    first_at: from when on it is hers, as known; settled_at: from then on all its links are visible."""
    if "kin" in steps.named:
        return "kin"
    keys = {"from_key": column("from_key", "l"), "low": sql.smallest(column("to_key", "l")), "high": sql.largest(column("to_key", "l"))}
    counted = {"entries": sql.count(), "links": sql.count_of(column("to_key", "l"))}
    settled = {"first_at": sql.smallest(column("ts", "l"))}
    settled["settled_at"] = sql.largest(sql.larger(column("ts", "l"), column("received_at", "l")))
    return steps.add("kin", sql.query(keys | counted | settled, Source("links", "l"), group=1))


def kin_join(steps: Steps, identity: Term, table: str = "g") -> Join:
    """Joins the `kin` of an identity, if it has a link."""
    return Join(Source(kin(steps), table), sql.equal(column("from_key", table), identity), "LEFT")


def with_all_ids(steps: Steps, doubtful: str) -> str:
    """kin_key: every id that may be one of a customer of those in `doubtful` (identity_key) at some pair."""
    of = {"identity_key": column("identity_key", "d")}
    hers = {"identity_key": column("to_key", "l")}
    linked = Join(Source(SPANS, "l"), sql.equal(column("from_key", "l"), column("identity_key", "d")))
    customers = sql.union(sql.query(of, Source(doubtful, "d")), sql.query(hers, Source(doubtful, "d"), [linked]), distinct=True)
    who = steps.add(f"{doubtful}_customers", customers)
    own = sql.query({"kin_key": column("identity_key", "d")}, Source(who, "d"))
    back = Join(Source(SPANS, "l"), sql.equal(column("to_key", "l"), column("identity_key", "d")))
    found = sql.union(own, sql.query({"kin_key": column("from_key", "l")}, Source(who, "d"), [back]), distinct=True)
    return steps.add(f"{doubtful}_ids", found)


def _is_link() -> Term:
    return sql.is_known(column("to_key", "l"))
