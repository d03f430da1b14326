"""A modem on its cable: the firmware behind a pty, and what can befall both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clerkd.clock import Clock, SystemClock
from clerkd.simulate.modem.dialogue import State
from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.firmware import Firmware
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.port import Port
from clerkd.simulate.modem.results import CommandFailed, Reply, Wait
from clerkd.simulate.modem.sim import SimCard
from clerkd.simulate.modem.storage import Store
from clerkd.simulate.network import Call, Done, Network

IMEI = "490154203237518"  # the example of 23.003's check digit
ICCID = "8900101000000000004"  # 89 telecommunications, 001 01 the test network, a Luhn digit (E.118)
IMSI = "001010123456789"
PUK = "12345678"
Heard = Callable[[str, dict[str, Any]], None]
Tapped = Callable[[str, bytes], None]


async def _fail(error: Exception) -> None:
    raise error


def nobody(_event: str, _facts: dict[str, Any]) -> None:
    """Hear nothing."""


def untapped(_direction: str, _octets: bytes) -> None:
    """Look away."""


class VirtualModem:
    """A GSM modem on a pty that stands in `link`, in `network` under `number`. An asynchronous context manager.

    `tapped` is given every octet on the cable, with `tx` towards the modem and `rx` from it.
    `port` makes its end of the cable, a pty unless a simulation has other cables.
    `heard` is told what befalls it: `opened`, `closed`, `hung`, `woke`, `gone`, `back`, `restarted`.
    """

    def __init__(
        self,
        link: Path,
        network: Network,
        number: str,
        *,
        habits: Habits | None = None,
        faults: Faults | None = None,
        clock: Clock | None = None,
        imei: str = IMEI,
        iccid: str = ICCID,
        imsi: str = IMSI,
        pin: str = "",
        puk: str = PUK,
        submit_delay_s: float = 0.0,
        linked_delay_s: float | None = None,
        baud: int = 0,
        heard: Heard = nobody,
        tapped: Tapped = untapped,
        port: Callable[..., Port] = Port,
    ) -> None:
        self._new_port = port
        self._habits = habits or Habits()
        self._link = link
        self._baud = baud
        self._heard = heard
        self._tapped = tapped
        self._network = network
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._wakes_on_reopening = False
        self._leftover = b""  # still to be said to who has opened the port
        self._epoch = 0  # of hanging and going away: what was planned in an earlier one is void
        self.faults = faults or Faults()
        messages = Store("SM", self._habits.sim_slots, self._habits.first_index)
        self.sim = SimCard(number, iccid, imsi, messages, pin, puk, smsc=network.smsc)
        self.firmware = Firmware(
            network,
            self.sim,
            imei=imei,
            clock=clock or SystemClock(),
            habits=self._habits,
            faults=self.faults,
            submit_delay_s=submit_delay_s,
            linked_delay_s=submit_delay_s if linked_delay_s is None else linked_delay_s,
            write=self._write,
            announce=self._announce,
            pace=self,
            restart=lambda: self.after(0, self.restart),  # the answer to +CFUN=1,1 still goes out
            hang=self._hang_by_fault,
        )

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._port = self._new_port(
            self._link, received=self._received, opened=self._opened, closed=self._closed, baud=self._baud
        )
        self._port.plug()
        self._network.attach(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._network.detach(self)
        self.firmware.power_off()
        self._port.unplug()
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def link(self) -> Path:
        """Where clients find the modem."""
        return self._port.link

    @property
    def is_open(self) -> bool:
        """Whether a client has the port open."""
        return self._port.is_open

    # What befalls it -----------------------------------------------------------------------------------------

    def hang(self, seconds: float | None) -> None:
        """Go deaf for so long; None means until the port is closed and opened again."""
        self.firmware.dialogue.hang()
        self._wakes_on_reopening = seconds is None
        self._heard("hung", {"seconds": seconds})
        self._plan(seconds, self._wake)

    def gone(self, seconds: float | None, link: Path | None = None, *, power_cycle: bool = True) -> None:
        """Vanish from the bus and come back after so long, perhaps under another name; None means for good."""
        self._port.unplug()
        if power_cycle:
            self.firmware.power_off()
        else:
            self.firmware.dialogue.restart()
        self.firmware.dialogue.hang()
        self._wakes_on_reopening = False
        self._heard("gone", {"seconds": seconds})
        self._plan(seconds, lambda: self._come_back(link, power_cycle=power_cycle))

    def restart(self) -> None:
        """Do what +CFUN=1,1 does."""
        self._heard("restarted", {})
        self.faults.mute = False
        if self._habits.restart_disconnects:
            self.gone(self._habits.boot_s)
            return
        self.firmware.power_off()
        self.firmware.dialogue.hang()
        self._wakes_on_reopening = False
        if self._habits.boot_s:
            self._plan(self._habits.boot_s, self._booted)
        else:
            self._booted()

    def insert_sim(self, *, inserted: bool) -> None:
        """Put the SIM card in, or take it out."""
        self.sim.inserted = inserted
        self.sim.power_on()
        if self.reachable:
            self._network.arrived(self.number)

    def _plan(self, seconds: float | None, action: Callable[[], None]) -> None:
        self._epoch += 1
        epoch = self._epoch

        def act() -> None:
            if self._epoch == epoch:
                action()

        if seconds is not None:
            self.after(seconds, act)

    def _wake(self) -> None:
        self._wakes_on_reopening = False
        self.firmware.dialogue.restart()
        self._heard("woke", {})
        self._network.arrived(self.number)

    def _come_back(self, link: Path | None, *, power_cycle: bool) -> None:
        self._port.plug(link)
        self._heard("back", {"link": str(self._port.link)})
        if power_cycle:
            self._booted()
        else:
            self._wake()

    def _booted(self) -> None:
        self.firmware.dialogue.restart()
        self.firmware.power_on()

    def _hang_by_fault(self) -> None:
        self.faults.hang_on = ""
        self.hang(self.faults.hang_for or None)

    # Station of the network ----------------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """Its number."""
        return self.sim.number

    @property
    def reachable(self) -> bool:
        """Whether the network can page it."""
        return self.firmware.reachable

    def deliver(self, tpdu: bytes, done: Done) -> None:
        """Take a DELIVER or STATUS-REPORT."""
        self.firmware.deliver(tpdu, done)

    def call_changed(self, call: Call) -> None:
        """Hear of a call."""
        self.firmware.call_changed(call)

    # The wire and its time -----------------------------------------------------------------------------------

    def run(self, wait: Wait, resume: Callable[[Reply | CommandFailed], None]) -> Callable[[], None]:
        """Run a slow command's reply and call `resume` with its outcome; the result abandons it."""

        async def execute() -> None:
            try:
                outcome: Reply | CommandFailed = await wait.reply()
            except CommandFailed as error:
                outcome = error
            resume(outcome)

        task = self._spawn("command", execute())

        def abandon() -> None:
            # A restart that the command itself brings about must not cancel what runs it.
            if task is not asyncio.current_task():
                task.cancel()

        return abandon

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` later."""

        async def act() -> None:
            await asyncio.sleep(seconds)
            action()

        self._spawn("timer", act())

    def _spawn(self, what: str, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(coroutine, name=f"modem {self._link.name}: {what}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _received(self, octets: bytes) -> None:
        self._tapped("tx", octets)
        if self._leftover:
            self._write(self._leftover)
            self._leftover = b""
        dialogue = self.firmware.dialogue
        if dialogue.state is State.TEXT and self.faults.strikes("drop_in_text"):
            self.gone(self.faults.gone_for)
            return
        try:
            dialogue.feed(octets)
        except Exception as error:  # noqa: BLE001  whoever runs the modem must hear of its own faults, not only a log
            self._spawn("fault", _fail(error))

    def _write(self, octets: bytes) -> None:
        if self.faults.mute:
            return
        self._tapped("rx", octets)
        self._port.pace(self.faults.dribble, self.faults.dribble_pause)
        self._port.write(octets)

    def _announce(self, *lines: str) -> None:
        self.firmware.dialogue.announce(*lines)

    def _opened(self) -> None:
        self._heard("opened", {})
        self._leftover = self._habits.leftover.encode("latin-1")
        if self._wakes_on_reopening:
            self._wake()

    def _closed(self) -> None:
        self.firmware.dialogue.port_closed()
        self._heard("closed", {})
