"""Where a line's modem is: at a path, or wherever the one with an IMEI or ICCID answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clerkd.model.sim import same_sim
from clerkd.modem.hotplug import SAFETY_S, Hotplug
from clerkd.modem.session import PortLost
from clerkd.modem.tcp import SCHEME

LOOK_S = 0.2  # between looks at a port when nothing tells of changes, as with a modem behind TCP
AGAIN_S = 1.0  # before the next try of a port that is there and cannot be opened

Waits = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose modem it must be. With an ICCID it is the one that holds this SIM, otherwise the one with the IMEI."""

    imei: str | None = None
    iccid: str | None = None

    @property
    def words(self) -> str:
        """Return what is wanted, for people."""
        return f"the SIM {self.iccid}" if self.iccid else f"the IMEI {self.imei}"

    def suits(self, *, imei: str | None, iccid: str | None) -> bool:
        """Tell whether a modem that says this of itself is the one."""
        if self.iccid is not None:
            return iccid is not None and same_sim(self.iccid, iccid)
        return self.imei is None or imei == self.imei


class PortFinder(Protocol):
    """Knows which port a line has to open."""

    async def find(self, waits: Waits) -> str:
        """Return the port, as soon as there is one; `waits` is told why there is none yet."""
        ...

    async def changed(self) -> None:
        """Return when it is worthwhile to try again after a port could not be opened."""
        ...

    def confirm(self, port: str, *, imei: str | None = None, sim: str | None = None) -> None:
        """Hear what the modem at `port` says of itself; raise `PortLost` if it is not the right one."""
        ...


class PathFinder:
    """A port that the configuration names."""

    def __init__(self, port: str, wanted: Wanted | None = None, hotplug: Hotplug | None = None) -> None:
        self._port = port
        self._wanted = wanted or Wanted()
        self._hotplug = hotplug
        self._seen = 0
        self._strange = False

    async def find(self, waits: Waits) -> str:  # noqa: ARG002  the opener says why a path cannot be opened
        """Return the path; after a strange modem was there, when something has changed."""
        if self._strange:
            self._strange = False
            await self._wait(SAFETY_S)
        if self._hotplug is not None:
            self._seen = self._hotplug.changes
        return self._port

    async def changed(self) -> None:
        """Wait for the path to appear, or to become ours."""
        there = not self._port.startswith(SCHEME) and Path(self._port).exists()  # noqa: ASYNC240  a stat, seldom
        await self._wait(AGAIN_S if there else SAFETY_S)

    async def _wait(self, within_s: float) -> None:
        if self._hotplug is None or self._port.startswith(SCHEME):
            await asyncio.sleep(LOOK_S)
        else:
            await self._hotplug.wait(self._seen, within_s)

    def confirm(self, port: str, *, imei: str | None = None, sim: str | None = None) -> None:
        """Compare with what the configuration wants to be there."""
        words = mismatch(self._wanted, port, imei, sim)
        if words is not None:
            self._strange = True
            raise PortLost(words)


def mismatch(wanted: Wanted, port: str, imei: str | None, sim: str | None) -> str | None:
    """Return what is wrong with the modem at a port, or None."""
    if wanted.iccid is not None:
        if sim is not None and not same_sim(wanted.iccid, sim):
            return f"the modem at {port} holds another SIM ({sim}), not {wanted.iccid}: nothing is sent through it"
    elif imei is not None and wanted.imei not in {None, imei}:
        return f"another modem is at {port} (IMEI {imei}, not {wanted.imei}): nothing is sent through it"
    return None
