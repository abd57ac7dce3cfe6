"""Who is who at a pair: identity links as relations.

Reads   links(event_id, from_key, to_key, ts, received_at)
Gives   spans(from_key, to_key, ts, received_at, superseded_at): at (at, seen) an identity belongs to the `to_key` of the one span with
        ts <= at and received_at <= seen < superseded_at; without one, to itself
Cost    one sort of the links
Held to meaning, by tests/meaning/test_compiled_equals_naive.py
"""

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column

NEVER = 2**63 - 1
"""Later than FOREVER."""


def spans(steps: Steps) -> str:
    """A link counts from its arrival until an earlier one in (ts, event_id) order arrives; those that never count are left out."""
    if "spans" in steps.named:
        return "spans"
    counted = {"from_key": column("from_key", "l"), "links": sql.count()}
    steps.add("linked", sql.query(counted, Source("links", "l"), group=1))
    steps.add("links_in_order", sql.query(_link() | {"superseded_at": _superseded_at()}, Source("links", "l"), [_linked(several=True)]))
    counts = sql.less(column("received_at", "l"), column("superseded_at", "l"))
    ordered = sql.query(_link() | {"superseded_at": column("superseded_at", "l")}, Source("links_in_order", "l"), where=[counts])
    # most ids have one link, which nothing can supersede; only the others are worth a sort
    alone = sql.query(_link() | {"superseded_at": sql.number(NEVER)}, Source("links", "l"), [_linked(several=False)])
    return steps.add("spans", sql.union(ordered, alone))


def _link() -> dict[str, Term]:
    return {name: column(name, "l") for name in ("from_key", "to_key", "ts", "received_at")}


def _linked(*, several: bool) -> Join:
    number = (sql.less if several else sql.equal)(sql.number(1), column("links", "k"))
    return Join(Source("linked", "k"), sql.both(sql.equal(column("from_key", "k"), column("from_key", "l")), number), "SEMI")


def _superseded_at() -> Term:
    in_order = Window(("from_key",), ("ts", "event_id"))
    return sql.coalesce(in_order.of_preceding(sql.smallest(column("received_at", "l"))), sql.number(NEVER))


def counts_at(at: Term, seen: Term, table: str = "l") -> Term:
    """Whether a span decides at the pair; `seen` is written twice."""
    return sql.both(
        sql.at_most(column("ts", table), at),
        sql.at_most(column("received_at", table), seen),
        sql.less(seen.copy(), column("superseded_at", table)),
    )


def owner_join(steps: Steps, identity: Term, at: Term, seen: Term, table: str = "l") -> Join:
    """Joins the span that decides for an identity, if any."""
    return Join(Source(spans(steps), table), sql.both(sql.equal(column("from_key", table), identity), counts_at(at, seen, table)), "LEFT")


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
        [Join(Source(spans(steps), "l"), sql.both(sql.equal(column("from_key", "l"), column("identity_key", "p")), decides), "ANTI")],
    )
    decides = counts_at(column("at", "p"), column("seen", "p"))
    linked = sql.query(
        {"source_key": column("from_key", "l")} | {column_name: column(column_name, "p") for column_name in columns},
        pair,
        [Join(Source(spans(steps), "l"), sql.both(sql.equal(column("to_key", "l"), column("identity_key", "p")), decides))],
    )
    return steps.add(name, sql.union(own, linked))


def groups(steps: Steps) -> str:
    """identity_key, group_key of everybody with a link: the customer of her first link of all, in (ts, event_id) order.

    As known, a customer's identities at any moment are among those of her group.
    """
    if "groups" in steps.named:
        return "groups"
    first = Window(("from_key",), ("ts", "event_id"))
    ranked = {"from_key": column("from_key", "l"), "to_key": column("to_key", "l"), "rank": sql.row_number(first)}
    steps.add("links_ranked", sql.query(ranked, Source("links", "l")))
    keys = {"identity_key": column("from_key", "r"), "group_key": column("to_key", "r")}
    return steps.add("groups", sql.query(keys, Source("links_ranked", "r"), where=[sql.equal(column("rank", "r"), sql.number(1))]))


def settlements(steps: Steps) -> str:
    """group_key, settled_at: from then on, all links of the group are visible and nothing about who is who changes."""
    if "settlements" in steps.named:
        return "settlements"
    arrived = sql.largest(sql.larger(column("ts", "l"), column("received_at", "l")))
    return steps.add("settlements", sql.query({"group_key": column("to_key", "l"), "settled_at": arrived}, Source("links", "l"), group=1))


def contested(steps: Steps) -> str:
    """group_key: customers one of whose identities was also linked to somebody else; there, groups prove nothing."""
    if "contested" in steps.named:
        return "contested"
    keys = {"from_key": column("from_key", "l"), "low": sql.smallest(column("to_key", "l")), "high": sql.largest(column("to_key", "l"))}
    steps.add("shared", sql.query(keys, Source("links", "l"), group=1))
    is_shared = [sql.equal(column("from_key", "s"), column("from_key", "l")), sql.less(column("low", "s"), column("high", "s"))]
    links = Source("links", "l")
    joins = [Join(Source("shared", "s"), sql.both(*is_shared), "SEMI")]
    found = sql.query({"group_key": column("to_key", "l")}, links, joins, distinct=True)
    return steps.add("contested", found)
