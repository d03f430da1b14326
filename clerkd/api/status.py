"""`/v1/status`: everything that `clerkd status` prints, in one answer."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.census import Census
from clerkd.api.health import HealthCalls, components_out
from clerkd.api.lines import Quotas
from clerkd.api.respond import query, reply
from clerkd.api.wire import EmptyQuery, StatusOut, line_detail
from clerkd.clock import Clock, iso
from clerkd.model.token import Scope
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.counts import count_waiting


class StatusCalls:
    """The daemon at a glance."""

    def __init__(
        self,
        *,
        store: Store,
        lines: Sequence[Line],
        health: HealthCalls,
        census: Census,
        clock: Clock,
        version: str,
        quotas: Quotas | None = None,
    ) -> None:
        self._store = store
        self._lines = lines
        self._health = health
        self._census = census
        self._clock = clock
        self._version = version
        self._quotas = quotas
        self._started_at = clock.now_ms()
        self._started = clock.monotonic()

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [Endpoint("GET", "/v1/status", Scope.ADMIN, self.status)]

    async def status(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with lines, counts and the health of every part."""
        query(request, EmptyQuery)
        waiting = await self._store.read(count_waiting)
        quotas = {} if self._quotas is None else await self._quotas.status()
        counted = await self._census.counts()
        return reply(
            StatusOut(
                version=self._version,
                started_at=iso(self._started_at),
                uptime_s=int(self._clock.monotonic() - self._started),
                lines=[
                    line_detail(line.status(), waiting.get(line.name, 0), quotas.get(line.name)) for line in self._lines
                ],
                messages={state.value: count for (_, state), count in sorted(counted.items())},
                components=components_out(await self._health.components()),
            )
        )
