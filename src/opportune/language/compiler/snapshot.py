"""Values of every customer at one (at, seen): segments, scores, `evaluate`.

Reads   events, traits, spans, identities, calibrations, table_rows; parameters `at`, `seen`
Gives   customer_id, then one column per name; one row per canonical customer with an event or trait visible, by customer_id
Cost    one scan per event name, with bounded and unbounded look-backs apart, each grouped by customer at once: what is held in memory is
        one narrow table per scan, and no wide one
Held to meaning.value, by tests/meaning/test_compiled_values.py
"""

from collections.abc import Mapping

from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.pairs import distances, in_rounds, needs_ago, shifted, values_ago, widened
from opportune.language.compiler.rollups import NOTHING_KEPT, Kept
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scenes import Scene
from opportune.language.compiler.sharing import worked_out
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.map import STORED_AS
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree.expressions import Expr
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import Span
from opportune.language.vocabulary.kinds import Kind


def snapshot(named: Mapping[str, Expr], rolled: Kept = NOTHING_KEPT) -> Plan:
    """The values of `named` for every canonical customer at ($at, $seen); with roll-ups (`Engine.kept`) for $seen = FOREVER only."""
    needs = Needs()
    needs.gather(named.values())
    steps = Steps()
    scene = Scene(steps, needs, rolled=rolled)
    values, terms = worked_out(steps, _values(scene), named, Scalars(Columns(needs, "v", scene.at, has_entry=False)))
    shown = {"customer_id": column("identity", "i")} | terms
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("pair", "v")))]
    query = sql.query(shown, Source(values, "v"), joins, order=["customer_id"])
    columns = (("customer_id", Kind.TEXT), *((name, kind_of(expr)) for name, expr in named.items()))
    return Plan(steps.close(query), columns, ("at", "seen"), (), populations_of(named.values()))


def _values(scene: Scene) -> str:
    """One row per customer (`pair` is her identity_key) with a column for every leaf."""
    steps, needs = scene.steps, scene.needs
    direct = {name: measure for name, measure in needs.measures.values() if not needs.depth(measure) and not needs.looks_up(measure)}
    known = scene.everybody()
    found = scene.told_from_days(direct)
    told = {name for names in found.values() for name in names}
    found |= scene.measured({name: measure for name, measure in direct.items() if name not in told})
    if needs.traits:
        found[scene.traits()] = tuple(name for name, _ in needs.traits.values())
    for span in distances(needs):
        step, names = _long_ago(scene, span)
        found[step] = names
    columns: tuple[str, ...] = ("pair", *(name for names in found.values() for name in names))
    if found:
        known = widened(steps, known, ("pair",), found, scene.name("customers_read"))
    if len(direct) == len(needs.measures) and not needs.populations and not needs.lookups:
        return known
    return _deeper(scene, known, columns, set(direct))


def _long_ago(scene: Scene, span: Span) -> tuple[str, tuple[str, ...]]:
    """Another scene, of the same customers."""
    inner = needs_ago(scene.needs, span)
    at, seen = shifted(scene.at(), scene.seen(), span)
    before = Scene(scene.steps, inner, f"{scene.prefix}ago_{span}_", at, seen, scene.rolled)
    read = _values(before)
    told, values = values_ago(scene.steps, read, scene.needs, inner, span, Scalars(Columns(inner, "v", before.at, has_entry=False)))
    query = sql.query({"pair": column("pair", "v")} | values, Source(told, "v"))
    return scene.steps.add(before.name("values"), query), tuple(values)


def _deeper(scene: Scene, known: str, columns: tuple[str, ...], done: set[str]) -> str:
    """What is asked of the customers as pairs of one and the same (at, seen)."""
    steps, needs = scene.steps, scene.needs
    nothing: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    triggers = {name: STORED_AS.get(trigger.kind or Kind.TEXT, "VARCHAR") for name, trigger in needs.triggers.values()}
    nothing |= {name: sql.cast(sql.null(), kind) for name, kind in triggers.items()}
    pair = {"pair": column("pair", "k"), "identity_key": column("pair", "k"), "at": scene.at(), "seen": scene.seen()}
    kept = tuple(nothing)
    read = tuple(name for name in columns if name != "pair")
    asked = steps.add(scene.name("asked"), sql.query(nothing | pair | {name: column(name, "k") for name in read}, Source(known, "k")))
    if len(done) < len(needs.measures):
        joins = [
            scene.owner_join("p"),
            Join(Source(asked, "k"), sql.equal(column("pair", "k"), sql.coalesce(column("owner", "o"), column("identity_key", "p")))),
        ]
        source = {"source_key": column("identity_key", "p")} | {name: column(name, "k") for name in kept}
        steps.add(f"{asked}_sources", sql.query(source, Source(scene.name("present"), "p"), joins))
    return in_rounds(steps, asked, asked, (*kept, *read), needs, done)
