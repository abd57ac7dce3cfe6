"""Whatever people write, reading it ends, and ends in problems."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.project.shop import written
from tests.soaking import share_of

from opportune.adapters.project.nodes import nodes_of
from opportune.adapters.project.project import read_project

WORDS = (
    *("metrics", "segments", "scores", "events", "journeys", "journey", "steps", "send", "wait", "branch", "if", "then", "else", "goal"),
    *("when", "reentry", "holdout", "only_if", "parts", "weight", "name", "value", "of", "where", "any", "all", "settings", "shop", "caps"),
    *("properties", "journey_defaults", "smtp", "within", "reached", "kind", "id", "data", "quiet_hours", "consent", "allow_private"),
)
EXPRESSIONS = (
    *(
        'did("A")',
        "metric.a",
        "segment.x",
        "score.s.coverage",
        'lapse("A", within="2h")',
        "setting.a",
        "7d",
        "10%",
        "a",
        "never",
        "trait.x > 3",
    ),
    *('event("A", trigger.x == metric.a)', "order", 'sum("Order Completed", total)', "~", "true", "1", "-1.5", "", "(", "a: b"),
)
scalars = st.sampled_from(EXPRESSIONS) | st.text(max_size=8) | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=4),
    max_leaves=25,
)


def _yaml(tree: object, depth: int = 0) -> str:
    """Flow style, quoted where JSON would, so that the form is right and the content is not."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_yaml(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(_yaml(value) for value in tree) + "]"
    return _quoted(tree) if isinstance(tree, str) else {None: "~", True: "true", False: "false"}.get(tree, repr(tree))  # type: ignore[call-overload]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _read(files: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        for problem in read_project(written(Path(folder), files)).problems:
            assert str(problem).startswith(problem.place.file)
            assert problem.what
        assert time.perf_counter() - began < 20


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), trees, max_size=4), st.dictionaries(st.sampled_from(WORDS), trees, max_size=4))
def test_any_tree_of_known_words_ends_in_problems(first: dict[str, object], second: dict[str, object]) -> None:
    text = "\n".join(f"{key}: {_yaml(value)}" for key, value in first.items())
    _read({"opportune.yml": text + "\n", "a.yml": "\n".join(f"{key}: {_yaml(value)}" for key, value in second.items()) + "\n"})


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("{}[]:,-&*!|>'\"%@`#?\n \t"), max_size=60))
def test_any_text_as_yaml_ends_in_nodes_or_problems(text: str) -> None:
    for problem in nodes_of(text, "a.yml")[1]:
        assert str(problem).startswith("a.yml")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_in_a_file_end_in_problems(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        written(Path(folder), {})
        (Path(folder) / "a.yml").write_bytes(content)
        (Path(folder) / "opportune.yml").write_bytes(content)
        read_project(Path(folder))


@pytest.mark.soak
@settings(max_examples=share_of(20_000), deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), trees, max_size=5), st.text(max_size=400))
def test_many_trees_and_texts_end_in_problems(tree: dict[str, object], text: str) -> None:
    _read(
        {
            "a.yml": "\n".join(f"{key}: {_yaml(value)}" for key, value in tree.items()) + "\n",
            "b.yml": text.encode("utf-8", "replace").decode(),
        }
    )


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "{a: " * 20_000, "- " * 20_000, "a:\n" * 3, "? " * 5_000, "&a " * 2_000, "'" * 9_999, "%" * 9_999, "\t" * 9_999]
)
def test_long_rows_of_signs_end_soon(text: str) -> None:
    began = time.perf_counter()
    nodes_of(text, "a.yml")
    assert time.perf_counter() - began < 20
