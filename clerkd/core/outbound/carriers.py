"""What the carriers' lines ask of the store: `clerkd.ports.carrier.CarrierLedger`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Wakeable
from clerkd.model.carrier import Awaited, Doubt
from clerkd.model.number import shortened
from clerkd.model.report import WINDOW_MS
from clerkd.model.rules import OptOut
from clerkd.ports.store import Store
from clerkd.store.ops.carriers import get_cursor, keep_cursor, list_awaited, list_doubts, settle_doubt
from clerkd.store.ops.optouts import opt_out

log = structlog.get_logger()


class Ledger:
    """One for all lines."""

    def __init__(self, store: Store, clock: Clock, dispatchers: Mapping[str, Wakeable]) -> None:
        self._store = store
        self._clock = clock
        self._dispatchers = dispatchers

    async def cursor(self, line: str) -> str | None:
        """Return the line's place in what its carrier received."""
        return await self._store.read(get_cursor, line)

    async def keep_cursor(self, line: str, cursor: str) -> None:
        """Remember the place."""
        await self._store.write(keep_cursor, line, cursor)

    async def awaited(self, line: str) -> Sequence[Awaited]:
        """Return what the carrier took in the last three days and has not reported on for good."""
        return await self._store.read(list_awaited, line, since=self._clock.now_ms() - WINDOW_MS)

    async def doubts(self, line: str) -> Sequence[Doubt]:
        """Return the segments of the last three days whose outcome nobody knows."""
        return await self._store.read(list_doubts, line, since=self._clock.now_ms() - WINDOW_MS)

    async def settle(self, doubt: Doubt, line: str, carrier_id: str) -> bool:
        """Record that the carrier did take a segment."""
        settled = await self._store.write(settle_doubt, line, doubt, carrier_id, at=self._clock.now_ms())
        if settled:
            log.info("message.found-at-carrier", line=line, carrier_id=carrier_id)
            if line in self._dispatchers:
                self._dispatchers[line].wake()
        return settled

    async def opted_out(self, line: str, peer: str, words: str) -> None:
        """Note an opt-out that the carrier keeps."""
        log.info("peer.opted-out-at-carrier", line=line, peer=shortened(peer))
        found = OptOut(peer, self._clock.now_ms(), reason=words, actor=line)
        await self._store.write(opt_out, found, line=line)
