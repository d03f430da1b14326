"""Waking a task that waits for work, without polling and without losing a call."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

MOMENT_S = 0.03


class Wakeable(Protocol):
    """A task that can be told that there may be something to do."""

    def wake(self) -> None:
        """Return at once; may be called too often."""
        ...


class Bell:
    """Rung by whoever makes work, waited for by the one who does it.

    `rest_s` is for a waiter that is rung more often than it needs to look, by those who have no time to lose: the
    first ring after a quiet time is answered in a moment, when the next segment is on its way to the modem, and the
    next one not before so many seconds have passed, for all that rang meanwhile.
    """

    def __init__(self, *, rest_s: float = 0.0) -> None:
        self._rung = asyncio.Event()
        self._rest_s = rest_s
        self._answered_at = -math.inf  # the loop's time

    def ring(self) -> None:
        """Wake the waiter, or spare it the next wait."""
        self._rung.set()

    def quiet(self) -> None:
        """Forget earlier calls. To be done before looking for work, so that none is lost between look and wait."""
        self._rung.clear()

    async def wait(self, timeout_s: float | None) -> None:
        """Return when rung or after `timeout_s`, whichever is first; None waits for the bell alone."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return
        if self._rest_s:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(MOMENT_S, self._answered_at + self._rest_s - now))
            self._answered_at = asyncio.get_running_loop().time()
