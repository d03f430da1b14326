"""Time: scheduled messages fall due, queued ones expire, doubtful ones are repeated if their sender asked for that."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell, Wakeable
from clerkd.core.patience import write_patiently
from clerkd.ports.store import Store
from clerkd.store.ops.due import fall_due, next_time

TOLERATED_LATENESS_MS = 3_600_000

log = structlog.get_logger()


class Schedule:
    """One timer for all lines, set for the next thing to happen; nothing to do costs nothing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dispatchers: Mapping[str, Wakeable],
        *,
        tolerated_ms: int = TOLERATED_LATENESS_MS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._dispatchers = dispatchers
        self._tolerated_ms = tolerated_ms
        self._bell = Bell()
        self._next: int | None = None
        self._followers: list[Wakeable] = []

    def follow(self, follower: Wakeable) -> None:
        """Wake somebody whenever something fell due or was decided, from now on."""
        self._followers.append(follower)

    def expect(self, at: int) -> None:
        """Hear that something is to happen at `at`, epoch ms; wakes only if that is earlier than what is known."""
        if self._next is None or at < self._next:
            self._bell.ring()

    def wake(self) -> None:
        """Look at the store again: what is to happen may have changed."""
        self._bell.ring()

    async def run(self) -> None:
        """Do what falls due, for ever."""
        while True:
            self._bell.quiet()
            await self._catch_up()
            for follower in self._followers:
                follower.wake()
            self._next = await self._store.read(next_time)
            await self._bell.wait(self._wait_s())

    def _wait_s(self) -> float | None:
        return None if self._next is None else max(self._next - self._clock.now_ms(), 0) / 1000

    async def _catch_up(self) -> None:
        due = await write_patiently(self._store, fall_due, now=self._clock.now_ms(), tolerated_ms=self._tolerated_ms)
        if not due.changed:
            return
        log.info("schedule.fell-due", messages=due.changed)
        for line in due.lines & self._dispatchers.keys():
            self._dispatchers[line].wake()
