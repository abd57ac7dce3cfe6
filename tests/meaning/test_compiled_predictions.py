"""`prediction.x`: what a model told counts from when it was stored, before it the heuristic; the naive reading and the plan alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.meaning.histories import Asked
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, HOUR, KNOWN, event, instant, trait
from tests.meaning.test_compiled_turns import check
from tests.meaning.test_compiled_values import check_pairs, check_snapshot

from opportune.language.meaning.history import History
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import Aggregate, Choice, Compare, Comparison, Literal, Metric, Selector
from opportune.language.tree.moments import Turns
from opportune.language.tree.predictions import foretold, is_guessed
from opportune.language.vocabulary.reading import Reading

AGE = Metric(function=Aggregate.AGE, selector=Selector(("Order Completed",)))
GUESS = Choice(Compare(Comparison.GE, AGE, Literal(timedelta(hours=2))), Literal(0.8), Literal(0.1))
CHURN = foretold("churn_30d", GUESS)
HISTORY = History(
    events=(
        event("Order Completed", 0, id="o"),
        event("Consent Withdrawn", 9 * HOUR, id="w", purpose="profiling"),
        event("Consent Given", 11 * HOUR, id="g", purpose="profiling"),
    ),
    traits=(
        trait("prediction.churn_30d", 0.2, 3 * HOUR, id="t1", received=4 * HOUR),
        trait("prediction.churn_30d", 0.9, 6 * HOUR, id="t2"),
        trait("prediction.churn_30d", None, 12 * HOUR, id="t3"),
    ),
    known=KNOWN,
)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def test_what_a_model_told_replaces_the_heuristic_and_withdrawn_profiling_both(shelf):
    named = {"churn": CHURN, "guessed": is_guessed("churn_30d")}
    told = []
    for hour in (1, 2, 3, 4, 6, 9, 11, 12):
        at = instant(hour * HOUR)
        check_snapshot(shelf, HISTORY, named, at, at)
        check_pairs(shelf, HISTORY, named, [Asked("ada", at, at, None), Asked("bob", at, at, None)])
        told.append((hour, *(value(expr, HISTORY, "ada", at, at) for expr in named.values())))
    assert told == [
        (1, 0.1, True),
        (2, 0.8, True),
        (3, 0.8, True),  # told, not yet arrived
        (4, 0.2, False),
        (6, 0.9, False),
        (9, None, False),
        (11, 0.9, False),
        (12, 0.8, True),
    ]


@pytest.mark.parametrize("reading, hours", [(Reading.AS_SEEN, [2, 6, 11]), (Reading.AS_KNOWN, [2, 6, 11])])
def test_a_prediction_changes_with_the_heuristic_and_with_what_is_stored(shelf, reading, hours):
    high = Turns(condition=Compare(Comparison.GT, CHURN, Literal(0.7)), to=True)
    check(shelf, HISTORY, high, reading, (instant(-DAY), instant(DAY)), DAY)
    found = moments(high, HISTORY, instant(-DAY), instant(DAY), reading, DAY)
    assert [(row.at - instant(0)) // HOUR for row in found] == hours


def test_a_heuristic_alone_fires_with_time(shelf):
    high = Turns(condition=Compare(Comparison.GT, CHURN, Literal(0.7)), to=True)
    alone = History(events=(event("Order Completed", 0, id="o"),), known=KNOWN)
    check(shelf, alone, high, Reading.AS_SEEN, (instant(-DAY), instant(DAY)), DAY)
