"""Who owned what when."""

from dataclasses import replace

import pytest
from tests.meaning.small_shop import HOUR, KNOWN, event, instant, link, trait

from opportune.language.meaning.history import History, customers, events_of, is_standing, is_there, is_visible, owner
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER

NOON = instant(0)


def test_an_event_is_visible_from_its_ts_on_and_once_it_has_arrived():
    late = event("Order Completed", received=HOUR)
    assert is_visible(late, NOON, instant(HOUR))
    assert not is_visible(late, NOON, instant(HOUR - 1))
    assert not is_visible(late, instant(-1), FOREVER)


def test_an_anonymous_identity_is_a_customer_of_its_own_until_its_link():
    history = History(links=(link("cookie", "ada"),), known=KNOWN)
    assert owner(history, "cookie", instant(-1), FOREVER) == "cookie"
    assert owner(history, "cookie", NOON, NOON) == "ada"


def test_the_first_link_wins_and_at_equal_ts_the_smaller_event_id():
    history = History(links=(link("cookie", "bob", id="k2"), link("cookie", "ada", id="k1"), link("cookie", "bob", 1)), known=KNOWN)
    assert owner(history, "cookie", instant(HOUR), FOREVER) == "ada"


def test_a_link_that_arrives_late_takes_over_only_when_it_has_arrived():
    history = History(links=(link("cookie", "bob", -HOUR, received=HOUR), link("cookie", "ada")), known=KNOWN)
    assert owner(history, "cookie", NOON, instant(HOUR - 1)) == "ada"
    assert owner(history, "cookie", NOON, instant(HOUR)) == "bob"


def test_a_link_never_leads_away_from_a_known_identity():
    with pytest.raises(ValueError, match="to an identity of a higher class"):
        History(links=(link("ada", "bob"),), known=KNOWN)
    with pytest.raises(ValueError, match="to an identity of a higher class"):
        History(links=(link("cookie", "jar"),), known=KNOWN)


def test_events_of_one_instant_stand_raw_ones_by_id_then_the_derived_lines():
    order, line, view = event("Order Completed", id="m"), event("Product Purchased", id="m", line=1), event("Product Viewed", id="z")
    last = event("Product Purchased", id="m", line=2)
    history = History(events=(last, view, line, order))
    assert events_of(history, "ada", NOON, NOON) == [order, view, line, last]


def test_an_event_without_a_customer_is_nobodys():
    assert customers(History(events=(event("Stock Changed", by=None),)), NOON, NOON) == []


def test_customers_are_the_owners_of_every_visible_event_and_trait():
    history = History(
        events=(event("Page Viewed", -2, by="cookie"), event("Page Viewed", 1, by="later")),
        traits=(trait("country", "US", by="bob"),),
        links=(link("cookie", "ada", received=HOUR),),
        known=KNOWN,
    )
    assert customers(history, NOON, NOON) == ["bob", "cookie"]
    assert customers(history, NOON, FOREVER) == ["ada", "bob"]


def test_after_an_unmerge_the_next_link_wins_and_until_then_nobody():
    links = (link("cookie", "ada", -HOUR), link("cookie", None, 0), link("cookie", "bob", 5), link("cookie", "ada", 6))
    history = History(links=links, known=KNOWN)
    owners = [owner(history, "cookie", instant(at), FOREVER) for at in (-HOUR, -1, 0, 4, 5, 6)]
    assert owners == ["ada", "ada", "cookie", "cookie", "bob", "bob"]


def test_an_unmerge_at_the_ts_of_a_link_takes_back_those_before_it_by_event_id():
    def owned(*links):
        return owner(History(links=links, known=KNOWN), "cookie", NOON, FOREVER)

    assert owned(link("cookie", "ada", id="k1"), link("cookie", None, id="k2")) == "cookie"
    assert owned(link("cookie", "ada", id="k2"), link("cookie", None, id="k1")) == "ada"


def test_an_unmerge_that_arrives_late_counts_once_it_has_arrived():
    history = History(links=(link("cookie", "ada", -1), link("cookie", None, 0, received=9)), known=KNOWN)
    assert [owner(history, "cookie", NOON, instant(seen)) for seen in (8, 9)] == ["ada", "cookie"]


def test_a_withdrawn_event_is_visible_until_then_and_never_as_known():
    row = replace(event("Session Ended", line=1, received=5), withdrawn_at=instant(9))
    assert [is_standing(row, instant(5), instant(seen)) for seen in (4, 5, 8, 9)] == [False, True, True, False]
    assert not is_standing(row, instant(5), FOREVER)
    assert customers(History(events=(row,)), instant(8), instant(8)) == ["ada"]
    assert customers(History(events=(row,)), instant(9), instant(9)) == []


def test_who_is_there_is_who_owns_a_visible_event_or_trait():
    history = History(events=(event("Page Viewed", by="cookie"),), links=(link("cookie", "ada", 5),), known=KNOWN)
    for at in (-1, 0, 4, 5):
        there = [name for name in ("ada", "cookie") if is_there(history, name, instant(at), FOREVER)]
        assert there == customers(history, instant(at), FOREVER)


def test_of_ranks_the_lowest_decides_and_what_hangs_on_an_address_goes_with_it():
    address = "email:x@b.test"
    clicked = replace(link("cookie", "bob", at=0), rank=Rank.CLICK)
    told = replace(link("cookie", address, at=HOUR), rank=Rank.EMAIL)
    claimed = replace(link(address, "ada", at=2 * HOUR), rank=Rank.CLAIM)
    history = History(links=(clicked, told, claimed), known=KNOWN)
    assert [owner(history, "cookie", instant(hours * HOUR), FOREVER) for hours in (0, 1, 2)] == ["bob", address, "ada"]
