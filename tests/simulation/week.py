"""One seed's history: a daemon with two modems and a carrier, people who text, and everything that goes wrong.

The real core, ops, driver, AT engine and codec run on a simulated clock against virtual modems in a virtual network.
The same seed makes the same history, which `History.digest` shows.
"""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog
from simulation.cable import Bus, Cable
from simulation.carrier import SimulatedCarrier, Taken
from simulation.history import DAY_S, History
from simulation.loop import SimulatedClock, SimulatedLoop
from simulation.luck import BadLuck
from simulation.machine import LINES, Machine
from simulation.people import People

from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network, Phone
from clerkd.simulate.network.phone import Text

START_MS = 1_772_000_000_000  # a Wednesday in February 2026: the quotas' month ends on the fourth day
CALM_S = 1.1 * DAY_S  # after the last fault: longer than any retry and than every message's time to live


class Week:
    """The world of one seed."""

    def __init__(self, seed: int, directory: Path, clock: SimulatedClock, days: float) -> None:
        self.history = History(seed)
        self.source = random.Random(seed)
        self.days = days
        self.bus = Bus(random.Random(seed + 1))
        truth = SimulatedClock(asyncio.get_running_loop(), START_MS)
        self.network = Network(truth)
        self.carrier = SimulatedCarrier(truth, random.Random(seed + 3), self._taken)
        self.machine = Machine(directory, self.bus, clock, random.Random(seed + 2), self.carrier)
        self.modems: dict[str, VirtualModem] = {}
        self.people = People(self.history, self.source, self.machine, self.network, self.carrier, days=days)
        self.luck = BadLuck(
            self.history,
            self.source,
            days=days,
            clock=clock,
            bus=self.bus,
            network=self.network,
            machine=self.machine,
            modems=self.modems,
            carrier=self.carrier,
        )

    async def run(self) -> None:
        """Let the days pass, then let everything come to its end."""
        self.network.listen(self._heard)
        self.people.text_before_the_start()
        await asyncio.sleep(60)
        await self.machine.start()
        people = (self.people.text_in, self.people.send_out, self.people.leave)
        doing = [asyncio.create_task(part()) for part in people]
        await self.luck.strike()
        for part in doing:
            part.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        await self.luck.start()
        await asyncio.sleep(CALM_S)
        self.history.lives = self.machine.lives

    def modem(self, number: int, name: str, line: str) -> VirtualModem:
        """Return the modem of a line, not plugged in yet."""
        delay_s = self.source.choice((0.6, 3.0))
        modem = self.modems[name] = virtual_modem(number, name, line, self.network, self.bus, submit_delay_s=delay_s)
        modem.faults.random.seed(self.history.seed)
        return modem

    def _heard(self, event: object) -> None:
        match event:
            case (Phone() as phone, Text() as text):
                self.history.read.append((phone.number, text))
                self._note(f"{phone.number} reads {text.text[:12]}")

    def _taken(self, taken: Taken) -> None:
        self._note(f"the carrier takes {taken.text[:12]} for {taken.to}")

    def _note(self, what: str) -> None:
        self.history.note(asyncio.get_running_loop().time(), what)


def virtual_modem(
    number: int, name: str, line: str, network: Network, bus: Bus, *, submit_delay_s: float
) -> VirtualModem:
    """Return a modem on the bus, not plugged in yet."""

    def cable(link: Path, **ends: Any) -> Cable:
        ends.pop("baud")
        return Cable(link, bus=bus, **ends)

    return VirtualModem(
        Path(f"/dev/{name}"),
        network,
        line,
        clock=SimulatedClock(asyncio.get_running_loop(), START_MS),
        imei=f"49015420323751{number}",
        iccid=f"890010100000000000{number}",
        submit_delay_s=submit_delay_s,
        port=cable,
    )


def live(seed: int, days: float, check: Callable[[Week], list[str]]) -> tuple[History, list[str]]:
    """Live one seed's days and return its history and what `check` finds wrong with it."""

    async def whole(loop: SimulatedLoop, directory: Path) -> tuple[History, list[str]]:
        week = Week(seed, directory, SimulatedClock(loop, START_MS), days)
        async with AsyncExitStack() as plugged:
            for number, (name, line) in enumerate(LINES.items()):
                await plugged.enter_async_context(week.modem(number, name, line))
            await week.run()
            found = check(week)
            await week.machine.cut_power()
        return week.history, found

    return simulated(seed, whole)


def simulated(
    seed: int, whole: Callable[[SimulatedLoop, Path], Coroutine[Any, Any, tuple[History, list[str]]]]
) -> tuple[History, list[str]]:
    """Run a whole world on a loop and in a directory of its own; chance is the seed's."""
    random.seed(seed)
    logged = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ram = Path("/dev/shm")  # the disk is not what is simulated here, and flushing a real one is slow
    directory = Path(tempfile.mkdtemp(prefix="clerkd-week-", dir=ram if ram.is_dir() else None))
    loop = SimulatedLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(whole(loop, directory))
    finally:
        structlog.configure(**logged)
        asyncio.set_event_loop(None)
        loop.close()
        shutil.rmtree(directory, ignore_errors=True)
