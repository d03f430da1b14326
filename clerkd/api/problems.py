"""Errors on the wire: one table from classes to statuses, one shape for all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler as Next

from clerkd.api.wire import Problem, ProblemBody, encode
from clerkd.errors import (
    ClerkdError,
    Conflict,
    Indeterminate,
    NotFound,
    Permanent,
    Refused,
    StoreFull,
    Temporary,
)

log = structlog.get_logger()


class Malformed(Refused):
    """The request is not what this call takes; details: `path` of the field where one is to blame."""

    code = "request.malformed"


class Unauthenticated(Refused):
    """No token, or none that is in force."""

    code = "auth.token"


class Forbidden(Refused):
    """The token does not allow this; details: `scope`."""

    code = "auth.scope"


STATUS: dict[type[ClerkdError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 422,  # a number that cannot be read, a text too long, a country not allowed, an unknown line
    Permanent: 422,
    Indeterminate: 504,
    StoreFull: 507,
    Temporary: 503,
    ClerkdError: 500,
}

_HTTP_CODES = {404: "route.unknown", 405: "method.not-allowed", 413: "body.too-large"}


def status_of(error: ClerkdError) -> int:
    """Return the status of the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer(status: int, code: str, message: str, details: Mapping[str, Any]) -> web.Response:
    """Return the response of an error."""
    body = Problem(ProblemBody(code, message, dict(details)))
    return web.Response(status=status, body=encode(body), content_type="application/json")


def of_error(error: ClerkdError) -> web.Response:
    """Return the response of an error that clerkd raised."""
    response = answer(status_of(error), error.code, error.message, error.details)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="clerkd"'
    if isinstance(error, Temporary) and error.retry_after_s is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return response


def of_http(error: web.HTTPException, limit: int) -> web.Response:
    """Return the response of an error that aiohttp raised."""
    details: dict[str, Any] = {}
    headers = {}
    if isinstance(error, web.HTTPMethodNotAllowed):
        details["allowed"] = sorted(error.allowed_methods)
        headers["Allow"] = error.headers["Allow"]
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        details["limit"] = limit
    code = _HTTP_CODES.get(error.status, f"http.{error.status}")
    response = answer(error.status, code, error.reason, details)
    response.headers.update(headers)
    return response


@web.middleware
async def problems(request: web.Request, handler: Next) -> web.StreamResponse:
    """Turn whatever a route raises into the one shape."""
    try:
        return await handler(request)
    except ClerkdError as error:
        log.info("api.refused", method=request.method, route=route_of(request), code=error.code)
        return of_error(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return of_http(error, request.client_max_size)
    except Exception:
        # The caller learns nothing of the inside; the journal has the traceback.
        log.exception("api.failed", method=request.method, route=route_of(request))
        return answer(500, ClerkdError.code, "an error that clerkd did not expect; its log says more", {})


def route_of(request: web.Request) -> str:
    """Return the route's pattern, which holds no id and no number; `unknown` where none matched."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical
