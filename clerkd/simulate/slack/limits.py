"""Rate limits: a bucket per method, and for posts one per channel (docs.slack.dev/apis/web-api/rate-limits).

Slack publishes calls a minute and says that bursts are allowed, not how large; the buckets here hold one minute's
worth, and a handful of posts per channel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from clerkd.clock import Clock

POST_BURST = 5
IN_FLIGHT_S = 0.25  # calls that were under way when the first of them was refused are not held against a client
POSTS_PER_MINUTE = 300  # "several hundred messages per minute" in one workspace


class Tier(Enum):
    """Calls a minute, per method."""

    T1 = 1
    T2 = 20
    T3 = 50
    T4 = 100
    SPECIAL = 600  # auth.test, chat.getPermalink: "hundreds per minute"
    POSTING = 0  # about one a second and channel, and POSTS_PER_MINUTE together


@dataclass(slots=True)
class Bucket:
    """So many calls at once, so many a second after that."""

    capacity: float
    per_second: float
    level: float
    touched: float

    def take(self, now: float) -> float:
        """Take one call; return 0, or the seconds after which the next one will be let in."""
        self.level = min(self.capacity, self.level + (now - self.touched) * self.per_second)
        self.touched = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.per_second


@dataclass(frozen=True, slots=True)
class Limited:
    """The call is over its limit. `early`: the client was told to wait and did not."""

    bucket: str
    retry_after_s: int
    early: bool


@dataclass(frozen=True, slots=True)
class _Closed:
    """A bucket that refuses until a moment, and since when the client knows it."""

    since: float
    until: float

    def is_early(self, now: float) -> bool:
        return self.since + IN_FLIGHT_S <= now < self.until


class Limiter:
    """All buckets of one app in one workspace. `scale` widens every limit; 0 switches them off."""

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        self.scale = scale
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._closed: dict[str, _Closed] = {}

    def take(self, method: str, tier: Tier, channel: str | None) -> Limited | None:
        """Count one call; return why it is refused, or None."""
        if tier is not Tier.POSTING:
            return self._take_from(method, tier.value, tier.value / 60)
        return self._take_from(f"{method} {channel}", POST_BURST, 1.0) or self._take_from(
            method, POSTS_PER_MINUTE, POSTS_PER_MINUTE / 60
        )

    def storm(self, method: str, retry_after_s: int) -> Limited:
        """Close a method for that long, whatever its bucket holds."""
        now = self._clock.monotonic()
        early = method in self._closed and self._closed[method].is_early(now)
        self._closed[method] = _Closed(now, now + retry_after_s)
        return Limited(method, retry_after_s, early)

    def _take_from(self, name: str, capacity: float, per_second: float) -> Limited | None:
        now = self._clock.monotonic()
        closed = self._closed.get(name)
        if closed is not None and now < closed.until:
            return Limited(name, math.ceil(closed.until - now), closed.is_early(now))
        if not self.scale:
            return None
        if name not in self._buckets:
            full = max(1.0, capacity * self.scale)
            self._buckets[name] = Bucket(full, per_second * self.scale, full, now)
        wait = self._buckets[name].take(now)
        if not wait:
            return None
        retry_after_s = max(1, math.ceil(wait))
        self._closed[name] = _Closed(now, now + retry_after_s)
        return Limited(name, retry_after_s, early=False)
