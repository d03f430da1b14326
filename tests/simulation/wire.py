"""A network without a kernel: what asyncio's protocols are given where a program would get TCP.

Octets arrive in order and a little later. A connection can be reset, refused, or left with nobody at its other end.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from typing import Any

FASTEST_S, SLOWEST_S = 0.005, 0.08  # to a server on another continent
MOST_UNDER_WAY = 64 << 10  # octets, beyond which a writer is asked to pause

Factory = Callable[[], Any]


class Wire:
    """Who listens where, and every connection that is open."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.up = True
        self.calls = 0  # connections that were made
        self._servers: dict[tuple[str, int], Factory] = {}
        self._dialled: dict[socket.socket, tuple[str, int]] = {}
        self._open: list[End] = []  # the callers' ends

    def later(self) -> float:
        """Return how long the next octets take."""
        return self.source.uniform(FASTEST_S, SLOWEST_S)

    def listen(self, factory: Factory, host: str, port: int) -> Listener:
        """Serve an address until the listener is closed."""
        address = (host, port or 8080)
        self._servers[address] = factory
        return Listener(address, lambda: self._servers.pop(address, None))

    async def dial(self, sock: socket.socket, address: tuple[str, int]) -> None:
        """Find out whether somebody answers; the socket is only the connection's name until it is made."""
        await asyncio.sleep(self.later())
        if not self.up or address not in self._servers:
            raise ConnectionRefusedError(111, "nobody answers: simulated")
        self._dialled[sock] = address

    def connect(self, factory: Factory, sock: socket.socket) -> tuple[End, Any]:
        """Make the connection that was dialled."""
        address = self._dialled.pop(sock)
        sock.close()
        if address not in self._servers:
            raise ConnectionResetError(104, "the server has gone: simulated")
        self.calls += 1
        caller = ("192.0.2.1", 40_000 + self.calls)
        near, far = End(self, factory(), caller, address), End(self, self._servers[address](), address, caller)
        near.peer, far.peer = far, near
        self._open.append(near)
        far.protocol.connection_made(far)
        near.protocol.connection_made(near)
        return near, near.protocol

    def reset(self, share: float = 1.0) -> None:
        """Break a share of the connections, as a router in between does: both ends hear of it."""
        for end in tuple(self._open):
            if self.source.random() < share:
                end.abort()

    def vanish(self) -> None:
        """Take the callers' machine away. Some servers hear of it, others talk to nobody."""
        for end in tuple(self._open):
            if self.source.random() < 0.5:
                end.peer = None
            end.abort()

    def forget(self, end: End) -> None:
        if end in self._open:
            self._open.remove(end)


class Listener:
    """What `create_server` returns."""

    def __init__(self, address: tuple[str, int], close: Callable[[], object]) -> None:
        self._address = address
        self._close = close

    @property
    def sockets(self) -> list[Listener]:
        return [self]

    def getsockname(self) -> tuple[str, int]:
        return self._address

    def close(self) -> None:
        self._close()

    async def wait_closed(self) -> None:
        return


class End(asyncio.Transport):
    """One end of a connection."""

    def __init__(self, wire: Wire, protocol: Any, own: tuple[str, int], other: tuple[str, int]) -> None:
        super().__init__({"sockname": own, "peername": other})
        self.protocol = protocol
        self.peer: End | None = None
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._lost = False
        self._arrives = 0.0  # when the newest octets for this end get there: none overtakes
        self._held: list[bytes | None] | None = None  # what came while nobody reads; None is the end
        self._under_way = 0  # octets that this end wrote and that have not been read
        self._paused = False

    # What a protocol asks for -------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self.peer is None:
            return
        octets = bytes(data)
        self._under_way += len(octets)
        self.peer.arriving(octets)
        if self._under_way > MOST_UNDER_WAY and not self._paused:
            self._paused = True
            self.protocol.pause_writing()

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        if self.peer is not None:
            self.peer.arriving(None)
        self._loop.call_soon(self.lose, None)

    def abort(self) -> None:
        if self._lost:
            return
        self._closing = True
        if self.peer is not None:
            self._loop.call_later(self._wire.later(), self.peer.lose, ConnectionResetError(104, "reset: simulated"))
        self._loop.call_soon(self.lose, None)

    def is_closing(self) -> bool:
        return self._closing

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        if self._held is None:
            self._held = []

    def resume_reading(self) -> None:
        held, self._held = self._held, None
        for octets in held or ():
            self._loop.call_soon(self._arrived, octets)

    def is_reading(self) -> bool:
        return self._held is None

    def get_write_buffer_size(self) -> int:
        return self._under_way

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The limit is the wire's."""

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    # From the other end -------------------------------------------------------------------------------------

    def arriving(self, octets: bytes | None) -> None:
        self._arrives = max(self._arrives, self._loop.time() + self._wire.later())
        self._loop.call_at(self._arrives, self._arrived, octets)

    def _arrived(self, octets: bytes | None) -> None:
        if self._lost:
            return
        if self._held is not None:
            self._held.append(octets)
        elif octets is None:
            self.protocol.eof_received()
            self.close()
        else:
            if self.peer is not None:
                self.peer.read_there(len(octets))
            if not self._closing:
                self.protocol.data_received(octets)

    def read_there(self, count: int) -> None:
        self._under_way -= count
        if self._paused and self._under_way <= MOST_UNDER_WAY // 2 and not self._lost:
            self._paused = False
            self.protocol.resume_writing()

    def lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._wire.forget(self)
        self.protocol.connection_lost(error)
