"""Several customers with one address: whose it is, and what one of them said of it."""

import pytest

from opportune.language.vocabulary.instants import Instant
from opportune.stages.sending.sharing import ALONE, Shared, Sharer, shared

ADDRESS = "ada@example.org"


def sharer(key, told_at=0, *, event="e", address=ADDRESS, complained=False, left=None, came=None, bad=False):
    return Sharer(
        identity_key=key,
        told_at=Instant(told_at),
        event_id=event,
        address=address,
        has_complained=complained,
        unsubscribed_age=left,
        consented_age=came,
        is_bad_address=bad,
    )


def is_of_another(key, *sharers):
    return shared(key, ADDRESS, sharers).is_of_another


def test_the_first_who_told_the_address_has_it():
    both = (sharer(1, 5), sharer(2, 4))
    assert (is_of_another(1, *both), is_of_another(2, *both)) == (True, False)


def test_of_two_who_told_it_at_one_instant_the_first_event_by_id_decides():
    both = (sharer(1, 5, event="b"), sharer(2, 5, event="a"))
    assert (is_of_another(1, *both), is_of_another(2, *both)) == (True, False)


def test_who_has_another_address_now_has_no_claim_to_it_any_more():
    assert shared(1, ADDRESS, (sharer(1, 5), sharer(2, 4, address="new@example.org"))) == ALONE
    assert shared(1, ADDRESS, (sharer(1, 5), sharer(2, 4, address=None))) == ALONE


@pytest.mark.parametrize("written", ["ADA@Example.ORG", " ada@example.org ", "ada@EXAMPLE.org"])
def test_addresses_are_compared_in_their_one_form(written):
    assert is_of_another(1, sharer(1, 5), sharer(2, 4, address=written))


def test_dots_are_not_guessed_away():
    assert not is_of_another(1, sharer(1, 5), sharer(2, 4, address="a.da@example.org"))


def test_who_has_it_no_more_herself_gets_nothing_while_another_has_it():
    assert is_of_another(1, sharer(1, 4, address="new@example.org"), sharer(2, 5))


@pytest.mark.parametrize(
    "other, means",
    [
        (sharer(2, 9, complained=True), Shared(is_of_another=False, objects=True, is_bad_address=False)),
        (sharer(2, 9, bad=True), Shared(is_of_another=False, objects=False, is_bad_address=True)),
        (sharer(2, 9, left=10), Shared(is_of_another=False, objects=True, is_bad_address=False)),
        (sharer(2, 9, left=10, came=11), Shared(is_of_another=False, objects=True, is_bad_address=False)),
        (sharer(2, 9, left=10, came=10), Shared(is_of_another=False, objects=True, is_bad_address=False)),
        (sharer(2, 9, left=10, came=9), ALONE),
    ],
)
def test_what_one_of_them_said_of_the_mailbox_holds_for_all(other, means):
    assert shared(1, ADDRESS, (sharer(1, 5), other)) == means


def test_a_consent_after_the_objection_lifts_it_whoever_of_them_gave_it():
    assert not shared(1, ADDRESS, (sharer(1, 5, came=3), sharer(2, 9, left=10))).objects
    assert shared(1, ADDRESS, (sharer(1, 5, came=30), sharer(2, 9, left=10))).objects
