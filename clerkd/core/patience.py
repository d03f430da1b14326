"""Waiting for a store that takes nothing now: what must be written is written later, and nobody falls over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from clerkd.core.outbound.bell import Bell
from clerkd.errors import StoreBusy, StoreFull
from clerkd.ports.store import Store, Tx

P = ParamSpec("P")
T = TypeVar("T")

RETRY_S = 1.0
PASSING = (StoreFull, StoreBusy)

log = structlog.get_logger()


async def write_patiently(store: Store, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Write, again and again until the store takes it. For a task's own work; callers of the core are told at once."""
    waiting = False
    while True:
        try:
            return await store.write(op, *args, **kwargs)
        except PASSING as reason:
            if not waiting:
                log.warning("store.waited-for", op=op.__name__, code=reason.code, error=str(reason))
            waiting = True
            await asyncio.sleep(RETRY_S)


async def pay_owed(
    bell: Bell, store: Store, owed: Callable[[Tx], Iterable[T]], pay: Callable[[T], Awaitable[None]], *, waits: str
) -> None:
    """Do what is `owed`, by an earlier life too, and again whenever the bell rings, for ever.

    While the store takes nothing that is logged as `waits`, and tried again.
    """
    while True:
        bell.quiet()
        try:
            for one in await store.read(owed):
                await pay(one)
        except PASSING as reason:
            log.warning(waits, code=reason.code)
            await bell.wait(RETRY_S)
        else:
            await bell.wait(None)
