"""One task for each lane that has something to do; within a lane strictly one thing after the other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from clerkd.slack.backoff import Backoff

log = structlog.get_logger()


class Lanes:
    """Run `work(lane)` whenever a lane was woken, never twice at once for the same lane.

    `work` returns when nothing is left to do now. It is called again when the lane was woken meanwhile, and after a
    pause when it raised: what it does must be safe to repeat.
    """

    def __init__(
        self, name: str, work: Callable[[str], Awaitable[None]], *, rng: random.Random, most_at_once: int = 64
    ) -> None:
        self._name = name
        self._work = work
        self._rng = rng
        self._at_once = asyncio.Semaphore(most_at_once)
        self._woken: set[str] = set()
        self._running: set[str] = set()
        self._group: asyncio.TaskGroup | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def wake(self, lane: str) -> None:
        """Hear that there is something to do in a lane. Returns at once, may be called too often and before `run`."""
        self._woken.add(lane)
        if self._group is not None and lane not in self._running:
            self._running.add(lane)
            self._group.create_task(self._drain(lane), name=f"{self._name} {lane}")

    def wake_in(self, lane: str, seconds: float) -> None:
        """Wake a lane later; of several times the earliest counts."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(lane)
        if timer is not None and not timer.cancelled() and loop.time() < timer.when() <= loop.time() + seconds:
            return
        if timer is not None:
            timer.cancel()
        self._timers[lane] = loop.call_later(seconds, self.wake, lane)

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    for lane in tuple(self._woken):
                        self.wake(lane)
                    await asyncio.get_running_loop().create_future()  # the owner's cancellation ends it
                finally:
                    self._group = (
                        None  # a group that is ending takes no tasks: what is woken now waits for the next run
                    )
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _drain(self, lane: str) -> None:
        backoff = Backoff(self._rng)
        try:
            while lane in self._woken:
                self._woken.discard(lane)
                async with self._at_once:
                    failed = await self._try(lane)
                if failed:
                    self._woken.add(lane)
                    await asyncio.sleep(backoff.next_s())
        finally:
            self._running.discard(lane)

    async def _try(self, lane: str) -> bool:
        try:
            await self._work(lane)
        except Exception as error:  # one lane's accident must not stop the others; it is tried again
            log.exception("slack.lane-failed", lane=f"{self._name} {lane}", error=repr(error))
            return True
        return False
