"""YAML as nodes: what is read, and what is refused."""

import pytest

from opportune.adapters.project.nodes import Map, Scalar, nodes_of


def refused(text: str) -> list[str]:
    return [str(problem) for problem in nodes_of(text, "a.yml")[1]]


def value(text: str) -> object:
    root, problems = nodes_of(f"a: {text}\n", "a.yml")
    assert problems == []
    assert isinstance(root, Map)
    node = root.get("a")
    assert isinstance(node, Scalar)
    return node.value


@pytest.mark.parametrize(
    "text, meant",
    [
        ("1", 1),
        ("-0", 0),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("true", True),
        ("yes", "yes"),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("10%", "10%"),
    ],
)
def test_plain_values_are_read_by_the_core_schema(text: str, meant: object) -> None:
    assert value(text) == meant
    assert type(value(text)) is type(meant)


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    assert refused("a: 1\nb: 2\na: 3\n") == ["a.yml:3: 'a' stands here twice [E121]\n  It is first on line 1; keep one."]


def test_tags_are_refused() -> None:
    assert refused("a: !!python/object:os.system x\n") == ["a.yml:1: YAML tags are not allowed [E120]\n  Leave out what begins with !."]


def test_a_second_document_is_refused() -> None:
    assert refused("a: 1\n---\nb: 1\n") == [
        "a.yml:2: a file holds one YAML document [E120]\n  Move what follows --- into a file of its own."
    ]


def test_anchors_are_read_but_bombs_are_refused() -> None:
    assert refused("a: &x {b: 1}\nc: *x\n") == []
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert refused(bomb) == ["a.yml:5: this file holds more than 100,000 values [E127]"]


def test_an_anchor_inside_itself_is_refused() -> None:
    assert refused("a: &x [*x]\n") == ["a.yml:1: no anchor &x stands before *x [E120]"]


def test_depth_is_bounded() -> None:
    assert refused("[" * 50 + "]" * 50) == ["a.yml:1: this file is nested more than 40 levels deep [E127]"]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    assert refused("a: 1\n b: 2\n")[0].startswith("a.yml:2: this is no YAML: ")


def test_an_expression_that_begins_with_a_quote_is_told_how_to_stand() -> None:
    found = refused('a: "US" == trait.country\n')
    assert found[0].endswith("  An expression that begins with a quote, or holds ': ' or ' #', is written in quotes or as a block after |.")


def test_a_null_value_stands_where_its_key_stands() -> None:
    root, _ = nodes_of("a:\n  b:\n  c: 1\n", "a.yml")
    assert isinstance(root, Map)
    inner = root.get("a")
    assert isinstance(inner, Map)
    assert [entry.node.place.line for entry in inner.entries] == [2, 3]
