"""A line over the virtual modem, with a receiver that keeps everything in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fakes.modem_rig import Rig, stop
from fakes.numbers import NUMBER
from fakes.receiver import KeepingReceiver

from clerkd.clock import SystemClock
from clerkd.modem.line import ModemLine
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    network = Network(SystemClock(), refill_s=0.01, retry_s=0.01)
    yield network
    network.close()


@pytest.fixture
async def start_line(tmp_path, network) -> AsyncIterator[Callable[..., Any]]:
    """Return a function that plugs a modem in and starts a line on it; `line_options` go to the line.

    `before` is called with the modem before the line starts."""
    async with AsyncExitStack() as stack:

        async def start(
            *,
            ready: bool = True,
            before: Callable[[VirtualModem], None] = lambda _modem: None,
            line_options: dict[str, Any] | None = None,
            **options: Any,
        ) -> Rig:
            heard: list[tuple[str, dict[str, Any]]] = []
            modem = VirtualModem(
                tmp_path / "ttyUSB0",
                network,
                NUMBER,
                heard=lambda event, facts: heard.append((event, facts)),
                **options,
            )
            await stack.enter_async_context(modem)
            before(modem)
            receiver = KeepingReceiver()
            line = ModemLine(
                name="support",
                number=NUMBER,
                port=str(modem.link),
                receiver=receiver,
                clock=SystemClock(),
                **(line_options or {}),
            )
            task = asyncio.create_task(line.run(), name="line")
            stack.push_async_callback(stop, task)
            rig = Rig(modem, line, receiver, heard, task)
            if ready:
                await rig.ready()
            return rig

        yield start
