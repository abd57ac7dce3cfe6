"""References inlined, loops named, sizes bounded."""

from opportune.language.tree.expressions import Arithmetic, Coverage, Literal, Operator, Reference, Score, ScorePart
from opportune.language.tree.places import Places
from opportune.language.tree.resolve import inlined, measured, ordered, references_in, with_settings
from opportune.language.vocabulary.problems import Place

SCORE = Score((ScorePart(100, "a", Literal(1)),))
SUM = Arithmetic(Operator.ADD, Reference("metric", "a"), Reference("score", "s.coverage"))


def test_every_reference_is_replaced() -> None:
    assert inlined(SUM, {"metric.a": Literal(3), "score.s": SCORE}) == Arithmetic(Operator.ADD, Literal(3), Coverage(SCORE))


def test_references_inside_scores_are_found_and_replaced() -> None:
    score = Score((ScorePart(1, "a", (ScorePart(1, "b", Reference("metric", "m")),)),))
    assert list(references_in(score)) == [Reference("metric", "m")]
    assert inlined(score, {"metric.m": Literal(2)}) == Score((ScorePart(1, "a", (ScorePart(1, "b", Literal(2)),)),))


def test_settings_become_constants_and_keep_their_place() -> None:
    places = Places()
    tree = Arithmetic(Operator.ADD, Literal(1), Reference("setting", "x"))
    places.mark(tree, Place("a.yml", 3))
    done = with_settings(tree, {"x": Literal("7d")}, places)
    assert done == Arithmetic(Operator.ADD, Literal(1), Literal("7d"))
    assert places.of(done, Place("?")) == Place("a.yml", 3)


def test_each_comes_after_what_it_needs() -> None:
    order, loops = ordered({"c": frozenset({"b"}), "a": frozenset(), "b": frozenset({"a", "elsewhere"})})
    assert order == ["a", "b", "c"]
    assert loops == []


def test_a_loop_is_found_once_and_written_from_its_first_name() -> None:
    needs = {"b": frozenset({"c"}), "c": frozenset({"a"}), "a": frozenset({"b"}), "d": frozenset({"a"}), "e": frozenset({"e"})}
    assert sorted(ordered(needs)[1]) == [("a", "b", "c"), ("e",)]


def test_ten_thousand_definitions_in_a_row_are_put_in_order() -> None:
    needs = {str(n): frozenset({str(n + 1)}) for n in range(10_000)}
    assert ordered(needs)[0][-1] == "0"


def test_doubling_definitions_are_measured_without_being_built() -> None:
    sizes: dict[str, tuple[int, int]] = {}
    for n in range(60):
        below = Reference("metric", str(n - 1))
        sizes[f"metric.{n}"] = measured(Arithmetic(Operator.ADD, below, below), sizes)
    assert sizes["metric.59"][0] > 2**60
    assert sizes["metric.59"][1] == 61
