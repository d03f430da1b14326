"""Counts of messages by state, taken no oftener than they are cheap.

Counting looks at every message, since their states are derived. Metrics may be asked for every second: so an
answer is used again for fifty times as long as it took, which keeps counting below a fiftieth of one core.
"""

from __future__ import annotations

import asyncio

from clerkd.clock import Clock
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction
from clerkd.ports.store import Store
from clerkd.store.ops.counts import count_messages

_SHARE = 50

Counts = dict[tuple[Direction, MessageState], int]


class Census:
    """How many messages are in each state, a little while ago at most."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._counts: Counts = {}
        self._good_until = float("-inf")
        self._counting = asyncio.Lock()  # two that ask at once are told the same

    async def counts(self) -> Counts:
        """Return the counts."""
        async with self._counting:
            if self._clock.monotonic() >= self._good_until:
                began = self._clock.monotonic()
                self._counts = await self._store.read(count_messages)
                ended = self._clock.monotonic()
                self._good_until = ended + _SHARE * (ended - began)
            return self._counts
