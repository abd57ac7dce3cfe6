"""Trees ⇄ JSON, for editors and the web builder: every tree the parser can give, without loss.

A node is an object that says in `is` what it is; its other keys are those of its type, left out where they hold nothing. Durations are
texts (`7d`). What comes in is held to the language by way of its text, so that whatever `expression` gives could have been written.
Held to tests/tree/test_json_form.py; docs/language.schema.json says the same as JSON Schema.
"""

from dataclasses import MISSING, dataclass, fields

from opportune.language.tree import expressions as tree
from opportune.language.tree import json_shapes as shapes
from opportune.language.tree import moments as moment_nodes
from opportune.language.tree import parse
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import Expr
from opportune.language.tree.json_shapes import NoTree, Shape
from opportune.language.tree.moments import Moment
from opportune.language.tree.names import NO_NAMES, Names
from opportune.language.tree.print import text_of
from opportune.language.tree.rooms import DEFINITIONS
from opportune.language.tree.translate import DEEPEST
from opportune.language.vocabulary.events import PURPOSES
from opportune.language.vocabulary.kinds import Json
from opportune.language.vocabulary.problems import Place, Problem

_EXPRESSION = Shape(
    lambda node: _written(node, EXPRESSIONS), lambda value, depth: _read(value, EXPRESSIONS, depth), {"$ref": "#/$defs/expression"}
)
_SINCE = Shape(
    lambda since: since.value if isinstance(since, tree.Since) else _EXPRESSION.write(since),
    lambda value, depth: tree.Since(value) if value in ("entry", "previous") else _EXPRESSION.read(value, depth),
    {"anyOf": [{"enum": [since.value for since in tree.Since]}, _EXPRESSION.schema]},
)
_PARTS = shapes.several(_EXPRESSION, 2)
_ASKED = (tree.Census.QUANTILE, tree.Census.MEAN)


@dataclass(frozen=True, slots=True)
class Form:
    """A type of node and the shapes of its fields; fields it does not name are not part of a tree as written."""

    node: type
    fields: dict[str, Shape]


EXPRESSIONS: dict[str, Form] = {
    "literal": Form(tree.Literal, {"value": shapes.constant()}),
    "property": Form(tree.Property, {"name": shapes.text()}),
    "metric": Form(
        tree.Metric,
        {
            "function": shapes.enumeration(tree.Aggregate),
            "selector": shapes.selector(),
            "value": shapes.property_name(),
            "where": _EXPRESSION,
            "within": shapes.length(),
            "since": _SINCE,
            "half_life": shapes.length(),
        },
    ),
    "ago": Form(tree.Ago, {"part": _EXPRESSION, "by": shapes.length()}),
    "trait": Form(tree.Trait, {"name": shapes.text()}),
    "consent": Form(tree.Consent, {"purpose": shapes.one_of(*PURPOSES)}),
    "reference": Form(tree.Reference, {"room": shapes.one_of(*DEFINITIONS, "prediction"), "name": shapes.text()}),
    "trigger_property": Form(tree.TriggerProperty, {"name": shapes.text()}),
    "entry_id": Form(tree.EntryId, {}),
    "entry_at": Form(tree.EntryAt, {}),
    "at": Form(tree.At, {}),
    "lookup": Form(tree.Lookup, {"table": shapes.text(), "key": _EXPRESSION, "column": shapes.text(), "by_term": shapes.truth()}),
    "distance": Form(tree.Distance, {"table": shapes.text(), "latitude": _EXPRESSION, "longitude": _EXPRESSION}),
    "population": Form(
        tree.Population,
        {
            "census": shapes.enumeration(tree.Census, _ASKED),
            "of": _EXPRESSION,
            "share": shapes.share(),
            "positive": shapes.truth(),
            "by": _EXPRESSION,
            "every": shapes.enumeration(tree.Rhythm),
        },
    ),
    "compare": Form(tree.Compare, {"operator": shapes.enumeration(tree.Comparison), "left": _EXPRESSION, "right": _EXPRESSION}),
    "member": Form(tree.Member, {"item": _EXPRESSION, "options": shapes.several(shapes.literal(), 1)}),
    "arithmetic": Form(tree.Arithmetic, {"operator": shapes.enumeration(tree.Operator), "left": _EXPRESSION, "right": _EXPRESSION}),
    "negative": Form(tree.Negative, {"part": _EXPRESSION}),
    "not": Form(tree.Not, {"part": _EXPRESSION}),
    "all": Form(tree.All, {"parts": _PARTS}),
    "any": Form(tree.Any, {"parts": _PARTS}),
    "known": Form(tree.Known, {"part": _EXPRESSION}),
    "coalesce": Form(tree.Coalesce, {"parts": _PARTS}),
    "choice": Form(tree.Choice, {"condition": _EXPRESSION, "then": _EXPRESSION, "otherwise": _EXPRESSION}),
    "clamp": Form(tree.Clamp, {"part": _EXPRESSION, "low": _EXPRESSION, "high": _EXPRESSION}),
    "extremum": Form(tree.Extremum, {"extreme": shapes.enumeration(tree.Extreme), "parts": _PARTS}),
    "text_match": Form(tree.TextMatch, {"test": shapes.enumeration(tree.TextTest), "text": _EXPRESSION, "pattern": _EXPRESSION}),
    "lower": Form(tree.Lower, {"text": _EXPRESSION}),
    "calendar": Form(tree.Calendar, {"part": shapes.enumeration(tree.CalendarPart), "time": _EXPRESSION, "zone": shapes.text()}),
}
"""What `is` says → the node."""

