"""The instants at which an age, or `at` itself, meets what it is compared with.

Reads   a step of changes, and what the compared expressions read
Gives   the changes with these instants, and those a microsecond later
Cost    one value for each change, and one for everybody at the beginning of the range

Between change points an age grows evenly and its limit stays, so where they meet can be told at the change point before. Limits that are
constants need no first look: `reads` counts them among the windows.
"""

from collections.abc import Sequence

from opportune.language.compiler.scopes import CHANGE, Everybody, Watched
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

WATCHED = ("identity_key", "entry_at", "entry_id", "trigger_event_id", "trigger_line", "is_event_moment", "told")
"""What pairs take from a watch."""


def with_meetings(steps: Steps, changed: str, meetings: Sequence[tuple[Expr, Expr]], scope: Everybody | Watched) -> str:
    """`changed` with the meetings; the step itself where nothing can meet."""
    if not meetings:
        return changed
    places = _places(steps, changed, scope)
    asked = steps.add(f"{changed}_asked", _asked(places, scope))
    compared = {f"{side}_{number}": expr for number, pair in enumerate(meetings) for side, expr in zip(("one", "other"), pair, strict=True)}
    values = values_of(steps, asked, compared)
    found: list[sql.Query] = [sql.query({name: column(name, "c") for name in (scope.key, *CHANGE)}, Source(changed, "c"))]
    for number in range(len(meetings)):
        for after in (0, 1):
            found.append(_met(places, values, number, after, scope))
    return steps.add(f"{changed}_met", scope.kept(steps.add(f"{changed}_and_met", sql.union(*found))))


def _places(steps: Steps, changed: str, scope: Everybody | Watched) -> str:
    """`pair`, the key, `at`, `seen`: where limits are looked at: at each change, once it is known, and where the range begins."""
    as_known = scope.reading is Reading.AS_KNOWN

    def place(at: Term, seen: Term, table: str, lateness: Term) -> dict[str, Term]:
        known = sql.number(FOREVER) if as_known else seen
        return {scope.key: column(scope.key, table), "at": at, "seen": known, "lateness": lateness}

    everybody = steps.add(f"{changed}_begin", scope.everybody())
    found: list[sql.Query] = [
        sql.query(place(column("low", "w"), column("low", "w"), "w", sql.number(0)), Source(everybody, "w")),
        sql.query(place(column("known_at", "c"), column("known_at", "c"), "c", column("lateness", "c")), Source(changed, "c")),
    ]
    if not as_known and isinstance(scope, Everybody):
        inside = [
            sql.equal(column(scope.key, "p"), column(scope.key, "c")),
            sql.at_most(column("at", "c"), column("at", "p")),
            sql.less(column("at", "p"), column("known_at", "c")),
            sql.at_most(column("known_at", "p"), column("known_at", "c")),
        ]
        # what arrives late meets limits between what it changed and its arrival
        found.append(
            sql.query(
                place(column("at", "p"), column("known_at", "c"), "c", column("lateness", "c")),
                Source(changed, "c"),
                [Join(Source(changed, "p"), sql.both(*inside))],
            )
        )
    names = (scope.key, "at", "seen")
    every = steps.add(f"{changed}_every_look", sql.union(*found))
    looks = {name: column(name, "e") for name in names} | {"lateness": sql.smallest(column("lateness", "e"))}
    once = steps.add(f"{changed}_looks", sql.query(looks, Source(every, "e"), group=len(names)))
    shown = {name: column(name, "o") for name in (*names, "lateness")} | {"pair": sql.row_number(Window((), names))}
    return steps.add(f"{changed}_places", sql.query(shown, Source(once, "o")))


def _asked(places: str, scope: Everybody | Watched) -> sql.Query:
    shown: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    shown |= {name: column(name, "p") for name in ("pair", "at", "seen")}
    if isinstance(scope, Everybody):
        return sql.query(shown | {"identity_key": column("identity_key", "p")}, Source(places, "p"))
    shown |= {name: column(name, "w") for name in WATCHED}
    return sql.query(shown, Source(places, "p"), [Join(Source(scope.relation, "w"), sql.equal(column("watch", "w"), column("watch", "p")))])


def _met(places: str, values: str, number: int, after: int, scope: Everybody | Watched) -> sql.Query:
    def point() -> Term:
        away = sql.minus(column(f"other_{number}", "v"), column(f"one_{number}", "v"))
        return sql.try_cast(sql.plus(sql.plus(sql.cast(column("at", "p"), "HUGEINT"), away), sql.number(after)), "BIGINT")

    known = point() if scope.reading is Reading.AS_KNOWN else sql.larger(point(), column("seen", "p"))
    shown = {scope.key: column(scope.key, "p"), "at": point(), "known_at": known, "lateness": column("lateness", "p")}
    on = sql.equal(column("pair", "v"), column("pair", "p"))
    return sql.query(shown, Source(places, "p"), [Join(Source(values, "v"), on)], where=[sql.less(column("at", "p"), point())])
