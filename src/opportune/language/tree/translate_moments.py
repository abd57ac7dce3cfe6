"""Python syntax → moments: SEMANTICS section 5."""

import ast
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from opportune.language.tree.arguments import has_between, keywords_of
from opportune.language.tree.calls import zone_of
from opportune.language.tree.constants import count, duration, property_named, text
from opportune.language.tree.expressions import Expr, Reference
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.selectors import selector_of
from opportune.language.tree.syntax import line_of
from opportune.language.vocabulary.problems import did_you_mean

if TYPE_CHECKING:
    from opportune.language.tree.translate import Translator

MOMENTS: dict[str, tuple[str, ...]] = {
    "event": ("reaching", "same", "within"),
    "nth": ("n",),
    "reaches": ("n", "within"),
    "lapse": ("unless", "within", "same", "at_most"),
    "enters": ("hold", "sample"),
    "leaves": ("hold", "sample"),
    "changes": ("hold", "sample"),
    "before": (),
    "after": (),
    "every": ("tz",),
}
"""Word → what it may be given by name."""
WEEKDAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)}
_WALL_TIME = re.compile(r"(?:(?P<days>[a-z]+(?:\s*,\s*[a-z]+)*)\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)", re.ASCII)
Given = dict[str, ast.expr]


def moment_of(node: ast.expr, translator: "Translator") -> Moment | None:
    """The moment of a call; problems go to the translator."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in MOMENTS:
            moment = _READERS[name](node, name, keywords_of(node, name, MOMENTS[name], translator), translator)
            if moment is not None:
                translator.places.mark(moment, line_of(translator.place, node))
            return moment
        case ast.Call(func=ast.Name(id=name)):
            remedy = did_you_mean(name, MOMENTS) or f"There are {', '.join(MOMENTS)}."
            translator.refuse(node, "E105", f"no moment is called '{name}'", remedy)
        case _:
            remedy = 'Write event("..."), lapse("...", within="2h") or reaches("...", n=3).'
            translator.refuse(node, "E106", "a moment is wanted here", remedy)
    return None


def _selected(node: ast.Call, name: str, given: Given, translator: "Translator") -> Moment | None:
    """Moments of the events of a selector."""
    if not has_between(node, 1, 2):
        translator.refuse(node, "E106", f"{name}() takes an event and at most one predicate")
        return None
    selector = selector_of(node.args[0], translator)
    where = translator.predicate(node.args[1]) if len(node.args) == 2 else None
    within = duration(given["within"], "within", translator) if "within" in given else None
    same = _same(given["same"], translator) if "same" in given else None
    match name:
        case "nth":
            return Nth(selector=selector, where=where, n=_count(node, name, given, translator))
        case "reaches":
            return Reaches(selector=selector, where=where, n=_count(node, name, given, translator), within=within)
        case "lapse":
            lapse = Lapse(selector=selector, where=where, within=within or timedelta(1), same=same)
            return _ended(lapse, node, given, translator)
        case _ if "reaching" in given and same is not None:
            people = selector_of(given["reaching"], translator)
            return ThingMoment(selector=selector, where=where, reaching=people, same=same, within=within)
        case _:
            return _event(EventMoment(selector=selector, where=where), node, given, translator)


def _event(moment: EventMoment, node: ast.Call, given: Given, translator: "Translator") -> EventMoment:
    if "reaching" in given and "same" not in given:
        remedy = 'Write the property both events have: same="product_id".'
        translator.refuse(node, "E106", "event() with reaching= wants same=", remedy)
    elif given and "reaching" not in given:
        said = f"event() has {next(iter(given))}= only with reaching="
        translator.refuse(node, "E106", said, 'Write whom it reaches: reaching="Product Viewed", same="product_id".')
    return moment


def _ended(lapse: Lapse, node: ast.Call, given: Given, translator: "Translator") -> Lapse:
    """The lapse with what ends it."""
    if "within" not in given:
        translator.refuse(node, "E106", "lapse() wants within=", 'Write how long nothing may follow: within="2h".')
    unless = selector_of(given["unless"], translator) if "unless" in given else None
    at_most = duration(given["at_most"], "at_most", translator) if "at_most" in given else None
    if at_most is not None and at_most < lapse.within and "within" in given:
        remedy = "It ends a run of events that follow each other within this time."
        translator.refuse(given["at_most"], "E106", "at_most must not be shorter than within", remedy)
    return Lapse(selector=lapse.selector, where=lapse.where, unless=unless, within=lapse.within, same=lapse.same, at_most=at_most)


def _count(call: ast.Call, name: str, given: Given, translator: "Translator") -> int:
    if "n" in given:
        return count(given["n"], "n", translator) or 1
    translator.refuse(call, "E106", f"{name}() wants n=", "Write how many events it takes: n=3.")
    return 1


def _same(node: ast.expr, translator: "Translator") -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=str(name)) if property_named(name):
            return name
        case _:
            translator.refuse(node, "E106", "same= wants the name of a property", 'Write same="product_id".')
            return None


def _turning(node: ast.Call, name: str, given: Given, translator: "Translator") -> Moment | None:
    """`enters`, `leaves` and `changes`; a bare name is a segment."""
    if not has_between(node, 1, 1):
        wants, example = ("a value", "metric.orders") if name == "changes" else ("a segment or a condition", "segment.vip")
        translator.refuse(node, "E106", f"{name}() takes {wants}", f"Write {name}({example}).")
        return None
    hold = duration(given["hold"], "hold", translator) if "hold" in given else None
    sample = duration(given["sample"], "sample", translator) if "sample" in given else None
    if name == "changes":
        return Changes(value=translator.expression(node.args[0]), hold=hold, sample=sample)
    return Turns(condition=_condition(node.args[0], translator), to=name == "enters", hold=hold, sample=sample)


def _condition(node: ast.expr, translator: "Translator") -> Expr:
    if not isinstance(node, ast.Name) or node.id == "at":
        return translator.expression(node)
    tree = Reference("segment", node.id)
    translator.places.mark(tree, line_of(translator.place, node))
    return tree


def _around(node: ast.Call, name: str, given: Given, translator: "Translator") -> Moment | None:
    if not has_between(node, 2, 2):
        translator.refuse(node, "E106", f"{name}() takes a time and a duration", f'Write {name}(trait.renewal, "7d").')
        return None
    time = translator.expression(node.args[0])
    by = duration(node.args[1], f"{name}()", translator, least=timedelta(0)) or timedelta(0)
    return Around(time=time, by=-by if name == "before" else by)


def _every(node: ast.Call, name: str, given: Given, translator: "Translator") -> Moment | None:
    example = 'Write every("mon 09:00"), every("mon,thu 09:00") or every("09:00").'
    if not has_between(node, 1, 1):
        translator.refuse(node, "E106", "every() takes a wall time", example)
        return None
    zone = zone_of(given["tz"], translator) if "tz" in given else "shop"
    said = text(node.args[0], "every()", example, translator)
    if said is None:
        return None
    when = wall_time(said)
    if when is None:
        translator.refuse(node.args[0], "E106", f"{said!r} is no wall time", example)
        return None
    return Every(weekdays=when[0], minute=when[1], zone=zone)


def wall_time(said: str) -> tuple[tuple[int, ...], int] | None:
    """The weekdays (1 Monday) and the minute of the day that `mon,thu 09:00`, `daily 09:00` or `09:00` writes."""
    written = _WALL_TIME.fullmatch(said.strip().lower())
    if written is None or int(written["hour"]) > 23 or int(written["minute"]) > 59:
        return None
    words = [word.strip() for word in (written["days"] or "daily").split(",")]
    days = tuple(WEEKDAYS.values()) if words == ["daily"] else tuple(sorted({WEEKDAYS.get(word, 0) for word in words}))
    return None if 0 in days else (days, int(written["hour"]) * 60 + int(written["minute"]))


_READERS: dict[str, Callable[[ast.Call, str, Given, "Translator"], Moment | None]] = {
    **dict.fromkeys(("event", "nth", "reaches", "lapse"), _selected),
    **dict.fromkeys(("enters", "leaves", "changes"), _turning),
    **dict.fromkeys(("before", "after"), _around),
    "every": _every,
}
