"""What would change a value: every advice is tried here once more, on a history made of it."""

from tests.meaning.small_shop import DAY, event, instant, trait

from opportune.language.explaining.advice import advise, being
from opportune.language.explaining.changes import Becomes, Consents, Happens, Undone, Waits, applied
from opportune.language.meaning.answers import is_true
from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import History
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.parse import expression
from opportune.language.tree.types import checked
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.problems import Place

HERE = Place("advice.yml", 1)
PAST = History(
    events=(
        event("Order Completed", -40 * DAY, total=20),
        event("Order Completed", -10 * DAY, total=30),
        event("Product Viewed", -DAY, category="lamps", dwell=31),
        event("Consent Given", -50 * DAY, purpose="email"),
    ),
    traits=(trait("country", "DE", -60 * DAY),),
)


def condition(text):
    tree, problems = expression(text, HERE)
    assert tree is not None, problems
    found, _, problems = checked(tree, place=HERE)
    assert problems == []
    return found


def advised(text, past=PAST):
    """Each advice, after having been tried."""
    tree, pair = condition(text), Pair(history=past, customer="ada", at=instant(0), seen=FOREVER)
    before = is_true(answer(tree, pair))
    found = advise(tree, pair)
    for advice in found:
        assert is_true(answer(tree, applied(pair, advice.changes))) is not before
    return [advice.changes for advice in found]


def test_as_few_more_orders_as_are_enough():
    (more,) = advised('count("Order Completed") >= 5')
    assert more == (Happens(name="Order Completed", times=3),)


def test_an_event_that_fits_the_predicate():
    (more,) = advised('count("Product Viewed", category == "lamps" and dwell >= "30s", within="7d") >= 2')
    assert more == (Happens(name="Product Viewed", properties={"category": "lamps", "dwell": 30.0}),)


def test_what_is_missing_to_a_sum_or_the_whole_of_it():
    (more,) = advised('sum("Order Completed", total) >= 100')
    assert more == (Happens(name="Order Completed", properties={"total": 100}),)


def test_time_alone_makes_an_order_old():
    assert advised('age("Order Completed") >= "90d"') == [(Waits(until=instant(80 * DAY)),)]


def test_what_holds_could_have_been_otherwise():
    found = advised('did("Order Completed", within="30d")')
    assert (Waits(until=instant(20 * DAY)),) in found
    assert (Undone(events=(PAST.events[1],)),) in found


def test_a_trait_and_a_consent():
    assert advised('trait.country == "US"')[0] == (Becomes(trait="country", value="US"),)
    assert advised("consent.email")[0] == (Consents(purpose="email", given=False),)


def test_every_condition_that_fails_is_mended():
    (changes,) = advised('trait.country == "US" and count("Order Completed") >= 3 and consent.email')[:1]
    assert changes == (Becomes(trait="country", value="US"), Happens(name="Order Completed"))


def test_the_way_to_a_rung_of_a_ladder():
    ladder = condition('"loyal" if count("Order Completed") >= 5 else ("some" if did("Order Completed") else "none")')
    pair = Pair(history=PAST, customer="ada", at=instant(0), seen=FOREVER)
    found = advise(being(ladder, "loyal"), pair)
    assert found[0].changes == (Happens(name="Order Completed", times=3),)
    assert answer(ladder, applied(pair, found[0].changes)).value == "loyal"


def test_where_nothing_simple_helps_nothing_is_advised():
    assert advised("1 == 2") == []


def test_somebody_who_never_bought_must_buy_first_and_then_stay_away():
    nobody = History(events=(event("Page Viewed", -DAY),))
    assert advised('age("Order Completed") > "30d"', nobody) == [(Happens(name="Order Completed"), Waits(until=instant(30 * DAY + 1)))]


def test_a_thing_of_the_past_cannot_be_mended():
    assert advised('first("Order Completed", total) == 5') == []
