"""How the parts of the daemon are, for `/healthz`, `/readyz` and `clerkd status`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.respond import reply
from clerkd.api.wire import ComponentOut, HealthOut
from clerkd.errors import ClerkdError
from clerkd.model.token import Scope
from clerkd.ports.store import Store, Tx

_STORE_DEADLINE_S = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """How a part is."""

    ok: bool
    state: str  # one word for programs: connected, connecting, off, down …
    reason: str | None = None  # for people: what is wrong and what to do
    needed: bool = False  # whether new messages cannot be accepted without it


Probe = Callable[[], Health]


class HealthCalls:
    """The calls that a supervisor or a load balancer makes."""

    def __init__(self, store: Store, probes: Mapping[str, Probe]) -> None:
        self._store = store
        self._probes = probes

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("GET", "/healthz", Scope.READ, self.alive, open_on_loopback=True),
            Endpoint("GET", "/readyz", Scope.READ, self.ready, open_on_loopback=True),
        ]

    async def alive(self, _: web.Request, __: Caller) -> web.Response:
        """Answer 200 as long as the event loop turns."""
        return reply(HealthOut("ok", {}))

    async def ready(self, _: web.Request, __: Caller) -> web.Response:
        """Answer 200 when a message would be accepted and kept, else 503.

        A lost modem or Slack is told and does not make the daemon unready: it keeps what it is given, and taking
        it out of service would only lose the callers.
        """
        found = await self.components()
        ready = all(health.ok for health in found.values() if health.needed)
        degraded = not all(health.ok for health in found.values())
        word = ("degraded" if degraded else "ok") if ready else "unready"
        return reply(HealthOut(word, components_out(found)), status=200 if ready else 503)

    async def components(self) -> dict[str, Health]:
        """Return the store's health and that of every other part."""
        return {"store": await self._store_health(), **{name: probe() for name, probe in self._probes.items()}}

    async def _store_health(self) -> Health:
        try:
            async with asyncio.timeout(_STORE_DEADLINE_S):
                await self._store.write(_touch)
        except ClerkdError as error:
            return Health(ok=False, state=error.code, reason=error.message, needed=True)
        except TimeoutError:
            return Health(ok=False, state="slow", reason=f"no commit within {_STORE_DEADLINE_S:.0f} s", needed=True)
        return Health(ok=True, state="open", needed=True)


def _touch(tx: Tx) -> None:
    """Pass through the writer without writing: it answers, and the commit of an empty transaction is free."""
    tx.one("SELECT 1")


def components_out(found: Mapping[str, Health]) -> dict[str, ComponentOut]:
    """Return health as JSON has it."""
    return {name: ComponentOut(health.ok, health.state, health.reason) for name, health in found.items()}
