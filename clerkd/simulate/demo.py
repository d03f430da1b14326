"""The demo: a network with phones, a modem, a workspace, a page to play with them, and the real daemon between."""

from __future__ import annotations

import asyncio
import contextlib
import errno
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
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network
from clerkd.simulate.page.cable import Cable
from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.phones import Phones
from clerkd.simulate.page.server import Command, CommandRefused, build_page
from clerkd.simulate.page.workspace import WorkspaceCommands, WorkspaceMirror
from clerkd.simulate.scene import CHANNEL, COURIER, CUSTOMER, CUSTOMER_NAME, PEOPLE, play
from clerkd.simulate.slack import SlackStandIn

HOST = "127.0.0.1"
LINE = "front-desk"
LINE_LABEL = "Front desk"
NUMBER = "+14155550100"

SUBMIT_S = 0.9  # what a modem on LTE needs for a segment, so that one can watch it
DELIVERY_S = 0.4
UNPLUGGED_S = 8.0
CONFIG = "clerkd.yaml"
BOT_TOKEN, APP_TOKEN = "xoxb-demo", "xapp-demo"
_BOT, _APP = "CLERKD_DEMO_BOT_TOKEN", "CLERKD_DEMO_APP_TOKEN"
_POLL_S = 1.0
_QUOTA = {"segments": 40, "time_zone": "America/Los_Angeles"}  # few, so that one sees what happens at the end
_REMARKS = {
    "opened": "the daemon opened the port",
    "closed": "the daemon closed the port",
    "gone": "the modem was unplugged",
    "back": "the modem is plugged in again",
}


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
    of `gallery` at `/gallery`.
    """

    def __init__(self, sock: socket.socket, directory: Path, token: str, gallery: Path | None = None) -> None:
        clock = SystemClock()
        self._sock = sock
        self._gallery = gallery
        self._directory = directory
        self._token = token
        self._link = directory / "modem"
        self._mirror = Mirror()
        self._cable = Cable(clock, self._mirror.trace)
        self._network = Network(clock, delivery_delay_s=DELIVERY_S)
        self._modem = VirtualModem(
            self._link, self._network, NUMBER, submit_delay_s=SUBMIT_S, heard=self._heard, tapped=self._cable.tapped
        )
        self._slack = SlackStandIn(clock, team="Workspace", bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        self._child = Child(directory / CONFIG, directory, {**os.environ, _BOT: BOT_TOKEN, _APP: APP_TOKEN})
        owners = {CUSTOMER: "Customer", COURIER: "Courier"}
        self._phones = Phones(self._network, self._mirror, clock, owners=owners, line=NUMBER)

    async def run(self, told: Callable[[Addresses], Awaitable[None]]) -> None:
        """Run until cancelled. `told` hears when everything is ready. Raise `DaemonFailed` (in an exception group)."""
        async with self._slack as slack, self._modem:
            self._furnish()
            names = [name.lower() for name in PEOPLE]
            workspace = WorkspaceMirror(slack, self._mirror, playable=names, main_channel=CHANNEL)
            _put_line(self._mirror, self._link, {})
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
            "break.modem": self._unplug,
            "break.daemon": self._crash,
        }

    # The daemon ----------------------------------------------------------------------------------------

    async def _start_daemon(self) -> Addresses:
        (self._directory / CONFIG).write_text(_configuration(self._link, self._slack.api_url))
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
                _put_line(self._mirror, self._link, {"state": "…"})
            else:
                slack = status["components"].get("slack", {}).get("state", "off")
                self._mirror.put("daemon", {"state": "running", "slack": slack})
                _put_line(self._mirror, self._link, next(iter(status["lines"]), {}))
            await asyncio.sleep(_POLL_S)

    # What can be broken --------------------------------------------------------------------------------

    async def _unplug(self, _: dict[str, Any]) -> None:
        if not self._link.is_symlink():
            raise CommandRefused("the modem is unplugged already")
        self._modem.gone(UNPLUGGED_S)

    async def _crash(self, _: dict[str, Any]) -> None:
        self._cable.note("kill -9: the daemon is gone")
        self._put_api(await self._child.crash())
        self._cable.note("the daemon runs again")

    def _heard(self, event: str, _: dict[str, Any]) -> None:
        if event in _REMARKS:
            self._cable.note(_REMARKS[event])


def _configuration(link: Path, api_url: str) -> str:
    """Return the configuration that an admin would write."""
    settings: dict[str, Any] = {
        "log": {"level": "info", "format": "json"},
        "slack": {
            "bot_token": {"env": _BOT},
            "app_token": {"env": _APP},
            "api_url": api_url,
            "channel": f"#{CHANNEL}",
        },
        "modems": {"modem-1": {"port": str(link)}},
        "lines": {LINE: {"number": NUMBER, "modem": "modem-1", "countries": ["US", "CA", "GB"], "quota": _QUOTA}},
        "http": {"listen": f"{HOST}:0"},
    }
    return yaml.safe_dump(settings, sort_keys=False)


@contextlib.asynccontextmanager
async def _serving(sock: socket.socket, app: web.Application) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()


def _put_line(mirror: Mirror, link: Path, status: dict[str, Any]) -> None:
    mirror.put(
        "line",
        {
            "label": LINE_LABEL,
            "number": NUMBER,
            "shown": national(NUMBER, region_of(NUMBER)),
            "port": f"{LINE} on {link}",
            "state": status.get("state", "starting"),
            "signal": status.get("signal"),
            "operator": status.get("operator"),
        },
    )
