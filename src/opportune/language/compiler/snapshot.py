"""Values of every customer at one (at, seen): segments, scores, `evaluate`.

Reads   events, traits, spans, identities, calibrations, table_rows; parameters `at`, `seen`
Gives   customer_id, then one column per name; one row per canonical customer with an event or trait visible, by customer_id
Cost    one scan per event name, with bounded and unbounded look-backs apart, each grouped by customer at once: what is held in memory is
        one narrow table per scan, and no wide one
Held to meaning.value, by tests/meaning/test_compiled_values.py
"""

from collections.abc import Mapping

from opportune.language.compiler.calibrated import at_one_instant
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.pairs import distances, in_rounds, needs_ago, shifted, values_ago, widened
from opportune.language.compiler.rollups import NOTHING_KEPT, Kept
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scenes import Scene
from opportune.language.compiler.sharing import worked_out
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, column
from opportune.language.relations.plans import Plan
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
    if found:
        known = widened(steps, known, found, scene.name("customers_read"))
    if len(direct) == len(needs.measures) and not needs.populations and not needs.lookups:
        return known
    return _deeper(scene, known, set(direct))


def _long_ago(scene: Scene, span: Span) -> tuple[str, tuple[str, ...]]:
    """Another scene, of the same customers."""
    inner = needs_ago(scene.needs, span)
    at, seen = shifted(scene.at(), scene.seen(), span)
    before = Scene(scene.steps, inner, f"{scene.prefix}ago_{span}_", at, seen, scene.rolled)
    read = _values(before)
    told, values = values_ago(scene.steps, read, scene.needs, inner, span, Scalars(Columns(inner, "v", before.at, has_entry=False)))
    query = sql.query({"pair": column("pair", "v")} | values, Source(told, "v"))
    return scene.steps.add(before.name("values"), query), tuple(values)


def _deeper(scene: Scene, known: str, done: set[str]) -> str:
    """What is asked of the customers as pairs of one and the same (at, seen)."""
    steps = scene.steps
    moment = {"at": scene.at(), "seen": scene.seen()}
    populations = dict(scene.needs.populations.values())
    joins: list[Join] = []
    if populations:
        calibrated = at_one_instant(steps, scene.name("calibrated"), populations, scene.at())
        joins.append(Join(Source(calibrated, "c"), sql.truth(True)))
    query = sql.query(moment, Source(known, "k"), joins, whole=["k", *(["c"] if populations else [])])
    asked = steps.add(scene.name("asked"), query)
    done |= {name for name, population in populations.items() if population.by is None}
    return in_rounds(steps, asked, asked, scene.needs, done, scene=scene)
