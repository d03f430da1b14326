"""The world around one real daemon process: virtual phones, a virtual modem, a stand-in for Slack."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from fakes.facts import fact

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Faults, VirtualModem
from clerkd.simulate.network import Network, Phone
from clerkd.simulate.slack import SlackStandIn

LINE_NUMBER = "+14155550100"
CHANNEL = "clerk-sms"
SECRET_NAMES = {"BOT_TOKEN_FOR_TEST": "xoxb-test", "APP_TOKEN_FOR_TEST": "xapp-test"}


class Daemon:
    """`clerkd run` as a child process."""

    def __init__(self, config: Path, state_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.config = config
        self.state_dir = state_dir
        self._environment = environment or {}
        self.process: asyncio.subprocess.Process | None = None
        self.log = state_dir / "daemon.log"

    def environment(self) -> dict[str, str]:
        """Return this process's environment with the secrets that the configuration names, and what was asked for."""
        return {**os.environ, **SECRET_NAMES, **self._environment}

    async def start(self) -> None:
        """Start it; `ready` waits until it serves."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "clerkd", "run", "--config", str(self.config), "--state-dir", str(self.state_dir),
                stdout=log, stderr=log, env=self.environment(),
            )  # fmt: skip

    async def ready(self, within_s: float = 60.0) -> None:
        """Wait until the API answers."""
        async with asyncio.timeout(within_s):
            while True:
                assert self.process is not None
                assert self.process.returncode is None, self.log.read_text()
                try:
                    await self.get("/healthz")
                except (aiohttp.ClientConnectionError, FileNotFoundError):
                    await asyncio.sleep(0.01)
                else:
                    return

    async def kill(self) -> None:
        """Power cut, as far as a process can feel one."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self, within_s: float = 20.0) -> int:
        """Ask it to end and return its exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    # The API over its Unix socket ------------------------------------------------------------------------

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        connector = aiohttp.UnixConnector(path=str(self.state_dir / "api.sock"))
        async with aiohttp.ClientSession("http://clerkd", connector=connector) as session:
            yield session

    async def get(self, path: str) -> Any:
        """Return the JSON (or text) of a GET that must succeed."""
        async with self._session() as session, session.get(path) as answer:
            body = await answer.text()
            return json.loads(body) if body.startswith(("{", "[")) else body

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and JSON of a POST."""
        async with self._session() as session, session.post(path, json=body) as answer:
            return answer.status, await answer.json()

    async def send(self, to: str, text: str, **more: Any) -> str:
        """Send a text and return the message's id."""
        status, message = await self.post("/v1/messages", {"to": to, "text": text, **more})
        assert status in {200, 202}, message
        return str(message["id"])

    async def state_of(self, message_id: str) -> str:
        """Return a message's state."""
        return str((await self.get(f"/v1/messages/{message_id}"))["state"])

    async def becomes(self, message_id: str, states: Iterable[str], within_s: float = 30.0) -> str:
        """Wait until a message is in one of `states`."""
        wanted, state = set(states), ""
        try:
            async with asyncio.timeout(within_s):
                # Another program's fact: no event tells it.
                while (state := await self.state_of(message_id)) not in wanted:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{message_id} is {state}, not {wanted}\n{self.tail()}") from None
        return state

    async def all_messages(self, **filters: str) -> list[dict[str, Any]]:
        """Return every message, page by page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            query = "&".join(
                f"{key}={value}" for key, value in {**filters, "after": after, "limit": "100"}.items() if value
            )
            page = await self.get(f"/v1/messages?{query}")
            found += page["messages"]
            if not page["next"]:
                return found
            after = page["next"]

    def tail(self, lines: int = 40) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class World:
    """Phones, a modem, a workspace with Dana and Sam in `#clerk-sms`, and the daemon between them."""

    def __init__(
        self,
        directory: Path,
        network: Network,
        modem: VirtualModem | None,
        slack: SlackStandIn,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.network = network
        self.modem_now = modem
        self.slack = slack
        self.daemon = Daemon(directory / "clerkd.yaml", directory / "state", environment)

    @property
    def modem(self) -> VirtualModem:
        """The modem, in tests that have one from the start."""
        assert self.modem_now is not None
        return self.modem_now

    def phone(self, number: str = "+447700900123") -> Phone:
        """Return the virtual phone with that number."""
        return self.network.phone(number)

    # What people see in the workspace --------------------------------------------------------------------

    def cards(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Return the conversations' cards: the bot's top-level messages with blocks."""
        bot = self.slack.state.bot.id
        return [m for m in self.slack.workspace.messages(channel) if m.get("user") == bot]

    def thread(self, ts: str, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Return the replies of a thread."""
        return self.slack.workspace.messages(channel, ts)

    def reactions(self, ts: str, channel: str = CHANNEL, thread_ts: str | None = None) -> set[str]:
        """Return the names of a message's reactions."""
        for message in self.slack.workspace.messages(channel, thread_ts):
            if message["ts"] == ts:
                return {one["name"] for one in message.get("reactions", [])}
        return set()

    async def card_of(self, within_s: float = 30.0) -> dict[str, Any]:
        """Wait for the only card and return it."""
        cards = await self.sees(self.cards, within_s)
        assert len(cards) == 1, cards
        return cards[0]

    async def sees_messages(self, count: int, within_s: float = 30.0, **filters: str) -> list[dict[str, Any]]:
        """Wait until the store holds so many messages and return them."""
        async with asyncio.timeout(within_s):
            while len(found := await self.daemon.all_messages(**filters)) < count:
                await asyncio.sleep(0.02)
        return found

    async def line_becomes(self, state: str, line: str = "support", within_s: float = 30.0) -> dict[str, Any]:
        """Wait until a line is in a state and return what the daemon says of it."""
        found: dict[str, Any] = {}
        try:
            async with asyncio.timeout(within_s):
                while found.get("state") != state:
                    lines = (await self.daemon.get("/v1/status"))["lines"]
                    found = next(one for one in lines if one["name"] == line)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{found}\n{self.daemon.tail()}") from None
        return found

    async def comes_true(self, asked: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
        """Wait until something that must be asked for is true."""
        try:
            async with asyncio.timeout(within_s):
                while not await asked():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError("it did not come true; the daemon says:\n" + self.daemon.tail()) from None

    async def sees(self, check: Any, within_s: float = 30.0) -> Any:
        """Wait for a fact; show the daemon's log if it does not come true."""
        try:
            return await fact(check, within_s)
        except TimeoutError:
            raise AssertionError("it did not happen; the daemon says:\n" + self.daemon.tail()) from None


def configuration(link: Path, api_url: str | None, **line: Any) -> dict[str, Any]:
    """Return the configuration that the README would lead to, for this world."""
    settings: dict[str, Any] = {
        "log": {"level": "debug", "format": "json"},
        "modems": {"front-desk": {"port": str(link)}},
        "lines": {"support": {"number": LINE_NUMBER, "modem": "front-desk", "channel": f"#{CHANNEL}", **line}},
        "http": {"listen": "127.0.0.1:0"},
    }
    if api_url:
        settings["slack"] = {
            "bot_token": {"env": "BOT_TOKEN_FOR_TEST"},
            "app_token": {"env": "APP_TOKEN_FOR_TEST"},
            "api_url": api_url,
        }
    return settings


@asynccontextmanager
async def world(
    directory: Path,
    *,
    modem: bool = True,
    start: bool = True,
    rate_limits: bool | float = False,
    faults: Faults | None = None,
    submit_delay_s: float = 0.0,
    line: dict[str, Any] | None = None,
    slack: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
) -> AsyncIterator[World]:
    """Build it, start the daemon, end everything. A wrong call to Slack fails the test that made it.

    `line` is added to the line's configuration, `settings` to the whole file's.
    """
    (directory / "state").mkdir(mode=0o700)
    network = Network(SystemClock())
    link = directory / "modem"
    async with SlackStandIn(rate_limits=rate_limits, **(slack or {})) as stand_in:
        for name in ("dana", "sam"):
            stand_in.workspace.add_user(name)
        stand_in.workspace.add_channel(CHANNEL, "dana", "sam")
        if modem:
            async with VirtualModem(link, network, LINE_NUMBER, faults=faults, submit_delay_s=submit_delay_s) as one:
                built = World(directory, network, one, stand_in)
                async with _running(built, link, start=start, line=line or {}, more=settings or {}):
                    yield built
        else:
            built = World(directory, network, None, stand_in)
            async with _running(built, link, start=start, line=line or {}, more=settings or {}):
                yield built
        assert stand_in.violations == []
        assert stand_in.duplicates() == {}


@asynccontextmanager
async def _running(
    built: World, link: Path, *, start: bool, line: dict[str, Any], more: dict[str, Any]
) -> AsyncIterator[None]:
    settings = configuration(link, built.slack.api_url, **{"countries": ["US", "CA", "GB"], **line}) | more
    built.daemon.config.write_text(yaml.safe_dump(settings))
    try:
        if start:
            await built.daemon.start()
            await built.daemon.ready()
        yield
    finally:
        if built.daemon.process is not None:
            await built.daemon.kill()
