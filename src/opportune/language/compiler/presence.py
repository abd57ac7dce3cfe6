"""What is there at a question: the events its customer had, as far as they were visible and not void.

Reads   a step of questions (`question`, `which`, `at`, `seen`, `same` and their trigger, under their owners) and a stream
Gives   a step with one row for each event that may matter to a question: `question`, `x_...`, and `matches` and `stops` at the pair
Cost    one join of the questions with their customers' events; one sort more for each void
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from opportune.language.compiler import identities, lookups
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.looks import ROLES, Family, Role, is_visible, slot_columns
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.triggers import with_customers
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of


def present(
    steps: Steps,
    family: Family,
    asked: str,
    columns: Sequence[str],
    stream: str,
    *,
    near: Callable[[], Sequence[Term]],
    carried: Sequence[str] = (),
) -> str:
    """`columns` are those of `asked`; `near` bounds the events `x` by the question `q`; `carried` ones are handed on."""
    known, known_columns = with_customers(steps, family, asked, columns)
    sources = identities.sources(steps, known, tuple(name for name in known_columns if name != "identity_key"), name=f"{asked}_with_ids")
    same = sql.equal(column("same", "x"), column("same", "q"))
    on = [
        sql.equal(column("identity_key", "x"), column("source_key", "q")),
        *([sql.equal(column("which", "x"), column("which", "q"))] if len(family.looks) > 1 else []),
        sql.at_most(column("ts", "x"), column("at", "q")),
        *is_visible(family, "x", column("seen", "q")),
        *near(),
    ]
    keeps_apart = any(look.same for look in family.looks)
    if keeps_apart and not family.slots:
        on.append(same)
    shown = {name: column(name, "q") for name in ("question", *carried)} | _event("x")
    for role in ROLES:
        is_same = [same.copy()] if keeps_apart and family.slots else []
        given = sql.both(column(role, "x"), *is_same) if is_same else column(role, "x")
        shown[role] = sql.coalesce(family.judged(role, "x", "q", given=given), sql.truth(False))
    for number in range(family.slots):
        key, is_open, closes = slot_columns(number)
        shown |= {name: column(name, "x") for name in (key, is_open)}
        shown[closes] = sql.coalesce(family.closing(number, "x", "q", given=column(closes, "x")), sql.truth(False))
    source = Join(Source(sources, "q"), sql.both(*on))
    visible = sql.query(shown, Source(stream, "x"), [source, *looked_up(steps, family, stream, source, "x")])
    name = steps.add(f"{asked}_visible", visible)
    return _without_void(steps, family, name, ("question", *carried)) if family.slots else name


def looked_up(steps: Steps, family: Family, stream: str, pairs: Join, event: str) -> list[Join]:
    """What its predicates look up for each event of `stream` at each of the pairs `q`."""
    needs = family.needs()

    def scanned(shown: Mapping[str, Term], joins: Sequence[Join], where: Sequence[Term]) -> sql.Query:
        joined = [replace(pairs, on=pairs.on.copy()), *joins]
        return sql.query(shown, Source(stream, event), joined, where=where, distinct=True)

    def scalars() -> Scalars:
        return Scalars(Columns(needs, "q", lambda: column("at", "q"), has_entry=False), event=event)

    sought = needs.lookups_for(where for look in family.looks for where in look.wheres)
    scan = lookups.Scan(scanned, scalars, lambda: column("at", "q"), lambda: column("seen", "q"))
    return lookups.joins_of(steps, f"{pairs.source.name}_{event}", sought, scan)


def _event(table: str) -> dict[str, Term]:
    names = ("event_id", "line", "ts", "received_at")
    return (
        {f"x_{name}": column(name, table) for name in names}
        | {"order_key": order_of(table)}
        | {"x_is_imported": column("is_imported", table)}
    )


def _without_void(steps: Steps, family: Family, visible: str, carried: Sequence[str]) -> str:
    """An event is void where the last of what voids it comes after it."""
    kept = (*carried, *(name for name in _event("v")), *ROLES)
    shown = {name: column(name, "v") for name in kept}
    for number in range(family.slots):
        key, is_open, closes = slot_columns(number)
        last = sql.largest(sql.choose(column(closes, "v"), order_of("v")))
        shown |= {is_open: column(is_open, "v"), f"void_{number}_at": Window(("question", key), ()).over_all(last)}
    voided = steps.add(f"{visible}_voided", sql.query(shown, Source(visible, "v")))
    left = {name: column(name, "v") for name in kept if name not in ROLES}
    left |= {role: sql.both(column(role, "v"), *_not_void(family, role)) for role in ROLES}
    return steps.add(f"{visible}_present", sql.query(left, Source(voided, "v")))


def _not_void(family: Family, role: Role) -> list[Term]:
    terms: list[Term] = []
    for number in range(family.slots):
        _, is_open, _ = slot_columns(number)
        mine = [look.which for look in family.looks if number < len(look.slots) and look.slots[number].role == role]
        if not mine:
            continue
        is_mine = [] if len(family.looks) == 1 else [sql.one_of(column("which", "v"), [sql.number(which) for which in mine])]
        after = sql.coalesce(sql.less(order_of("v"), column(f"void_{number}_at", "v")), sql.truth(False))
        terms.append(sql.negated(sql.both(*is_mine, column(is_open, "v"), after)))
    return terms
