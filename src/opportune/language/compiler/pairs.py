"""Leaves of expressions for a set of pairs: each pair with a column for everything that is read of its customer.

Reads   a step with the columns of `PAIRS` (and `Needs.previous`, where that is set); events, traits, spans, calibrations, table_rows
Gives   a step with one row per pair and one column per leaf (`Needs` names them)
Cost    one scan of the named events per round; predicates that read other metrics cost one more round, each distance of `ago` one set of
        pairs more
Held to tests/compiler/test_values.py and meaning, by tests/meaning/test_compiled_values.py
"""

from collections.abc import Collection, Mapping

from opportune.language.compiler import identities
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.measures import PRESENCE
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import property_term
from opportune.language.compiler.rounds import Bound, Round
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scenes import Scene
from opportune.language.compiler.sharing import worked_out
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.map import STORED_AS
from opportune.language.relations.plans import PAIRS
from opportune.language.tree import expressions as tree
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.kinds import Kind

PAIR_COLUMNS = tuple(name for name, _ in PAIRS.columns)
PREVIOUS = "previous_at"
"""What `Needs.previous` is called once it is among the pairs."""


def with_leaves(steps: Steps, asked: str, needs: Needs, after: Bound = None) -> str:
    """`asked` with a column for every leaf, one row per pair."""
    known = with_trigger_properties(steps, asked, needs)
    columns = (*PAIR_COLUMNS, *([PREVIOUS] if needs.previous else []), *(name for name, _ in needs.triggers.values()))
    if needs.measures or needs.traits:
        identities.sources(steps, known, columns, name=f"{asked}_sources")
    found: dict[str, tuple[str, ...]] = {}
    if needs.traits:
        found[pair_traits(steps, asked, needs)] = tuple(name for name, _ in needs.traits.values())
    for span in distances(needs):
        step, names = _long_ago(steps, known, f"{asked}_ago_{span}", needs, span)
        found[step] = names
    if found:
        known = widened(steps, known, found, f"{asked}_read")
    return in_rounds(steps, asked, known, needs, after=after)


def with_trigger_properties(steps: Steps, asked: str, needs: Needs) -> str:
    """`asked` with the typed properties of each pair's trigger."""
    if not needs.triggers and not needs.previous:
        return asked
    kept: dict[str, Term] = {name: column(name, "p") for name in PAIR_COLUMNS}
    if needs.previous:
        kept[PREVIOUS] = column(needs.previous, "p")
    if not needs.triggers:
        return steps.add(f"{asked}_triggered", sql.query(kept, Source(asked, "p")))
    _triggers(steps, asked, needs)
    read = {name: told_or(trigger, column(name, "t"), "p") for name, trigger in needs.triggers.values()}
    of_pair = [sql.equal(column("pair", "t"), column("pair", "p")), sql.equal(column("rank", "t"), sql.number(1))]
    joins = [Join(Source(f"{asked}_triggers", "t"), sql.both(*of_pair), "LEFT")]
    return steps.add(f"{asked}_triggered", sql.query(kept | read, Source(asked, "p"), joins))


TOLD = ("old", "new")
"""What moments themselves tell as `trigger.x`."""


def told_or(trigger: tree.TriggerProperty, of_event: Term, pair: str) -> Term:
    """What the moment tells under this name, and where it tells nothing the event's property."""
    if trigger.name not in TOLD:
        return of_event
    kind = trigger.kind or Kind.TEXT

    def said() -> Term:
        return sql.json_text(column("told", pair), trigger.name)

    match kind:
        case Kind.TEXT:
            value = sql.choose(sql.equal(sql.json_kind(column("told", pair), trigger.name), sql.text("VARCHAR")), said())
        case Kind.BOOLEAN:
            value = sql.equal(said(), sql.text("true"))
        case _:
            value = sql.try_cast(said(), STORED_AS.get(kind, "BIGINT"))
    return sql.choose(sql.is_known(column("told", pair)), value, of_event)


def _triggers(steps: Steps, asked: str, needs: Needs) -> None:
    """Each pair's trigger, visible or not; of the versions of a derived one the visible one first, then the latest."""
    read = {
        name: property_term(trigger.name, trigger.kind, declared=trigger.declared, table="t") for name, trigger in needs.triggers.values()
    }
    is_trigger = [
        sql.equal(column("event_id", "t"), column("trigger_event_id", "p")),
        sql.equal(column("line", "t"), column("trigger_line", "p")),
    ]
    stands = sql.both(
        sql.at_most(column("received_at", "t"), column("seen", "p")),
        sql.coalesce(sql.less(column("seen", "p"), column("withdrawn_at", "t")), sql.truth(True)),
    )
    shown = {"pair": column("pair", "p"), "stands": stands, "received_at": column("received_at", "t")} | read
    steps.add(f"{asked}_versions", sql.query(shown, Source("events", "t"), [Join(Source(asked, "p"), sql.both(*is_trigger))]))
    best = Window(("pair",), ("stands", "received_at"), descending=True)
    ranked = {name: column(name, "v") for name in ("pair", *read)} | {"rank": sql.row_number(best)}
    steps.add(f"{asked}_triggers", sql.query(ranked, Source(f"{asked}_versions", "v")))


