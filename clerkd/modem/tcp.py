"""A modem behind a TCP socket, as ser2net serves it in raw mode."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from clerkd.modem.link import PortAbsent

SCHEME = "tcp://"
CONNECT_S = 5.0


class TcpLink(asyncio.Protocol):
    """A connection to `tcp://host:port`."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received: Callable[[bytes], None] | None = None
        self._lost: Callable[[str], None] | None = None
        self._early = b""  # what came before `start`
        self._ended: str | None = None
        self._closed = asyncio.Event()

    @property
    def port(self) -> str:
        """The address."""
        return self._port

    def start(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Begin to deliver."""
        self._received, self._lost = received, lost
        if self._early:
            received(self._early)
        if self._ended is not None:
            lost(self._ended)

    def write(self, octets: bytes) -> None:
        """Write; asyncio keeps what the socket does not take."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def abort(self) -> None:
        """Close without sending what is unsent."""
        self._lost = None
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        """Return when the socket is closed."""
        await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set the socket up for short exchanges and for peers that vanish without a word."""
        self._transport = cast("asyncio.Transport", transport)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        """Pass octets on."""
        if self._received is None:
            self._early += data
        else:
            self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the end, once."""
        self._closed.set()
        self._ended = str(exc) if exc else "connection closed"
        if self._lost is not None:
            self._lost(self._ended)


async def open_tcp(port: str) -> TcpLink:
    """Connect; raise `PortAbsent`. `Held` cannot be known: a busy ser2net closes at once."""
    host, colon, number = port.removeprefix(SCHEME).rpartition(":")
    if not colon or not number.isdecimal():
        raise PortAbsent(f"{port} is not tcp://host:port", port=port)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            _transport, link = await loop.create_connection(lambda: TcpLink(port), host.strip("[]"), int(number))
    except TimeoutError as reason:
        raise PortAbsent(f"cannot connect to {port}: no answer", port=port) from reason
    except OSError as reason:
        raise PortAbsent(f"cannot connect to {port}: {reason}", port=port) from reason
    return link
