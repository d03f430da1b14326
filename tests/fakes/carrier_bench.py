"""A carrier's line in service with its stand-in, and a ledger in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fakes.facts import fact
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver

from clerkd.carriers.api import Carrier
from clerkd.carriers.line import CarrierLine
from clerkd.clock import SystemClock
from clerkd.model.carrier import Awaited, Doubt
from clerkd.model.line import LineState
from clerkd.simulate.carriers.standin import CarrierStandIn


@dataclass
class MemoryLedger:
    """`clerkd.ports.carrier.CarrierLedger` that lives as long as the test."""

    place: str | None = None
    open: list[Awaited] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)

    async def cursor(self, line: str) -> str | None:
        return self.place

    async def keep_cursor(self, line: str, cursor: str) -> None:
        self.place = cursor

    async def awaited(self, line: str) -> list[Awaited]:
        return self.open

    async def doubts(self, line: str) -> list[Doubt]:
        return list(self.doubtful)

    async def settle(self, doubt: Doubt, line: str, carrier_id: str) -> bool:
        self.doubtful.remove(doubt)
        self.found.append(carrier_id)
        return True

    async def opted_out(self, line: str, peer: str, words: str) -> None:
        self.out.append(peer)


@dataclass
class CarrierBench:
    """What `LineContract` asks for, and more."""

    stand_in: CarrierStandIn
    line: CarrierLine
    receiver: KeepingReceiver
    ledger: MemoryLedger

    def on_air(self) -> list[str]:
        return self.stand_in.on_air(PEER)

    def text_in(self, text: str) -> None:
        self.stand_in.text_in(PEER, text)

    def waiting(self) -> int:
        place = int(self.ledger.place or 0)
        return sum(int(one.at) * 1000 > place for one in self.stand_in.received)

    def refuse_next(self, *, for_good: bool) -> None:
        self.stand_in.faults.append("refused" if for_good else "rate")

    def lose_next_result(self) -> None:
        self.stand_in.faults.append("lost")

    async def cut(self) -> None:
        await self.stand_in.stop()
        await fact(lambda: self.line.status().state is LineState.ABSENT)

    async def join(self) -> None:
        await self.stand_in.start()


@asynccontextmanager
async def in_service(
    stand_in: CarrierStandIn, carrier: Carrier, *, ledger: MemoryLedger | None = None, ready: bool = True
) -> AsyncIterator[CarrierBench]:
    """Run a line against a stand-in that listens; by default return when it is ready."""
    receiver, ledger = KeepingReceiver(), ledger or MemoryLedger(place=str(SystemClock().now_ms() - 3000))
    line = CarrierLine(
        name="support", number=NUMBER, carrier=carrier, receiver=receiver, ledger=ledger, clock=SystemClock(),
        poll_s=0.05, recheck_s=0.2, look_again_s=(0.0, 0.05),
    )  # fmt: skip
    running = asyncio.create_task(line.run(), name="line")
    try:
        if ready:
            async with asyncio.timeout(15):
                await line.wait_ready()
        yield CarrierBench(stand_in, line, receiver, ledger)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert stand_in.violations == []
