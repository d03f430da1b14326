"""The demo: a network with phones, a modem, a workspace, a page to play with them, and the real daemon between."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from clerkd.clock import SystemClock
from clerkd.errors import Held
from clerkd.model.number import national, region_of
from clerkd.simulate.child import Child
from clerkd.simulate.fleet import Fleet, Member, modems_of
from clerkd.simulate.network import Network
from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.phones import Phones
from clerkd.simulate.page.server import Command, CommandRefused, build_page
from clerkd.simulate.page.workspace import WorkspaceCommands, WorkspaceMirror
from clerkd.simulate.scene import CHANNEL, COURIER, CUSTOMER, CUSTOMER_NAME, PEOPLE, play
from clerkd.simulate.slack import SlackStandIn

HOST = "127.0.0.1"
MODEMS = 2
DELIVERY_S = 0.4
CONFIG = "clerkd.yaml"
BOT_TOKEN, APP_TOKEN = "xoxb-demo", "xapp-demo"
_BOT, _APP = "CLERKD_DEMO_BOT_TOKEN", "CLERKD_DEMO_APP_TOKEN"
_POLL_S = 1.0
_QUOTA = {"segments": 40, "time_zone": "America/Los_Angeles"}  # few, so that one sees what happens at the end


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the demo can be reached."""

    page: str
    api: str
    token: str
    log: Path


