"""Everything that goes wrong, one fault after the other, each with its end; several may overlap."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from simulation.cable import Bus
from simulation.carrier import SimulatedCarrier
from simulation.history import DAY_S, History
from simulation.loop import SimulatedClock
from simulation.machine import LINES, Machine
from simulation.people import PEERS

from clerkd.simulate.modem import Faults, VirtualModem
from clerkd.simulate.modem.faults import Chance
from clerkd.simulate.modem.radio import HOME, SEARCHING
from clerkd.simulate.modem.storage import Status, Stored
from clerkd.simulate.network import Network

UNREADABLE = bytes.fromhex("00040B91")  # no service centre, and a sender of eleven digits, which are not there

Kind = Callable[[], Coroutine[Any, Any, None]]


class BadLuck:
    """Strikes a world, `a_day` times."""

    a_day = 30

    def __init__(
        self,
        history: History,
        source: random.Random,
        *,
        days: float,
        clock: SimulatedClock,
        bus: Bus,
        network: Network,
        machine: Machine,
        modems: Mapping[str, VirtualModem],
        carrier: SimulatedCarrier,
    ) -> None:
        self.history = history
        self.source = source
        self.days = days
        self.clock = clock
        self.bus = bus
        self.network = network
        self.machine = machine
        self.modems = modems
        self.carrier = carrier

    def kinds(self) -> list[Kind]:
        """Return what may happen, and what twice as often as other things twice."""
        return [
            self.power_cut, self.power_cut, self.orderly_restart, self.modem_unplugged, self.modem_deaf,
            self.modem_restarts, self.no_network, self.refusals, self.results_lost, self.results_late,
            self.results_cut, self.port_lost_in_text, self.noise, self.notifications_lost, self.sim_full,
            self.deletes_fail, self.reports_astray, self.phone_off, self.disk_full, self.clock_wrong, self.unreadable,
            self.carrier_away, self.carrier_loses_answers, self.carrier_limits,
        ]  # fmt: skip

    async def strike(self) -> None:
        """Let bad luck happen until the days are over and the last fault has its end."""
        kinds = self.kinds()
        async with asyncio.TaskGroup() as tasks:
            until = asyncio.get_running_loop().time() + self.days * DAY_S - 1
            while (now := asyncio.get_running_loop().time()) < until:
                await asyncio.sleep(min(self.source.expovariate(self.a_day / DAY_S), until - now))
                kind = self.source.choice(kinds)
                self.history.faults[kind.__name__] += 1
                self._note(kind.__name__)
                tasks.create_task(kind(), name=kind.__name__)

    async def power_cut(self) -> None:
        if self.machine.on:
            await self.machine.cut_power()
            await asyncio.sleep(1 / self.source.choice((0.2, 2, 60)))
            await self.start()

    async def orderly_restart(self) -> None:
        if self.machine.on:
            await self.machine.stop()
            await asyncio.sleep(2)
            await self.start()

    async def start(self) -> None:
        """Have the daemon run."""
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
        self._set_clock(self.source.choice((-7_200_000, 7_200_000, -60_000, 90_000)))
        await asyncio.sleep(3600)
        self._set_clock(0)

    def _set_clock(self, offset_ms: int) -> None:
        self.clock.offset_ms = offset_ms
        self.history.clocks.append((asyncio.get_running_loop().time(), offset_ms))

    async def unreadable(self) -> None:
        """Put PDUs into a modem that nobody can read."""
        for _ in range(self.source.choice((1, 4))):
            modem = self._modem()
            octets = UNREADABLE + self.source.randbytes(4)
            if modem.sim.messages.put(Stored(Status.REC_UNREAD, octets)) is not None:
                self.history.unreadable += 1

    async def carrier_away(self) -> None:
        self.carrier.away = True
        await asyncio.sleep(self.source.choice((30, 3600)))
        self.carrier.away = False

    async def carrier_loses_answers(self) -> None:
        self.carrier.loses = self.source.choice((0.3, 1.0))
        await asyncio.sleep(1800)
        self.carrier.loses = 0.0

    async def carrier_limits(self) -> None:
        self.carrier.limits = 0.5
        await asyncio.sleep(1800)
        self.carrier.limits = 0.0

    def _modem(self) -> VirtualModem:
        return self.modems[self.source.choice(list(self.modems))]

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

    def _note(self, what: str) -> None:
        self.history.note(asyncio.get_running_loop().time(), what)
