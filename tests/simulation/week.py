"""One seed's history: a daemon with two modems, people who text, and everything that goes wrong.

The real core, ops, driver, AT engine and codec run on a simulated clock against virtual modems in a virtual network.
The same seed makes the same history, which `History.digest` shows.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from simulation.cable import Bus, Cable
from simulation.loop import SimulatedClock, SimulatedLoop
from simulation.machine import Machine

from clerkd.model.message import Message, OutcomePolicy, SendRequest
from clerkd.simulate.modem import Faults, VirtualModem
from clerkd.simulate.modem.faults import Chance
from clerkd.simulate.modem.radio import HOME, SEARCHING
from clerkd.simulate.network import Network, Phone
from clerkd.simulate.network.phone import Text

START_MS = 1_772_000_000_000  # a Wednesday in February 2026
DAY_S = 86_400.0
CALM_S = 1.1 * DAY_S  # after the last fault: longer than any retry and than every message's time to live
LINES = {"support": "+14155550100", "sales": "+14155550101"}
PEERS = [f"+4477009001{n:02}" for n in range(8)]
LONG = 60  # words: some texts take four segments, no two of which say the same
POLICIES = (OutcomePolicy.HOLD, OutcomePolicy.HOLD, OutcomePolicy.AT_LEAST_ONCE, OutcomePolicy.AT_MOST_ONCE)


@dataclass(slots=True)
class History:
    """What happened, from all sides."""

    seed: int
    accepted: dict[str, Message] = field(default_factory=dict)  # by text, in the order of their acceptance
    policies: dict[str, OutcomePolicy] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)  # texts that the daemon was asked to send, accepted or not
    sent_in: dict[str, tuple[str, str]] = field(default_factory=dict)  # text: peer, line
    read: list[tuple[str, Text]] = field(default_factory=list)  # what phones got
    events: list[str] = field(default_factory=list)  # what was done to the world
    log: Any = field(default_factory=hashlib.sha256)
    lives: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, now: float, what: str) -> None:
        """Write down what was done to the world."""
        self.events.append(f"{now / DAY_S:8.5f} {what}")
        self.log.update(f"{now:.6f} {what}\n".encode())

    @property
    def digest(self) -> str:
        """A fingerprint of everything: two runs of one seed have the same."""
        return str(self.log.hexdigest())


class Week:
    """The world of one seed."""

    def __init__(self, seed: int, directory: Path, clock: SimulatedClock, days: float) -> None:
        self.history = History(seed)
        self.source = random.Random(seed)
        self.clock = clock
        self.days = days
        self.bus = Bus(random.Random(seed + 1))
        self.network = Network(SimulatedClock(asyncio.get_running_loop(), START_MS))
        self.machine = Machine(directory, self.bus, clock, random.Random(seed + 2), LINES)
        self.modems: dict[str, VirtualModem] = {}
        self._numbers = iter(range(10**9))

    # People ------------------------------------------------------------------------------------------------

    async def people_text(self) -> None:
        """Texts come in, some of them in several parts and those out of order."""
        while True:
            await asyncio.sleep(self.source.expovariate(24 / DAY_S))
            peer, line = self.source.choice(PEERS), self.source.choice(list(LINES))
            text = self._text("in")
            self.history.sent_in[text] = (peer, line)
            self._note(f"{peer} texts {line}: {text[:12]}")
            order: Callable[[list[Any]], list[Any]] = list
            if self.source.random() < 0.3:
                order = partial(self._shuffled)
            self.network.phone(peer).send(LINES[line], text, order=order)

    async def scripts_send(self) -> None:
        """Texts go out, now and then many at once."""
        while True:
            await asyncio.sleep(self.source.expovariate(20 / DAY_S))
            for _ in range(self.source.choice((1, 1, 1, 1, 12))):
                await self.send(self.source.choice(PEERS), self.source.choice(list(LINES)))

    async def send(self, peer: str, line: str) -> None:
        text, policy = self._text("out"), self.source.choice(POLICIES)
        self.history.offered.add(text)
        request = SendRequest(peer, text, line, key=text, outcome_policy=policy)
        for _ in range(self.source.choice((1, 3))):  # a careful script asks again until it is answered
            message = await self.machine.accept(request)
            if message is not None:
                self.history.accepted[text] = message
                self.history.policies[text] = policy
                self._note(f"accepted for {peer} on {line}: {text[:12]}")
                return
            await asyncio.sleep(self.source.uniform(0.1, 30))

    def _text(self, way: str) -> str:
        text = f"{way} {next(self._numbers)}"
        words = LONG if self.source.random() < 0.15 else 1
        return " ".join([text, *(f"{text}.{word:02}" for word in range(1, words))])

    def _shuffled(self, parts: list[Any]) -> list[Any]:
        self.source.shuffle(parts)
        return parts

    # Bad luck ----------------------------------------------------------------------------------------------

    async def bad_luck(self) -> None:
        """One fault after the other, each with its end; several may overlap."""
        kinds: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self.power_cut, self.power_cut, self.orderly_restart, self.modem_unplugged, self.modem_deaf,
            self.modem_restarts, self.no_network, self.refusals, self.results_lost, self.results_late,
            self.results_cut, self.port_lost_in_text, self.noise, self.notifications_lost, self.sim_full,
            self.deletes_fail, self.reports_astray, self.phone_off, self.disk_full, self.clock_wrong,
        ]  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            until = asyncio.get_running_loop().time() + self.days * DAY_S - 1
            while (now := asyncio.get_running_loop().time()) < until:
                await asyncio.sleep(min(self.source.expovariate(30 / DAY_S), until - now))
                kind = self.source.choice(kinds)
                self.history.faults[kind.__name__] += 1
                self._note(kind.__name__)
                tasks.create_task(kind(), name=kind.__name__)

    async def power_cut(self) -> None:
        if self.machine.on:
            await self.machine.cut_power()
            await asyncio.sleep(1 / self.source.choice((0.2, 2, 60)))
            await self._start()

    async def orderly_restart(self) -> None:
        if self.machine.on:
            await self.machine.stop()
            await asyncio.sleep(2)
            await self._start()

    async def _start(self) -> None:
        if not self.machine.on:
            await self.machine.start()

    async def modem_unplugged(self) -> None:
        for modem in self._plugged():
            modem.gone(self.source.choice((2, 30, 600)), power_cycle=self.source.random() < 0.5)

    async def modem_deaf(self) -> None:
        for modem in self._plugged():
            modem.hang(self.source.choice((5, 60, None)))

    async def modem_restarts(self) -> None:
        for modem in self._plugged():
            modem.restart()

    async def no_network(self) -> None:
        radio = self._modem().firmware.radio
        radio.stat = SEARCHING
        await asyncio.sleep(self.source.choice((10, 600, 6 * 3600)))
        radio.stat = HOME

    async def refusals(self) -> None:
        faults = self._modem().faults
        faults.cms_code = (38, 41, 42, 47, 500)
        await self._turn(faults, "cms_error", Chance(self.source.choice((0.2, 0.9))))

    async def results_lost(self) -> None:
        await self._turn(self._modem().faults, self.source.choice(("lost_result", "lost_message")), self._often())

    async def results_late(self) -> None:
        faults = self._modem().faults
        faults.late_by = self.source.choice((3.0, 70.0))
        await self._turn(faults, "late_result", self._often())

    async def results_cut(self) -> None:
        await self._turn(self._modem().faults, "lost_ok", self._often())

    async def port_lost_in_text(self) -> None:
        await self._turn(self._modem().faults, "drop_in_text", Chance(times=1))

    async def noise(self) -> None:
        faults = self._modem().faults
        faults.garbage = Chance(0.1)
        faults.noise = Chance(0.3)
        await self._turn(faults, "noise_inside", Chance(0.5))
        faults.garbage = faults.noise = Chance()

    async def notifications_lost(self) -> None:
        await self._turn(self._modem().faults, self.source.choice(("mute_cmti", "duplicate_cmti")), Chance(0.7))

    async def sim_full(self) -> None:
        faults = self._modem().faults
        faults.storage_full = True
        await asyncio.sleep(600)
        faults.storage_full = False
        self.network.memory_available(LINES["support"])
        self.network.memory_available(LINES["sales"])

    async def deletes_fail(self) -> None:
        await self._turn(self._modem().faults, "delete_fails", Chance(0.5))

    async def reports_astray(self) -> None:
        await self._turn(self._modem().faults, self.source.choice(("early_report", "duplicate_report")), Chance(0.7))

    async def phone_off(self) -> None:
        phone = self.network.phone(self.source.choice(PEERS))
        phone.on = False
        await asyncio.sleep(self.source.choice((60, 3 * 3600)))
        phone.on = True

    async def disk_full(self) -> None:
        self.machine.fill_disk(full=True)
        await asyncio.sleep(self.source.choice((5, 300)))
        self.machine.fill_disk(full=False)

    async def clock_wrong(self) -> None:
        self.clock.offset_ms = self.source.choice((-7_200_000, 7_200_000, -60_000, 90_000))
        await asyncio.sleep(3600)
        self.clock.offset_ms = 0

    # ---------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Let the days pass, then let everything come to its end."""
        self.network.listen(self._heard)
        await self.machine.start()
        doing = [asyncio.create_task(part()) for part in (self.people_text, self.scripts_send)]
        await self.bad_luck()
        for part in doing:
            part.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        await self._start()
        await asyncio.sleep(CALM_S)
        self.history.lives = self.machine.lives

    def modem(self, number: int, name: str, line: str) -> VirtualModem:
        """Return the modem of a line, not plugged in yet."""
        modem = self.modems[name] = VirtualModem(
            Path(f"/dev/{name}"),
            self.network,
            line,
            clock=SimulatedClock(asyncio.get_running_loop(), START_MS),
            imei=f"49015420323751{number}",
            iccid=f"890010100000000000{number}",
            submit_delay_s=self.source.choice((0.6, 3.0)),
            port=self._cable,
        )
        modem.faults.random.seed(self.history.seed)
        return modem

    def _cable(self, link: Path, **ends: Any) -> Cable:
        ends.pop("baud")
        return Cable(link, bus=self.bus, **ends)

    def _modem(self) -> VirtualModem:
        return self.modems[self.source.choice(list(LINES))]

    def _plugged(self) -> list[VirtualModem]:
        """Return one modem, or none if the one that was meant is away: what is away cannot go, hang or restart."""
        modem = self._modem()
        return [modem] if str(modem.link) in self.bus.ports else []

    def _often(self) -> Chance:
        return Chance(times=self.source.choice((1, 3)))

    async def _turn(self, faults: Faults, knob: str, chance: Chance) -> None:
        setattr(faults, knob, chance)
        await asyncio.sleep(self.source.choice((60, 1800)))
        setattr(faults, knob, Chance())

    def _heard(self, event: object) -> None:
        match event:
            case (Phone() as phone, Text() as text):
                self.history.read.append((phone.number, text))
                self._note(f"{phone.number} reads {text.text[:12]}")

    def _note(self, what: str) -> None:
        self.history.note(asyncio.get_running_loop().time(), what)


def live(seed: int, days: float, check: Callable[[Week], list[str]]) -> tuple[History, list[str]]:
    """Live one seed's days and return its history and what `check` finds wrong with it."""
    random.seed(seed)
    logged = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ram = Path("/dev/shm")  # the disk is not what is simulated here, and flushing a real one is slow
    directory = Path(tempfile.mkdtemp(prefix="clerkd-week-", dir=ram if ram.is_dir() else None))
    loop = SimulatedLoop()
    try:
        asyncio.set_event_loop(loop)

        async def whole() -> tuple[History, list[str]]:
            week = Week(seed, directory, SimulatedClock(loop, START_MS), days)
            async with AsyncExitStack() as plugged:
                for number, (name, line) in enumerate(LINES.items()):
                    await plugged.enter_async_context(week.modem(number, name, line))
                await week.run()
                found = check(week)
                await week.machine.cut_power()
            return week.history, found

        return loop.run_until_complete(whole())
    finally:
        structlog.configure(**logged)
        asyncio.set_event_loop(None)
        loop.close()
        shutil.rmtree(directory, ignore_errors=True)
