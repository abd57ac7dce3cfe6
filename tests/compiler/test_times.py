"""Moments around a time and at wall times, and what is compared: one edge each. For all: tests/meaning/test_compiled_*.py."""

import pytest
from tests.compiler.shop import ANN, COOKIE, EVER, EVERYTHING, MINUTE, Shop, parsed, parsed_moment
from tests.compiler.test_edges import TINY
from tests.compiler.test_moments import fired

from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import snapshot
from opportune.language.relations.plans import Scalar
from opportune.language.tree.expressions import Coverage, Expr, Literal, Score, ScorePart, Trait
from opportune.language.vocabulary.instants import datetime_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

AFTER = parsed_moment('after(time("Order Completed"), "1h")')
BEFORE = parsed_moment('before(trait.renewal, "1h")')


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def renewal(shop: Shop, id: str, at: float, due: float) -> None:
    """A trait set at minute `at` that says minute `due`."""
    shop.trait(id, "renewal", f'"{datetime_of(round(due * MINUTE)).isoformat()}"', at)


def told(shop: Shop, asked: str | Expr) -> Scalar:
    expr = parsed(asked) if isinstance(asked, str) else asked
    return dict(shop.engine.rows(snapshot({"x": expr}), EVERYTHING))["ann"]


def test_a_time_that_changes_at_the_instant_it_is_due_does_not_fire(shop):
    for id, at in (("a", 0), ("b", 60), ("c", 121)):
        shop.event(id, "Order Completed", at)
    for reading in Reading:
        assert fired(shop, AFTER, reading) == [("ann", 120, 120, "b"), ("ann", 181, 181, "c")]


def test_a_time_known_late_fires_at_once_while_it_is_still_ahead(shop):
    renewal(shop, "a", 10, 10 + TINY)
    renewal(shop, "b", 200, 200)
    renewal(shop, "c", 300, 360)
    assert fired(shop, BEFORE) == [("ann", 10, 10, None), ("ann", 300, 300, None)]


def test_a_time_that_comes_back_fires_no_more(shop):
    for id, at, due in (("a", 0, 100), ("b", 50, 500), ("c", 60, 100)):
        renewal(shop, id, at, due)
    assert fired(shop, BEFORE) == [("ann", 40, 40, None)]


def test_a_time_long_past_fires_only_while_it_is_in_time(shop):
    renewal(shop, "a", 200, 100)
    past = parsed_moment('after(trait.renewal, "1h")')
    assert fired(shop, past, max_lateness=40 * MINUTE) == [("ann", 200, 200, None)]
    assert fired(shop, past, max_lateness=40 * MINUTE - 1) == []


def test_a_wall_time_comes_for_everybody_there_is_by_then(shop):
    shop.event("a", "Page Viewed", 60)
    shop.trait("t", "plan", '"plus"', 61, 2)
    shop.event("c", "Page Viewed", 0, COOKIE)
    shop.link("l", 60, ANN)
    noon = parsed_moment('every("12:00", tz="UTC")')
    rows = shop.engine.rows(moments(noon, Reading.AS_SEEN), EVER, {"occurrences": [("UTC", at * MINUTE) for at in (59, 60, 61)]})
    assert [(row[1], row[2] / MINUTE) for row in rows] == [("cookie", 59), ("ann", 60), ("ann", 61), ("bob", 61)]


WORTH, RISK = Trait("worth", Kind.NUMBER), Trait("risk", Kind.NUMBER)
SCORE = Score((ScorePart(name="worth", weight=3, value=WORTH), ScorePart(name="risk", weight=1, value=RISK)))


def test_a_score_leaves_out_what_is_not_known_and_counts_nothing_below_zero(shop):
    shop.trait("w", "worth", "0.5", 0)
    assert (told(shop, SCORE), told(shop, Coverage(SCORE))) == (5, 0.75)
    shop.trait("r", "risk", "-7", 0)
    assert (told(shop, SCORE), told(shop, Coverage(SCORE))) == (3.75, 1)
    shop.event("c", "Consent Withdrawn", 1, purpose="profiling")
    assert told(shop, SCORE) is None


FITS = (("a_c", "a_c"), ("abc", "a?c"), ("ac", "a*c"), ("a%c", "a%c"), ("a!c", "a!c"))
FITS_NOT = (("abc", "a_c"), ("abbc", "a%c"), ("ac", "a?c"), ("abcd", "a*c"))


@pytest.mark.parametrize("text, pattern, fits", [(*pair, True) for pair in FITS] + [(*pair, False) for pair in FITS_NOT])
def test_a_pattern_takes_nothing_but_stars_and_question_marks_for_special(shop, text, pattern, fits):
    shop.trait("t", "word", f'"{text}"', 0)
    assert told(shop, f'trait.word.matches("{pattern}")') is fits


def test_a_power_of_what_is_not_positive_is_null_and_clamps_let_the_high_bound_win(shop):
    shop.event("v", "Page Viewed", 0)
    assert [told(shop, text) for text in ("0 ** 2", "(-1) ** 2", "2 ** 3", "10 ** 400")] == [None, None, 8, None]
    assert told(shop, "clamp(5, 9, 3)") == 3
    assert told(shop, Literal(1)) == 1


def test_weeks_begin_on_monday_and_hours_are_those_of_the_zone(shop):
    shop.event("v", "Page Viewed", 0)
    day = '"2026-03-01T23:30:00Z"'  # a Sunday
    assert told(shop, f'weekday({day}, tz="UTC")') == 7
    assert told(shop, f'weekday({day}, tz="Europe/Vienna")') == 1
    assert told(shop, f'hour({day}, tz="Europe/Vienna")') == 0
