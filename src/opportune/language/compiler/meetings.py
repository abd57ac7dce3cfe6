"""The instants at which an age, or `at` itself, meets what it is compared with.

Reads   a step of changes, and what the compared expressions read
Gives   the changes with these instants, and those a microsecond later
Cost    one value for each change, and one for everybody at the beginning of the range

Between change points an age grows evenly and its limit stays, so where they meet can be told at the change point before. Limits that are
constants need no first look: `reads` counts them among the windows.
"""

from opportune.language.compiler.readers import nobody
from opportune.language.compiler.reads import Reads
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


def with_meetings(steps: Steps, changed: str, reads: Reads, scope: Everybody | Watched) -> str:
    """`changed` with the meetings; the step itself where nothing can meet.

    Of what is sampled every instant that is looked at counts: there only those where they do meet, whatever came in between."""
    meetings = list(reads.meetings.values())
    if not meetings:
        return changed
    places = _places(steps, changed, scope)
    asked = steps.add(f"{changed}_asked", _asked(places, scope))
    compared = {f"{side}_{number}": expr for number, pair in enumerate(meetings) for side, expr in zip(("one", "other"), pair, strict=True)}
    values = values_of(steps, asked, compared)
    found: list[sql.Query] = [sql.query({name: column(name, "c") for name in (scope.key, *CHANGE)}, Source(changed, "c"))]
    for number in range(len(meetings)):
        step = f"{changed}_met_{number}"
        met = _that_meet(steps, step, places, values, number, meetings[number], scope) if reads.is_sampled else ""
        for after in (0, 1):
            found.append(_met_at(met, after, scope) if met else _met(places, values, number, after, scope))
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


def _that_meet(
    steps: Steps, name: str, places: str, values: str, number: int, meeting: tuple[Expr, Expr], scope: Everybody | Watched
) -> str:
    """`pair`, the key, `at`, `seen`: instants told from a place before at which the two are equal."""
    met = _met(places, values, number, 0, scope)
    told = steps.add(f"{name}_told", met)
    seen = sql.number(FOREVER) if scope.reading is Reading.AS_KNOWN else column("known_at", "t")
    once = {scope.key: column(scope.key, "t"), "at": column("at", "t"), "seen": seen}
    numbered = once | {"pair": sql.row_number(Window((), (scope.key, "at", "known_at")))}
    steps.add(name, sql.query(numbered, Source(told, "t")))
    asked = steps.add(f"{name}_asked", _asked(name, scope))
    both = values_of(steps, asked, dict(zip(("one", "other"), meeting, strict=True)))
    is_equal = sql.both(sql.equal(column("pair", "v"), column("pair", "p")), sql.equal(column("one", "v"), column("other", "v")))
    shown = {each: column(each, "p") for each in (scope.key, "at", "seen")}
    return steps.add(f"{name}_equal", sql.query(shown, Source(name, "p"), [Join(Source(both, "v"), is_equal)]))


def _met_at(met: str, after: int, scope: Everybody | Watched) -> sql.Query:
    at = sql.plus(column("at", "m"), sql.number(after))
    known = at.copy() if scope.reading is Reading.AS_KNOWN else sql.larger(at.copy(), column("seen", "m"))
    shown = {scope.key: column(scope.key, "m"), "at": at, "known_at": known, "lateness": sql.number(0), "readers": nobody()}
    return sql.query(shown, Source(met, "m"))


def _met(places: str, values: str, number: int, after: int, scope: Everybody | Watched) -> sql.Query:
    def point() -> Term:
        away = sql.minus(column(f"other_{number}", "v"), column(f"one_{number}", "v"))
        return sql.try_cast(sql.plus(sql.plus(sql.cast(column("at", "p"), "HUGEINT"), away), sql.number(after)), "BIGINT")

    known = point() if scope.reading is Reading.AS_KNOWN else sql.larger(point(), column("seen", "p"))
    shown = {scope.key: column(scope.key, "p"), "at": point(), "known_at": known}
    # what arrived is a change of its own, which says for whom it counts
    shown |= {"lateness": column("lateness", "p"), "readers": nobody()}
    on = sql.equal(column("pair", "v"), column("pair", "p"))
    return sql.query(shown, Source(places, "p"), [Join(Source(values, "v"), on)], where=[sql.less(column("at", "p"), point())])
