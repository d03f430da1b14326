"""`/metrics`: what Prometheus reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler as Next

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.census import Census
from clerkd.api.health import HealthCalls
from clerkd.api.problems import route_of
from clerkd.api.prometheus import CONTENT_TYPE, Metric, Sample, write
from clerkd.clock import Clock
from clerkd.model.line import LineState
from clerkd.model.token import Scope
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.counts import count_waiting

Source = Callable[[], Iterable[Metric]]


class MetricsCalls:
    """The call that Prometheus makes, and the count of all others."""

    def __init__(
        self,
        *,
        store: Store,
        lines: Sequence[Line],
        health: HealthCalls,
        census: Census,
        clock: Clock,
        version: str,
        sources: Sequence[Source] = (),
    ) -> None:
        self._store = store
        self._lines = lines
        self._health = health
        self._census = census
        self._version = version
        self._started_at = clock.now_ms() / 1000
        self._sources = sources
        self._requests: Counter[tuple[str, str, str]] = Counter()

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [Endpoint("GET", "/metrics", Scope.READ, self.scrape, open_on_loopback=True)]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Count every answer by route pattern and status."""
        response = await handler(request)
        self._requests[request.method, route_of(request), str(response.status)] += 1
        return response

    async def scrape(self, _: web.Request, __: Caller) -> web.Response:
        """Answer with all metrics."""
        messages = await self._census.counts()
        waiting = await self._store.read(count_waiting)
        metrics = [
            Metric("clerkd_build_info", "gauge", "Version of the daemon.", (Sample(1, {"version": self._version}),)),
            Metric(
                "clerkd_start_time_seconds", "gauge", "When the daemon started, Unix time.", (Sample(self._started_at),)
            ),
            Metric(
                "clerkd_messages",
                "gauge",
                "Messages in the store by direction and state.",
                tuple(
                    Sample(count, {"direction": direction.value, "state": state.value})
                    for (direction, state), count in sorted(messages.items())
                ),
            ),
            *self._line_metrics(waiting),
            await self._component_metric(),
            Metric(
                "clerkd_http_requests_total",
                "counter",
                "HTTP requests answered, by method, route and status.",
                tuple(
                    Sample(count, {"method": method, "route": route, "status": status})
                    for (method, route, status), count in sorted(self._requests.items())
                ),
            ),
        ]
        for source in self._sources:
            metrics.extend(source())
        return web.Response(body=write(metrics).encode(), headers={"Content-Type": CONTENT_TYPE})

    def _line_metrics(self, waiting: dict[str, int]) -> list[Metric]:
        found = [line.status() for line in self._lines]
        return [
            Metric(
                "clerkd_line_queued_segments",
                "gauge",
                "Segments that wait for their line.",
                tuple(Sample(waiting.get(status.name, 0), {"line": status.name}) for status in found),
            ),
            Metric(
                "clerkd_line_state",
                "gauge",
                "1 for the state that the line is in, 0 for the others.",
                tuple(
                    Sample(float(status.state is state), {"line": status.name, "state": state.value})
                    for status in found
                    for state in LineState
                ),
            ),
            Metric(
                "clerkd_line_signal_dbm",
                "gauge",
                "Received signal strength; absent while it is not known.",
                tuple(
                    Sample(status.signal_dbm, {"line": status.name})
                    for status in found
                    if status.signal_dbm is not None
                ),
            ),
        ]

    async def _component_metric(self) -> Metric:
        found = await self._health.components()
        return Metric(
            "clerkd_component_up",
            "gauge",
            "1 while a part of the daemon (store, slack) works.",
            tuple(Sample(float(health.ok), {"component": name}) for name, health in found.items()),
        )
