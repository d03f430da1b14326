"""An event loop that owns the time: nothing waits, the clock jumps to whatever is due next.

Work that production code gives to threads runs at once, in the loop, so that one seed has one history.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable
from typing import Any

from simulation.wire import End, Factory, Listener, Wire

from clerkd.clock import SystemClock

TICK_S = 1e-9  # so that what was waited for is past, however floats are rounded


class StandstillError(Exception):
    """Everything waits for something that will never come."""


class _Times(selectors.BaseSelector):
    """A selector without files. Being asked to wait, it moves the time on."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise StandstillError("no timer is set, and nothing can happen")
        if timeout > 0:
            self.now += timeout + TICK_S
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)  # the loop's own wake-up pipe; no thread uses it

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def get_map(self) -> dict[Any, Any]:
        return {}


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs any asyncio program that uses no files and no threads of its own; `wire` is the network, if there is one."""

    def __init__(self) -> None:
        self._times = _Times()
        self.wire: Wire | None = None
        super().__init__(self._times)

    def time(self) -> float:
        """Return simulated seconds since the start."""
        return self._times.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run it now."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whatever it is, it is the caller's
            done.set_exception(error)
        return done

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Dial over the wire."""
        assert self.wire is not None
        await self.wire.dial(sock, (address[0], address[1]))

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Factory, *_where: Any, sock: socket.socket, **_how: Any
    ) -> tuple[End, Any]:
        """Connect what was dialled."""
        assert self.wire is not None
        return self.wire.connect(protocol_factory, sock)

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, host: str, port: int, **_how: Any
    ) -> Listener:
        """Listen on the wire."""
        assert self.wire is not None
        return self.wire.listen(protocol_factory, host, port)


class SimulatedClock(SystemClock):
    """The machine's clocks, on the loop's time; the wall clock can be set, the other one cannot."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_ms: int) -> None:
        self._loop = loop
        self._start_ms = start_ms
        self.offset_ms = 0  # by which this machine's wall clock is wrong

    def now_ms(self) -> int:
        """Return wall-clock time."""
        return self._start_ms + self.offset_ms + round(self._loop.time() * 1000)

    def monotonic(self) -> float:
        """Return the loop's time."""
        return self._loop.time()