def bind(port: int) -> socket.socket:
    """Take the page's address; raise `Held` if another program has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen()
    except OSError as reason:
        sock.close()
        if reason.errno != errno.EADDRINUSE:
            raise
        words = f"{HOST}:{port} is in use: another demo, or the daemon itself? Choose another with --port"
        raise Held(words, address=f"{HOST}:{port}") from reason
    return sock


class Demo:
    """Everything that the page shows, and the daemon in the middle of it.

    The state is in `directory`. `token` is shown to those who want to try the HTTP API. The page shows the screens
    of `gallery` at `/gallery`. There are so many `modems`, each with a line.
    """

    def __init__(
        self, sock: socket.socket, directory: Path, token: str, gallery: Path | None = None, *, modems: int = MODEMS
    ) -> None:
        clock = SystemClock()
        self._sock = sock
        self._gallery = gallery
        self._directory = directory
        self._token = token
        self._mirror = Mirror()
        self._network = Network(clock, delivery_delay_s=DELIVERY_S)
        self._texts = (f"Test {number}" for number in itertools.count(1))
        self._fleet = Fleet(
            modems, directory, self._network, self._mirror, clock, text_out=self._text_out, text_in=self._text_in
        )
        self._first = self._fleet.members[0]
        self._slack = SlackStandIn(clock, team="Workspace", bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        environ = {**os.environ, _BOT: BOT_TOKEN, _APP: APP_TOKEN}
        self._child = Child(directory / CONFIG, directory, environ, self._fleet.logged)
        owners = {CUSTOMER: "Customer", COURIER: "Courier"}
        self._phones = Phones(self._network, self._mirror, clock, owners=owners, line=self._first.number)

    async def run(self, told: Callable[[Addresses], Awaitable[None]]) -> None:
        """Run until cancelled. `told` hears when everything is ready. Raise `DaemonFailed` (in an exception group)."""
        async with self._slack as slack, self._fleet:
            self._furnish()
            names = [name.lower() for name in PEOPLE]
            workspace = WorkspaceMirror(slack, self._mirror, playable=names, main_channel=CHANNEL)
            self._put_line()
            page = build_page(self._mirror, self._commands(), self._gallery)
            async with _serving(self._sock, page), asyncio.TaskGroup() as tasks:
                tasks.create_task(self._phones.run(), name="phones")
                try:
                    await told(await self._start_daemon())
                    tasks.create_task(self._child.run(), name="daemon")
                    tasks.create_task(self._watch(), name="daemon status")
                    await self._child.keep_contact(CUSTOMER_NAME, CUSTOMER, ["regular"])
                    await play(self._phones, slack)
                    await asyncio.get_running_loop().create_future()
                finally:
                    await self._child.end()
                    workspace.close()
                    self._network.close()

    def _furnish(self) -> None:
        workspace = self._slack.workspace
        names = [name.lower() for name in PEOPLE]
        for name in PEOPLE:
            workspace.add_user(name.lower(), name, display_name=name, is_admin=name == PEOPLE[0])
        workspace.add_channel(CHANNEL, *names)
        workspace.add_channel("general", *names, with_bot=False)

    def _commands(self) -> dict[str, Command]:
        return {
            **self._phones.commands(),
            **WorkspaceCommands(self._slack.workspace).commands(),
            **self._fleet.commands(),
            "break.daemon": self._crash,
        }

    # The daemon ----------------------------------------------------------------------------------------

    async def _start_daemon(self) -> Addresses:
        (self._directory / CONFIG).write_text(_configuration(self._fleet, self._slack.api_url))
        api = self._put_api(await self._child.start())
        return Addresses(f"http://{HOST}:{self._sock.getsockname()[1]}/", api, self._token, self._child.log)

    def _put_api(self, port: int) -> str:
        url = f"http://{HOST}:{port}"
        self._mirror.put("api", {"url": url, "token": self._token, "example": CUSTOMER})
        return url

    async def _watch(self) -> None:
        """Ask the daemon every second how it is."""
        while True:
            try:
                status = await self._child.status()
            except (aiohttp.ClientError, OSError, TimeoutError):
                self._mirror.put("daemon", {"state": "down", "slack": "…"})
                self._fleet.states(())
            else:
                slack = status["components"].get("slack", {}).get("state", "off")
                self._mirror.put("daemon", {"state": "running", "slack": slack})
                self._fleet.states(status["lines"])
            self._put_line()
            await asyncio.sleep(_POLL_S)

    # What can be broken --------------------------------------------------------------------------------

    async def _crash(self, _: dict[str, Any]) -> None:
        self._first.cable.note("kill -9: the daemon is gone")
        self._put_api(await self._child.crash())
        self._first.cable.note("the daemon runs again")

    async def _text_out(self, line: str) -> None:
        try:
            await self._child.send(COURIER, next(self._texts), line)
        except (aiohttp.ClientError, OSError, TimeoutError) as reason:
            raise CommandRefused("the daemon takes no texts just now") from reason

    async def _text_in(self, number: str) -> None:
        self._phones.write(COURIER, next(self._texts), to=number)

    def _put_line(self) -> None:
        """Show the first line, whose number the phones know."""
        number, status = self._first.number, self._first.status
        self._mirror.put(
            "line",
            {
                "label": self._first.place.label,
                "number": number,
                "shown": national(number, region_of(number)),
                "port": f"{self._first.place.line} on {self._first.modem.link}",
                "state": status.get("state", "starting"),
                "signal": status.get("signal"),
                "operator": status.get("operator"),
            },
        )


def _configuration(fleet: Fleet, api_url: str) -> str:
    """Return the configuration that an admin would write."""
    settings: dict[str, Any] = {
        "log": {"level": "info", "format": "json"},
        "slack": {
            "bot_token": {"env": _BOT},
            "app_token": {"env": _APP},
            "api_url": api_url,
            "channel": f"#{CHANNEL}",
        },
        "modems": modems_of(fleet),
        "lines": {one.place.line: _line(one) for one in fleet.members},
        "http": {"listen": f"{HOST}:0"},
    }
    return yaml.safe_dump(settings, sort_keys=False)


def _line(member: Member) -> dict[str, Any]:
    modem = f"modem-{member.index + 1}"
    return {"number": member.number, "modem": modem, "countries": ["US", "CA", "GB"], "quota": _QUOTA}


@contextlib.asynccontextmanager
async def _serving(sock: socket.socket, app: web.Application) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()
