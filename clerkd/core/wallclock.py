"""Notice that the wall clock was set: then timers that run until a time of day run too long, or too short."""

from __future__ import annotations

import asyncio

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Wakeable

LOOK_S = 60.0  # nothing due is noticed later than this after the clock was set
TOLERATED_MS = 500  # what a clock that is only kept in step may gain or lose

log = structlog.get_logger()


class ClockWatch:
    """The one task that looks, so that nobody else has to: all others sleep until what they wait for is due.

    It also sees a machine that slept, for the monotonic clock stands still meanwhile.
    """

    def __init__(self, clock: Clock, *, look_s: float = LOOK_S) -> None:
        self._clock = clock
        self._look_s = look_s
        self._followers: list[Wakeable] = []

    def follow(self, follower: Wakeable) -> None:
        """Wake somebody whenever the clock was set, from now on."""
        self._followers.append(follower)

    async def run(self) -> None:
        """Compare the clocks, for ever."""
        lead_ms = self._lead_ms()
        while True:
            await asyncio.sleep(self._look_s)
            moved_ms = self._lead_ms() - lead_ms
            if abs(moved_ms) <= TOLERATED_MS:
                continue
            lead_ms += moved_ms
            log.warning("clock.was-set", by_s=round(moved_ms / 1000, 1))
            for follower in self._followers:
                follower.wake()

    def _lead_ms(self) -> int:
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)
