"""`/v1/lines/{name}/sim`: which SIM is a line's, and another one in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

import structlog
from aiohttp import web
from msgspec import Meta, Struct

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.respond import body, reply
from clerkd.clock import iso
from clerkd.model.sim import SimStanding
from clerkd.model.token import Scope
from clerkd.ports.line import Line

COMMAND_LINE = "the command line"

log = structlog.get_logger()


class SimBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/lines/{name}/sim`."""

    sim: Annotated[str, Meta(pattern=r"^[0-9]{15,20}\Z")]


class SimOut(Struct):
    """Which SIM is a line's, and which is in its modem."""

    line: str
    number: str
    state: str
    bound: str | None
    since: str | None
    present: str | None
    other: bool  # what is there is not the line's


class Sims(Protocol):
    """Who knows which SIM is a line's."""

    async def standing(self, line: str) -> SimStanding:
        """Return how it stands; raise `UnknownLine`."""
        ...

    async def replace(self, line: str, sim: str, *, actor: str) -> SimStanding:
        """Make a SIM the line's; raise `UnknownLine`, or `Conflict` if another one is there."""
        ...


class SimCalls:
    """The calls about SIMs."""

    def __init__(self, sims: Sims, lines: Sequence[Line]) -> None:
        self._sims = sims
        self._lines = {line.name: line for line in lines}

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("GET", "/v1/lines/{name}/sim", Scope.ADMIN, self.show),
            Endpoint("POST", "/v1/lines/{name}/sim", Scope.ADMIN, self.replace),
        ]

    async def show(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with the line's SIM and the one that is there."""
        return reply(self._out(await self._sims.standing(request.match_info["name"])))

    async def replace(self, request: web.Request, caller: Caller) -> web.Response:
        """Make the SIM that is there the line's; the caller names it, so that it is the one that they were shown."""
        line, sim = request.match_info["name"], (await body(request, SimBody)).sim
        actor = caller.origin.actor or COMMAND_LINE
        log.info("api.replace-sim", line=line, actor=actor)
        return reply(self._out(await self._sims.replace(line, sim, actor=actor)))

    def _out(self, standing: SimStanding) -> SimOut:
        status = self._lines[standing.line].status()
        since = None if standing.since is None else iso(standing.since)
        return SimOut(
            standing.line,
            status.number,
            status.state.value,
            standing.bound,
            since,
            standing.present,
            standing.is_strange,
        )
