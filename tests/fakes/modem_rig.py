"""One line, the modem it drives and what it told: what the tests of the modem room have in their hands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from fakes.facts import fact
from fakes.numbers import PEER
from fakes.receiver import KeepingReceiver

from clerkd.model.line import LineState, Outgoing, Receipt
from clerkd.modem.line import ModemLine
from clerkd.modem.profile import Profile, load_profile
from clerkd.simulate.modem import VirtualModem


def profile(*, deadlines: dict[str, float] | None = None, **changes: Any) -> Profile:
    """Return the generic profile with other deadlines, in seconds, or other fields."""
    return msgspec.structs.replace(load_profile("generic"), deadlines=deadlines or {}, **changes)


@dataclass
class Rig:
    """A line in service."""

    modem: VirtualModem
    line: ModemLine
    receiver: KeepingReceiver
    heard: list[tuple[str, dict[str, Any]]]  # what the virtual modem tells about itself
    task: asyncio.Task[None]

    async def send(self, text: str, *, more: bool = False) -> list[Receipt]:
        plan = self.line.plan(Outgoing(PEER, text, 7, report=True))
        return [await self.line.submit(segment, more=more) for segment in plan.segments]

    async def ready(self, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            await self.line.wait_ready()

    async def until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        """Return when `holds` does."""
        await fact(holds, seconds)

    async def state(self, state: LineState, seconds: float = 10) -> None:
        await self.until(lambda: self.line.status().state is state, seconds)

    @property
    def commands(self) -> list[str]:
        """The last command lines on the wire, without PDUs."""
        sent = [line.split(" > ", 1)[1] for line in self.line.recorder.lines() if re.match(r"[\d.]+ > ", line)]
        return [text.removesuffix("\\r").removeprefix("\\x1b") for text in sent if text.endswith("\\r")]

    @property
    def written(self) -> int:
        """How many of the last writes there were, PDUs included."""
        return sum(bool(re.match(r"[\d.]+ > ", line)) for line in self.line.recorder.lines())


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
