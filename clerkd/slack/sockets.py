"""Two sockets to Slack at all times, each replaced before it closes.

Slack sends each envelope over any one socket of the app, so one may come and go without a gap. The rules follow
from what was measured (docs/adr/0002-socket-mode-client.md): a new URL for every attempt, because a URL is good
once; the replacement opens while the old socket is still read; failures wait with full jitter, and count as over
only after a session that lasted.
"""

from __future__ import annotations

import asyncio
import random

import aiohttp
import structlog

from clerkd.slack.backoff import Backoff
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackIndeterminate, SlackPermanent, SlackTemporary
from clerkd.slack.frames import Hello
from clerkd.slack.limiter import Priority
from clerkd.slack.socket import Keep, SocketLost, SocketSession

SOCKETS = 2
IN_FLIGHT = 64
WORKED_S = 5.0  # a session this old was no accident: the next failure is a new one
NO_OVERLAP_PAUSE_S = 5.0
NO_OVERLAP = {"link_disabled", "too_many_websockets"}  # opening another one at once would make it worse

log = structlog.get_logger()


class Sockets:
    """Keep `count` sessions open and give every envelope to `keep`."""

    def __init__(
        self, app: SlackClient, session: aiohttp.ClientSession, keep: Keep, *, rng: random.Random, count: int = SOCKETS
    ) -> None:
        self._app = app
        self._session = session
        self._keep = keep
        self._rng = rng
        self._count = count
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._open = 0
        self._warned_of_others = False
        self.app_id: str | None = None
        self.connected = asyncio.Event()
        self.gap_began_at: float | None = asyncio.get_running_loop().time()
        self.trouble: str | None = "not connected yet"  # why there is no socket; None while there is one
        self._gaps: asyncio.Queue[float] = asyncio.Queue()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(1, self._count + 1):
                group.create_task(self._slot(group), name=f"slack-socket-{number}")

    async def next_gap(self) -> float:
        """Wait for the end of a time without any socket and return how long it was, in seconds."""
        return await self._gaps.get()

    async def _slot(self, group: asyncio.TaskGroup) -> None:
        backoff = Backoff(self._rng)
        loop = asyncio.get_running_loop()
        while True:
            socket = SocketSession(self._session, self._keep, in_flight=self._in_flight, on_hello=self._note_hello)
            try:
                await self._open_socket(socket)
            except (SlackTemporary, SlackPermanent, SlackIndeterminate, SocketLost) as error:
                wait = error.retry_after_s if isinstance(error, SlackTemporary) else None
                code = str(error) if isinstance(error, SocketLost) else error.slack_code
                self._note_trouble(code)
                await self._pause(backoff.next_s(wait))
                continue
            began = loop.time()
            group.create_task(self._serve(socket), name="slack-socket-session")
            reason = await socket.leaving
            log.debug("slack.socket-leaving", reason=reason, after_s=round(loop.time() - began))
            if loop.time() - began >= WORKED_S:
                backoff.reset()
            if reason in NO_OVERLAP:
                self._note_trouble(reason)
                await asyncio.sleep(backoff.next_s(NO_OVERLAP_PAUSE_S))
            elif loop.time() - began < WORKED_S:
                await asyncio.sleep(backoff.next_s())

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until a token that was refused is accepted or replaced."""
        if self._app.token.refused is None:
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._app.token.until_accepted()
        except TimeoutError:
            return

    async def _open_socket(self, socket: SocketSession) -> None:
        answer = await self._app.call("apps.connections.open", priority=Priority.INTERACTIVE)
        self._app.token.accept()
        url = answer.get("url")
        if not isinstance(url, str):
            raise SocketLost("apps.connections.open gave no URL")
        await socket.open(url)

    async def _serve(self, socket: SocketSession) -> None:
        self._opened()
        try:
            await socket.serve()
        finally:
            self._closed()

    def _opened(self) -> None:
        self._open += 1
        self.trouble = None
        if self.gap_began_at is not None:
            gap = asyncio.get_running_loop().time() - self.gap_began_at
            self.gap_began_at = None
            self.connected.set()
            self._gaps.put_nowait(gap)
            log.info("slack.connected", after_s=round(gap, 1))

    def _closed(self) -> None:
        self._open -= 1
        if not self._open:
            self.gap_began_at = asyncio.get_running_loop().time()
            self.connected.clear()
            self.trouble = "connection lost"
            log.warning("slack.disconnected")

    def _note_hello(self, hello: Hello) -> None:
        self.app_id = hello.app_id or self.app_id
        if hello.connections > 2 * self._count and not self._warned_of_others:
            self._warned_of_others = True  # while sockets are replaced there are up to twice our number
            log.warning("slack.other-process-connected", connections=hello.connections, ours=self._count)

    def _note_trouble(self, code: str) -> None:
        if not self._open and self.trouble != code:
            log.warning("slack.cannot-connect", reason=code)
        if not self._open:
            self.trouble = code
