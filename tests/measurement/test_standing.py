"""How sources stand: what came lately, what was not taken, and which needs a look first."""

from dataclasses import replace

from opportune.adapters.stores.ledger import Taken, Tally
from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.silence import HOUR
from opportune.stages.measurement.standing import Standing, State, standings

HOURS = 500_000
NOW = Instant(HOURS * HOUR + HOUR // 4)
"""A quarter past."""
TAKEN = Tally(source="shop", hour=HOURS, kind=Taken.ACCEPTED, count=10, last_at=Instant(NOW - 60_000_000))
REFUSED = replace(TAKEN, kind=Taken.REFUSED, reason="timestamp", count=2, sample="{1}")


def one(*tallies: Tally, kinds: tuple[str, ...] = ("shop",), **more: object) -> Standing:
    (found,) = standings(dict.fromkeys(kinds, "server"), tallies, more.pop("seen", {}), NOW, **more)
    return found


def weeks(calls: int, until: int) -> list[Tally]:
    """So many calls in each hour of five weeks."""
    return [replace(TAKEN, hour=hour, count=calls, last_at=Instant((hour + 1) * HOUR - 1)) for hour in range(HOURS - 840, until)]


def test_the_last_hour_is_this_one_and_what_lies_in_it_of_the_one_before() -> None:
    found = one(TAKEN, replace(TAKEN, hour=HOURS - 1, count=40))
    assert found.last_hour == 10 + 30
    assert found.day == (*[0] * 22, 40, 10)
    assert found.usual is None
    assert (found.state, found.last_at, found.kind) == (State.OK, TAKEN.last_at, "server")


def test_what_is_usual_is_told_of_a_source_with_a_history() -> None:
    assert one(*weeks(100, HOURS)).usual == 100


def test_what_was_refused_in_a_day_adds_up_by_reason_with_the_last_sample() -> None:
    later = replace(REFUSED, count=3, last_at=Instant(NOW - 1), sample="{2}")
    found = one(
        replace(TAKEN, count=99), replace(REFUSED, hour=HOURS - 3, last_at=Instant(NOW - 3 * HOUR)), later, replace(later, hour=HOURS - 24)
    )
    assert [(each.reason, each.count, each.sample) for each in found.troubles] == [("timestamp", 5, "{2}")]
    assert found.number("refused") == 5
    assert found.state is State.OK


def test_a_source_of_which_more_is_refused_than_taken_fails() -> None:
    assert one(replace(TAKEN, count=1), REFUSED).state is State.FAILING
    assert one(REFUSED).state is State.FAILING


def test_a_source_whose_last_attempt_failed_fails_until_one_works() -> None:
    failed = replace(REFUSED, kind=Taken.FAILED, reason="404", count=1, last_at=Instant(NOW - 5))
    assert one(TAKEN, failed).state is State.FAILING
    found = one(replace(TAKEN, last_at=Instant(NOW - 1)), failed)
    assert found.state is State.OK
    assert found.last_error is not None
    assert found.last_error.reason == "404"


def test_what_was_withheld_for_want_of_consent_is_no_error() -> None:
    found = one(TAKEN, replace(REFUSED, kind=Taken.WITHHELD, reason="tracking", count=999))
    assert (found.state, found.last_error, found.number("withheld")) == (State.OK, None, 999)


def test_a_key_that_was_never_used_and_one_that_was_revoked_are_told_apart() -> None:
    assert one().state is State.NEVER_SEEN
    assert one(TAKEN, kinds=(), revoked=["shop"]).state is State.REVOKED
    assert one(TAKEN, revoked=["shop"]).state is State.OK


def test_a_source_that_stopped_is_silent_and_one_nobody_expects_is_not() -> None:
    stopped = weeks(100, HOURS - 6)
    found = one(*stopped)
    assert found.state is State.SILENT
    assert found.silence is not None
    assert 600 <= found.silence.missed <= 630
    assert one(*stopped, kinds=()).silence is None


def test_what_is_stored_of_a_source_counts_as_heard_of_it() -> None:
    assert one(seen={"shop": Instant(7)}).last_at == 7
    assert one(*weeks(100, HOURS - 6), seen={"shop": Instant(NOW - 1)}).state is State.OK


def test_those_that_need_a_look_come_first() -> None:
    kinds = dict.fromkeys(["a", "b", "c"], "server")
    found = standings(kinds, [replace(TAKEN, source="a"), replace(REFUSED, source="c")], {}, NOW, revoked=["old"])
    assert [(each.name, each.state) for each in found] == [("c", "failing"), ("b", "never seen"), ("a", "ok"), ("old", "revoked")]
