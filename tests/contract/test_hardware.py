"""The contract of a line against a real modem, which texts itself: `pytest -m hardware --port /dev/… --number +…`.

hardware/rig.md says what it costs. What only the other side could do, as refusing a text, is skipped.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from contract.line_contract import LineContract
from fakes.facts import fact
from fakes.modem_rig import stop
from fakes.receiver import KeepingReceiver

from clerkd.clock import SystemClock
from clerkd.model.line import LineState, Outgoing
from clerkd.modem.line import ModemLine

TRAVEL_S = 180.0  # a network may take so long for a text
REGISTERED_S = 120.0


@dataclass
class HardwareBench:
    """A modem that is its own other side."""

    line: ModemLine
    receiver: KeepingReceiver
    number: str
    power: str | None  # a command with {action} in it, which becomes "on" or "off"
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    def on_air(self) -> list[str]:
        """The texts that came back; a long one when all its parts are there."""
        whole: dict[object, dict[int, str]] = {}
        for number, segment in enumerate(self.receiver.segments):
            concat = segment.concat
            key = number if concat is None else (concat.reference, concat.total)
            whole.setdefault(key, {})[1 if concat is None else concat.sequence] = segment.text
        totals = {(c.reference, c.total): c.total for s in self.receiver.segments if (c := s.concat) is not None}
        joined = [
            "".join(parts[n] for n in sorted(parts)) for key, parts in whole.items() if len(parts) == totals.get(key, 1)
        ]
        # Halves of a surrogate pair stand in two parts.
        return [text.encode("utf-16", "surrogatepass").decode("utf-16") for text in joined]

    def text_in(self, text: str) -> None:
        async def send() -> None:
            for segment in self.line.plan(Outgoing(self.number, text, 9, report=False)).segments:
                await self.line.submit(segment, more=False)

        task = asyncio.create_task(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def waiting(self) -> int:
        pytest.skip("nobody else can look into the SIM while the line has the port")

    def refuse_next(self, *, for_good: bool) -> None:
        pytest.skip("a network does not refuse on demand")

    def lose_next_result(self) -> None:
        pytest.skip("a modem does not lose results on demand")

    async def cut(self) -> None:
        await self._switch("off")
        await fact(lambda: self.line.status().state is LineState.ABSENT, REGISTERED_S)

    async def join(self) -> None:
        await self._switch("on")

    async def _switch(self, action: str) -> None:
        if self.power is None:
            pytest.skip("needs --power, the command that switches the modem's supply")
        process = await asyncio.create_subprocess_exec(*shlex.split(self.power.replace("{action}", action)))
        assert await process.wait() == 0


@pytest.mark.hardware
@pytest.mark.timeout(900)
class TestHardwareLine(LineContract):
    patience_s = TRAVEL_S

    @pytest.fixture
    async def bench(self, request: pytest.FixtureRequest) -> AsyncIterator[HardwareBench]:
        number, quiet_s = request.config.getoption("--number"), request.config.getoption("--quiet-for")
        assert number, "--number: the number of the SIM, as +14155550100"
        self.peer = number
        receiver = KeepingReceiver()
        line = ModemLine(
            name="hardware",
            number=number,
            port=request.config.getoption("--port"),
            receiver=receiver,
            clock=SystemClock(),
            sweep=timedelta(seconds=5),
        )
        task = asyncio.create_task(line.run(), name="line")
        try:
            async with asyncio.timeout(REGISTERED_S):
                await line.wait_ready()
            await until_quiet(receiver, quiet_s)
            yield HardwareBench(line, receiver, number, request.config.getoption("--power"))
        finally:
            await stop(task)


async def until_quiet(receiver: KeepingReceiver, quiet_s: float) -> None:
    """Return when nothing came for so long: texts and reports of the test before. Then forget them."""
    count = -1
    while count != len(receiver.kept):
        count = len(receiver.kept)
        await asyncio.sleep(quiet_s)
    receiver.kept.clear()
    receiver.offers = 0
