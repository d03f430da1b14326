"""`/v1/lines/{name}/forwarding`: where the network forwards a line's calls, for admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

import structlog
from aiohttp import web
from msgspec import Meta, Struct

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.respond import body, query, reply
from clerkd.api.wire import EmptyQuery
from clerkd.errors import InvalidNumber, NotFound, Refused
from clerkd.model.call import REPLY_TIMES_S, Forwarding, Reason
from clerkd.model.number import read_number, region_of
from clerkd.model.token import Scope

log = structlog.get_logger()


class Forwarder(Protocol):
    """A line whose network can be asked; each method raises `Permanent` or `Temporary`."""

    async def forwarding(self) -> Sequence[Forwarding]:
        """Return the network's word for each reason."""
        ...

    async def forward_calls(self, reason: Reason, number: str, after_s: int | None = None) -> Sequence[Forwarding]:
        """Forward calls and return the network's word on it."""
        ...

    async def stop_forwarding(self, reason: Reason | None) -> Sequence[Forwarding]:
        """Forward them no more, for a reason or for any, and return the network's word on it."""
        ...


class ForwardingBody(Struct, forbid_unknown_fields=True):
    """`PUT`: calls are forwarded to `number`, with `no-reply` after so many seconds (5 to 30, in steps of 5)."""

    number: Annotated[str, Meta(max_length=40)]
    reason: Reason = Reason.UNCONDITIONAL
    after_s: int | None = None


class ForwardingQuery(Struct, forbid_unknown_fields=True):
    """`DELETE`: for one reason; for all of them if none is named."""

    reason: Reason | None = None


class ForwardingOut(Struct):
    """One reason's."""

    reason: str
    active: bool
    number: str | None
    after_s: int | None


class ForwardingList(Struct):
    """What the network says."""

    line: str
    forwarding: list[ForwardingOut]


class ForwardingCalls:
    """The calls about call forwarding. `lines` are those over modems, by name; `numbers` are their own."""

    def __init__(self, lines: Mapping[str, Forwarder], numbers: Mapping[str, str]) -> None:
        self._lines = lines
        self._numbers = numbers

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        path = "/v1/lines/{name}/forwarding"
        return [
            Endpoint("GET", path, Scope.ADMIN, self.show),
            Endpoint("PUT", path, Scope.ADMIN, self.set),
            Endpoint("DELETE", path, Scope.ADMIN, self.erase),
        ]

    async def show(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with what the network says."""
        query(request, EmptyQuery)
        name, line = self._named(request)
        return _reply(name, await line.forwarding())

    async def set(self, request: web.Request, caller: Caller) -> web.Response:
        """Have calls forwarded and answer with what the network says then."""
        name, line = self._named(request)
        wish = await body(request, ForwardingBody)
        number = read_number(wish.number, region_of(self._numbers[name]))
        if number == self._numbers[name]:
            raise InvalidNumber("a line cannot forward calls to itself", number=number)
        _check_time(wish)
        log.info("api.forwarding-set", line=name, reason=wish.reason.value, actor=caller.origin.actor)
        return _reply(name, await line.forward_calls(wish.reason, number, wish.after_s))

    async def erase(self, request: web.Request, caller: Caller) -> web.Response:
        """Have calls forwarded no more and answer with what the network says then."""
        name, line = self._named(request)
        reason = query(request, ForwardingQuery).reason
        log.info("api.forwarding-erased", line=name, reason=reason and reason.value, actor=caller.origin.actor)
        return _reply(name, await line.stop_forwarding(reason))

    def _named(self, request: web.Request) -> tuple[str, Forwarder]:
        name = request.match_info["name"]
        if name not in self._lines:
            raise NotFound(f"no line with a modem is named {name!r}", line=name, lines=sorted(self._lines))
        return name, self._lines[name]


def _check_time(wish: ForwardingBody) -> None:
    if wish.after_s is None:
        return
    if wish.reason is not Reason.NO_REPLY:
        raise Refused("after_s is for the reason no-reply: the others forward at once", path="after_s")
    if wish.after_s not in REPLY_TIMES_S:
        raise Refused("networks take 5, 10, 15, 20, 25 or 30 seconds", path="after_s", after_s=wish.after_s)


def _reply(line: str, found: Sequence[Forwarding]) -> web.Response:
    shown = [ForwardingOut(one.reason.value, one.active, one.number, one.after_s) for one in found]
    return reply(ForwardingList(line, shown))
