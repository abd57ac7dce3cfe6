"""Kinds: fills them in, turns texts into durations and times where these are meant, and reports what does not fit.

What goes with what (everything else is a Problem):

- comparisons: a kind with itself; money with number (the number counts units of currency); `<` and the like not for booleans
- `+ -`: number with number, money with money or a number literal, duration with duration; time - time is a duration,
  time ± duration a time
- `*`: number with number; money or duration with number, either way round; `**`: numbers
- `/`: number by number, money or duration by number, money by money and duration by duration (a number)
- `coalesce`, `x if c else y`, `clamp`, `least`, `greatest`: parts of one kind, money with number literals (then all is money);
  the last three not for texts and conditions
- `-x`: number, money, duration; `sum avg median min max`, `quantile`, `mean`: over those three; `and or not`: booleans
- text methods and keys of tables: text; `year month weekday hour`, `since=`, `before`, `after`: times

A property, trait or trigger property that nobody declared takes the kind of what it is compared with: of a literal, its kind
(a text that writes a duration counts as one in `< <= > >=`), else text.
Held to tests/tree/test_types.py; what a tree says of itself is in `inference`.
"""

from collections.abc import Mapping
from dataclasses import replace

from opportune.language.tree.checker import Checker
from opportune.language.tree.expressions import Expr, Property, Selector
from opportune.language.tree.inference import kind_of
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.places import Places
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem

__all__ = ["checked", "checked_moment", "kind_of"]


def checked(
    expr: Expr,
    *,
    schema: Schema = USUAL,
    expect: Kind | None = None,
    place: Place,
    references: Mapping[str, Kind] | None = None,
    places: Places | None = None,
    trigger: Selector | None = None,
    events: Selector | None = None,
) -> tuple[Expr, Kind, list[Problem]]:
    """The tree with kinds, the kind of its value, and all problems (the tree is usable when none is an error).

    `references` gives the kinds of `metric.x`, `setting.x` and the like, left in place; `trigger` the events a moment's trigger
    may be; `events` those whose properties stand bare at the top (the `where` of a named event).
    """
    checker = Checker(schema, place, places or Places(), references or {}, trigger, events)
    tree, kind = checker.check(expr, expect)
    if expect is not None:
        checker.wanted(expr, kind, expect)
    return tree, kind, checker.problems


def checked_moment(
    moment: Moment, *, schema: Schema = USUAL, place: Place, references: Mapping[str, Kind] | None = None, places: Places | None = None
) -> tuple[Moment, list[Problem]]:
    """The moment with its expressions checked, and all problems."""
    checker = Checker(schema, place, places or Places(), references or {}, None, None)
    made = _checked(moment, checker)
    checker.places.copy(moment, made)
    return made, checker.problems


def _checked(moment: Moment, checker: Checker) -> Moment:
    match moment:
        case Turns(condition=condition):
            return replace(moment, condition=checker.condition(condition))
        case Changes(value=value):
            return replace(moment, value=checker.check(value)[0])
        case Around(time=time):
            tree, kind = checker.check(time, Kind.TIME)
            checker.wanted(time, kind, Kind.TIME)
            return replace(moment, time=tree)
        case Every():
            return moment
        case EventMoment() | Nth() | Reaches() | Lapse() | ThingMoment():
            selector = checker.selector(moment.selector)
            made = replace(moment, selector=selector, where=checker.predicate(moment.where, selector))
    match made:
        case Lapse():
            return _checked_lapse(made, checker)
        case ThingMoment(reaching=reaching):
            people = checker.selector(reaching)
            checker.same(Property(made.same), made.selector, people)
            return replace(made, reaching=people, reaching_where=checker.predicate(made.reaching_where, people))
        case _:
            return made


def _checked_lapse(moment: Lapse, checker: Checker) -> Lapse:
    if moment.same is not None:
        checker.spelled(moment.same, moment.selector, checker.place_of(moment))
    if moment.unless is None:
        return moment
    unless = checker.selector(moment.unless)
    return replace(moment, unless=unless, unless_where=checker.predicate(moment.unless_where, unless))
