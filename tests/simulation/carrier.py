"""A carrier inside the simulation: it takes texts, loses answers, is away at times, and can be asked afterwards."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

from clerkd.carriers.api import Fate, Received, Text
from clerkd.carriers.errors import NoAnswer, RateLimited, Unreachable
from clerkd.clock import Clock
from clerkd.model.inbound import ReportStatus

SLOWEST_ANSWER_S = 2.0
DELIVERED_AFTER_MS = 30_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that the carrier took: it goes on air."""

    carrier_id: str
    to: str
    text: str
    at: int  # epoch ms


class SimulatedCarrier:
    """A `clerkd.carriers.api.Carrier` that outlives the daemon."""

    title = "Carrier"
    longest = 1600

    def __init__(self, clock: Clock, source: random.Random, taken: Callable[[Taken], None]) -> None:
        self._clock = clock
        self._source = source
        self._tell = taken
        self.away = False
        self.loses = 0.0  # this part of all answers to a submit, after the text was taken or before
        self.limits = 0.0  # this part of all submits is one too many
        self.log: list[Taken] = []
        self.inbox: list[Received] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def text_came(self, sender: str, text: str) -> None:
        """Have something for the line to be fetched."""
        self.inbox.append(Received(f"in-{len(self.inbox)}", sender, text, self._clock.now_ms()))

    async def check(self) -> int:
        await self._answer()
        return self._clock.now_ms()

    async def submit(self, text: Text) -> str:
        await self._answer()
        if self._source.random() < self.limits:
            raise RateLimited("too many requests", retry_after_s=20.0)
        lost = self._source.random() < self.loses
        if lost and self._source.random() < 0.5:
            raise NoAnswer("the answer was lost")
        taken = Taken(f"out-{len(self.log)}", text.to, text.text, self._clock.now_ms())
        self.log.append(taken)
        self._tell(taken)
        await self._pass_time()
        if lost:
            raise NoAnswer("the answer was lost")
        return taken.carrier_id

    async def find(self, text: Text, *, since: int, until: int, not_these: Collection[str]) -> str | None:
        await self._answer()
        for one in self.log:
            fits = (one.to, one.text) == (text.to, text.text) and since <= one.at <= until
            if fits and one.carrier_id not in not_these:
                return one.carrier_id
        return None

    async def fate(self, carrier_id: str) -> Fate | None:
        await self._answer()
        one = self.log[int(carrier_id.removeprefix("out-"))]
        if self._clock.now_ms() - one.at < DELIVERED_AFTER_MS:
            return None
        return Fate(ReportStatus.DELIVERED, one.at + DELIVERED_AFTER_MS)

    async def received(self, since: int, seen: Collection[str]) -> Sequence[Received]:
        await self._answer()
        return [one for one in self.inbox if one.sent_at >= since and one.carrier_id not in seen]

    async def _answer(self) -> None:
        await self._pass_time()
        if self.away:
            raise Unreachable("the carrier cannot be reached")

    async def _pass_time(self) -> None:
        await asyncio.sleep(self._source.uniform(0.05, SLOWEST_ANSWER_S))
