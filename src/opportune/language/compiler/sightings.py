"""Who is there at a pair: customers with an event or a trait by then, whatever its name.

Reads   events, traits, spans
Gives   the pairs of a step at which the customer is there
Cost    one scan of the asked-about customers' events, of which those that came first are kept
"""

from opportune.language.compiler import identities
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Window, column
from opportune.language.vocabulary.instants import FOREVER


def with_presence(steps: Steps, asked: str) -> str:
    """`pair` of those of `asked` (columns of PAIRS)."""
    sources = identities.sources(steps, asked, ("pair", "at", "seen"), name=f"{asked}_sighted")
    found = []
    for relation in ("events", "traits"):
        hers = Join(Source(sources, "s"), sql.equal(column("source_key", "s"), column("identity_key", "e")), "SEMI")
        shown = {name: column(name, "e") for name in ("identity_key", "ts", "received_at")}
        found.append(sql.query(shown, Source(relation, "e"), [hers]))
    every = steps.add(f"{asked}_sightings", sql.union(*found))
    # of two sightings the one that is both later and known later tells nothing
    order = Window(("identity_key",), ("received_at", "ts"))
    shown = {name: column(name, "e") for name in ("identity_key", "ts", "received_at")}
    shown["before"] = sql.coalesce(order.of_preceding(sql.smallest(column("ts", "e"))), sql.number(FOREVER))
    ordered = steps.add(f"{asked}_sightings_in_order", sql.query(shown, Source(every, "e")))
    seen = [
        sql.equal(column("identity_key", "f"), column("source_key", "s")),
        sql.less(column("ts", "f"), column("before", "f")),
        sql.at_most(column("ts", "f"), column("at", "s")),
        sql.at_most(column("received_at", "f"), column("seen", "s")),
    ]
    pairs = {"pair": column("pair", "s")}
    return steps.add(
        f"{asked}_present", sql.query(pairs, Source(sources, "s"), [Join(Source(ordered, "f"), sql.both(*seen))], distinct=True)
    )
