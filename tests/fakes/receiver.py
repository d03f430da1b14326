"""A receiver that keeps everything in memory: what the core is to a line, without its store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from clerkd.model.inbound import DeliveryReport, Inbound, InboundSegment, IncomingCall, Unreadable
from clerkd.model.line import LineState, LineStatus
from clerkd.ports.line import Envelope

T = TypeVar("T")


class DiskFull(Exception):
    """What a store says when nothing can be kept."""


class KeepingReceiver:
    """Keep, acknowledge. Set `full` and nothing is kept; set `gate` and everything waits for it first.

    Set `rest` and everything goes on until then after it was acknowledged, as the core acts on what it kept.
    """

    def __init__(self) -> None:
        self.kept: list[Inbound] = []
        self.statuses: list[LineStatus] = []
        self.offers = 0
        self._keys: set[object] = set()
        self.full = False
        self.gate: asyncio.Event | None = None
        self.rest: asyncio.Event | None = None
        self._changed = asyncio.Condition()

    async def receive(self, envelope: Envelope[Any]) -> None:
        self.offers += 1
        rest = self.rest
        if self.gate is not None:
            await self.gate.wait()
        if self.full:
            await self._tell()
            raise DiskFull
        key = getattr(envelope.payload, "pdu", envelope)  # what is offered again after a failed deletion
        if key not in self._keys:
            self._keys.add(key)
            self.kept.append(envelope.payload)
        await envelope.acknowledge()
        await self._tell()
        if rest is not None:
            await rest.wait()

    def line_changed(self, status: LineStatus) -> None:
        self.statuses.append(status)

    @property
    def segments(self) -> list[InboundSegment]:
        return self._of(InboundSegment)

    @property
    def texts(self) -> list[str]:
        return [segment.text for segment in self.segments]

    @property
    def reports(self) -> list[DeliveryReport]:
        return self._of(DeliveryReport)

    @property
    def unreadable(self) -> list[Unreadable]:
        return self._of(Unreadable)

    @property
    def calls(self) -> list[IncomingCall]:
        return self._of(IncomingCall)

    @property
    def states(self) -> list[LineState]:
        return [status.state for status in self.statuses]

    def _of(self, kind: type[T]) -> list[T]:
        return [payload for payload in self.kept if isinstance(payload, kind)]

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def wait(self, fact: Callable[[], bool], seconds: float = 10) -> None:
        """Return when `fact` holds, which is looked at whenever something came."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(fact)