_EVENTS = {"selector": shapes.selector(), "where": _EXPRESSION}
_WATCHED = {"hold": shapes.length(), "sample": shapes.length()}
MOMENTS: dict[str, Form] = {
    "event": Form(moment_nodes.EventMoment, _EVENTS),
    "thing": Form(moment_nodes.ThingMoment, {**_EVENTS, "reaching": shapes.selector(), "same": shapes.text(), "within": shapes.length()}),
    "nth": Form(moment_nodes.Nth, {**_EVENTS, "n": shapes.whole()}),
    "reaches": Form(moment_nodes.Reaches, {**_EVENTS, "n": shapes.whole(), "within": shapes.length()}),
    "lapse": Form(
        moment_nodes.Lapse,
        {**_EVENTS, "unless": shapes.selector(), "within": shapes.length(), "same": shapes.text(), "at_most": shapes.length()},
    ),
    "turns": Form(moment_nodes.Turns, {"condition": _EXPRESSION, "to": shapes.truth(), **_WATCHED}),
    "changes": Form(moment_nodes.Changes, {"value": _EXPRESSION, **_WATCHED}),
    "around": Form(moment_nodes.Around, {"time": _EXPRESSION, "by": shapes.length(signed=True)}),
    "every": Form(
        moment_nodes.Every,
        {
            "weekdays": shapes.several(shapes.whole(1, 7), 1, most=7, is_distinct=True),
            "minute": shapes.whole(0, 1439),
            "zone": shapes.text(),
        },
    ),
}
"""What `is` says → the moment."""
_WORDS = {form.node: word for forms in (EXPRESSIONS, MOMENTS) for word, form in forms.items()}


def to_json(node: Expr | Moment) -> dict[str, Json]:
    """The JSON form of an expression or moment as the parser gives it. Raises TypeError for what only resolved trees hold."""
    return _written(node, MOMENTS if isinstance(node, Moment) else EXPRESSIONS)


def expression_of(value: Json, place: Place, *, names: Names = NO_NAMES, in_predicate: bool = False) -> tuple[Expr | None, list[Problem]]:
    """The expression a JSON value says; None when there is any Problem."""
    try:
        node = _read(value, EXPRESSIONS, DEEPEST)
    except NoTree as error:
        return None, [_refused(error, place, "expression")]
    assert isinstance(node, Expr)
    found, problems = parse.expression(text_of(node), place, names=names, in_predicate=in_predicate)
    if found is not None and found != node:
        return None, [_unsaid(text_of(node), place)]
    return found, problems


def moment_of(value: Json, place: Place, *, names: Names = NO_NAMES) -> tuple[Moment | None, list[Problem]]:
    """The moment a JSON value says; None when there is any Problem."""
    try:
        node = _read(value, MOMENTS, DEEPEST)
    except NoTree as error:
        return None, [_refused(error, place, "moment")]
    assert isinstance(node, Moment)
    found, problems = parse.moment(text_of(node), place, names=names)
    if found is not None and found != node:
        return None, [_unsaid(text_of(node), place)]
    return found, problems


def required(form: Form) -> list[str]:
    """The fields a node cannot do without."""
    defaults = {field.name for field in fields(form.node) if field.default is not MISSING}
    return [name for name in form.fields if name not in defaults]


def _refused(error: NoTree, place: Place, what: str) -> Problem:
    where = f" at {error.path}" if error.path else ""
    return Problem(
        code="E101", place=place, what=f"this JSON is no {what}{where}: {error}", remedy="docs/language.schema.json says what is."
    )


def _unsaid(text: str, place: Place) -> Problem:
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return Problem(code="E101", place=place, what=f"this JSON says what no text can, though it looks like {shown}")


def _written(node: object, forms: dict[str, Form]) -> dict[str, Json]:
    word = _WORDS.get(type(node))
    if word is None or word not in forms:
        raise TypeError(f"only trees as the parser gives them have a JSON form, not {type(node).__name__}")
    said: dict[str, Json] = {"is": word}
    form = forms[word]
    needed = set(required(form))
    usual = {field.name: field.default for field in fields(form.node)}
    for name, shape in form.fields.items():
        value = getattr(node, name)
        if name in needed or value != usual[name]:
            said[name] = shape.write(value)
    return said


def _read(value: Json, forms: dict[str, Form], depth: int) -> object:
    if depth <= 0:
        raise NoTree("it is nested too deeply")
    if not isinstance(value, dict):
        raise NoTree("an object with a key `is` is wanted")
    word = value.get("is")
    form = forms.get(word) if isinstance(word, str) else None
    if form is None:
        raise NoTree(f"`is` wants one of {', '.join(forms)}")
    unknown = [key for key in value if key != "is" and key not in form.fields]
    missing = [key for key in required(form) if key not in value]
    if unknown or missing:
        raise NoTree(f"{word} has no '{unknown[0]}'" if unknown else f"{word} wants '{missing[0]}'")
    found: dict[str, object] = {}
    for name, shape in form.fields.items():
        if name in value:
            try:
                found[name] = shape.read(value[name], depth - 1)
            except NoTree as error:
                raise error.inside(name) from error
    return _built(form, found)


def _built(form: Form, found: dict[str, object]) -> object:
    """The node, as the parser would build it."""
    match form.node(**found):
        case tree.All(parts=parts):
            return all_of(parts)
        case tree.Any(parts=parts):
            return any_of(parts)
        case moment_nodes.Every() as every:
            return moment_nodes.Every(weekdays=tuple(sorted(every.weekdays)), minute=every.minute, zone=every.zone)
        case node:
            return node
