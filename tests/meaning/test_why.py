"""Why a value is what it is."""

from datetime import timedelta

from tests.meaning.small_shop import event, instant, trait

from opportune.language.meaning.history import History
from opportune.language.meaning.why import why
from opportune.language.tree.expressions import Aggregate, All, Compare, Comparison, Literal, Metric, Not, Score, ScorePart, Selector, Trait
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
