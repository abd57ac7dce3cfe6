"""References inlined, loops named, sizes bounded."""

from datetime import timedelta

import pytest

from opportune.language.tree.expressions import (
    Aggregate,
    Arithmetic,
    Census,
    Choice,
    Consent,
    Coverage,
    Expr,
    Literal,
    Metric,
    Operator,
    Population,
    Reference,
    Score,
    ScorePart,
    Selector,
    Trait,
    Void,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Lapse, Moment, ThingMoment, Turns
from opportune.language.tree.parse import expression
from opportune.language.tree.places import Places
from opportune.language.tree.resolve import inlined, inlined_moment, journey_words_in, measured, ordered, references_in, with_settings
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place

SCORE = Score((ScorePart(100, "a", Literal(1)),))
A, DAY = Selector(("A",)), timedelta(days=1)
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


VIP, TONE = Trait("vip", Kind.BOOLEAN), Literal("advocate")
KNOWN: dict[str, Expr] = {"segment.vip": VIP, "ladder.l.tone": TONE, "metric.at": Trait("renewal", Kind.TIME)}


@pytest.mark.parametrize(
    "moment, resolved",
    [
        (Turns(condition=Reference("segment", "vip"), to=True), Turns(condition=VIP, to=True)),
        (Changes(value=Reference("ladder", "l.tone")), Changes(value=TONE)),
        (Around(time=Reference("metric", "at"), by=DAY), Around(time=Trait("renewal", Kind.TIME), by=DAY)),
        (EventMoment(selector=A, where=Reference("segment", "vip")), EventMoment(selector=A, where=VIP)),
        (
            Lapse(selector=A, within=DAY, unless=A, unless_where=Reference("segment", "vip")),
            Lapse(selector=A, within=DAY, unless=A, unless_where=VIP),
        ),
        (
            ThingMoment(selector=A, reaching=A, reaching_where=Reference("segment", "vip"), same="x"),
            ThingMoment(selector=A, reaching=A, reaching_where=VIP, same="x"),
        ),
    ],
)
def test_references_are_replaced_wherever_a_moment_holds_them(moment: Moment, resolved: Moment) -> None:
    assert inlined_moment(moment, KNOWN) == resolved


def test_references_are_replaced_in_voids_beginnings_and_populations() -> None:
    void = Void(("A",), A, Reference("segment", "vip"))
    metric = Metric(function=Aggregate.COUNT, selector=Selector(("A",), voids=(void,)), since=Reference("metric", "at"))
    tree = Population(Census.MEAN, metric, by=Reference("segment", "vip"))
    done = inlined(tree, KNOWN)
    assert list(references_in(done)) == []
    assert isinstance(done, Population)
    assert done.by == VIP


def test_a_prediction_is_null_where_profiling_is_not_allowed() -> None:
    assert inlined(Reference("prediction", "next_order_at"), {}) == Choice(
        Consent("profiling"), Trait("prediction.next_order_at", Kind.TIME), Literal(None)
    )


def test_words_of_journeys_and_derived_events_are_found_with_their_names() -> None:
    tree, _ = expression('trigger.x == entry.id and entry.at < at and did("A", since=entry) and did("A", since=previous)', Place("a.yml"))
    assert [word for _, word in journey_words_in(tree)] == ["trigger.x", "entry.id", "entry.at", "since=entry", "since=previous"]
