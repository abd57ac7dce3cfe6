from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from opportune.language.tree.expressions import Selector
from opportune.language.tree.journeys import Journey, MessageKind, Reentry
from opportune.language.tree.moments import EventMoment
from opportune.language.vocabulary.instants import Instant
from opportune.stages.journeys.entry import (
    EntryAnswers,
    Moment,
    Turned,
    enrol,
    turned_before_asking,
    turned_by_definitions,
    turned_by_reentry,
)

DAY = 86_400_000_000
SECRET = b"s" * 32
JOURNEY = Journey(
    name="j", when=(EventMoment(selector=Selector(("A",))),), only_if=None, exit_if=None, reentry=timedelta(days=7), key=None,
    holdout=0.1, priority=0, kind=MessageKind.MARKETING, goal=None, steps=(),
)  # fmt: skip
MOMENT = Moment(
    customer_id="ann", identity_key=1, at=Instant(100 * DAY), acted_at=Instant(100 * DAY + 2), trigger_event_id="e", trigger_line=0,
    is_imported=False, is_event_moment=True, which=0, same_value=None,
)  # fmt: skip
YES = EntryAnswers(only_if=True, exit_if=False, key=None)


def test_a_journey_sees_moments_after_the_instant_it_was_applied_and_not_that_instant() -> None:
    assert turned_before_asking(MOMENT, applied_at=MOMENT.at, live_since=None) is Turned.BEFORE_APPLIED
    assert turned_before_asking(MOMENT, applied_at=Instant(MOMENT.at - 1), live_since=None) is None


def test_what_an_import_caused_enters_only_up_to_the_instant_the_project_went_live() -> None:
    imported = replace(MOMENT, is_imported=True)
    early = Instant(0)
    assert turned_before_asking(imported, applied_at=early, live_since=None) is None
    assert turned_before_asking(imported, applied_at=early, live_since=MOMENT.acted_at) is None
    assert turned_before_asking(imported, applied_at=early, live_since=Instant(MOMENT.acted_at - 1)) is Turned.IMPORTED
    assert turned_before_asking(MOMENT, applied_at=early, live_since=early) is None


def test_only_if_is_looked_at_before_exit_if() -> None:
    assert turned_by_definitions(YES) is None
    assert turned_by_definitions(EntryAnswers(only_if=False, exit_if=True, key=None)) is Turned.ONLY_IF
    assert turned_by_definitions(EntryAnswers(only_if=True, exit_if=True, key=None)) is Turned.EXIT_IF


def test_entries_lie_at_least_the_reentry_time_apart_on_both_sides() -> None:
    at = MOMENT.at
    week = 7 * DAY
    assert turned_by_reentry(JOURNEY, at, [Instant(at - week)]) is None
    assert turned_by_reentry(JOURNEY, at, [Instant(at - week + 1)]) is Turned.REENTRY
    assert turned_by_reentry(JOURNEY, at, [Instant(at + week - 1)]) is Turned.REENTRY
    assert turned_by_reentry(JOURNEY, at, [Instant(at + week)]) is None


def test_never_means_once_and_always_means_each() -> None:
    never, always = replace(JOURNEY, reentry=Reentry.NEVER), replace(JOURNEY, reentry=Reentry.ALWAYS)
    assert turned_by_reentry(never, MOMENT.at, []) is None
    assert turned_by_reentry(never, MOMENT.at, [Instant(0)]) is Turned.REENTRY
    assert turned_by_reentry(always, MOMENT.at, [MOMENT.at]) is None


@given(st.text(min_size=1), st.integers(0, 10**12))
def test_whether_somebody_is_held_out_never_changes(customer: str, at: int) -> None:
    early = enrol(JOURNEY, "v1", replace(MOMENT, customer_id=customer), YES, secret=SECRET)
    late = enrol(JOURNEY, "v2", replace(MOMENT, customer_id=customer, at=Instant(at)), YES, secret=SECRET)
    assert early.held_out == late.held_out


def test_the_share_held_out_is_the_share_asked_for_and_independent_between_journeys() -> None:
    people = [f"customer-{n}" for n in range(20_000)]
    first = [enrol(JOURNEY, "v", replace(MOMENT, customer_id=who), YES, secret=SECRET).held_out for who in people]
    other = [enrol(replace(JOURNEY, name="k"), "v", replace(MOMENT, customer_id=who), YES, secret=SECRET).held_out for who in people]
    both = sum(a and b for a, b in zip(first, other, strict=True))
    # standard deviations: 0.0021 for a share of 0.1 of 20,000; 14 for 200 expected in both
    assert abs(sum(first) / len(people) - 0.1) < 0.01
    assert abs(both - 200) < 60


def test_two_versions_of_a_journey_give_the_same_enrolment_id() -> None:
    one, other = enrol(JOURNEY, "v1", MOMENT, YES, secret=SECRET), enrol(JOURNEY, "v2", MOMENT, YES, secret=b"other")
    assert one.id == other.id
    assert one.id != enrol(JOURNEY, "v1", replace(MOMENT, trigger_line=1), YES, secret=SECRET).id
