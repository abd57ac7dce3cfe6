"""The outbox: one claim a message, no repeat of what may have gone out, and the events of a hand-over reach the log."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.stores.shop import enrolment, message, minute, outcome

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.adapters.stores.outbox import Content, Notice, Outbox
from opportune.language.vocabulary.instants import EARLIEST, FOREVER
from opportune.stages.sending.message import Message, MessageStatus


def planned(database: Database, number: int = 1) -> list[Message]:
    """Messages on their way out, decided a minute apart."""
    enrolments = [enrolment(customer) for customer in range(1, number + 1)]
    messages = [message(each, at=each.identity_key) for each in enrolments]
    SqlJourneyState(database).commit(outcome(0, enrolments, messages))
    return messages


def content(of: Message) -> Content:
    return Content(of.id, "Your cart", "<p>Hi</p>", "Hi", ["https://shop.example/cart", "https://shop.example/lamp"])


def statuses(database: Database) -> list[str]:
    return [each.status.value for each in SqlJourneyState(database).messages(EARLIEST, FOREVER)]


def test_what_is_due_comes_oldest_first_and_no_more_than_asked_for(database: Database) -> None:
    messages, outbox = planned(database, 3), Outbox(database)
    assert outbox.due(minute(2), 10) == [(messages[0], 0), (messages[1], 0)]
    assert outbox.due(minute(9), 1) == [(messages[0], 0)]


def test_a_message_is_claimed_once(database: Database) -> None:
    (only,), outbox = planned(database), Outbox(database)
    assert outbox.claim(only.id, content(only))
    assert not outbox.claim(only.id, content(only))
    assert outbox.due(minute(9), 10) == []


def test_of_two_who_claim_at_once_exactly_one_has_it(filed: Database) -> None:
    messages, outbox = planned(filed, 25), Outbox(filed)
    barrier = Barrier(2)

    def race(_: int) -> list[bool]:
        barrier.wait()
        return [outbox.claim(each.id, content(each)) for each in messages]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(race, range(2))
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_of_two_processes_exactly_one_has_it(filed: Database, tmp_path: object) -> None:
    messages = planned(filed, 25)
    other = Database.open(f"sqlite:///{tmp_path}/state.sqlite")
    barrier = Barrier(2)

    def race(database: Database) -> list[bool]:
        barrier.wait()
        return [Outbox(database).claim(each.id, content(each)) for each in messages]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(race, (filed, other))
    other.close()
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_a_kill_inside_a_claim_leaves_the_message_planned(database: Database) -> None:
    (only,) = planned(database)

    def kill(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Outbox(database, kill).claim(only.id, content(only))
    assert Outbox(database).due(minute(9), 10) == [(only, 0)]


def test_what_was_being_handed_over_at_a_crash_is_unknown_for_ever(database: Database) -> None:
    messages, outbox = planned(database, 3), Outbox(database)
    outbox.claim(messages[0].id, content(messages[0]))
    outbox.claim(messages[1].id, content(messages[1]))
    outbox.settle(messages[1].id, MessageStatus.CONFIRMED, "250 ok", minute(10))
    assert outbox.recover(minute(20)) == 1
    assert outbox.recover(minute(30)) == 0
    assert statuses(database) == ["unknown", "confirmed", "planned"]
    assert not outbox.claim(messages[0].id, content(messages[0]))


def test_a_refused_message_waits_and_counts_its_attempts(database: Database) -> None:
    (only,), outbox = planned(database), Outbox(database)
    outbox.claim(only.id, content(only))
    outbox.postpone(only.id, minute(40), "451 later")
    assert outbox.due(minute(39), 10) == []
    ((again, attempts),) = outbox.due(minute(40), 10)
    assert (again.id, again.reason, attempts) == (only.id, "451 later", 1)
    assert outbox.claim(only.id, content(only))


def test_notices_come_with_the_outcome_and_stay_until_they_reached_the_log(database: Database) -> None:
    (only,), outbox = planned(database), Outbox(database)
    outbox.claim(only.id, content(only))
    outbox.settle(only.id, MessageStatus.HANDED_OVER, "250 ok", minute(2), [Notice("n1", b"{}")])
    outbox.settle(only.id, MessageStatus.HANDED_OVER, "250 ok", minute(2), [Notice("n1", b"{}")])
    assert outbox.notices() == [Notice("n1", b"{}")]
    outbox.noted(["n1"])
    assert outbox.notices() == []


def test_a_link_leads_to_what_was_rendered(database: Database) -> None:
    (only,), outbox = planned(database), Outbox(database)
    outbox.claim(only.id, content(only))
    outbox.settle(only.id, MessageStatus.HANDED_OVER, "250 ok", minute(2))
    for number, url in ((1, "https://shop.example/cart"), (2, "https://shop.example/lamp"), (0, ""), (3, "")):
        sent = outbox.sent(only.id, number)
        assert sent is not None
        assert (sent.url, sent.settled_at) == (url, minute(2))
    assert outbox.sent("nobody", 1) is None


def test_versions_of_waiting_messages_are_kept(database: Database) -> None:
    (only,), outbox = planned(database), Outbox(database)
    assert outbox.versions_waiting() == {"v1"}
    outbox.claim(only.id, content(only))
    outbox.settle(only.id, MessageStatus.FAILED, "550 no", minute(2))
    assert outbox.versions_waiting() == set()
