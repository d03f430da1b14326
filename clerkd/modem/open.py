"""From what the configuration calls a port to an open link."""

from __future__ import annotations

from clerkd.modem.link import Link
from clerkd.modem.tcp import SCHEME, open_tcp
from clerkd.modem.tty import open_tty


async def open_link(port: str, baud: int) -> Link:
    """Open `tcp://host:port` or a path; raise `PortAbsent`, or `Held` when another program uses it."""
    if port.startswith(SCHEME):
        return await open_tcp(port)
    return await open_tty(port, baud)
