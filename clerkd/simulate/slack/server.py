"""The stand-in on loopback: HTTP and WebSocket in front of the workspace."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from clerkd.clock import Clock, SystemClock
from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.events import RETRY_DELAYS_S, SUBSCRIPTIONS, EventFeed
from clerkd.simulate.slack.faults import Faults
from clerkd.simulate.slack.front import Front
from clerkd.simulate.slack.interactivity import Interactivity
from clerkd.simulate.slack.limits import Limiter
from clerkd.simulate.slack.sockets import SocketHub
from clerkd.simulate.slack.state import State
from clerkd.simulate.slack.timetable import Timetable
from clerkd.simulate.slack.tokens import BASE_SCOPES, OPTIONAL_SCOPES, TokenRing
from clerkd.simulate.slack.webapi import WebApi
from clerkd.simulate.slack.workspace import Workspace

ACK_DEADLINE_S = 3.0
PING_INTERVAL_S = 10.0
SHUTDOWN_S = 0.2  # for calls that are being answered when the stand-in stops


class SlackStandIn:
    """A Slack workspace with one installed app, as strict as the real one.

    `async with SlackStandIn() as slack:` serves `slack.api_url`; `slack.workspace` is where people act and tests
    look. What a correct client never does is collected in `slack.violations`. `rate_limits` is True for Slack's
    limits, False for none, or a factor by which they are wider. A share of the events comes twice, and each up to
    `reorder_s` late, where a test wants that. The same `seed` makes the same choices.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        team: str = "Acme",
        bot: str = "clerk",
        bot_token: str = "xoxb-test",  # noqa: S107  # a stand-in's token guards nothing
        app_token: str = "xapp-test",  # noqa: S107
        scopes: Iterable[str] = (*BASE_SCOPES, *OPTIONAL_SCOPES),
        subscriptions: Iterable[str] = SUBSCRIPTIONS,
        rate_limits: bool | float = True,
        ack_deadline_s: float = ACK_DEADLINE_S,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        duplicate_share: float = 0.0,
        reorder_s: float = 0.0,
        ping_interval_s: float = PING_INTERVAL_S,
    ) -> None:
        clock = clock or SystemClock()
        rng = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.violations: list[str] = []
        self.faults = Faults(rng)
        self.tokens = TokenRing(bot_token, app_token, scopes)
        self.limiter = Limiter(clock, float(rate_limits))
        self._address = (host, port)
        self._ping_interval_s = ping_interval_s
        self._timetable = Timetable(clock)
        self.state = State(clock, rng, team=team, bot=bot)
        self.sockets = SocketHub(
            self.state, self.faults, self._timetable, self.violations, ack_deadline_s=ack_deadline_s
        )
        self.feed = EventFeed(
            self.state,
            self.sockets,
            self._timetable,
            subscriptions=subscriptions,
            retry_delays_s=retry_delays_s,
            duplicate_share=duplicate_share,
            reorder_s=reorder_s,
        )
        self._desk = Desk.of(self.state, self.feed, self.sockets, self.violations)
        self._interactivity = Interactivity(self._desk)
        self.workspace = Workspace(self._desk, self._interactivity, self.tokens)
        self.api = WebApi(self._desk, self.tokens, self.limiter)
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._port = 0

    # Addresses and findings ----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://{self._address[0]}:{self._port}"

    @property
    def api_url(self) -> str:
        """What to give to `AsyncWebClient(base_url=…)`."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The token for the Web API."""
        return self.tokens.bot.text

    @property
    def app_token(self) -> str:
        """The token for `apps.connections.open`."""
        return self.tokens.app.text

    def duplicates(self) -> dict[str, int]:
        """Return the app's own keys (first block_id `clerk…:`, metadata) that were posted more than once."""
        return {key: count for key, count in self._desk.post_counts.items() if count > 1}

    def watch_for(self, hostile: str) -> None:
        """Make a violation of every outbound text in which this string is not escaped."""
        self._desk.tripwire.watch_for(hostile)

    # Running -------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Listen; raise `OSError` when the port is taken."""
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # One named task owns all others, so that entering and leaving may happen in different tasks.
        self._running = asyncio.create_task(self._run(started), name="slack stand-in")
        await started
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every socket and stop listening."""
        self._stop.set()
        if self._running is not None:
            await self._running

    async def _run(self, started: asyncio.Future[None]) -> None:
        front = Front(
            self._desk,
            self.api,
            self._interactivity,
            tokens=self.tokens,
            faults=self.faults,
            timetable=self._timetable,
        )
        runner = web.AppRunner(front.application(), shutdown_timeout=SHUTDOWN_S, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, *self._address)
            try:
                await site.start()
            except OSError as error:
                started.set_exception(error)
                return
            self._port = runner.addresses[0][1]
            self.sockets.url = f"ws://{self._address[0]}:{self._port}/link/"
            self._desk.uploads.base_url = self.url
            self._interactivity.base_url = self.url
            await self._work(started)
        finally:
            await runner.cleanup()

    async def _work(self, started: asyncio.Future[None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            self.feed.start(tasks)
            background = [
                tasks.create_task(self._timetable.run(), name="slack stand-in timetable"),
                tasks.create_task(self._ping(), name="slack stand-in pings"),
            ]
            started.set_result(None)
            await self._stop.wait()
            self.feed.stop()
            self.sockets.stop()
            for task in background:
                task.cancel()
            for connection in tuple(self.sockets.connections):
                await connection.close()

    async def _ping(self) -> None:
        while True:
            await self._timetable.sleep(self._ping_interval_s)
            await self.sockets.ping_all()
