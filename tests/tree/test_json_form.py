"""Trees and their JSON form are the same thing said twice; the published schema says which JSON is one."""

# ruff: noqa: E501  # messages stand here as people see them

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.soaking import share_of
from tests.tree import whole
from tests.tree.names import NAMES

from opportune.language.tree.expressions import Expr, IsNamed
from opportune.language.tree.json_form import expression_of, moment_of, to_json
from opportune.language.tree.json_schema import schema, schema_text
from opportune.language.tree.moments import Moment
from opportune.language.tree.parse import expression
from opportune.language.vocabulary.problems import Place

HERE = Place("builder")
SCHEMA: dict[str, Any] = json.loads(schema_text())


def fits(value: object, part: dict[str, Any]) -> bool:
    """Whether a value is what a schema allows: those words of JSON Schema that ours uses."""
    if "$ref" in part:
        return fits(value, SCHEMA["$defs"][part["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in part:
        return any(fits(value, one) for one in part["anyOf"])
    if "const" in part or "enum" in part:
        return value in part.get("enum", [part.get("const")])
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if not any(_is_kind(value, kind) for kind in kinds):
        return False
    match value:
        case dict():
            known = part["properties"]
            return set(part.get("required", ())) <= set(value) <= set(known) and all(
                fits(inner, known[key]) for key, inner in value.items()
            )
        case list():
            distinct = not part.get("uniqueItems") or len({json.dumps(inner) for inner in value}) == len(value)
            return (
                distinct
                and part["minItems"] <= len(value) <= part.get("maxItems", len(value))
                and all(fits(inner, part["items"]) for inner in value)
            )
        case str():
            return len(value) >= part.get("minLength", 0) and re.search(part.get("pattern", ""), value) is not None
        case bool() | None:
            return True
        case _:
            return bool(part.get("minimum", value) <= value <= part.get("maximum", value))


def _is_kind(value: object, kind: str) -> bool:
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    return isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


def carried(node: Expr | Moment) -> Any:
    """The JSON form after a journey as text."""
    return json.loads(json.dumps(to_json(node)))


@settings(max_examples=150, deadline=None)
@given(whole.expressions())
def test_an_expression_comes_back_from_its_json(tree: Expr) -> None:
    said = carried(tree)
    assert fits(said, {"$ref": "#/$defs/expression"})
    found, problems = expression_of(said, HERE, names=NAMES)
    assert (found, problems) == (tree, [])
    assert repr(found) == repr(tree)  # 1, 1.0 and True are told apart


@settings(max_examples=100, deadline=None)
@given(whole.moments)
def test_a_moment_comes_back_from_its_json(tree: Moment) -> None:
    said = carried(tree)
    assert fits(said, {"$ref": "#/$defs/moment"})
    assert moment_of(said, HERE, names=NAMES) == (tree, [])


@settings(max_examples=60, deadline=None)
@given(whole.expressions(in_predicate=True))
def test_a_predicate_comes_back_from_its_json(tree: Expr) -> None:
    assert expression_of(carried(tree), HERE, names=NAMES, in_predicate=True) == (tree, [])


def test_the_json_of_a_definition_can_be_read_by_people() -> None:
    tree, _ = expression('count(order, total > 5, within="7d") >= 3', HERE, names=NAMES)
    assert tree is not None
    assert to_json(tree) == {
        "is": "compare",
        "operator": ">=",
        "left": {
            "is": "metric",
            "function": "count",
            "selector": {"named": ["order"]},
            "where": {
                "is": "compare",
                "operator": ">",
                "left": {"is": "property", "name": "total"},
                "right": {"is": "literal", "value": 5},
            },
            "within": "7d",
        },
        "right": {"is": "literal", "value": 3},
    }


def test_the_published_schema_is_that_of_the_code() -> None:
    """To write it anew: python -c 'from opportune.language.tree.json_schema import schema_text as t; print(t(), end="")' > docs/language.schema.json"""
    assert (Path(__file__).parents[2] / "docs/language.schema.json").read_text(encoding="utf-8") == schema_text()


def test_every_part_the_schema_names_is_there() -> None:
    named = set(re.findall(r'"#/\$defs/(\w+)"', schema_text()))
    defined = schema()["$defs"]
    assert isinstance(defined, dict)
    assert named == set(defined)


@pytest.mark.parametrize(
    "value, message",
    [
        (None, "this JSON is no expression: an object with a key `is` is wanted"),
        ([], "this JSON is no expression: an object with a key `is` is wanted"),
        ({"is": ["at"]}, "this JSON is no expression: `is` wants one of literal, property, "),
        ({"is": "at", "x": 1}, "this JSON is no expression: at has no 'x'"),
        ({"is": "not"}, "this JSON is no expression: not wants 'part'"),
        ({"is": "not", "part": {"is": "trait", "name": " "}}, "this JSON is no expression at part.name: a name is wanted, as a text"),
        ({"is": "all", "parts": [{"is": "at"}]}, "this JSON is no expression at parts: a list of 2 or more is wanted"),
        ({"is": "all", "parts": [{"is": "at"}, {"is": "x"}]}, "this JSON is no expression at parts[1]: `is` wants one of "),
        ({"is": "literal", "value": 1e300}, "this JSON is no expression at value: a number is too large; the largest is 1,000,000,000,000,000"),
        ({"is": "literal", "value": float("nan")}, "this JSON is no expression at value: a number is too large; "),
        ({"is": "literal", "value": [1]}, "this JSON is no expression at value: a single value is wanted"),
        ({"is": "consent", "purpose": "mail"}, "this JSON is no expression at purpose: one of email, sms, push, tracking, profiling, ads is wanted"),
        ({"is": "ago", "part": {"is": "at"}, "by": "7x"}, "this JSON is no expression at by: '7x' is no duration; "),
        ({"is": "ago", "part": {"is": "at"}, "by": "0d"}, "this JSON is no expression at by: a duration must be longer than nothing"),
        ({"is": "member", "item": {"is": "at"}, "options": [None]}, "this JSON is no expression at options[0]: a constant is wanted; for null use known"),
        ({"is": "metric", "function": "count", "selector": {"name": "A"}}, "this JSON is no expression at selector: events are wanted, as names and named"),
        ({"is": "metric", "function": "count", "selector": {"named": ["ordr"]}}, "no named event is called 'ordr'"),
        ({"is": "metric", "function": "count", "selector": {"named": ['x") or any("y']}}, ""),
        ({"is": "metric", "function": "sum", "selector": {}}, "sum() takes an event, a property and at most one predicate"),
        ({"is": "metric", "function": "age", "selector": {}, "within": "7d"}, "age() has no argument 'within'"),
        ({"is": "reference", "room": "metric", "name": "a + metric.b"}, "this JSON says what no text can, though it looks like metric.a + metric.b"),
        ({"is": "property", "name": "total"}, "nothing is called `total` here"),
        ({"is": "negative", "part": {"is": "literal", "value": 3}}, "this JSON says what no text can, though it looks like -3"),
        ({"is": "calendar", "part": "hour", "time": {"is": "at"}, "zone": "Mars"}, "no time zone is called 'Mars'"),
    ],
)  # fmt: skip
def test_json_that_is_no_expression_is_told_where_and_why(value: Any, message: str) -> None:
    tree, problems = expression_of(value, HERE, names=NAMES)
    assert tree is None
    assert problems[0].what.startswith(message)


def test_json_that_is_no_moment_is_told_where_and_why() -> None:
    assert (
        moment_of({"is": "nth", "selector": {}, "n": 0}, HERE)[1][0].what
        == "this JSON is no moment at n: a whole number from 1 to 1000000 is wanted"
    )
    assert moment_of({"is": "at"}, HERE)[1][0].what.startswith("this JSON is no moment: `is` wants one of event, thing, nth, ")
    late = {"is": "lapse", "selector": {"names": ["A"]}, "within": "2h", "at_most": "1h"}
    assert moment_of(late, HERE)[1][0].what == "at_most must not be shorter than within"


def test_deep_json_is_refused_and_no_crash() -> None:
    value: Any = {"is": "at"}
    for _ in range(5000):
        value = {"is": "not", "part": value}
    tree, problems = expression_of(value, HERE)
    assert tree is None
    assert problems[0].what.endswith(": it is nested too deeply")
    assert len(problems[0].what) < 1000


def test_what_only_resolved_trees_hold_has_no_json() -> None:
    with pytest.raises(TypeError, match="only trees as the parser gives them have a JSON form, not IsNamed"):
        to_json(IsNamed(("A",)))


_KEYS = (
    "is",
    "parts",
    "part",
    "left",
    "right",
    "name",
    "selector",
    "names",
    "named",
    "operator",
    "value",
    "within",
    "n",
    "where",
    "item",
    "options",
)
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["compare", "at", ">=", "7d", "all", "metric", "not", "A", "nth"])
)
anything = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4), max_leaves=12
)


def _read(value: Any) -> None:
    for tree, problems in (expression_of(value, HERE), moment_of(value, HERE)):
        assert (tree is None) == bool(problems)


@settings(max_examples=150, deadline=None)
@given(anything)
def test_any_json_ends_in_a_tree_or_in_problems(value: Any) -> None:
    _read(value)


@pytest.mark.soak
@settings(max_examples=share_of(100_000), deadline=None)
@given(anything)
def test_much_json_ends_in_a_tree_or_in_problems(value: Any) -> None:
    _read(value)
