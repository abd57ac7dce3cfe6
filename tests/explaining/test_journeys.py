"""Why a journey took somebody or not, where it has decided nothing yet."""

from dataclasses import replace

from tests.meaning.small_shop import DAY, HOUR, TWO_HOURS, event, instant

from opportune.adapters.stores.decided import Decided
from opportune.language.meaning.history import History
from opportune.language.tree.expressions import Aggregate, Consent, Metric, Selector, Since
from opportune.language.tree.journeys import Exit, Journey, MessageKind, Reentry
from opportune.language.tree.moments import Lapse
from opportune.shell.explaining import Subject, journey_lines

BOUGHT = Metric(function=Aggregate.DID, selector=Selector(("Order Completed",)), since=Since.ENTRY)
CART = Journey(
    name="cart",
    when=(Lapse(selector=Selector(("Product Added",)), unless=Selector(("Order Completed",)), within=TWO_HOURS),),
    only_if=Consent("email"),
    exit_if=BOUGHT,
    reentry=Reentry.ALWAYS,
    key=None,
    holdout=0.0,
    priority=0,
    kind=MessageKind.MARKETING,
    goal=None,
    steps=(Exit(id="done", outcome="done"),),
)
PAST = History(events=(event("Order Completed", -DAY), event("Product Added", -4 * HOUR)))


def told(journey: Journey, past: History) -> str:
    return "\n".join(journey_lines(Subject("ada", instant(0), past), journey, Decided((), (), ()), {}, "USD"))


def test_the_guard_that_forbids_an_entry_is_named() -> None:
    assert "only_if: must hold" in told(CART, PAST)


def test_an_order_before_the_entry_is_no_exit() -> None:
    found = told(replace(CART, only_if=None), PAST)
    assert "exit_if" not in found
    assert "the journey did not run" in found


def test_without_a_moment_it_says_what_is_waited_for() -> None:
    assert "no moment yet" in told(CART, History(events=(event("Order Completed", -DAY),)))
