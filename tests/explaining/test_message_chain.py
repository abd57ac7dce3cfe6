"""Why one message was sent or not: the chain from what happened to the rule that forbade it."""

from dataclasses import replace
from datetime import timedelta

from tests.explaining.test_journeys import CART
from tests.meaning.small_shop import DAY, HOUR, MINUTE, event, instant, trait

from opportune.adapters.stores.decided import Decided
from opportune.language.meaning.history import History
from opportune.language.tree.expressions import Literal
from opportune.language.tree.journeys import Journey
from opportune.language.tree.sending import QuietHours, Sending
from opportune.shell.explaining import Subject
from opportune.shell.message_chain import message_lines
from opportune.stages.sending.message import Message, MessageStatus

ADDED = event("Product Added", -5 * HOUR, id="added", product_id="lamp", price=39)
PAST = History(
    events=(event("Consent Given", -9 * DAY, purpose="email"), ADDED, event("Unsubscribed", -HOUR)),
    traits=(trait("email", "ada@mail.example", -9 * DAY),),
)
REMINDER = Message(
    id="m3",
    enrolment_id="e",
    journey="cart",
    version="v",
    step="reminder",
    template="reminder",
    channel="email",
    is_marketing=True,
    customer_id="ada",
    identity_key=1,
    address="ada@mail.example",
    entered_at=instant(-3 * HOUR),
    trigger_event_id="added",
    trigger_line=0,
    due_at=instant(-3 * HOUR),
    decided_at=instant(-2 * HOUR),
    status=MessageStatus.HANDED_OVER,
)
EARLIER = tuple(replace(REMINDER, id=f"m{n}", decided_at=instant(-n * DAY)) for n in (8, 2, 1))
SENDING = Sending(weekly=Literal(2), gap=timedelta(hours=16), quiet=QuietHours(begins=21 * 60, ends=8 * 60), zone="UTC")


def told(message: Message, *, journey: Journey | None = CART, sending: Sending = SENDING, past: History = PAST) -> list[str]:
    decided = Decided((), (), (*EARLIER, message))
    return message_lines(Subject("ada", instant(0), past), message, journey, decided, sending, {}, "USD")


def test_a_message_is_told_from_the_moment_to_the_rule_that_forbade_it() -> None:
    held = replace(REMINDER, status=MessageStatus.HELD, reason="capped")
    assert told(held) == [
        "reminder of cart, by email [m3]",
        "├─ 2026-03-01 07:00:00 UTC: Product Added (product_id lamp, price 39)",
        "├─ 2026-03-01 09:00:00 UTC: entered cart",
        "│  ✓ consent for email (only_if)",
        "├─ 2026-03-01 09:00:00 UTC: the step was due",
        "├─ 2026-03-01 10:00:00 UTC: decided",
        "│  ✓ the address never bounced for good",
        "│  ✓ neither unsubscribed nor complained",
        "│  ✓ consent for email",
        "│  ✓ an address: “ada@mail.example”",
        "│  ✗ at most 2 in 7 days: 2 in those before, the last on 2026-02-28 12:00:00 UTC",
        "└─ ✗ not sent: capped",
    ]


def test_what_was_sent_passed_every_rule_as_it_could_be_seen_then() -> None:
    lines = told(REMINDER)
    assert "│  ✓ neither unsubscribed nor complained" in lines, "she unsubscribed an hour later"
    assert lines[-4:] == [
        "│  ✓ 16h between two, the last on 2026-02-28 12:00:00 UTC",
        "│  ✓ outside the quiet hours, 21:00 to 08:00 in UTC",
        "│  ✓ not among those held out for comparison",
        "└─ ✓ handed over to ada@mail.example",
    ]


def test_what_had_been_unsubscribed_then_is_told() -> None:
    late = replace(REMINDER, decided_at=instant(-MINUTE), status=MessageStatus.HELD, reason="unsubscribed")
    assert told(late)[-2:] == ["│  ✗ unsubscribed or complained", "└─ ✗ not sent: unsubscribed"]


def test_transactional_mail_and_rules_that_are_off_are_not_asked() -> None:
    lines = "\n".join([*told(replace(REMINDER, is_marketing=False)), *told(REMINDER, sending=Sending(weekly=None))])
    assert "in 7 days" not in lines
    assert "quiet" not in lines
    assert lines.count("consent for email\n") == 1, "only_if, and the gate for marketing alone"


def test_a_moment_that_came_by_time_alone_and_a_journey_that_is_gone() -> None:
    lines = told(replace(REMINDER, trigger_event_id=""), journey=None)
    assert lines[1:4] == [
        "├─ 2026-03-01 09:00:00 UTC: its moment came by time alone",
        "├─ 2026-03-01 09:00:00 UTC: entered cart",
        "├─ 2026-03-01 09:00:00 UTC: the step was due",
    ]


def test_what_another_customer_with_the_address_did_is_told_as_hers() -> None:
    anothers = replace(REMINDER, status=MessageStatus.HELD, reason="address of another customer")
    assert told(anothers)[-2] == "│  ✗ another customer with this address told it first"
    objected = replace(REMINDER, status=MessageStatus.HELD, reason="unsubscribed")
    assert told(objected)[-2] == "│  ✗ another customer with this address unsubscribed or complained"
