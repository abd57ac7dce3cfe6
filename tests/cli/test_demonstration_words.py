"""What the demo says of its figures."""

from dataclasses import replace

from tests.web.replays import NAMES, figures

from opportune.cli.demonstration.words import of_month
from opportune.shell.overview import Overview
from opportune.stages.measurement.arms import Interval


def test_journeys_of_which_nothing_can_be_said_stand_in_one_line() -> None:
    summaries = [replace(each.summary, incremental_per_customer=None) for each in figures().journeys]
    summaries[0] = replace(summaries[0], incremental_per_customer=Interval(1.0, -1.0, 3.0))
    found = Overview(at=0, stretch=None, customers=0, segments=[], journeys=summaries, turned={}, days=[], statuses={})
    told = of_month(found, {summaries[1].journey: (10.0, 20.0)}, days=7, currency="USD").partition("without them.\n")[2]
    assert told.splitlines() == [
        f"  {NAMES[0]}",
        "    estimated +1.00 [-1.00, +3.00] USD a customer (95 %) · true +0.00",
        "    0 orders worth 0 USD would not have been without its mails",
        f"  {NAMES[1]}",
        f"    not estimated yet (too few held out) · true {30 / summaries[1].treated.customers:+,.2f}",
        "    2 orders worth 30 USD would not have been without its mails",
        f"  {len(NAMES) - 2} others: too few held out to estimate, and no order their mails caused",
    ]
