"""What the stand-ins of all carriers have in common: an address, a ledger of what went out and came in, and faults.

A stand-in is strict: what the carrier refuses it refuses, and what clerkd should never send it notes as a violation.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web


@dataclass(slots=True)
class Entry:
    """One text at the carrier."""

    id: str
    peer: str
    text: str
    at: float  # epoch seconds
    inbound: bool
    status: str
    reference: str | None = None
    error_code: int | None = None


class CarrierStandIn(ABC):
    """An HTTP server on loopback that keeps its address while it is stopped and started again."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.violations: list[str] = []
        self.requests: list[str] = []
        # What happens to the next texts handed over, one each: "500" refuses to answer, "500-taken", "cut-taken" and
        # "lost" (lookups fail as well) take the text first, "rate", "refused" and "opted-out" refuse it.
        self.faults: deque[str] = deque()
        self.delivers = True  # what is taken is delivered at once
        self.lookups_fail = False
        self.suspended = False
        self._entries: list[Entry] = []
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def sent(self) -> list[Entry]:
        """What was taken, oldest first."""
        return [entry for entry in self._entries if not entry.inbound]

    @property
    def received(self) -> list[Entry]:
        """What phones sent to the number, oldest first."""
        return [entry for entry in self._entries if entry.inbound]

    def on_air(self, peer: str) -> list[str]:
        """The texts that reached a phone."""
        return [entry.text for entry in self.sent if entry.peer == peer]

    def text_in(self, peer: str, text: str) -> Entry:
        """Let a phone text the number."""
        return self._enter(peer, text, inbound=True)

    async def start(self) -> None:
        """Listen; a second time on the same port."""
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections; what is known stays known."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """Return what is served."""

    @abstractmethod
    def new_id(self) -> str:
        """Return an id as this carrier makes them."""

    # For the carriers ----------------------------------------------------------------------------------------

    def _enter(self, peer: str, text: str, *, inbound: bool, reference: str | None = None) -> Entry:
        status = "received" if inbound else ("delivered" if self.delivers else "queued")
        entry = Entry(self.new_id(), peer, text, time.time(), inbound, status, reference)
        self._entries.append(entry)
        return entry

    def _next_fault(self) -> str | None:
        self.lookups_fail = False
        fault = self.faults.popleft() if self.faults else None
        if fault == "lost":
            self.lookups_fail = True
        return fault

    def _wrong(self, words: str) -> None:
        self.violations.append(words)

    def _newest_first(self) -> list[Entry]:
        return self._entries[::-1]

    def _find(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self._entries if entry.id == entry_id), None)


def basic(user: str, secret: str) -> str:
    """Return the header `Authorization` that names an account (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()


def cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
