"""Texts that repeat: when a turn is no longer waiting, the next one is accepted, through the same rules as any text."""

from __future__ import annotations

import asyncio

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.patience import PASSING, RETRY_S, write_patiently
from clerkd.errors import Refused
from clerkd.model.message import SendRequest
from clerkd.model.recurrence import Turn, next_turns
from clerkd.model.series import Series
from clerkd.ports.store import Store
from clerkd.store.ops.schedules import series_to_continue
from clerkd.store.ops.schedules_changes import end_series

log = structlog.get_logger()


class Recurring:
    """The one task that continues series. A turn's key is the one before it: however often it is tried, it is one.

    Turns that were missed are passed over: after a week without power people are asked about one text, not seven.
    """

    def __init__(self, store: Store, clock: Clock, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._bell = Bell()

    def wake(self) -> None:
        """Hear that a turn may not be waiting any more."""
        self._bell.ring()

    async def run(self) -> None:
        """Continue what is to be continued, for ever."""
        while True:
            self._bell.quiet()
            try:
                while due := await self._store.read(series_to_continue):
                    for series in due:
                        await self._continue(series)
            except PASSING as reason:
                log.warning("series.waits-for-store", code=reason.code)
                await asyncio.sleep(RETRY_S)
                continue
            await self._bell.wait(None)

    async def _continue(self, series: Series) -> None:
        turns = next_turns(series.rule, after=max(self._clock.now_ms(), series.turn.at))
        if not turns:
            await self._end(series, None)
            return
        number, at = turns[0]
        try:
            await self._outbox.accept(
                SendRequest(
                    to=series.peer,
                    text=series.text,
                    line=series.line,
                    key=f"after:{series.message_id}",
                    send_at=at,
                    origin=series.origin,
                    cancel_if_answered=series.cancel_if_answered,
                    turn=Turn(series.id, number, at),
                )
            )
        except Refused as reason:
            log.warning("series.stopped", series=series.id, code=reason.code)
            await self._end(series, reason.message)

    async def _end(self, series: Series, reason: str | None) -> None:
        await write_patiently(self._store, end_series, series.id, at=self._clock.now_ms(), reason=reason)
