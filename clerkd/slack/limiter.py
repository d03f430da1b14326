"""Keep within Slack's limits before Slack says so, and obey at once when it does.

A token bucket for each method, and one for each channel where Slack counts per channel. Whoever waits is served by
priority, then by age. There is no task: the bucket sets one timer for the next token.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from enum import IntEnum

from clerkd.slack.methods import METHODS, Rate


class Priority(IntEnum):
    """Who goes first when not everybody can."""

    INTERACTIVE = 0  # somebody looks at the screen and waits
    MESSAGE = 1  # a text came in
    STATUS = 2  # reactions, edits
    BACKGROUND = 3  # catch-up, housekeeping


class Bucket:
    """Tokens for one method, or for one method in one channel."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._tokens = float(rate.burst)
        self._counted_at = monotonic()
        self._closed_until = 0.0
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, priority: Priority) -> None:
        """Return when a call may be made; a cancelled caller takes nothing."""
        if not self._waiting and self._delay() <= 0:
            self._tokens -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._numbers), turn))
        self._schedule()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._tokens += 1  # was served in the moment in which it was cancelled
                self._serve()
            raise

    def close(self, seconds: float) -> None:
        """Serve nobody for so long: Slack said Retry-After. Its burst is used up, whatever we had counted."""
        self._delay()
        self._tokens = min(self._tokens, 1.0)
        self._closed_until = max(self._closed_until, self._monotonic() + seconds)
        self._schedule()

    def _delay(self) -> float:
        """Count the tokens and return the seconds until there is one; 0 if there is."""
        now = self._monotonic()
        self._tokens = min(float(self._rate.burst), self._tokens + (now - self._counted_at) * self._rate.per_second)
        self._counted_at = now
        missing = (1.0 - self._tokens) / self._rate.per_second if self._tokens < 1.0 else 0.0
        return max(missing, self._closed_until - now, 0.0)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self._delay(), self._serve)

    def _serve(self) -> None:
        while self._waiting and self._delay() <= 1e-6:  # timers may ring a clock tick early
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._tokens -= 1
                turn.set_result(None)
        self._schedule()


class Limiter:
    """The buckets of one workspace, used by every client of it in one event loop. `pace` multiplies every rate."""

    def __init__(self, monotonic: Callable[[], float], *, pace: float = 1.0) -> None:
        self._monotonic = monotonic
        self._pace = pace
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[tuple[str, str], Bucket] = {}
        self._closed: dict[str, tuple[str | None, float]] = {}  # method -> channel and time of the last 429

    async def take(self, method: str, channel: str | None, priority: Priority) -> None:
        """Return when `method` may be called (in `channel`)."""
        if (bucket := self._channel_bucket(method, channel)) is not None:
            await bucket.take(priority)
        await self._method_bucket(method).take(priority)

    def close(self, method: str, channel: str | None, seconds: float) -> None:
        """Stop the channel for so long, or the whole method when a second channel is told to wait, too."""
        bucket = self._channel_bucket(method, channel)
        before, self._closed[method] = self._closed.get(method), (channel, self._monotonic() + seconds)
        elsewhere = before is not None and before[0] != channel and before[1] > self._monotonic()
        if bucket is None or elsewhere:
            self._method_bucket(method).close(seconds)
        if bucket is not None:
            bucket.close(seconds)

    def _method_bucket(self, method: str) -> Bucket:
        if method not in self._methods:
            self._methods[method] = Bucket(METHODS[method].rate.times(self._pace), self._monotonic)
        return self._methods[method]

    def _channel_bucket(self, method: str, channel: str | None) -> Bucket | None:
        rate = METHODS[method].channel_rate
        if rate is None or channel is None:
            return None
        key = (method, channel)
        if key not in self._channels:
            self._channels[key] = Bucket(rate.times(self._pace), self._monotonic)
        return self._channels[key]
