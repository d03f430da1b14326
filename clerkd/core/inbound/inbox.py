"""Take in what arrives: keep, acknowledge, act."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping

import structlog

from clerkd.clock import Clock
from clerkd.core.inbound.assembly import assemble, waiting_seqs
from clerkd.core.inbound.calls import keep_call
from clerkd.core.inbound.lines import LineWatch
from clerkd.core.inbound.reports import record_report
from clerkd.core.outbound.bell import Bell
from clerkd.core.outbound.outbox import Space
from clerkd.core.retention import REMEMBERED_MS, Retention
from clerkd.ids import Ids
from clerkd.model.call import CallRules
from clerkd.model.inbound import DeliveryReport, Inbound, InboundSegment, IncomingCall, Unreadable
from clerkd.model.line import LineStatus
from clerkd.model.number import shortened
from clerkd.ports.line import Envelope
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.inbound import keep_part, keep_unreadable, see_pdu

_AGAIN_MS = 10_000  # after a fault in assembling

log = structlog.get_logger()


class Inbox:
    """`clerkd.ports.line.Receiver` for all lines.

    A PDU is known by its SIM and the SHA-256 of its octets, time stamp included: offered again it is acknowledged and
    dropped, while the same text sent again is another message.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        space: Space,
        calls: Mapping[str, CallRules] | None = None,
        numbers: Collection[str] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._space = space
        self._calls = calls or {}
        self._numbers = frozenset(numbers)  # of all lines
        self._lines = LineWatch(store, clock)
        self._retention = Retention(store, clock)
        self._bell = Bell()
        self._next: int | None = None

    async def receive(self, envelope: Envelope[Inbound]) -> None:
        """Keep, acknowledge, act. Raises, without having acknowledged, only if nothing was kept (`StoreFull` …)."""
        self._space.require()
        arrived = envelope.payload
        if isinstance(arrived, InboundSegment):
            seq = await self._store.write(_keep_segment, arrived, _digest(arrived.pdu), now=self._clock.now_ms())
            await envelope.acknowledge()
            if seq is not None:
                log.info("message.kept", line=arrived.line, sender=shortened(arrived.sender), octets=len(arrived.pdu))
                await self._assemble(seq)
        else:
            await self._keep_other(arrived)
            await envelope.acknowledge()

    def line_changed(self, status: LineStatus) -> None:
        """Hear that a line's status is another one now."""
        self._lines.changed(status)

    def line_blocked(self, line: str, reason: str | None) -> None:
        """Hear that the network refuses a line, or with None that it does not any more."""
        self._lines.blocked(line, reason)

    def wake(self) -> None:
        """Look at the clock again."""
        self._bell.ring()

    async def run(self) -> None:
        """Continue what an earlier life kept, let waits for parts end, tell losses of lines, forget what is old."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lines.run(), name="line watch")
            tasks.create_task(self._run_assembly(), name="assembly")
            tasks.create_task(self._retention.run(), name="retention")

    async def _keep_other(self, arrived: DeliveryReport | Unreadable | IncomingCall) -> None:
        now = self._clock.now_ms()
        if isinstance(arrived, DeliveryReport):
            matched = await self._store.write(record_report, arrived, _digest(arrived.pdu), horizon=now - REMEMBERED_MS)
            log.info("report.kept", line=arrived.line, status=arrived.status.value, matched=matched)
        elif isinstance(arrived, Unreadable):
            log.warning("message.unreadable", line=arrived.line, reason=arrived.reason, octets=len(arrived.pdu))
            await self._store.write(_keep_unreadable, arrived, _digest(arrived.pdu), now=now)
        else:
            log.info("call.received", line=arrived.line, caller=shortened(arrived.caller or ""))
            rules = self._calls.get(arrived.line, CallRules(None))
            await self._store.write(keep_call, arrived, self._ids, rules, self._numbers)

    async def _assemble(self, seq: int) -> None:
        try:
            at = await self._store.write(assemble, seq, self._ids, now=self._clock.now_ms())
        except Exception:
            # Kept and acknowledged: what went wrong now is tried again later, and must not reach the line.
            log.exception("message.assembly-failed", part=seq)
            at = self._clock.now_ms() + _AGAIN_MS
        self._expect(at)

    def _expect(self, at: int | None) -> None:
        if at is not None and (self._next is None or at < self._next):
            self._next = at
            self._bell.ring()

    async def _run_assembly(self) -> None:
        while True:
            self._next = None
            for seq in await self._store.read(waiting_seqs):
                await self._assemble(seq)
            await self._wait()

    async def _wait(self) -> None:
        """Return when the next wait for parts ends."""
        while self._next is None or self._next > self._clock.now_ms():
            self._bell.quiet()
            due_s = None if self._next is None else (self._next - self._clock.now_ms()) / 1000
            await self._bell.wait(due_s)


def _digest(pdu: bytes) -> bytes:
    return hashlib.sha256(pdu).digest()


def _keep_segment(tx: Tx, segment: InboundSegment, digest: bytes, *, now: int) -> int | None:
    if not see_pdu(tx, segment.sim, digest, now=now, horizon=now - REMEMBERED_MS):
        return None
    return keep_part(tx, segment)


def _keep_unreadable(tx: Tx, found: Unreadable, digest: bytes, *, now: int) -> None:
    if see_pdu(tx, found.sim, digest, now=now, horizon=now - REMEMBERED_MS):
        keep_unreadable(tx, found)
