"""What the demo says of what it found. Everything is simulated, and each text says so."""

from collections.abc import Mapping, Sequence

from opportune.cli.tables import backtest_table, summary_table
from opportune.shell.backtest import Backtest
from opportune.shell.overview import Overview
from opportune.stages.measurement.summary import JourneySummary

Caused = Mapping[str, Sequence[float]]
"""Journey → totals of the orders its mails caused."""


def of_backtest(found: Backtest, *, days: int, currency: str) -> str:
    """The table, and whom, how many held back, and who bought anyway in plain sentences."""
    people = len({enrolment.customer_id for enrolment in found.enrolments if not enrolment.held_out})
    mails = sum(summary.mails for summary in found.summaries)
    held = sum(sum(summary.held.values()) for summary in found.summaries)
    reached = sum(enrolment.reached for enrolment in (summary.treated + summary.control for summary in found.summaries))
    entered = sum(summary.treated.customers + summary.control.customers for summary in found.summaries)
    table = backtest_table(f"Backtest over {days} days before they are switched on (simulated)", found.summaries, currency, found.turned)
    return (
        f"{table}\n"
        f"The journeys would have reached {people:,} people with {mails:,} mails, and held back {held:,} more.\n"
        f"{reached:,} of {entered:,} bought within the goal's time without a single mail: nobody was sent any in this past,\n"
        "so these would have bought anyway. A shop that puts them down to its mails counts orders it has already.\n"
    )


def of_month(found: Overview, caused: Caused, *, days: int, currency: str) -> str:
    """The table, and the estimates beside the truth of the simulation."""
    table = summary_table(f"The last {days} days, lived with mails (simulated)", found.journeys, currency, found.turned)
    told = [each for each in found.journeys if each.incremental_per_customer is not None or caused.get(each.journey)]
    truths = "".join(_estimate(each, caused.get(each.journey, ()), currency) for each in told)
    rest = len(found.journeys) - len(told)
    others = f"  {rest} other{'' if rest == 1 else 's'}: too few held out to estimate, and no order their mails caused\n" if rest else ""
    title = (
        "What the mails earned: the difference to the held out, and beside it what a real shop never sees, the simulation's truth:\n"
        "orders that would not have been without them."
    )
    return f"{table}\n{title}\n{truths}{others}"


def _estimate(summary: JourneySummary, caused: Sequence[float], currency: str) -> str:
    found, customers = summary.incremental_per_customer, summary.treated.customers
    truth = sum(caused) / customers if customers else 0.0
    if found is None:
        estimate = "not estimated yet (too few held out)"
    else:
        estimate = f"estimated {found.estimate:+,.2f} [{found.low:+,.2f}, {found.high:+,.2f}] {currency} a customer (95 %)"
    orders = f"{len(caused):,} {'order' if len(caused) == 1 else 'orders'} worth {sum(caused):,.0f} {currency}"
    return f"  {summary.journey}\n    {estimate} · true {truth:+,.2f}\n    {orders} would not have been without its mails\n"
