"""`predictions:` out of files: heuristics, what reads them, and what is wrong with them."""

from pathlib import Path

import pytest
from tests.project.shop import project, said

from opportune.cli.guesses import guesses, named
from opportune.language.tree.predictions import KINDS, guessed_in, is_guessed
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.kinds import Kind

CHURN = """
predictions:
  churn_30d:
    heuristic: 0.8 if age("Order Completed") > "60d" else 0.1
    note: long without an order
segments:
  leaving: prediction.churn_30d > 0.7
  calling: segment.leaving
metrics:
  n: count("Order Completed")
"""


def test_what_a_model_told_comes_before_the_heuristic_and_nothing_without_profiling(tmp_path: Path) -> None:
    found = project(tmp_path, a=CHURN)
    assert found.problems == ()
    guess = '0.8 if age("Order Completed") > "60d" else 0.1'
    whole = f'(coalesce(trait["prediction.churn_30d"], {guess}) if consent.profiling else None) > 0.7'
    assert text_of(found.definitions.segments["calling"]) == whole
    (heuristic,) = found.definitions.heuristics.values()
    assert (text_of(heuristic.value), heuristic.note) == (guess, "long without an order")


def test_a_prediction_without_a_heuristic_is_what_a_model_told(tmp_path: Path) -> None:
    found = project(tmp_path, a="metrics:\n  m: prediction.next_category\n")
    assert text_of(found.definitions.metrics["m"]) == 'trait["prediction.next_category"] if consent.profiling else None'
    assert found.definitions.heuristics == {}


def test_whoever_shows_a_value_can_ask_whether_a_heuristic_may_stand_in(tmp_path: Path) -> None:
    definitions = project(tmp_path, a=CHURN).definitions
    assert guessed_in([definitions.segments["calling"]], definitions.heuristics) == ("churn_30d",)
    assert guessed_in([definitions.metrics["n"]], definitions.heuristics) == ()
    assert text_of(is_guessed("churn_30d")) == 'not known(trait["prediction.churn_30d"]) if consent.profiling else False'
    assert list(guesses(definitions, named(definitions))) == [
        "prediction.churn_30d is a heuristic (long without an order) where no model has told it; read by segment.leaving, segment.calling"
    ]


@pytest.mark.parametrize(
    "name, text, kind",
    [
        ("next_order_at", 'time("Order Completed") + "30d"', Kind.TIME),
        ("next_category", 'top("Product Viewed", category)', Kind.TEXT),
        ("clv_365d", 'sum("Order Completed", total) / 2', Kind.MONEY),
        ("premium_next", "prediction.churn_30d / 2", Kind.NUMBER),
    ],
)
def test_a_heuristic_has_the_kind_of_its_prediction(tmp_path: Path, name: str, text: str, kind: Kind) -> None:
    found = project(tmp_path, a=f"predictions:\n  {name}:\n    heuristic: {text}\nmetrics:\n  m: prediction.{name}\n")
    assert found.problems == ()
    assert found.definitions.kinds["metric.m"] is kind


def test_heuristics_may_not_go_round_in_a_loop(tmp_path: Path) -> None:
    text = "predictions:\n  churn_30d: {heuristic: metric.m}\nmetrics:\n  m: prediction.churn_30d * 2\n"
    assert [line.split(": ", 1)[1].split("\n")[0] for line in said(tmp_path, a=text)] == [
        "these definitions go round in a loop: metric.m → prediction.churn_30d → prediction.churn_30d.(heuristic) → metric.m [E111]"
    ]


@pytest.mark.parametrize(
    "text, what",
    [
        (
            "churn_30: {heuristic: 1}",
            "a.yml:2: no prediction is called 'churn_30' [E110]\n  Did you mean 'churn_30d'? Anything else is a metric.",
        ),
        (
            "luck: {heuristic: 1}",
            f"a.yml:2: no prediction is called 'luck' [E110]\n  There are {', '.join(KINDS)}. Anything else is a metric.",
        ),
        ("churn_30d: {heuristic: '\"a\"'}", "a.yml:2: a number is wanted here, and this is text [E108]"),
        ("clv_365d: {heuristic: 12}", "a.yml:2: money is wanted here, and this is a number [E108]"),
        ("churn_30d: {note: a}", "a.yml:2: prediction 'churn_30d' has no 'heuristic' [E124]\n  Add `heuristic:`."),
        ("churn_30d: 0.5", "a.yml:2: prediction 'churn_30d' must be a map of keys and values [E125]"),
    ],
)
def test_what_is_wrong_with_a_prediction_is_said_where_it_stands(tmp_path: Path, text: str, what: str) -> None:
    assert said(tmp_path, a=f"predictions:\n  {text}\n")[0] == what
