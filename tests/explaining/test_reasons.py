"""Why a value is what it is."""

from datetime import timedelta

from tests.meaning.small_shop import event, instant, trait

from opportune.language.explaining.reasons import why
from opportune.language.meaning.history import History
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    Census,
    Choice,
    Compare,
    Comparison,
    Labelled,
    Literal,
    Metric,
    Not,
    Population,
    Score,
    ScorePart,
    Selector,
    Trait,
)
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

RECENT = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",)), within=timedelta(days=90))
FAITHFUL = Compare(Comparison.GE, RECENT, Literal(2))
AMERICAN = Compare(Comparison.EQ, Trait("country", Kind.TEXT), Literal("US"))
PAST = History(events=(event("Order Completed", -1, id="m"), event("Order Completed", -2)), traits=(trait("country", "DE"),))


def reasons(expr):
    return why(expr, PAST, "ada", instant(0), FOREVER)


def test_a_chain_of_reasons_goes_down_to_what_was_counted():
    whole = reasons(All((FAITHFUL, Not(AMERICAN))))
    assert (whole.value, [part.value for part in whole.parts]) == (True, [True, True])
    (counted,) = whole.parts[0].parts
    assert (counted.text, counted.value) == ('count("Order Completed", within="90d")', 2)
    assert counted.latest is not None
    assert counted.latest.event_id == "m"


def test_a_reason_is_written_as_people_write_it():
    (country,) = reasons(AMERICAN).parts
    assert (reasons(AMERICAN).text, country.text, country.value) == ('trait.country == "US"', "trait.country", "DE")


def test_the_parts_of_a_score_go_by_their_names():
    group = ScorePart(1, "group", (ScorePart(1, "leaf", Literal(0.5)), ScorePart(1, "unknown", Literal(None))))
    reason = reasons(Score((ScorePart(1, "orders", RECENT), group)))
    assert [(part.text, part.value) for part in reason.parts] == [("orders", 2), ("group", 0.5)]
    assert [(part.text, part.value) for part in reason.parts[1].parts] == [("leaf", 0.5), ("unknown", None)]


def test_a_score_that_is_null_for_want_of_consent_says_so():
    withdrawn = History(events=(event("Consent Withdrawn", purpose="profiling"),))
    reason = why(Score((ScorePart(1, "one", Literal(1)),)), withdrawn, "ada", instant(0), FOREVER)
    assert reason.value is None
    assert [(part.text, part.value) for part in reason.parts] == [("consent.profiling", False), ("one", 1)]


def test_a_labelled_arm_goes_by_its_label_and_is_explained_below_it():
    either = Any((Labelled("faithful", FAITHFUL), Labelled("at home", AMERICAN)))
    whole = reasons(either)
    assert [(part.text, part.value) for part in whole.parts] == [("faithful", True), ("at home", False)]
    (below,) = whole.parts[1].parts
    assert (below.text, below.value) == ('trait.country == "US"', False)


def test_of_a_choice_the_condition_and_the_arm_that_was_taken_are_shown():
    whole = reasons(Choice(AMERICAN, Trait("state", Kind.TEXT), RECENT))
    assert [part.text for part in whole.parts] == ['trait.country == "US"', 'count("Order Completed", within="90d")']


def test_what_was_asked_a_while_ago_is_explained_as_of_then():
    (then,) = reasons(Ago(RECENT, timedelta(microseconds=2))).parts
    assert (then.value, then.latest and then.latest.ts) == (1, instant(-2))


def test_a_population_is_shown_with_its_value():
    cut = Compare(Comparison.GE, RECENT, Population(Census.CUT, RECENT, 0.5))
    assert [(part.text.partition("(")[0], part.value) for part in reasons(cut).parts] == [("count", 2), ("cut", None)]
