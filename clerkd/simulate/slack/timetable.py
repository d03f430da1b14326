"""Deadlines and delays on whatever clock the stand-in was given."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from clerkd.clock import Clock, SystemClock

VIRTUAL_CLOCK_GLANCE_S = 0.005  # nobody tells us when a test moves its clock, so we look


@dataclass(order=True, slots=True)
class Alarm:
    """Something that happens at a moment of the clock, unless it is cancelled before."""

    due: float
    number: int
    ring: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make sure that it does not ring any more."""
        self.cancelled = True


class Timetable:
    """Ring alarms when the clock has reached them. `run` is a task of the stand-in's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alarms: list[Alarm] = []
        self._numbers = itertools.count()
        self._changed = asyncio.Event()
        self._glance_s = None if isinstance(clock, SystemClock) else VIRTUAL_CLOCK_GLANCE_S

    def after(self, delay_s: float, ring: Callable[[], None]) -> Alarm:
        """Call `ring` once, `delay_s` seconds from now by the clock."""
        alarm = Alarm(self._clock.monotonic() + delay_s, next(self._numbers), ring)
        heapq.heappush(self._alarms, alarm)
        self._changed.set()
        return alarm

    async def sleep(self, delay_s: float) -> None:
        """Return when `delay_s` seconds of the clock have passed."""
        rung = asyncio.Event()
        alarm = self.after(delay_s, rung.set)
        try:
            await rung.wait()
        finally:
            alarm.cancel()

    async def run(self) -> None:
        """Ring what is due, for ever."""
        while True:
            self._changed.clear()
            self._ring_due()
            try:
                async with asyncio.timeout(self._pause_s()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _ring_due(self) -> None:
        now = self._clock.monotonic()
        while self._alarms and (self._alarms[0].cancelled or self._alarms[0].due <= now):
            alarm = heapq.heappop(self._alarms)
            if not alarm.cancelled:
                alarm.ring()

    def _pause_s(self) -> float | None:
        if not self._alarms:
            return None
        left = max(0.0, self._alarms[0].due - self._clock.monotonic())
        return left if self._glance_s is None else min(left, self._glance_s)
