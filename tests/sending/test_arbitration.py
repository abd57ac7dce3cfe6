from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.language.tree.journeys import MessageKind
from opportune.language.tree.sending import QuietHours
from opportune.language.vocabulary.instants import Instant, Span, parse_instant
from opportune.stages.sending.arbitration import WEEK, Deferred, Held, Reason, Send, Standing, arbitrate, free_from
from opportune.stages.sending.quiet_hours import quiet_until

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


EVENING = QuietHours(begins=21 * 60, ends=8 * 60)
HOUR = 3_600_000_000


def test_marketing_too_near_to_another_waits_inside_its_validity_and_is_held_outside() -> None:
    near = replace(WELL, sent_at=[Instant(NOW - 90 * HOUR), Instant(NOW - 15 * HOUR)], gap=Span(16 * HOUR))
    assert verdict(near, valid_for=HOUR) == Deferred(Instant(NOW + HOUR))
    assert verdict(near, valid_for=HOUR - 1) == Held(Reason.TOO_SOON, "ann@example.com")
    assert verdict(replace(near, sent_at=[Instant(NOW - 16 * HOUR)])) == Send("ann@example.com")


def test_marketing_in_quiet_hours_waits_inside_its_validity_and_is_held_outside() -> None:
    midnight = replace(WELL, quiet=EVENING, zone="UTC")
    assert verdict(midnight, valid_for=8 * HOUR) == Deferred(Instant(NOW + 8 * HOUR))
    assert verdict(midnight, valid_for=8 * HOUR - 1) == Held(Reason.QUIET, "ann@example.com")
    assert verdict(replace(midnight, zone="Asia/Tokyo")) == Send("ann@example.com")


def test_a_gap_that_ends_in_the_night_is_followed_by_the_rest_of_the_night() -> None:
    soon = replace(WELL, sent_at=[Instant(NOW - 4 * HOUR)], gap=Span(25 * HOUR), quiet=EVENING)
    assert verdict(soon, valid_for=WEEK) == Deferred(Instant(NOW + 32 * HOUR))


def test_transactional_mail_knows_neither_gap_nor_quiet_hours() -> None:
    standing = replace(WELL, sent_at=[NOW], gap=Span(HOUR), quiet=EVENING)
    assert verdict(standing, MessageKind.TRANSACTIONAL) == Send("ann@example.com")


def test_the_rule_that_leaves_no_instant_is_the_reason_and_of_several_the_strictest() -> None:
    full = replace(WELL, sent_at=[Instant(NOW - WEEK + 2 * HOUR)] * 3, gap=Span(WEEK), quiet=EVENING)
    assert verdict(full, valid_for=HOUR) == Held(Reason.CAPPED, "ann@example.com")
    assert verdict(replace(full, gap=Span(HOUR)), valid_for=3 * HOUR) == Held(Reason.QUIET, "ann@example.com")
    soon = replace(WELL, sent_at=[Instant(NOW - HOUR)], gap=Span(2 * HOUR), quiet=EVENING)
    assert verdict(soon) == Held(Reason.TOO_SOON, "ann@example.com")


def test_being_held_out_comes_after_all_that_puts_a_message_off() -> None:
    assert verdict(replace(WELL, held_out=True, quiet=EVENING), valid_for=8 * HOUR) == Deferred(Instant(NOW + 8 * HOUR))


@given(
    ages=st.lists(st.integers(0, 8 * 24 * 12), max_size=8),
    cap=st.none() | st.integers(0, 4),
    gap=st.none() | st.integers(1, 7 * 24),
    quiet=st.none() | st.tuples(st.integers(0, 47), st.integers(0, 47)).filter(lambda pair: pair[0] != pair[1]),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")),
    start=st.sampled_from(("2026-03-28T22:00:00Z", "2026-10-25T00:10:00Z", "2026-04-04T14:00:00Z", "2026-07-01T12:00:00Z")),
    later=st.integers(0, 96),
    within=st.integers(0, 12 * 24),
)
def test_a_message_goes_out_at_the_first_instant_that_every_rule_allows_or_not_at_all(
    ages: list[int], cap: int | None, gap: int | None, quiet: tuple[int, int] | None, zone: str, start: str, later: int, within: int
) -> None:
    at = Instant(parse_instant(start) + later * HOUR // 4)
    standing = replace(
        WELL,
        sent_at=sorted(Instant(at - age * HOUR // 12) for age in ages),
        weekly_cap=cap,
        gap=None if gap is None else Span(gap * HOUR),
        quiet=None if quiet is None else QuietHours(begins=quiet[0] * 30, ends=quiet[1] * 30),
        zone=zone,
    )
    valid_until = Instant(at + within * HOUR)

    def allowed(instant: Instant) -> bool:
        """The rules as people say them, at one instant."""
        inside = sum(instant - WEEK < sent <= instant for sent in standing.sent_at)
        is_apart = standing.gap is None or all(instant - sent >= standing.gap for sent in standing.sent_at)
        is_quiet = standing.quiet is not None and quiet_until(standing.quiet, zone, instant) != instant
        return (cap is None or inside < cap) and is_apart and not is_quiet

    # Everything here lies on five minutes, and so does every change of what is allowed.
    first = next((t for t in range(at, valid_until + 1, HOUR // 12) if allowed(Instant(t))), None)
    match arbitrate(standing, MessageKind.MARKETING, at=at, valid_until=valid_until):
        case Send():
            assert first == at
        case Deferred(until=until):
            assert until == first
            assert isinstance(arbitrate(standing, MessageKind.MARKETING, at=until, valid_until=valid_until), Send)
        case Held(reason=reason):
            assert first is None
            assert reason in (Reason.CAPPED, Reason.TOO_SOON, Reason.QUIET)
