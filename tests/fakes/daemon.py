"""The daemon as a child process, for tests of how it starts, speaks and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from fakes.facts import fact

from clerkd.clock import SystemClock
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network

LINE_NUMBER = "+14155550100"
PHONE_NUMBER = "+14155550123"


def configuration(port: Path | str | None, *, listen: str = "127.0.0.1:0", level: str = "debug") -> str:
    """Return a configuration without Slack, with one line on `port` or none."""
    modems = (
        f"modems: {{front: {{port: {port}}}}}\nlines: {{support: {{number: '{LINE_NUMBER}', modem: front}}}}\n"
        if port is not None
        else ""
    )
    return f"log: {{level: {level}}}\nhttp: {{listen: '{listen}'}}\n{modems}"


class Child:
    """`clerkd run` in a directory of its own."""

    def __init__(self, directory: Path, config: str, state: Path | None = None, **environment: str) -> None:
        directory.mkdir(exist_ok=True)
        self.config = directory / "clerkd.yaml"
        self.config.write_text(config, encoding="utf-8")
        self.state_dir = state or directory / "state"
        self._log = directory / "log"
        self._environment = {**os.environ, **environment}

    async def start(self) -> Child:
        """Start it and return at once."""
        command = [sys.executable, "-m", "clerkd", "run", "--config", self.config, "--state-dir", self.state_dir]
        with self._log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(*command, stderr=log, env=self._environment)
        return self

    async def exit_status(self, within_s: float = 20.0) -> int:
        """Wait until it ends."""
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit status."""
        self.process.send_signal(number)
        return await self.exit_status()

    async def end(self) -> None:
        """Make sure that it is gone."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def says(self, event: str, within_s: float = 20.0) -> dict[str, Any]:
        """Wait for an event of the log and return it."""
        return await fact(lambda: next((one for one in self.events() if one["event"] == event), None), within_s)

    def events(self) -> list[dict[str, Any]]:
        """Return what it has logged so far; a line that is no event is a fault of the test or of the daemon."""
        whole = self._log.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if not line.startswith(("clerkd: ", "  line "))]

    def words(self) -> str:
        """Return everything that it wrote to standard error."""
        return self._log.read_text(encoding="utf-8")


async def clerkd(*arguments: object) -> tuple[int, str, str]:
    """Run another verb as a child process; return status, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "clerkd",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def free_port() -> int:
    """Return a TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def launch(tmp_path: Path):
    """Start daemons, and end those that the test leaves."""
    children: list[Child] = []

    async def start(config: str, *, state: Path | None = None, **environment: str) -> Child:
        child = Child(tmp_path / f"daemon{len(children)}", config, state, **environment)
        children.append(child)
        return await child.start()

    yield start
    for child in children:
        await child.end()


@pytest.fixture
async def plugged_in(tmp_path: Path):
    """Plug in virtual modems, and unplug them."""
    network = Network(SystemClock())
    network.phone(PHONE_NUMBER)
    async with AsyncExitStack() as modems:

        async def plug_in(submit_delay_s: float = 0.0) -> VirtualModem:
            virtual = VirtualModem(tmp_path / "modem", network, LINE_NUMBER, submit_delay_s=submit_delay_s)
            return await modems.enter_async_context(virtual)

        yield plug_in
    network.close()


@pytest.fixture
async def modem(plugged_in) -> VirtualModem:
    """A virtual modem that sends in no time."""
    return await plugged_in()
