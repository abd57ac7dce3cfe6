"""Who is there at a pair: customers with an event or a trait by then, whatever its name.

Reads   events, traits, spans
Gives   the pairs of a step at which the customer is there
Cost    one scan of the asked-about customers' events, of which those that came first are kept
"""

from collections.abc import Sequence

from opportune.language.compiler import identities
from opportune.language.compiler.scopes import CHANGE, Scope
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

KINDS = ("events", "traits")


def with_presence(steps: Steps, asked: str, relations: Sequence[str] = KINDS) -> str:
    """`pair` of those of `asked` (columns of PAIRS). `relations`: what has to be there."""
    sources = identities.sources(steps, asked, ("pair", "at", "seen"), name=f"{asked}_sighted")
    found = []
    for relation in relations:
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


def comings(steps: Steps, name: str, scope: Scope, firsts: sql.Query, relations: Sequence[str], shift: int) -> sql.Query:
    """Of the first events and traits of all ids those with which a customer comes to be there: just before she was not."""
    owned = steps.add(f"{name}_firsts", scope.owned(steps, steps.add(f"{name}_first_sent", firsts), shift))
    names = (scope.key, *CHANGE)
    numbered = {each: column(each, "k") for each in names} | {"pair": sql.row_number(Window((), (scope.key, "at", "known_at")))}
    kept = steps.add(f"{name}_firsts_kept", scope.kept(owned))
    rows = steps.add(f"{name}_firsts_numbered", sql.query(numbered, Source(kept, "k")))
    just_before = sql.minus(column("at", "n"), sql.number(shift + 1))
    seen = just_before.copy() if shift else column("known_at", "n")
    identity, joins = scope.asker("n")
    pair: dict[str, Term] = {each: sql.cast(sql.null(), kind) for each, kind in PAIRS.columns}
    pair |= {"pair": column("pair", "n"), "identity_key": identity, "at": just_before}
    pair["seen"] = sql.number(FOREVER) if scope.reading is Reading.AS_KNOWN else seen
    asked = steps.add(f"{name}_firsts_asked", sql.query(pair, Source(rows, "n"), joins))
    there = Join(Source(with_presence(steps, asked, relations), "t"), sql.equal(column("pair", "t"), column("pair", "n")), "ANTI")
    return sql.query({each: column(each, "n") for each in names}, Source(rows, "n"), [there])
