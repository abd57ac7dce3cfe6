"""Who is who at a pair: identity links as relations.

Reads   links(event_id, from_key, to_key, ts, received_at)
Gives   spans(from_key, to_key, ts, received_at, superseded_at): at (at, seen) an identity belongs to the `to_key` of the one span with
        ts <= at and received_at <= seen < superseded_at; without one, to itself
Cost    one sort of the links
Held to tests/compiler/test_identities.py
"""

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column

NEVER = 2**63 - 1
"""Later than FOREVER."""


def spans(steps: Steps) -> str:
    """A link counts from its arrival until an earlier one in (ts, event_id) order arrives; those that never count are left out."""
    if "spans" in steps.named:
        return "spans"
    in_order = Window(("from_key",), ("ts", "event_id"))
    names = ("from_key", "to_key", "ts", "received_at")
    superseded = sql.coalesce(in_order.of_preceding(sql.smallest(column("received_at", "l"))), sql.number(NEVER))
    steps.add(
        "links_in_order",
        sql.query({name: column(name, "l") for name in names} | {"superseded_at": superseded}, Source("links", "l")),
    )
    counts = sql.less(column("received_at", "l"), column("superseded_at", "l"))
    shown = {name: column(name, "l") for name in (*names, "superseded_at")}
    return steps.add("spans", sql.query(shown, Source("links_in_order", "l"), where=[counts]))


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
