import asyncio
import random
import time
from types import SimpleNamespace

from fakes.facts import fact

from clerkd.slack.poster import Poster
from clerkd.slack.queue import Blocked, Idle


class StoreThatLags:
    """A store in whose thread a lane finds no channel, while in the loop the channel is just being found."""

    def __init__(self) -> None:
        self.takes = 0
        self.channel_found = lambda: None

    async def read(self, _op, *_args):
        return ["line:support"]

    async def write(self, _op, *_args):
        self.takes += 1
        if self.takes > 1:
            return Idle(None)
        self.channel_found()
        return Blocked("support")


async def test_a_channel_that_is_found_while_a_lane_looks_wakes_the_lane():
    store = StoreThatLags()
    poster = Poster(
        None,
        store,
        SimpleNamespace(take=None),
        None,
        rng=random.Random(1),
        monotonic=time.monotonic,
        steps=None,
        addressing=None,
    )
    store.channel_found = poster.wake_blocked
    running = asyncio.create_task(poster.run())

    await fact(lambda: store.takes == 2)

    running.cancel()
    await asyncio.wait({running})
