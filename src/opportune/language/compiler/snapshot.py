"""Values of every customer at one (at, seen): segments, scores, `evaluate`.

Reads   events, traits, links, identities; parameters `at`, `seen`
Gives   customer_id, then one column per name; one row per canonical customer with an event or trait visible, by customer_id
Cost    one scan per event name, with bounded and unbounded look-backs apart. What is addable is aggregated per identity first and put
        together per customer afterwards, so identity links cost O(identities), not O(events)
Held to meaning.value, by tests/meaning/test_compiled_equals_naive.py
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from opportune.language.compiler import identities
from opportune.language.compiler.leaves import Measure, Needs, Shape
from opportune.language.compiler.populations import PAIR_COLUMNS, Columns, aggregate, in_rounds, order_key, selected
from opportune.language.compiler.properties import property_term
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.map import STORED_AS
from opportune.language.relations.plans import PAIRS, Plan
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Expr
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind


def snapshot(named: Mapping[str, Expr]) -> Plan:
    """The values of `named` for every canonical customer at ($at, $seen)."""
    needs = Needs()
    needs.gather(named.values())
    steps = Steps()
    values = _values(steps, needs)
    scalars = Scalars(Columns(needs, "v", _at, has_entry=False))
    shown = {"customer_id": column("identity", "i")} | {name: scalars.term(expr) for name, expr in named.items()}
    joins = [Join(Source("identities", "i"), sql.equal(column("identity_key", "i"), column("pair", "v")))]
    query = sql.query(shown, Source(values, "v"), joins, order=["customer_id"])
    columns = (("customer_id", Kind.TEXT), *((name, kind_of(expr)) for name, expr in named.items()))
    return Plan(steps.close(query), columns, ("at", "seen"))


def _values(steps: Steps, needs: Needs) -> str:
    """One row per customer (`pair` is her identity_key) with a column for every leaf."""
    _owners(steps)
    depths = {name: needs.depth(measure) for name, measure in needs.measures.values()}
    first = {name: measure for name, measure in needs.measures.values() if depths[name] == 0}
    lasts = {name: measure for name, measure in first.items() if not measure.is_additive}
    added = {name: measure for name, measure in first.items() if measure.is_additive}
    added |= {f"{name}_at": _instant_of(measure) for name, measure in lasts.items()}
    known = _combined(steps, added)
    joined: dict[str, tuple[str, ...]] = {_last(steps, known, name, measure): (name,) for name, measure in lasts.items()}
    if needs.traits:
        joined[_traits(steps, needs)] = tuple(name for name, _ in needs.traits.values())
    names = tuple(added) + tuple(name for found in joined.values() for name in found)
    if joined:
        known = _joined(steps, known, tuple(added), joined)
    if any(depths.values()):
        known = _deeper(steps, known, names, needs)
    return known


def _owners(steps: Steps) -> None:
    """Identities that are linked away at ($at, $seen), with their customers."""
    decides = identities.counts_at(_at(), _seen())
    keys = {"identity_key": column("from_key", "l"), "owner": column("to_key", "l")}
    steps.add("owners", sql.query(keys, Source(identities.spans(steps), "l"), where=[decides]))


def _combined(steps: Steps, added: Mapping[str, Measure]) -> str:
    """Everybody present with her addable measures: per identity first, then per customer."""
    _present(steps)
    groups = _grouped(steps, added)
    joins = [Join(Source("owners", "o"), sql.equal(column("identity_key", "o"), column("identity_key", "p")), "LEFT")]
    joins += [Join(Source(group, group), sql.equal(column("identity_key", group), column("identity_key", "p")), "LEFT") for group in groups]
    put_together = {name: _put_together(added[name], column(name, group)) for group, names in groups.items() for name in names}
    customer = {"pair": sql.coalesce(column("owner", "o"), column("identity_key", "p"))}
    return steps.add("customers", sql.query(customer | put_together, Source("present", "p"), joins, group=1))


def _put_together(measure: Measure, part: Term) -> Term:
    """A measure of a customer from those of her identities; counts become BIGINT again, money may need more."""
    match measure.shape:
        case Shape.COUNT:
            return sql.cast(sql.total(part), "BIGINT")
        case Shape.TOTAL:
            return sql.total(part)
        case Shape.LATEST:
            return sql.largest(part)
        case Shape.LAST:
            raise ValueError("the last of several identities is found by its instant")
        case _:
            assert_never(measure.shape)


def _present(steps: Steps) -> None:
    """Identities with an event or a trait by then."""

    def found(relation: str) -> sql.Query:
        return sql.query({"identity_key": column("identity_key", "e")}, Source(relation, "e"), where=_visible("e"))

    steps.add("present", sql.union(found("events"), found("traits"), distinct=True))


def _grouped(steps: Steps, added: Mapping[str, Measure]) -> dict[str, list[str]]:
    """Step → the measures it gives; one step per event name, bounded and unbounded look-backs apart."""
    groups: defaultdict[tuple[tuple[str, ...], bool], dict[str, Measure]] = defaultdict(dict)
    for name, measure in added.items():
        groups[measure.names, measure.within is None][name] = measure
    return {
        steps.add(f"group_{number}", _group(names, measures)): list(measures)
        for number, ((names, _), measures) in enumerate(groups.items())
    }


def _group(names: tuple[str, ...], measures: Mapping[str, Measure]) -> sql.Query:
    """The measures of one selector per identity; a condition they share is left to the scan."""
    longest = max((measure.within for measure in measures.values() if measure.within is not None), default=None)
    where = [selected(names, "e"), *_visible("e")]
    if longest is not None:
        where.append(_after(longest))
    conditions = {name: _condition(measure, longest) for name, measure in measures.items()}
    if len({condition and condition.sql() for condition in conditions.values()}) == 1:
        shared = next(iter(conditions.values()))
        where += [shared] if shared else []
        conditions = dict.fromkeys(measures)
    read = {name: aggregate(measure, conditions[name], "e") for name, measure in measures.items()}
    return sql.query({"identity_key": column("identity_key", "e")} | read, Source("events", "e"), where=where, group=1)


def _condition(measure: Measure, longest: int | None) -> Term | None:
    found = []
    if measure.within is not None and measure.within != longest:
        found.append(_after(measure.within))
    if measure.where is not None:
        found.append(_of_event().chosen(measure.where))
    return sql.both(*found) if found else None


def _last(steps: Steps, known: str, name: str, measure: Measure) -> str:
    """The value at the last event: its instant is known already, so only ties remain to be ordered."""
    value = measure.value
    if value is None:
        raise ValueError("last needs a property to read")

    def held() -> Term:
        return property_term(value.name, value.kind, declared=value.declared, table="e")

    instants = _instants_of_identities(steps, known, f"{name}_at")
    same = sql.both(sql.equal(column("identity_key", "e"), column("identity_key", "k")), sql.equal(column("ts", "e"), column("ts", "k")))
    where = [selected(measure.names, "e"), *_visible("e"), sql.is_known(held())]
    if measure.within is not None:
        where.append(_after(measure.within))
    if measure.where is not None:
        where.append(_of_event().chosen(measure.where))
    columns = {"pair": column("pair", "k"), name: sql.at_largest(held(), *order_key("e")[1:])}
    return steps.add(f"{name}_last", sql.query(columns, Source("events", "e"), [Join(Source(instants, "k"), same)], where=where, group=1))


def _instants_of_identities(steps: Steps, known: str, instant: str) -> str:
    customer = sql.coalesce(column("owner", "o"), column("identity_key", "p"))
    joins = [
        Join(Source("owners", "o"), sql.equal(column("identity_key", "o"), column("identity_key", "p")), "LEFT"),
        Join(Source(known, "c"), sql.both(sql.equal(column("pair", "c"), customer), sql.is_known(column(instant, "c")))),
    ]
    columns = {"identity_key": column("identity_key", "p"), "pair": column("pair", "c"), "ts": column(instant, "c")}
    return steps.add(f"{instant}_identities", sql.query(columns, Source("present", "p"), joins))


def _instant_of(measure: Measure) -> Measure:
    """When the last event happened that has a value."""
    if measure.value is None:
        raise ValueError("last needs a property to read")
    has_value = tree.Known(measure.value)
    return replace(
        measure, shape=Shape.LATEST, value=None, where=has_value if measure.where is None else tree.All((measure.where, has_value))
    )


def _traits(steps: Steps, needs: Needs) -> str:
    """The latest JSON value of each trait per customer."""

    def latest(trait: str) -> Term:
        order = column("ts", "t"), column("event_id", "t")
        return sql.only(sql.at_largest(column("value", "t"), *order), sql.equal(column("name", "t"), sql.text(trait)))

    read = {name: latest(trait.name) for name, trait in needs.traits.values()}
    joins = [Join(Source("owners", "o"), sql.equal(column("identity_key", "o"), column("identity_key", "t")), "LEFT")]
    where = [sql.one_of(column("name", "t"), [sql.text(name) for name in needs.traits]), *_visible("t")]
    customer = {"pair": sql.coalesce(column("owner", "o"), column("identity_key", "t"))}
    return steps.add("latest_traits", sql.query(customer | read, Source("traits", "t"), joins, where=where, group=1))


def _joined(steps: Steps, known: str, kept: tuple[str, ...], joined: Mapping[str, tuple[str, ...]]) -> str:
    columns = {name: column(name, "k") for name in ("pair", *kept)}
    columns |= {name: column(name, step) for step, names in joined.items() for name in names}
    joins = [Join(Source(step, step), sql.equal(column("pair", step), column("pair", "k")), "LEFT") for step in joined]
    return steps.add("customers_read", sql.query(columns, Source(known, "k"), joins))


def _deeper(steps: Steps, known: str, names: tuple[str, ...], needs: Needs) -> str:
    """Measures whose predicates read other leaves, asked as pairs of one and the same (at, seen)."""
    nothing = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    nothing |= {
        name: sql.cast(sql.null(), STORED_AS.get(trigger.kind or Kind.TEXT, "VARCHAR")) for name, trigger in needs.triggers.values()
    }
    pair = {"pair": column("pair", "k"), "identity_key": column("pair", "k"), "at": _at(), "seen": _seen()}
    asked = steps.add("asked", sql.query(nothing | pair | {name: column(name, "k") for name in names}, Source(known, "k")))
    kept = (*PAIR_COLUMNS, *(name for name, _ in needs.triggers.values()))
    joins = [
        Join(Source("owners", "o"), sql.equal(column("identity_key", "o"), column("identity_key", "p")), "LEFT"),
        Join(Source(asked, "k"), sql.equal(column("pair", "k"), sql.coalesce(column("owner", "o"), column("identity_key", "p")))),
    ]
    source = {"source_key": column("identity_key", "p")} | {name: column(name, "k") for name in kept}
    steps.add("asked_sources", sql.query(source, Source("present", "p"), joins))
    return in_rounds(steps, "asked", asked, (*kept, *names), needs, first=1)


def _of_event() -> Scalars:
    return Scalars(Columns(Needs(), "", _at, has_entry=False), event="e")


def _visible(table: str) -> list[Term]:
    return [
        sql.at_most(column("ts", table), _at()),
        sql.at_most(column("received_at", table), _seen()),
        sql.is_known(column("identity_key", table)),
    ]


def _after(window: int) -> Term:
    return sql.less(sql.minus(_at(), sql.number(window)), column("ts", "e"))


def _at() -> Term:
    return sql.parameter("at")


def _seen() -> Term:
    return sql.parameter("seen")
