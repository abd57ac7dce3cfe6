"""JourneyState: a tick is stored whole or not at all, once; what a tick asks for is what it gets."""

from dataclasses import replace

import pytest
from tests.stores.shop import enrolment, message, minute, outcome, record

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.adapters.stores.remembered import RememberedState
from opportune.adapters.stores.store import TickOutcome
from opportune.language.vocabulary.instants import EARLIEST, FOREVER
from opportune.stages.journeys.enrolment import Status
from opportune.stages.sending.message import MessageStatus

State = SqlJourneyState | RememberedState


class Killed(Exception):
    """Stands for the end of the process."""


def kill(_: str) -> None:
    raise Killed


def test_nothing_is_decided_before_the_first_tick(database: Database) -> None:
    state = SqlJourneyState(database)
    assert state.watermark() is None
    assert state.next_due() is None
    assert state.enrolments() == []
    assert state.turned() == {}


def test_a_tick_is_stored_with_its_watermark(database: Database) -> None:
    state, entered = SqlJourneyState(database), enrolment()
    state.commit(outcome(60, [entered], [message(entered)]))
    assert state.watermark() == minute(60)
    assert state.enrolments() == [entered]
    assert state.messages(EARLIEST, FOREVER) == [message(entered)]
    assert state.turned() == {("cart", "entered"): 1}
    assert state.next_due() == minute(60)


def test_a_tick_that_is_repeated_changes_nothing(state: State) -> None:
    entered = enrolment()
    tick = outcome(60, [entered], [message(entered)])
    state.commit(tick)
    before = (state.enrolments(), state.messages(EARLIEST, FOREVER), state.turned(), state.watermark())
    state.commit(tick)
    assert (state.enrolments(), state.messages(EARLIEST, FOREVER), state.turned(), state.watermark()) == before


def test_a_repeated_tick_does_not_take_back_what_became_of_a_message(state: State) -> None:
    entered = enrolment()
    state.commit(outcome(60, [entered], [message(entered, status=MessageStatus.CONFIRMED)]))
    state.commit(outcome(60, [entered], [message(entered)]))
    assert [each.status for each in state.messages(EARLIEST, FOREVER)] == [MessageStatus.CONFIRMED]


def test_one_key_makes_one_message_whatever_its_id(state: State) -> None:
    entered = enrolment()
    state.commit(outcome(60, [entered], [message(entered), message(entered, id="another")]))
    assert [each.id for each in state.messages(EARLIEST, FOREVER)] == [message(entered).id]


def test_a_kill_before_the_end_of_a_commit_leaves_nothing_of_it(database: Database) -> None:
    entered = enrolment()
    with pytest.raises(Killed):
        SqlJourneyState(database, kill).commit(outcome(60, [entered], [message(entered)]))
    state = SqlJourneyState(database)
    assert state.watermark() is None
    assert state.enrolments() == []
    assert state.messages(EARLIEST, FOREVER) == []
    state.commit(outcome(60, [entered], [message(entered)]))
    assert state.enrolments() == [entered]


def test_an_enrolment_is_replaced_by_its_id(database: Database) -> None:
    state, entered = SqlJourneyState(database), enrolment()
    state.commit(outcome(60, [entered]))
    ended = replace(entered, cursor=2).ended(Status.EXITED, "bought", minute(70))
    state.commit(outcome(80, [ended]))
    assert state.enrolments() == [ended]
    assert state.next_due() is None


def test_more_rows_than_a_batch_holds_are_all_stored(state: State) -> None:
    state.commit(outcome(60, [enrolment(customer) for customer in range(1, 5_002)]))
    assert len(state.enrolments()) == 5_001


def test_standing_gives_the_due_the_asked_for_and_the_watched_and_no_others(state: State) -> None:
    due, asked, watched, other = (
        enrolment(1, 0),
        enrolment(2, 100),
        enrolment(3, 100, journey="loyal"),
        enrolment(4, 100),
    )
    state.commit(outcome(10, [due, asked, watched, other]))
    found = state.standing({2}, due_until=minute(60), watched={"loyal"})
    assert sorted(each.customer_id for each in found.active) == ["c1", "c2", "c3"]
    assert found.past == []


def test_what_is_due_a_microsecond_later_is_not_yet_due(state: State) -> None:
    state.commit(outcome(10, [enrolment(1, 0)]))
    assert not state.standing(set(), due_until=minute(60) - 1, watched=set()).active  # type: ignore[arg-type]
    assert state.standing(set(), due_until=minute(60), watched=set()).active


def test_standing_brings_the_past_of_all_whom_it_names(state: State) -> None:
    over = enrolment(1, -600).ended(Status.COMPLETED, "done", minute(-500))
    elsewhere = enrolment(2, -600).ended(Status.COMPLETED, "done", minute(-500))
    state.commit(outcome(10, [over, elsewhere, enrolment(1, 0)]))
    found = state.standing(set(), due_until=minute(60), watched=set())
    assert list(found.past) == [over], "she is due, so re-entry will look at her past"


@pytest.mark.parametrize("status", list(MessageStatus))
def test_caps_count_decisions_however_the_hand_over_ended_but_not_what_was_held(state: State, status: MessageStatus) -> None:
    entered = enrolment()
    state.commit(outcome(60, [entered], [message(entered, status=status)]))
    sent = state.standing({1}, due_until=minute(0), watched=set()).sent
    assert sent == ({} if status is MessageStatus.HELD else {1: [minute(60)]})


def test_caps_leave_out_what_is_not_marketing_and_what_is_a_week_old(state: State) -> None:
    entered = enrolment()
    week = 7 * 24 * 60
    old = message(entered, step="old", at=-week)
    transactional = message(entered, step="receipt", is_marketing=False)
    late, early = message(entered, step="late", at=30), message(entered, step="early", at=1 - week)
    state.commit(outcome(0, [entered], [old, transactional, late, early]))
    assert state.standing({1}, due_until=minute(0), watched=set()).sent == {1: [minute(1 - week), minute(30)]}


def test_messages_are_those_decided_after_the_first_instant_and_up_to_the_last(state: State) -> None:
    entered = enrolment()
    state.commit(outcome(9, [entered], [message(entered, step=f"s{at}", at=at) for at in (3, 1, 2)]))
    assert [each.step for each in state.messages(minute(1), minute(3))] == ["s2", "s3"]


def test_a_moment_that_was_turned_away_may_enter_later_and_has_entered_then(state: State) -> None:
    entered = enrolment()
    for result in ("only_if was false", "entered", "only_if was false"):
        state.commit(TickOutcome(hi=minute(1), enrolments=[], records=[record(entered, result)], messages=[]))
    assert state.turned() == {("cart", "entered"): 1}


def test_messages_count_for_whom_their_enrolment_belongs_to_now(state: State) -> None:
    entered = enrolment()
    state.commit(outcome(60, [entered], [message(entered)]))
    state.commit(outcome(61, [replace(entered, identity_key=7)]))
    assert state.standing({1, 7}, due_until=minute(0), watched=set()).sent == {7: [minute(60)]}


def test_versions_somebody_is_in_are_kept(database: Database) -> None:
    state = SqlJourneyState(database)
    state.commit(outcome(9, [enrolment(1), enrolment(2, version="v2").ended(Status.EXITED, "bought", minute(1))]))
    assert state.versions_in_use() == {("cart", "v1")}
