"""The daemon's search for modems that are configured by what they are and not by where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from clerkd.modem.discovery import Found, examine, known_ports
from clerkd.modem.discovery_finders import Waits, Wanted, mismatch
from clerkd.modem.hotplug import SAFETY_S, Hotplug
from clerkd.modem.open import open_link
from clerkd.modem.probe import Opener
from clerkd.modem.session import PortLost
from clerkd.modem.sysfs import MAKERS, Roots, UsbDevice, usb_devices

log = structlog.get_logger()

STARTING_S = 60.0  # so long after a modem appeared it is asked again and again: it may still be starting
AGAIN_S = 0.5  # between looks at a port that cannot be opened
SILENT_S = 0.05  # one that is silent was waited for while it was asked

_Appearance = tuple[tuple[str, int, int], ...]  # of each port: where it leads, and the nodes' own numbers


@dataclass(slots=True)
class _Known:
    """A device as it appeared, the task that asks it, and what came of it."""

    appearance: _Appearance
    asking: asyncio.Task[None]
    found: Found | None = None

    @property
    def answered(self) -> bool:
        return self.found is not None and self.found.answers is not None

    def settled(self, waiting: Iterable[Wanted]) -> bool:
        """Tell whether asking again can show nothing new. A SIM is read later than its modem answers."""
        if self.found is None or self.found.answers is None:
            return False
        return self.found.answers.iccid is not None or all(wanted.iccid is None for wanted in waiting)


class Search:
    """Asks USB devices who they are, while a line waits for one. All lines share what is learnt."""

    def __init__(
        self, hotplug: Hotplug, roots: Roots, *, avoid: Collection[Path] = (), opener: Opener = open_link
    ) -> None:
        self._hotplug = hotplug
        self._roots = roots
        self._avoid = avoid  # ports that belong to lines by their paths
        self._opener = opener
        self._devices: dict[str, _Known] = {}
        self._waiting: list[Wanted] = []
        self._news = asyncio.Event()
        self._looked = False

    async def run(self) -> None:
        """Search until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                seen = self._hotplug.changes
                if self._waiting:
                    self._compare(await asyncio.to_thread(self._present), tasks)
                    self._tell()
                await self._hotplug.wait(seen, SAFETY_S)

    async def find(self, wanted: Wanted, waits: Waits) -> str:
        """Return the port of the modem that is wanted, as soon as it answers; `waits` hears why it does not."""
        self._waiting.append(wanted)
        self._hotplug.nudge()
        try:
            while (port := self._port_of(wanted)) is None:
                if self._looked:
                    waits(self._why_not(wanted))
                await self._news.wait()
            return port
        finally:
            self._waiting.remove(wanted)

    def forget(self, port: str) -> None:
        """Ask anew who is at a port: it was somebody else than thought."""
        for place, known in list(self._devices.items()):
            if known.found is not None and known.found.port is not None and str(known.found.port.path) == port:
                del self._devices[place]
        self._hotplug.nudge()

    def _port_of(self, wanted: Wanted) -> str | None:
        for known in self._devices.values():
            found = known.found
            if found is None or found.answers is None or found.port is None or not found.port.path.exists():
                continue
            if wanted.suits(imei=found.answers.imei, iccid=found.answers.iccid):
                return str(found.port.path)
        return None

    def _why_not(self, wanted: Wanted) -> str:
        found = [known.found for known in self._devices.values() if known.found is not None]
        others = sum(one.answers is not None for one in found)
        seen = f"; {others} other{'s' if others > 1 else ''} found" if others else ""
        problems = [f"; {problem}" for one in found if one.answers is None for problem in one.problems]
        return f"no modem with {wanted.words} answers{seen}{''.join(problems)}"

    # Looking -------------------------------------------------------------------------------------------------

    def _present(self) -> list[tuple[UsbDevice, _Appearance]]:
        spared = {path.resolve() for path in self._avoid}
        present = []
        for device in usb_devices(self._roots):
            if device.ttys and not any(tty.path.resolve() in spared for tty in device.ttys):
                try:
                    present.append((device, _appearance(device)))
                except OSError:  # gone between two looks
                    continue
        return present

    def _compare(self, present: list[tuple[UsbDevice, _Appearance]], tasks: asyncio.TaskGroup) -> None:
        """Forget what has gone or came anew, and ask what is not known."""
        self._looked = True
        appearances = {device.place: appearance for device, appearance in present}
        for place, known in list(self._devices.items()):
            if appearances.get(place) != known.appearance:
                known.asking.cancel()
                del self._devices[place]
        for device, appearance in present:
            before = self._devices.get(device.place)
            if before is not None and (before.settled(self._waiting) or not before.asking.done()):
                continue
            patience_s = STARTING_S if before is None and device.vendor_id in MAKERS else 0.0
            asking = tasks.create_task(self._ask(device, patience_s), name=f"search {device.place}")
            self._devices[device.place] = _Known(appearance, asking, before.found if before else None)

    async def _ask(self, device: UsbDevice, patience_s: float) -> None:
        """Ask a device who it is; one that is silent again, as long as it may be starting."""
        loop = asyncio.get_running_loop()
        until, ports = loop.time() + patience_s, known_ports()
        while True:
            found = await examine(device, self._roots, opener=self._opener, ports=ports, tries=2)
            known = self._devices.get(device.place)
            if known is None or known.asking is not asyncio.current_task():
                return
            if found.answers is not None or not known.answered:  # one that a line uses now cannot be asked
                known.found = found
                self._tell()
            if known.settled(self._waiting):
                log.info("modem.found", device=device.words, place=device.place)
                return
            if loop.time() >= until or not self._waiting:
                return
            await asyncio.sleep(SILENT_S if found.silent else AGAIN_S)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _appearance(device: UsbDevice) -> _Appearance:
    ports = []
    for tty in device.ttys:
        own, led_to = tty.path.lstat(), tty.path.stat()
        ports.append((str(tty.path), own.st_ino, led_to.st_rdev))
    return tuple(ports)


class SearchFinder:
    """A port that is found by what answers there."""

    def __init__(self, wanted: Wanted, search: Search) -> None:
        self._wanted = wanted
        self._search = search

    async def find(self, waits: Waits) -> str:
        """Return the port of the modem that is wanted, as soon as it answers."""
        return await self._search.find(self._wanted, waits)

    async def changed(self) -> None:
        """Wait a moment: the port answered just now."""
        await asyncio.sleep(AGAIN_S)

    def confirm(self, port: str, *, imei: str | None = None, sim: str | None = None) -> None:
        """Compare with what is wanted: names may have changed since the port was asked."""
        words = mismatch(self._wanted, port, imei, sim)
        if words is not None:
            self._search.forget(port)
            raise PortLost(words)
