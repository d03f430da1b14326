"""Who calls, and what they may: bearer tokens over TCP, the file mode of the Unix socket instead of a token."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler as Next

from clerkd.api.problems import Forbidden, Unauthenticated
from clerkd.clock import Clock
from clerkd.errors import StoreFull
from clerkd.model.message import Origin, OriginKind
from clerkd.model.token import Scope, digest_of, prefix_of
from clerkd.ports.store import Store
from clerkd.store.ops.tokens import find_token, touch_token

log = structlog.get_logger()

_TOUCH_MS = 60_000  # a commit a minute and token, not one a request
_NOBODY = digest_of("")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    origin: Origin
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Tell whether the call is allowed; admin includes everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


# Whoever may open the socket's file (mode 0600) is the daemon's own user or root.
_LOCAL = Caller(Origin(OriginKind.CLI), frozenset({Scope.ADMIN}))
_ANYBODY = Caller(Origin(OriginKind.API), frozenset())


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of the API."""

    method: str
    path: str
    scope: Scope
    act: Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]
    open_on_loopback: bool = False  # needs no token from the machine itself


class Authenticator:
    """Find out who calls.

    The token is looked up at every request: a revoked one is out of force with the commit that says so, even if
    another program wrote it.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def caller(self, request: web.Request) -> Caller:
        """Return who calls; raise `Unauthenticated`."""
        if over_unix_socket(request):
            return _LOCAL
        token = _bearer(request)
        if token is None:
            raise Unauthenticated("this call needs a token: Authorization: Bearer clk_…")
        caller = await self._holder(token)
        if caller is None:
            raise Unauthenticated("the token is not in force")
        return caller

    async def _holder(self, token: str) -> Caller | None:
        record = await self._store.read(find_token, prefix_of(token))
        digest = _NOBODY if record is None else record.digest
        matches = hmac.compare_digest(digest, digest_of(token))
        if record is None or not matches or record.revoked_at is not None:
            return None
        now = self._clock.now_ms()
        if record.last_used_at is None or now - record.last_used_at >= _TOUCH_MS:
            await self._touch(record.id, now)
        return Caller(Origin(OriginKind.API, actor=record.name), frozenset(record.scopes))

    async def _touch(self, token_id: str, now: int) -> None:
        try:
            await self._store.write(touch_token, token_id, now=now)
        except StoreFull:
            log.warning("api.token-not-touched", token=token_id)  # reading must go on with a full disk

    def route(self, endpoint: Endpoint) -> web.RouteDef:
        """Return the route of a call, guarded."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if endpoint.open_on_loopback and on_loopback(request):
                return await endpoint.act(request, _ANYBODY)
            caller = await self.caller(request)
            if not caller.may(endpoint.scope):
                raise Forbidden(f"the token lacks the scope {endpoint.scope.value!r}", scope=endpoint.scope.value)
            return await endpoint.act(request, caller)

        return web.route(endpoint.method, endpoint.path, guarded)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Tell nobody without a token which calls exist."""
        if request.match_info.http_exception is not None:
            await self.caller(request)
        return await handler(request)


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def over_unix_socket(request: web.Request) -> bool:
    """Tell whether the request came through the Unix socket."""
    transport = request.transport
    sock = None if transport is None else transport.get_extra_info("socket")
    return sock is not None and sock.family == socket.AF_UNIX


def on_loopback(request: web.Request) -> bool:
    """Tell whether the caller is on this machine, and not somebody whom a proxy on this machine speaks for."""
    if over_unix_socket(request):
        return True
    if "Forwarded" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    transport = request.transport
    peer = None if transport is None else transport.get_extra_info("peername")
    return peer is not None and ipaddress.ip_address(peer[0].partition("%")[0]).is_loopback
