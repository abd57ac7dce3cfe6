"""Who sends a body too slowly is cut off, and nobody else."""

import asyncio

import pytest

from opportune.collector.bodies import Reading, body_of
from opportune.collector.patience import Patience

NEVER = 3600


def patience(seconds=0.02):
    return Patience(seconds, look_every=0.01)


def test_who_waits_too_long_is_cut_off_and_others_go_on():
    async def story():
        waiting, gate = patience(), asyncio.Event()

        async def slow():
            return await waiting.outlasts(asyncio.sleep(NEVER))

        async def quick():
            await waiting.outlasts(asyncio.sleep(0))
            await gate.wait()
            return await waiting.outlasts(asyncio.sleep(0, "done"))

        one, other = asyncio.create_task(slow()), asyncio.create_task(quick())
        with pytest.raises(TimeoutError):
            await one
        assert one.cancelling() == 0, "a timeout is no cancellation"
        gate.set()
        assert await other == "done"

    asyncio.run(story())


def test_one_who_is_cancelled_is_cancelled_and_not_timed_out():
    async def story():
        task = asyncio.create_task(patience(NEVER).outlasts(asyncio.sleep(NEVER)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())


def test_it_looks_again_in_a_later_loop():
    waiting = patience()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(waiting.outlasts(asyncio.sleep(NEVER)))
        asyncio.run(waiting.outlasts(asyncio.sleep(0)))


def test_a_body_that_does_not_end_is_answered_with_408():
    async def receive():
        await asyncio.sleep(NEVER)

    answer = asyncio.run(body_of({}, receive, 10, Reading(patience())))
    assert (answer.status, answer.code) == (408, "slow_body")


def test_bodies_that_have_begun_and_do_not_end_share_a_bound():
    async def story():
        reading, gate = Reading(Patience(NEVER), most_bytes=1_000), asyncio.Event()

        def of(*parts, ends=True):
            messages = iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])

            async def receive():
                message = next(messages, None)
                if message is None and not ends:
                    await gate.wait()
                return message or {"type": "http.request", "body": b"", "more_body": False}

            return body_of({}, receive, 800, reading)

        slow = asyncio.create_task(of(b"x" * 600, ends=False))
        await asyncio.sleep(0.01)
        assert reading.unfinished_bytes == 600
        refused = await of(b"y" * 300, b"y" * 300)
        assert (refused.status, refused.code, refused.headers) == (429, "busy", ((b"retry-after", b"1"),))
        assert await of(b"z" * 300) == b"z" * 300
        assert (await of(b"z" * 900)).code == "too_long"
        gate.set()
        assert await slow == b"x" * 600
        assert reading.unfinished_bytes == 0
        assert await of(b"y" * 300, b"y" * 300) == b"y" * 600

    asyncio.run(story())
