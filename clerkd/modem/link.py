"""A modem's byte pipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from clerkd.errors import Temporary


class PortAbsent(Temporary):
    """There is no such port now, or nobody answers at its address; details: `port`."""

    code = "modem.absent"


class PortBroken(PortAbsent):
    """The port is there and cannot be opened: its driver or its device fails; details: `port`."""

    code = "modem.port-broken"


class Link(Protocol):
    """Octets in both directions. After `lost` was called, or after `abort`, nothing more comes."""

    @property
    def port(self) -> str:
        """What was opened, as the configuration names it."""
        ...

    def start(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Deliver what comes to `received`, and once the reason for the end to `lost`."""
        ...

    def write(self, octets: bytes) -> None:
        """Write without waiting; a failure is told through `lost`."""
        ...

    def abort(self) -> None:
        """Close without delay and without sending what is still unsent."""
        ...

    async def closed(self) -> None:
        """Return when the operating system has let go of the port."""
        ...
