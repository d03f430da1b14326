from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fakes.sms import MODEM
from fakes.terminal import Terminal

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.network import Network


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    network = Network(SystemClock(), refill_s=0.01, retry_s=0.01)
    yield network
    network.close()


@pytest.fixture
async def plug_in(tmp_path, network) -> AsyncIterator[Callable[..., Any]]:
    """Return a function that makes a modem in the network and opens a terminal on it, echo off, errors numeric.

    Habits are given by their names, as `sim_slots=2`; a modem's own arguments too.
    """
    unexpected: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unexpected.append(context))
    async with AsyncExitStack() as stack:

        async def make(*, prepare: bool = True, number: str = MODEM, **options: Any) -> tuple[VirtualModem, Terminal]:
            link = options.pop("link", tmp_path / "ttyUSB0")
            habits = {name: options.pop(name) for name in list(options) if name in Habits.__dataclass_fields__}
            options.setdefault("habits", Habits(**({"operator_search_s": 0.05, "ussd_s": 0.01} | habits)))
            modem = await stack.enter_async_context(VirtualModem(link, network, number, **options))
            terminal = Terminal(link).open()
            stack.callback(terminal.close)
            if prepare:
                assert (await terminal.ask("ATE0"))[-1] == "OK"
                assert await terminal.ask("AT+CMEE=1") == ["OK"]
            return modem, terminal

        yield make
    assert unexpected == []
