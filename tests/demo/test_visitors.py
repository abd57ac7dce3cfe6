"""The demo's visitors: what they send, and that they end with whoever started them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.demo.demonstration import are_gone, environment, family, wait_until

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.samples.requests import Request
from opportune.samples.visitors import EARLIER, Orders, Street

START = parse_instant("2026-01-01")
DAY = 86_400_000_000
PARENT = """
import sys, time
from opportune.samples.visitors import Orders, Visitors
Visitors.start(Orders(customers=50, seed=1, start=0, days=5, port=9, write_key="key", letters=sys.argv[1], visits_per_minute=5, hurry=600))
time.sleep(60)
"""


def test_most_carts_that_are_left_are_told_as_of_two_hours_ago_and_orders_never(tmp_path: Path) -> None:
    orders = Orders(
        customers=400, seed=3, start=START, days=40, port=9, write_key="key", letters=str(tmp_path), visits_per_minute=60, hurry=600
    )
    opened = Instant(START + 40 * DAY)
    calls = [call for call in Street(orders).due(Instant(opened + 1_800_000_000)) if not isinstance(call, Request)]
    ages = {
        name: [opened - parse_instant(call["timestamp"]) for call in calls if call.get("event") == name]
        for name in ("Product Added", "Order Completed")
    }
    earlier = [age for age in ages["Product Added"] if age > EARLIER - 1_800_000_000]
    assert 0.2 < len(earlier) / len(ages["Product Added"]) < 0.9
    assert ages["Order Completed"]
    assert max(ages["Order Completed"]) < EARLIER / 2


@pytest.mark.processes
@pytest.mark.slow
def test_visitors_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], env=environment())
    wait_until(lambda: bool(family(parent.pid)), "the visitors", 30)
    children = family(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: are_gone(children), "the visitors to end", 15)
