"""The application: every call of the API behind one row of middlewares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiohttp import web

from clerkd.api.audit import AuditCalls
from clerkd.api.auth import Authenticator, Endpoint
from clerkd.api.census import Census
from clerkd.api.contact_files import ContactFileCalls, Imports
from clerkd.api.contacts import ContactCalls, Contacts
from clerkd.api.conversations import ConversationCalls
from clerkd.api.forwarding import Forwarder, ForwardingCalls
from clerkd.api.health import HealthCalls, Probe
from clerkd.api.lines import Console, LineCalls, Quotas
from clerkd.api.messages import MessageCalls, Outbox
from clerkd.api.metrics import MetricsCalls, Source
from clerkd.api.problems import problems
from clerkd.api.sims import SimCalls, Sims
from clerkd.api.status import StatusCalls
from clerkd.clock import Clock
from clerkd.ports.line import Line
from clerkd.ports.store import Store

BODY_LIMIT_OCTETS = 64 * 1024


class Calls(Protocol):
    """A group of calls."""

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        ...


def build_api(
    *,
    store: Store,
    outbox: Outbox,
    clock: Clock,
    version: str,
    lines: Sequence[Line] = (),
    modems: Mapping[str, Console] | None = None,
    probes: Mapping[str, Probe] | None = None,
    sources: Sequence[Source] = (),
    quotas: Quotas | None = None,
    contacts: Contacts | None = None,
    imports: Imports | None = None,
    sims: Sims | None = None,
    forwarders: Mapping[str, Forwarder] | None = None,
) -> web.Application:
    """Build the application; `Listener` (`clerkd.api.listen`) serves it.

    `modems` are reachable by AT commands under these names, `probes` tell the health of other parts (Slack),
    `sources` add metrics (commits of the store), `quotas` say how those of the lines stand.
    """
    health = HealthCalls(store, probes or {})
    census = Census(store, clock)
    metrics = MetricsCalls(
        store=store, lines=lines, health=health, census=census, clock=clock, version=version, sources=sources
    )
    calls: list[Calls] = [
        MessageCalls(store, outbox),
        ConversationCalls(store),
        AuditCalls(store),
        LineCalls(store, lines, modems or {}, quotas),
        StatusCalls(
            store=store, lines=lines, health=health, census=census, clock=clock, version=version, quotas=quotas
        ),
        health,
        metrics,
    ]
    if forwarders is not None:
        numbers = {line.name: line.status().number for line in lines}
        calls.append(ForwardingCalls(forwarders, numbers))
    if sims is not None:
        calls.append(SimCalls(sims, lines))
    if imports is not None:  # before the contacts: "imports" is no id
        calls.append(ContactFileCalls(store, imports, clock))
    if contacts is not None:
        calls.append(ContactCalls(store, contacts))
    authenticator = Authenticator(store, clock)
    app = web.Application(
        client_max_size=BODY_LIMIT_OCTETS,
        middlewares=[metrics.middleware, problems, authenticator.middleware],
    )
    app.add_routes([authenticator.route(endpoint) for one in calls for endpoint in one.endpoints()])
    return app
