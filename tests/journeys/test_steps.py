from datetime import timedelta

import pytest

from opportune.language.tree.expressions import Literal
from opportune.language.tree.journeys import Send
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.journeys.program import Ask, Await, Finish, Jump, Pause, PauseTill, Request
from opportune.stages.journeys.steps import Asked, Skipped, advance, decided, deferred, met, missed

SEND = Send(id="s", template="s")
AT = Instant(1_000_000)


def standing_at(cursor: int, **more: object) -> Enrolment:
    values: dict[str, object] = {
        "id": "x", "journey": "j", "version": "v", "customer_id": "ann", "identity_key": 1, "key": None, "entered_at": Instant(0),
        "acted_at": Instant(0), "trigger_event_id": "e", "trigger_line": 0, "is_event_moment": True, "same_value": None,
        "held_out": False, "due_at": AT, "watched_until": AT, "cursor": cursor,
    }  # fmt: skip
    return Enrolment(**{**values, **more})  # type: ignore[arg-type]


def test_a_pause_moves_the_next_step_and_nothing_else() -> None:
    moved, effect = advance(standing_at(0), (Pause(timedelta(seconds=1)), Finish("completed")), None)
    assert (moved.cursor, moved.due_at, effect) == (1, AT + 1_000_000, None)


def test_a_refused_step_is_named_and_jumped_over() -> None:
    program = (Ask(Literal(False), 2, "s"), Request(SEND), Finish("completed"))
    refused, effect = advance(standing_at(0), program, False)
    allowed, nothing = advance(standing_at(0), program, True)
    assert (refused.cursor, effect) == (2, Skipped("s"))
    assert (allowed.cursor, nothing) == (1, None)


def test_a_send_waits_for_its_decision_and_goes_on_from_that_instant() -> None:
    asked, effect = advance(standing_at(0), (Request(SEND), Finish("completed")), None)
    assert effect == Asked(SEND) and asked.asked_at == AT and asked.cursor == 0
    later = Instant(AT + 5)
    put_off = deferred(asked, later)
    assert put_off.asked_at == AT and put_off.due_at == later
    done = decided(put_off, later)
    assert (done.cursor, done.due_at, done.asked_at) == (1, later, None)


def test_the_end_has_its_outcome_and_its_instant() -> None:
    completed, _ = advance(standing_at(0), (Finish("completed"),), None)
    left, _ = advance(standing_at(0), (Jump(1), Finish("done")), None)
    left, _ = advance(left, (Jump(1), Finish("done")), None)
    assert (completed.status, completed.outcome, completed.ended_at) == (Status.COMPLETED, "completed", AT)
    assert (left.status, left.outcome) == (Status.EXITED, "done")


WAIT = (Await(Literal(False), timedelta(seconds=1), 2), Request(SEND), Finish("completed"))


def test_a_wait_whose_condition_holds_already_goes_on_at_once() -> None:
    gone, _ = advance(standing_at(0), WAIT, True)
    assert (gone.cursor, gone.due_at, gone.waited_until) == (1, AT, None)


def test_a_wait_is_due_when_it_must_end_and_goes_on_when_it_is_met_or_with_the_other_steps() -> None:
    waiting, effect = advance(standing_at(0), WAIT, False)
    assert (waiting.cursor, waiting.due_at, waiting.waited_until, effect) == (0, AT + 1_000_000, AT, None)
    there, late = met(waiting, Instant(AT + 5)), missed(waiting, WAIT)
    assert (there.cursor, there.due_at, there.waited_until) == (1, AT + 5, None)
    assert (late.cursor, late.due_at, late.waited_until) == (2, AT + 1_000_000, None)


DAILY = (1, 2, 3, 4, 5, 6, 7)
FRIDAYS = (5,)


@pytest.mark.parametrize(
    "minute, days, zone, due, comes",
    [
        (540, DAILY, "UTC", "2026-03-02T08:59:59.999999Z", "2026-03-02T09:00:00Z"),
        (540, DAILY, "UTC", "2026-03-02T09:00:00.000001Z", "2026-03-03T09:00:00Z"),
        (540, FRIDAYS, "UTC", "2026-03-06T09:00:00.000001Z", "2026-03-13T09:00:00Z"),
        (540, DAILY, "America/New_York", "2026-03-02T10:00:00Z", "2026-03-02T14:00:00Z"),
        (540, DAILY, "America/New_York", "2026-03-08T10:00:00Z", "2026-03-08T13:00:00Z"),
        (150, DAILY, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        (150, DAILY, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        (150, DAILY, "Europe/Berlin", "2026-10-25T00:30:00.000001Z", "2026-10-26T01:30:00Z"),
    ],
)
def test_a_time_of_day_comes_when_the_clocks_of_a_zone_say_so_after_a_gap_and_once_where_they_say_it_twice(
    minute: int, days: tuple[int, ...], zone: str, due: str, comes: str
) -> None:
    program = (PauseTill(minute, days), Finish("completed"))
    waiting, _ = advance(standing_at(0, due_at=parse_instant(due)), program, zone)
    assert (waiting.cursor, format_instant(waiting.due_at)) == (0, comes)
    there, _ = advance(waiting, program, zone)
    assert (there.cursor, there.due_at) == (1, waiting.due_at)
