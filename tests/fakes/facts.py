"""Wait for a fact with a deadline, where nothing tells that it came true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_STEP_S = 0.005


async def fact(check: Callable[[], T], within_s: float = 10.0) -> T:
    """Return what `check` returns as soon as that is true; raise `TimeoutError`."""
    async with asyncio.timeout(within_s):
        while not (found := check()):
            await asyncio.sleep(_STEP_S)
    return found


def blocking_fact(check: Callable[[], T], within_s: float = 10.0) -> T:
    """As `fact`, for tests without an event loop."""
    deadline = time.monotonic() + within_s
    while not (found := check()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_STEP_S)
    return found
