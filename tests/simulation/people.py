"""The people and scripts of the simulation: who texts in, who sends, who says STOP, what lay on the SIM before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from simulation.carrier import SimulatedCarrier
from simulation.history import DAY_S, Accepted, History
from simulation.machine import CARRIER_LINE, LINES, Machine

from clerkd.model.message import Lane, OutcomePolicy, SendRequest
from clerkd.simulate.network import Network

PEERS = [f"+4477009001{n:02}" for n in range(8)]
LEAVING = [f"+4477009002{n:02}" for n in range(2)]  # they say STOP in the middle of the week
LONG = 60  # words: some texts take four segments, no two of which say the same
POLICIES = (OutcomePolicy.HOLD, OutcomePolicy.HOLD, OutcomePolicy.AT_LEAST_ONCE, OutcomePolicy.AT_MOST_ONCE)
LANES = (None, None, Lane.REPLY, Lane.NOTIFICATION, Lane.BULK)
LIVES_MS = (None, None, None, 120_000, 3_600_000)


class People:
    """Everyone who uses the daemon of one seed."""

    def __init__(
        self,
        history: History,
        source: random.Random,
        machine: Machine,
        network: Network,
        carrier: SimulatedCarrier,
        *,
        days: float,
    ) -> None:
        self._history = history
        self._source = source
        self._machine = machine
        self._network = network
        self._carrier = carrier
        self._days = days
        self._numbers = iter(range(10**9))

    def text_before_the_start(self) -> None:
        """Leave texts on the SIMs, as on a card that was in a drawer."""
        for _ in range(self._source.choice((0, 5))):
            self.text(self._source.choice(PEERS), self._source.choice(list(LINES)))

    async def text_in(self) -> None:
        """Texts come in, some of them in several parts and those out of order."""
        while True:
            await asyncio.sleep(self._source.expovariate(24 / DAY_S))
            self.text(self._source.choice(PEERS), self._source.choice([*LINES, *LINES, CARRIER_LINE]))

    def text(self, peer: str, line: str, text: str | None = None) -> None:
        """Let somebody text a line."""
        text = text or self._words("in")
        self._history.sent_in[text] = (peer, line)
        self._note(f"{peer} texts {line}: {text[:12]}")
        if line == CARRIER_LINE:
            self._carrier.text_came(peer, text)
            return
        order: Callable[[list[Any]], list[Any]] = list
        if self._source.random() < 0.3:
            order = partial(self._shuffled)
        self._network.phone(peer).send(LINES[line], text, order=order)

    async def leave(self) -> None:
        """Somebody has enough, some time in the week; texts to them were and are tried all the same."""
        await asyncio.sleep(self._source.uniform(0.2, 0.7) * self._days * DAY_S)
        for peer, word in zip(LEAVING, ("STOP", "Unsubscribe"), strict=True):
            line = self._source.choice(list(LINES))
            self._history.stops.append((peer, line))
            self.text(peer, line, word)
            await asyncio.sleep(self._source.uniform(0, 0.1) * self._days * DAY_S)

    async def send_out(self) -> None:
        """Texts go out, now and then many at once."""
        while True:
            await asyncio.sleep(self._source.expovariate(20 / DAY_S))
            for _ in range(self._source.choice((1, 1, 1, 1, 12))):
                await self.send(self._source.choice([*PEERS, *LEAVING]))

    async def send(self, peer: str) -> None:
        """Ask for a text, as a careful script does: again until it is answered."""
        text = self._words("out")
        self._history.offered.add(text)
        later = self._source.random() < 0.1
        request = SendRequest(
            peer,
            text,
            self._source.choice([*LINES, *LINES, CARRIER_LINE, None]),
            key=text,
            send_at=self._machine.clock.now_ms() + round(self._source.uniform(600, DAY_S) * 1000) if later else None,
            ttl_ms=self._source.choice(LIVES_MS),
            lane=self._source.choice(LANES),
            outcome_policy=self._source.choice(POLICIES),
        )
        for _ in range(self._source.choice((1, 3))):
            message = await self._machine.accept(request)
            if message is not None:
                self._history.accepted[text] = Accepted(message, request, asyncio.get_running_loop().time())
                self._note(f"accepted for {peer} on {message.line}: {text[:12]}")
                return
            await asyncio.sleep(self._source.uniform(0.1, 30))

    def _words(self, way: str) -> str:
        text = f"{way} {next(self._numbers)}"
        words = LONG if self._source.random() < 0.15 else 1
        return " ".join([text, *(f"{text}.{word:02}" for word in range(1, words))])

    def _shuffled(self, parts: list[Any]) -> list[Any]:
        self._source.shuffle(parts)
        return parts

    def _note(self, what: str) -> None:
        self._history.note(asyncio.get_running_loop().time(), what)
