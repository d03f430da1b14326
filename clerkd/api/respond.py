"""Between aiohttp and the wire: read a body or a query, answer with JSON."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from msgspec import Struct

from clerkd.api.problems import Malformed
from clerkd.api.wire import WireError, decode, decode_query, encode

T = TypeVar("T")


def reply(answer: Struct, status: int = 200) -> web.Response:
    """Return an answer."""
    return web.Response(status=status, body=encode(answer), content_type="application/json")


async def body(request: web.Request, kind: type[T]) -> T:
    """Return the request's body; raise `Malformed`, or aiohttp's 413 when it is too large."""
    octets = await request.read()
    try:
        return decode(octets, kind)
    except WireError as error:
        raise _malformed(error) from error


def query(request: web.Request, kind: type[T]) -> T:
    """Return the request's query; raise `Malformed`."""
    try:
        return decode_query(list(request.query.items()), kind)
    except WireError as error:
        raise _malformed(error) from error


def _malformed(error: WireError) -> Malformed:
    if error.path is None:
        return Malformed(str(error))
    return Malformed(f"{error.path}: {error}", path=error.path)
