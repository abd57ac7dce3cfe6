from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.language.tree.journeys import MessageKind
from opportune.language.vocabulary.instants import Instant
from opportune.stages.sending.arbitration import WEEK, Deferred, Held, Reason, Send, Standing, arbitrate, free_from

NOW = Instant(100 * WEEK)
WELL = Standing(has_consent=True, objects=False, is_bad_address=False, address="ann@example.com", held_out=False, sent_at=(), weekly_cap=3)


def verdict(standing: Standing, kind: MessageKind = MessageKind.MARKETING, valid_for: int = 0) -> Send | Held | Deferred:
    return arbitrate(standing, kind, at=NOW, valid_until=Instant(NOW + valid_for))


def test_somebody_nothing_speaks_against_gets_the_mail() -> None:
    assert verdict(WELL) == Send("ann@example.com")


@pytest.mark.parametrize(
    "standing, reason",
    [
        (replace(WELL, is_bad_address=True, has_consent=False), Reason.BAD_ADDRESS),
        (replace(WELL, objects=True, has_consent=False), Reason.OBJECTS),
        (replace(WELL, has_consent=False, address=None), Reason.NO_CONSENT),
        (replace(WELL, address=None, held_out=True), Reason.NO_ADDRESS),
        (replace(WELL, held_out=True), Reason.HELD_OUT),
    ],
)
def test_the_strictest_rule_gives_the_reason(standing: Standing, reason: Reason) -> None:
    assert verdict(standing) == Held(reason, standing.address)


def test_transactional_mail_needs_no_consent_and_has_no_cap_but_a_good_address() -> None:
    standing = replace(WELL, has_consent=False, objects=True, weekly_cap=0)
    assert verdict(standing, MessageKind.TRANSACTIONAL) == Send("ann@example.com")
    assert verdict(replace(standing, is_bad_address=True), MessageKind.TRANSACTIONAL) == Held(Reason.BAD_ADDRESS, "ann@example.com")


def test_a_capped_mail_waits_inside_its_validity_and_is_held_outside() -> None:
    full = replace(WELL, sent_at=[Instant(NOW - WEEK + 10), Instant(NOW - 2), Instant(NOW - 1)])
    assert verdict(full, valid_for=10) == Deferred(Instant(NOW + 10))
    assert verdict(full, valid_for=9) == Held(Reason.CAPPED, "ann@example.com")


def test_a_mail_exactly_a_week_old_no_longer_counts() -> None:
    assert verdict(replace(WELL, sent_at=[Instant(NOW - WEEK)] * 3)) == Send("ann@example.com")
    assert isinstance(verdict(replace(WELL, sent_at=[Instant(NOW - WEEK + 1)] * 3)), Held)


def test_a_cap_of_none_never_holds_and_a_cap_of_zero_always_does() -> None:
    assert verdict(replace(WELL, sent_at=[NOW] * 50, weekly_cap=None)) == Send("ann@example.com")
    assert verdict(replace(WELL, weekly_cap=0), valid_for=WEEK) == Held(Reason.CAPPED, "ann@example.com")


@given(st.lists(st.integers(-2 * WEEK, 0)), st.integers(1, 5))
def test_the_free_instant_is_the_first_at_which_the_cap_is_not_reached(ages: list[int], cap: int) -> None:
    sent = sorted(Instant(NOW + age) for age in ages)
    free = free_from(sent, cap, NOW)

    def inside(at: int) -> int:
        return sum(at - WEEK < one <= at for one in sent)

    assert free >= NOW and inside(free) < cap
    assert free == NOW or inside(free - 1) >= cap
