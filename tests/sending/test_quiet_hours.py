import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.language.tree.sending import QuietHours
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.zones import wall_clock
from opportune.stages.sending.quiet_hours import quiet_until

MINUTE = 60_000_000
NIGHT = QuietHours(begins=21 * 60, ends=8 * 60)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo")


def until(hours: QuietHours, zone: str, at: str) -> str:
    return format_instant(quiet_until(hours, zone, parse_instant(at)))


@pytest.mark.parametrize(
    "at, free",
    [
        ("2026-03-10T20:59:59.999999Z", "2026-03-10T20:59:59.999999Z"),
        ("2026-03-10T21:00:00Z", "2026-03-11T08:00:00Z"),
        ("2026-03-11T00:00:00Z", "2026-03-11T08:00:00Z"),
        ("2026-03-11T07:59:59.999999Z", "2026-03-11T08:00:00Z"),
        ("2026-03-11T08:00:00Z", "2026-03-11T08:00:00Z"),
    ],
)
def test_quiet_hours_hold_their_beginning_and_not_their_end_and_go_past_midnight(at: str, free: str) -> None:
    assert until(NIGHT, "UTC", at) == free


def test_quiet_hours_are_by_the_clock_of_the_customer() -> None:
    assert until(NIGHT, "America/New_York", "2026-07-01T20:00:00Z") == "2026-07-01T20:00:00Z"
    assert until(NIGHT, "Asia/Tokyo", "2026-07-01T20:00:00Z") == "2026-07-01T23:00:00Z"


def test_quiet_hours_of_one_day_do_not_go_past_midnight() -> None:
    siesta = QuietHours(begins=13 * 60, ends=15 * 60)
    assert until(siesta, "UTC", "2026-03-10T14:00:00Z") == "2026-03-10T15:00:00Z"
    assert until(siesta, "UTC", "2026-03-10T23:00:00Z") == "2026-03-10T23:00:00Z"


def test_an_end_that_the_clocks_skip_is_the_first_instant_after_the_gap() -> None:
    hours = QuietHours(begins=22 * 60, ends=2 * 60 + 30)
    assert until(hours, "Europe/Berlin", "2026-03-29T00:30:00Z") == "2026-03-29T01:00:00Z"
    assert until(hours, "Europe/Berlin", "2026-03-29T01:00:00Z") == "2026-03-29T01:00:00Z"


def test_an_end_that_comes_twice_is_the_first_of_the_two() -> None:
    hours = QuietHours(begins=22 * 60, ends=2 * 60 + 30)
    assert until(hours, "Europe/Berlin", "2026-10-25T00:00:00Z") == "2026-10-25T00:30:00Z"
    assert until(hours, "Europe/Berlin", "2026-10-25T01:10:00Z") == "2026-10-25T01:10:00Z"


@given(
    st.sampled_from(ZONES), st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 400 * 1440), st.sampled_from((-1, 0, 1, 31 * MINUTE))
)
def test_what_is_quiet_is_what_the_clock_says_but_for_the_nights_on_which_it_changes(
    zone: str, begins: int, ends: int, minute: int, off: int
) -> None:
    if begins == ends:
        return
    at = Instant(parse_instant("2026-01-01") + minute * MINUTE + off)
    free = quiet_until(QuietHours(begins=begins, ends=ends), zone, at)
    assert free >= at
    if _offset(at - 48 * 60 * MINUTE, zone) != _offset(at + 48 * 60 * MINUTE, zone):
        return

    def is_quiet(instant: int) -> bool:
        clock = wall_clock(Instant(instant), zone)
        assert clock is not None
        now = clock.hour * 60 + clock.minute
        return begins <= now < ends if begins < ends else now >= begins or now < ends

    assert not is_quiet(free)
    assert (free == at) == (not is_quiet(at))
    assert free == at or is_quiet(free - 1)
    assert free - at <= 24 * 60 * MINUTE


def _offset(at: int, zone: str) -> object:
    clock = wall_clock(Instant(at), zone)
    return clock and clock.utcoffset()
