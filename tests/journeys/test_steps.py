from datetime import timedelta

from opportune.language.tree.expressions import Literal
from opportune.language.tree.journeys import Send
from opportune.language.vocabulary.instants import Instant
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.journeys.program import Ask, Finish, Jump, Pause, Request
from opportune.stages.journeys.steps import Asked, Skipped, advance, decided, deferred

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
