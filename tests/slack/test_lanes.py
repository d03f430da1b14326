"""Lanes of work: in order within one, and quiet when everything ends."""

import asyncio
import random
import warnings

from clerkd.slack.lanes import Lanes


async def test_what_is_woken_while_it_ends_waits_for_the_next_run():
    done: list[str] = []
    ended = asyncio.Event()

    async def work(lane: str) -> None:
        if lane == "last words":
            done.append(lane)
            return
        try:
            await asyncio.Event().wait()
        finally:
            lanes.wake("last words")  # what is cancelled may still have news for others
            ended.set()

    lanes = Lanes("test", work, rng=random.Random(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        running = asyncio.create_task(lanes.run())
        lanes.wake("first")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
    assert ended.is_set()
    assert done == []

    running = asyncio.create_task(lanes.run())
    async with asyncio.timeout(10):
        while not done:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    assert done == ["last words"]
