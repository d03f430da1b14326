"""Once a day, forget what nobody can ask for any more."""

from __future__ import annotations

import asyncio

import structlog

from clerkd.clock import Clock
from clerkd.core.patience import write_patiently
from clerkd.ports.store import Store
from clerkd.store.ops.inbound import forget_pdus
from clerkd.store.ops.notices import prune_notices

REMEMBERED_MS = 7 * 24 * 3_600_000  # how long a PDU that is offered again is recognised
NOTICES_MS = 30 * 24 * 3_600_000  # how long a sink may be away, or a notice lie without any sink
_INTERVAL_S = 24 * 3600.0

log = structlog.get_logger()


class Retention:
    """Keeps the tables small that only grow."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Forget at once and then daily, for ever."""
        while True:
            await self.forget()
            await asyncio.sleep(_INTERVAL_S)

    async def forget(self) -> None:
        """Forget what is too old now."""
        now = self._clock.now_ms()
        pdus = await write_patiently(self._store, forget_pdus, now - REMEMBERED_MS)
        notices = await write_patiently(self._store, prune_notices, now - NOTICES_MS)
        if pdus or notices:
            log.info("retention.forgotten", pdus=pdus, notices=notices)
