"""Which line carries a message: the one that was asked for, the one the peer knows, or the best of a route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.routes import Route, lines_for
from clerkd.errors import InvalidNumber, UnknownLine
from clerkd.model.line import LineState
from clerkd.model.message import SendRequest
from clerkd.model.number import read_number, region_of
from clerkd.model.quota import QuotaStatus
from clerkd.model.rules import LineRules
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.routes import line_of_peer

_WORKING = {LineState.READY, LineState.DEGRADED}


class Quotas(Protocol):
    """How the quotas of lines stand."""

    async def status(self) -> Mapping[str, QuotaStatus]:
        """Return each by its line; lines without a quota are left out."""
        ...


class Router:
    """Chooses once, when a message is accepted: a conversation keeps its number."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        *,
        routes: Sequence[Route] = (),
        policy: Policy | None = None,
        store: Store | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self._lines = dict(lines)
        self._routes = tuple(routes)
        self._policy = policy
        self._store = store
        self._quotas = quotas

    def route(self, rules: LineRules) -> list[Line]:
        """Return the line of these rules; raise `UnknownLine`."""
        line = self._lines.get(rules.name)
        if line is None:
            raise UnknownLine(f"{rules.name} has nothing to send with", line=rules.name, lines=list(self._lines))
        return [line]

    async def choose(self, request: SendRequest) -> SendRequest:
        """Return a request that names its line, if there is anything to choose from.

        The order: the line that was asked for; the line of the peer's newest conversation; of the first route that
        leads to the peer, the first line that may text there, works and has quota left. Nothing fits: the request as it
        was, for the policy to say why.
        """
        if request.line is not None or len(self._lines) < 2 or self._policy is None or self._store is None:
            return request
        try:
            peer = read_number(request.to, self._policy.rules(None).region)
        except InvalidNumber:
            return request
        known = await self._store.read(line_of_peer, peer)
        if known in self._lines:
            return replace(request, line=known)
        names = [name for name in lines_for(self._routes, peer) if name in self._lines and self._allows(name, peer)]
        if not names:
            return request
        spent = await self._spent()
        return replace(request, line=min(names, key=lambda name: (not self._works(name), name in spent)))

    def _allows(self, name: str, peer: str) -> bool:
        assert self._policy is not None  # noqa: S101 - the caller asked
        rules = self._policy.rules(name)
        return region_of(peer) in (rules.countries or {rules.region})

    def _works(self, name: str) -> bool:
        return self._lines[name].status().state in _WORKING

    async def _spent(self) -> set[str]:
        """Return the lines whose quota is used up."""
        standing = {} if self._quotas is None else await self._quotas.status()
        return {name for name, quota in standing.items() if not quota.left}
