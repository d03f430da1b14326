"""Keys made in code: UUID version 7 (RFC 9562 §5.7), so that rows sort by the time they were made."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable

from clerkd.clock import Clock

_COUNTER_BITS = 12  # rand_a, used as the counter of RFC 9562 §6.2 method 1


class Ids:
    """Make ids that increase strictly within one process, even when the wall clock stands or goes back."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random = random
        self._last_ms = 0
        self._counter = 0

    def new(self) -> str:
        """Return the next id, 36 characters."""
        now = self._clock.now_ms()
        if now > self._last_ms:
            self._last_ms, self._counter = now, 0
        else:
            self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._last_ms, self._counter = self._last_ms + 1, 0
        tail = int.from_bytes(self._random(8), "big") & ((1 << 62) - 1)
        value = (self._last_ms << 80) | (7 << 76) | (self._counter << 64) | (2 << 62) | tail
        return str(uuid.UUID(int=value))
