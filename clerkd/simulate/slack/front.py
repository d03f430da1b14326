"""The HTTP side: requests in, answers out, faults in between."""

from __future__ import annotations

import inspect
import json
from email.utils import formatdate
from typing import Any

from aiohttp import web

from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.faults import ErrorAnswer, Faults, Lost, Meanwhile, RateLimitStorm, RawAnswer, Slow
from clerkd.simulate.slack.interactivity import Interactivity
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.timetable import Timetable
from clerkd.simulate.slack.tokens import TokenRing
from clerkd.simulate.slack.webapi import Answer, WebApi

BODY_LIMIT = 8 * 1024 * 1024


class Front:
    """Routes of the stand-in: the Web API, the socket, files, response_urls."""

    def __init__(
        self,
        desk: Desk,
        api: WebApi,
        interactivity: Interactivity,
        *,
        tokens: TokenRing,
        faults: Faults,
        timetable: Timetable,
    ) -> None:
        self._desk = desk
        self._api = api
        self._interactivity = interactivity
        self._tokens = tokens
        self._faults = faults
        self._timetable = timetable

    def application(self) -> web.Application:
        """Return the application that serves all of it."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.add_routes(
            [
                web.route("*", "/api/{method}", self._answer_api),
                web.get("/link/", self._desk.sockets.serve),
                web.post("/upload/v1/{ticket}", self._receive_upload),
                web.get("/files-pri/{file}/{name}", self._send_file),
                web.post("/commands/{ticket}", self._receive_response),
            ]
        )
        return application

    async def _answer_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            given = await _read_arguments(request)
        except Refusal as refusal:
            return self._respond(Answer({"ok": False, "error": refusal.code}))
        fault = self._faults.take_call(method)
        match fault:
            case RateLimitStorm(retry_after_s):
                return self._respond(self._api.storm(method, given, retry_after_s))
            case RawAnswer(status, content_type, body):
                return web.Response(status=status, text=body, content_type=content_type)
            case ErrorAnswer(code):
                return self._respond(Answer({"ok": False, "error": code}))
            case Lost(committed=False):
                return await self._lose(request, fault)
            case Meanwhile(action):
                happening = action()
                if inspect.isawaitable(happening):
                    await happening
            case _:
                pass
        answer = self._api.answer(method, request.headers.get("Authorization"), given)
        if isinstance(fault, Slow):
            await self._timetable.sleep(fault.delay_s)
        if isinstance(fault, Lost):
            self._desk.feed.release()
            return await self._lose(request, fault)
        return await self._send(request, answer)

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        """Send an answer between the events that come before it and those that come after."""
        await self._desk.feed.settle()
        response = self._respond(answer)
        try:
            await response.prepare(request)
            await response.write_eof()
        finally:
            self._desk.feed.release()
        return response

    def _respond(self, answer: Answer) -> web.Response:
        # The Date is that of Slack's clock, by which ts are made; a client may measure its own clock against it.
        date = formatdate(self._desk.state.clock.now_ms() / 1000, usegmt=True)
        return web.json_response(answer.body, status=answer.status, headers={"Date": date} | answer.headers)

    async def _lose(self, request: web.Request, fault: Lost) -> web.StreamResponse:
        await self._timetable.sleep(fault.hang_s)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    async def _receive_upload(self, request: web.Request) -> web.Response:
        if self._desk.uploads.receive(request.match_info["ticket"], await request.read()):
            return web.Response(text=f"OK - {request.content_length}")
        return web.Response(status=400, text="unknown upload, or not the announced length")

    async def _send_file(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._tokens.bot.text}":
            # Slack leads to its sign-in page instead of refusing.
            return web.Response(text="<html>Sign in to your workspace</html>", content_type="text/html")
        try:
            file = self._desk.uploads.find(request.match_info["file"].rpartition("-")[2])
        except Refusal:
            return web.Response(status=404)
        return web.Response(body=file.octets or b"", content_type=file.mimetype)

    async def _receive_response(self, request: web.Request) -> web.Response:
        try:
            body = await _read_arguments(request)
        except Refusal:
            return web.Response(status=400, text="invalid_payload")
        status, text = self._interactivity.take_response(request.match_info["ticket"], body)
        return web.Response(status=status, text=text)


async def _read_arguments(request: web.Request) -> Json:
    """Merge what came in the URL, in a form and as JSON: clients use all three, and mix them.

    Raise `invalid_json` or `json_not_object` for a body that cannot be read.
    """
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            loaded = json.loads(body or "{}")
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(loaded, dict):
            raise Refusal("json_not_object")
        given |= loaded
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given |= dict(await request.post())
    return given
