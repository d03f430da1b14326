"""A cable without a kernel: the modem's end and the daemon's end, and a bus on which modems appear by name."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clerkd.modem.link import PortAbsent

FASTEST_S, SLOWEST_S = 0.0005, 0.004  # a USB stick's turn


class Bus:
    """Which name leads to which modem now. Every link that the daemon opened is known, to be cut with its power."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.ports: dict[str, Cable] = {}
        self.links: set[DaemonEnd] = set()
        self.appeared = asyncio.Event()

    async def open(self, port: str, _baud: int) -> DaemonEnd:
        """Open a port as `clerkd.modem.open.open_link` does."""
        cable = self.ports.get(port)
        if cable is None:
            raise PortAbsent(f"{port} is not there", port=port)
        end = DaemonEnd(port, cable, self)
        self.links.add(end)
        cable.connect(end)
        return end

    def cut(self) -> None:
        """Let go of every port, as the end of a process does."""
        for link in tuple(self.links):
            link.abort()

    def later(self) -> float:
        """Return how long the next octets take."""
        return self.source.uniform(FASTEST_S, SLOWEST_S)


class BusFinder:
    """A `clerkd.modem.discovery_finders.PortFinder` for a port with one name; the bus says when something appears."""

    def __init__(self, port: str, bus: Bus) -> None:
        self._port = port
        self._bus = bus

    async def find(self, _waits: object) -> str:
        self._bus.appeared.clear()
        return self._port

    async def changed(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                await self._bus.appeared.wait()

    def confirm(self, port: str, *, imei: str | None = None, sim: str | None = None) -> None:
        return


class Cable:
    """The modem's end: what `clerkd.simulate.modem.port.Port` is on a pty."""

    def __init__(
        self,
        link: Path,
        *,
        bus: Bus,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        self._link = link
        self._bus = bus
        self._received = received
        self._opened = opened
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._daemon: DaemonEnd | None = None
        self._arrives = 0.0  # when the newest octets to the modem get there: none overtakes

    @property
    def link(self) -> Path:
        return self._link

    @property
    def is_open(self) -> bool:
        return self._daemon is not None

    def plug(self, link: Path | None = None) -> None:
        if link is not None:
            self._link = link
        self._bus.ports[str(self._link)] = self
        self._bus.appeared.set()

    def unplug(self) -> None:
        if self._bus.ports.get(str(self._link)) is self:
            del self._bus.ports[str(self._link)]
        if self._daemon is not None:
            self._daemon.hung_up("the port went away")

    def pace(self, dribble: int, pause: float) -> None:
        """Time is not what is simulated octet by octet."""

    def write(self, octets: bytes) -> None:
        """Send to the daemon; nobody there, nobody hears."""
        if self._daemon is not None:
            self._daemon.arriving(octets)

    # The daemon's side --------------------------------------------------------------------------------------

    def connect(self, daemon: DaemonEnd) -> None:
        if self._daemon is not None:
            self.disconnect(self._daemon)
        self._daemon = daemon
        self._opened()

    def disconnect(self, daemon: DaemonEnd) -> None:
        if self._daemon is daemon:
            self._daemon = None
            self._closed()

    def arriving(self, daemon: DaemonEnd, octets: bytes) -> None:
        self._arrives = max(self._arrives, self._loop.time() + self._bus.later())
        self._loop.call_at(self._arrives, self._arrived, daemon, octets)

    def _arrived(self, daemon: DaemonEnd, octets: bytes) -> None:
        if self._daemon is daemon:
            self._received(octets)


class DaemonEnd:
    """The daemon's end: a `clerkd.modem.link.Link`."""

    def __init__(self, port: str, cable: Cable, bus: Bus) -> None:
        self._port = port
        self._cable = cable
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._received: Callable[[bytes], None] | None = None
        self._lost: Callable[[str], None] | None = None
        self._arrives = 0.0

    @property
    def port(self) -> str:
        return self._port

    def start(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._received, self._lost = received, lost

    def write(self, octets: bytes) -> None:
        if self in self._bus.links:
            self._cable.arriving(self, octets)

    def abort(self) -> None:
        if self in self._bus.links:
            self._bus.links.discard(self)
            self._received = self._lost = None
            self._cable.disconnect(self)

    async def closed(self) -> None:
        return

    # From the modem's side ----------------------------------------------------------------------------------

    def arriving(self, octets: bytes) -> None:
        self._arrives = max(self._arrives, self._loop.time() + self._bus.later())
        self._loop.call_at(self._arrives, self._arrived, octets)

    def _arrived(self, octets: bytes) -> None:
        if self._received is not None:
            self._received(octets)

    def hung_up(self, reason: str) -> None:
        lost = self._lost
        self.abort()
        if lost is not None:
            lost(reason)