def in_rounds(
    steps: Steps,
    asked: str,
    known: str,
    needs: Needs,
    done: Collection[str] = (),
    *,
    after: Bound = None,
    scene: Scene | None = None,
) -> str:
    """The measures but those `done`, populations and lookups of every depth, each round reading the columns of those before.

    Of a `scene`, whose measures are told by scans of its own.
    """
    measures = {name: measure for name, measure in needs.measures.values() if name not in done}
    measured = {name: needs.depth(measure) for name, measure in measures.items()}
    counted = {name: (needs.depth_of(leaf), leaf) for name, leaf in needs.populations.values() if name not in done}
    sought = {name: (needs.depth_of(leaf), leaf) for name, leaf in needs.lookups.values()}
    depths = {*measured.values(), *(depth for depth, _ in counted.values()), *(depth for depth, _ in sought.values())}
    for depth in sorted(depths):
        round_ = Round(steps, asked, known, needs, reads_customer=depth > 0, after=after, at_one_instant=scene is not None)
        of_depth = {name: measure for name, measure in measures.items() if measured[name] == depth}
        found = scene.measured(of_depth, known if depth else None) if scene else round_.measured(of_depth)
        found |= round_.calibrated({name: leaf for name, (own, leaf) in counted.items() if own == depth})
        found |= {round_.looked_up(name, leaf): (name,) for name, (own, leaf) in sought.items() if own == depth}
        known = widened(steps, known, found, f"{asked}_round_{depth}")
    return known


def distances(needs: Needs) -> list[Span]:
    """How far back `ago` goes, each once."""
    return sorted({span_of(ago.by) for _, ago in needs.ago.values()})


def needs_ago(needs: Needs, span: Span) -> Needs:
    """What is read that far back; whether there was anybody to read it of, too."""
    inner = Needs(previous=needs.previous and PREVIOUS)
    inner.gather(ago.part for _, ago in needs.ago.values() if span_of(ago.by) == span)
    inner.take_measure(PRESENCE)
    return inner


def values_ago(steps: Steps, read: str, needs: Needs, inner: Needs, span: Span, scalars: Scalars) -> tuple[str, dict[str, Term]]:
    """The step to read as `v`, and the columns of `ago` over it: null before the customer's first event of any name."""
    presence = inner.measure(PRESENCE)
    asked = {name: ago.part for name, ago in needs.ago.values() if span_of(ago.by) == span}
    told, terms = worked_out(steps, read, asked, scalars)
    return told, {name: sql.choose(sql.is_known(column(presence, "v")), term) for name, term in terms.items()}


def shifted(at: Term, seen: Term, span: Span) -> tuple[Term, Term]:
    """(at, seen) that far back; what is read as known is read as known there too. `at` and `seen` are written twice."""
    earlier = sql.minus(at, sql.number(span))
    return earlier, sql.choose(sql.equal(seen, sql.number(FOREVER)), seen.copy(), earlier.copy())


def _long_ago(steps: Steps, known: str, name: str, needs: Needs, span: Span) -> tuple[str, tuple[str, ...]]:
    inner = needs_ago(needs, span)
    kept = (*PAIR_COLUMNS, *([PREVIOUS] if needs.previous else []))
    pair: dict[str, Term] = {column_name: column(column_name, "p") for column_name in kept}
    pair["at"], pair["seen"] = shifted(column("at", "p"), column("seen", "p"), span)
    asked = steps.add(name, sql.query(pair, Source(known, "p")))
    read = with_leaves(steps, asked, inner)
    told, values = values_ago(steps, read, needs, inner, span, Scalars(Columns(inner, "v", lambda: column("at", "v"))))
    return steps.add(f"{name}_values", sql.query({"pair": column("pair", "v")} | values, Source(told, "v"))), tuple(values)


def pair_traits(steps: Steps, asked: str, needs: Needs) -> str:
    """The latest JSON value of each trait per pair."""

    def order() -> tuple[Term, Term]:
        return (column("ts", "t"), column("event_id", "t"))

    read = {
        name: sql.only(sql.at_largest(column("value", "t"), *order()), sql.equal(column("name", "t"), sql.text(trait.name)))
        for name, trait in needs.traits.values()
    }
    visible = [
        sql.one_of(column("name", "t"), [sql.text(name) for name in needs.traits]),
        sql.at_most(column("ts", "t"), column("at", "s")),
        sql.at_most(column("received_at", "t"), column("seen", "s")),
    ]
    joins = [Join(Source(f"{asked}_sources", "s"), sql.equal(column("identity_key", "t"), column("source_key", "s")))]
    query = sql.query({"pair": column("pair", "s")} | read, Source("traits", "t"), joins, where=visible, group=1)
    return steps.add(f"{asked}_traits", query)


def widened(steps: Steps, known: str, found: Mapping[str, tuple[str, ...]], name: str) -> str:
    """`known` with the columns of other steps, by pair."""
    columns = {column_name: column(column_name, step) for step, names in found.items() for column_name in names}
    joins = [Join(Source(step, step), sql.equal(column("pair", step), column("pair", "k")), "LEFT") for step in found]
    return steps.add(name, sql.query(columns, Source(known, "k"), joins, whole=["k"]))
