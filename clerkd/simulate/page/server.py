"""Serve the page: its files, and one WebSocket a browser on which documents go out and commands come in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog
from aiohttp import WSMsgType, web
from yarl import URL

from clerkd.simulate.page.gallery import read_screens
from clerkd.simulate.page.mirror import Mirror, Viewer

Json = dict[str, Any]
Command = Callable[[Json], Awaitable[Any]]

log = structlog.get_logger()

_FILES = Path(__file__).parent
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_MAX_FRAME = 256 * 1024
_PING_S = 20.0


class CommandRefused(Exception):
    """What the page asked for cannot be done; the text is shown to the person."""


def build_page(mirror: Mirror, commands: Mapping[str, Command], gallery: Path | None = None) -> web.Application:
    """Build the application. `commands` are what a browser may ask for, by name.

    `gallery` is a directory of screens to be shown beside each other at `/gallery`.
    """
    page = _Page(mirror, commands, gallery)
    app = web.Application(middlewares=[_only_local])
    app.add_routes(
        [
            web.get("/", page.index),
            web.get("/live", page.live),
            web.get("/gallery", page.gallery),
            web.get("/gallery.json", page.screens),
            web.get("/{name}", page.file),
        ]
    )
    app.on_shutdown.append(page.shut)
    return app


@web.middleware
async def _only_local(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Refuse other names for this machine: a page of somebody else's must not reach this one by its DNS."""
    if URL(f"http://{request.host}").host not in _LOCAL:
        raise web.HTTPMisdirectedRequest(text="this page answers to 127.0.0.1 and localhost only")
    origin = request.headers.get("Origin")
    if origin is not None and URL(origin).authority != URL(f"http://{request.host}").authority:
        raise web.HTTPForbidden(text="another page may not use this one")
    return await handler(request)


class _Page:
    def __init__(self, mirror: Mirror, commands: Mapping[str, Command], gallery: Path | None) -> None:
        self._mirror = mirror
        self._commands = commands
        self._gallery = gallery
        self._open: set[web.WebSocketResponse] = set()

    async def index(self, _: web.Request) -> web.StreamResponse:
        return self._serve("index.html")

    async def gallery(self, _: web.Request) -> web.StreamResponse:
        return self._serve("gallery.html")

    async def screens(self, _: web.Request) -> web.StreamResponse:
        if self._gallery is None:
            raise web.HTTPNotFound(
                text="No screens to show. `clerkd demo --gallery DIRECTORY` shows those of a directory."
            )
        shown = await asyncio.to_thread(read_screens, self._gallery)
        return web.Response(body=msgspec.json.encode(shown), content_type="application/json", headers=_HEADERS)

    async def file(self, request: web.Request) -> web.StreamResponse:
        return self._serve(request.match_info["name"])

    def _serve(self, name: str) -> web.StreamResponse:
        path = _FILES / name
        kind = _TYPES.get(path.suffix)
        if kind is None or path.parent != _FILES or not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=_HEADERS)

    async def live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=_PING_S, max_msg_size=_MAX_FRAME)
        await socket.prepare(request)
        viewer = self._mirror.join()
        self._open.add(socket)
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(_send(socket, viewer), name="page frames")
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        # In order, one after the other: a person's second click follows the first.
                        viewer.send(await self._answer(frame.data))
                sending.cancel()
        finally:
            self._mirror.leave(viewer)
            self._open.discard(socket)
        return socket

    async def _answer(self, text: str) -> bytes:
        request = msgspec.json.decode(text, type=dict[str, Any])
        command = self._commands.get(request.pop("do", ""), _unknown)
        answer: Json = {"answer": request.pop("id", 0)}
        try:
            answer["value"] = await command(request)
        except CommandRefused as reason:
            answer["error"] = str(reason)
        except (KeyError, TypeError, ValueError) as reason:
            log.exception("demo.command-failed")
            answer["error"] = f"that did not work: {reason!r}"
        return msgspec.json.encode(answer)

    async def shut(self, _: web.Application) -> None:
        for socket in tuple(self._open):
            await socket.close(code=1001, message=b"the demo ends")


async def _unknown(_: Json) -> None:
    raise CommandRefused("the demo does not know that command")


async def _send(socket: web.WebSocketResponse, viewer: Viewer) -> None:
    while (frame := await viewer.frames.get()) is not None:
        await socket.send_str(frame.decode())
    await socket.close(code=1013, message=b"too slow")
