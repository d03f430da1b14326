"""Time: held notifications, reminders, snoozes and closings fall due. The times are kept in the store."""

from __future__ import annotations

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell
from clerkd.core.patience import write_patiently
from clerkd.model.ticket import TicketRules
from clerkd.ports.store import Store
from clerkd.store.ops.notifications import BATCH, next_ticket_time, tickets_fall_due

log = structlog.get_logger()


class Reminders:
    """One timer for all tickets, set for the next thing to happen; nothing to do costs nothing."""

    def __init__(self, store: Store, clock: Clock, rules: TicketRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._bell = Bell()

    def wake(self) -> None:
        """Look at the store again: what is to happen may have changed."""
        self._bell.ring()

    async def run(self) -> None:
        """Do what falls due, for ever."""
        while True:
            self._bell.quiet()
            await self._catch_up()
            due_at = await self._store.read(next_ticket_time)
            await self._bell.wait(None if due_at is None else max(due_at - self._clock.now_ms(), 0) / 1000)

    async def _catch_up(self) -> None:
        while True:
            now = self._clock.now_ms()
            due_at = await self._store.read(next_ticket_time)
            if due_at is None or due_at > now:
                return
            done = await write_patiently(self._store, tickets_fall_due, rules=self._rules, now=now)
            log.info("tickets.fell-due", tickets=done)
            if done < BATCH:
                return
