"""Requests of one moment wait for the disk together."""

import asyncio
from concurrent.futures import Future

import pytest

from opportune.adapters.logs.log import LogFault
from opportune.collector.durability import Durability


class HandLog:
    """A log whose disk is the test."""

    def __init__(self):
        self.submissions = []
        self.waiting_bytes = 0

    def submit(self, lines):
        written = Future()
        self.submissions.append((lines, written))
        return written


async def settled():
    """Let everything run that can run."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_arrives_while_the_disk_is_busy_goes_together_with_the_next_submission():
    async def story():
        log = HandLog()
        disk = Durability(log)
        first, *others = [asyncio.create_task(disk.durable([line])) for line in (b"{1}", b"{2}", b"{3}")]
        await settled()
        assert [lines for lines, _ in log.submissions] == [[b"{1}"]]
        assert disk.waiting_bytes == 6
        log.submissions[0][1].set_result(7)
        assert await first == 7
        await settled()
        assert [lines for lines, _ in log.submissions] == [[b"{1}"], [b"{2}", b"{3}"]]
        assert not any(other.done() for other in others)
        log.submissions[1][1].set_result(8)
        assert await asyncio.gather(*others) == [8, 8]

    asyncio.run(story())


def test_a_fault_reaches_everyone_who_waited_and_nobody_else():
    async def story():
        log = HandLog()
        disk = Durability(log)
        waiting = [asyncio.create_task(disk.durable([line])) for line in (b"{1}", b"{2}", b"{3}")]
        await settled()
        log.submissions[0][1].set_result(7)
        await settled()
        log.submissions[1][1].set_exception(LogFault("full"))
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["7", "full", "full"]
        later = asyncio.create_task(disk.durable([b"{4}"]))
        await settled()
        log.submissions[2][1].set_result(9)
        assert await later == 9

    asyncio.run(story())


def test_one_who_gives_up_waiting_takes_nothing_from_the_others():
    async def story():
        log = HandLog()
        disk = Durability(log)
        patient, impatient = (asyncio.create_task(disk.durable([line])) for line in (b"{1}", b"{2}"))
        log_is_busy = asyncio.create_task(disk.durable([b"{3}"]))
        await settled()
        impatient.cancel()
        log.submissions[0][1].set_result(7)
        await settled()
        log.submissions[1][1].set_result(8)
        assert (await patient, await log_is_busy) == (7, 8)
        with pytest.raises(asyncio.CancelledError):
            await impatient

    asyncio.run(story())
