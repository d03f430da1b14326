"""`/v1/lines` and, for admins, the modem behind a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.modem_wire import RecordBody, record_out
from clerkd.api.respond import body, query, reply
from clerkd.api.wire import AtAnswer, AtBody, EmptyQuery, LineList, UssdBody, UssdOut, line_out
from clerkd.errors import NotFound
from clerkd.model.overheard import Overheard
from clerkd.model.quota import QuotaStatus
from clerkd.model.token import Scope
from clerkd.model.ussd import UssdReply
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.counts import count_waiting

log = structlog.get_logger()


class Console(Protocol):
    """Something that takes AT commands between the daemon's own."""

    async def at(self, command: str) -> list[str]:
        """Return what the modem answers, line by line, its final result last; raise `Temporary`, `Indeterminate`."""
        ...

    async def ussd(self, code: str) -> UssdReply:
        """Return what the network answers to a USSD code; raise `Refused`, `Permanent`, `Temporary`."""
        ...

    async def end_ussd(self) -> None:
        """End a menu that waits for a choice, if there is one."""
        ...

    async def overhear(self, for_s: float) -> Overheard:
        """Return the dialogue of the next `for_s` seconds; raise `Conflict` while somebody else listens."""
        ...

    def end_overhearing(self) -> None:
        """Let who listens have what there is."""
        ...


class Quotas(Protocol):
    """How the quotas of lines stand."""

    async def status(self) -> Mapping[str, QuotaStatus]:
        """Return each by its line; lines without a quota are left out."""
        ...


class LineCalls:
    """The calls about lines and modems."""

    def __init__(
        self, store: Store, lines: Sequence[Line], modems: Mapping[str, Console], quotas: Quotas | None = None
    ) -> None:
        self._store = store
        self._lines = lines
        self._modems = modems
        self._quotas = quotas

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("GET", "/v1/lines", Scope.READ, self.list),
            Endpoint("POST", "/v1/modems/{name}/at", Scope.ADMIN, self.at),
            Endpoint("POST", "/v1/modems/{name}/ussd", Scope.ADMIN, self.ussd),
            Endpoint("DELETE", "/v1/modems/{name}/ussd", Scope.ADMIN, self.end_ussd),
            Endpoint("POST", "/v1/modems/{name}/record", Scope.ADMIN, self.record),
            Endpoint("DELETE", "/v1/modems/{name}/record", Scope.ADMIN, self.end_record),
        ]

    async def list(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with all lines."""
        query(request, EmptyQuery)
        waiting = await self._store.read(count_waiting)
        quotas = {} if self._quotas is None else await self._quotas.status()
        return reply(
            LineList(
                [line_out(line.status(), waiting.get(line.name, 0), quotas.get(line.name)) for line in self._lines]
            )
        )

    async def at(self, request: web.Request, caller: Caller) -> web.Response:
        """Give a modem one command and answer with what it says."""
        name = self._named(request)
        command = (await body(request, AtBody)).command
        # What follows "=" may be a PIN.
        shown = command.partition("=")[0]
        log.info("api.at", modem=name, command=shown, actor=caller.origin.actor)
        return reply(AtAnswer(await self._modems[name].at(command)))

    async def ussd(self, request: web.Request, caller: Caller) -> web.Response:
        """Ask the network a USSD code through a modem."""
        name = self._named(request)
        code = (await body(request, UssdBody)).code
        log.info("api.ussd", modem=name, actor=caller.origin.actor)
        answer = await self._modems[name].ussd(code)
        return reply(UssdOut(answer.text, answer.wants_reply))

    async def end_ussd(self, request: web.Request, _: Caller) -> web.Response:
        """End a menu that waits for a choice."""
        await self._modems[self._named(request)].end_ussd()
        return web.Response(status=204)

    async def record(self, request: web.Request, caller: Caller) -> web.Response:
        """Listen in on a modem and answer, when the time is over, with the dialogue without anything private."""
        name = self._named(request)
        for_s = (await body(request, RecordBody)).for_s
        log.info("api.record", modem=name, for_s=for_s, actor=caller.origin.actor)
        return reply(record_out(await self._modems[name].overhear(for_s)))

    async def end_record(self, request: web.Request, _: Caller) -> web.Response:
        """End a recording early: who asked for it is answered now."""
        self._modems[self._named(request)].end_overhearing()
        return web.Response(status=204)

    def _named(self, request: web.Request) -> str:
        name = request.match_info["name"]
        if name not in self._modems:
            raise NotFound(f"no modem is named {name!r}", modem=name, modems=sorted(self._modems))
        return name
