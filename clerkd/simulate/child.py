"""The real daemon as a child process of the demo, started as systemd would start it and ended as it would end it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from clerkd.errors import ClerkdError

READY_S = 20.0
END_S = 15.0
_LOG_TAIL = 12
_SOCKET = "api.sock"


class DaemonFailed(ClerkdError):
    """The daemon did not start, or ended by itself."""

    code = "demo.daemon"


class Child:
    """`clerkd run` with a configuration in a state directory. Its log goes to a file, and each event to `heard`."""

    def __init__(
        self, config: Path, state_dir: Path, environ: Mapping[str, str], heard: Callable[[dict[str, Any]], None]
    ) -> None:
        self._heard = heard
        self._config = config
        self._state_dir = state_dir
        self._environ = dict(environ)
        self._process: asyncio.subprocess.Process | None = None
        self._port: asyncio.Future[int] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._crashing = asyncio.Lock()
        self._ending = False
        self.log = state_dir / "daemon.log"

    async def start(self) -> int:
        """Start it and return the port of its HTTP API; raise `DaemonFailed`."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "clerkd", "run"),
            *("--config", str(self._config), "--state-dir", str(self._state_dir)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environ,
            # Ctrl-C in the terminal is for the demo, which then ends the daemon in its own time.
            start_new_session=True,
        )
        self._port = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._keep_log(self._process.stdout), name="daemon log")
        first: set[asyncio.Future[Any]] = {self._port, self._reading}
        await asyncio.wait(first, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        if not self._port.done():
            raise DaemonFailed(f"the daemon did not become ready within {READY_S:.0f} s\n{self._tail()}")
        return self._port.result()

    async def run(self) -> None:
        """Wait until it ends; raise `DaemonFailed` if it did so by itself."""
        while (reading := self._reading) is not None:
            await asyncio.shield(reading)
            async with self._crashing:
                if self._ending:
                    return
                if self._reading is reading:
                    raise DaemonFailed(f"the daemon ended by itself\n{self._tail()}")

    async def crash(self) -> int:
        """Kill it as a power cut would, start it again, and return the port of its HTTP API."""
        async with self._crashing:
            if self._process is not None and self._reading is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
                await self._reading
            return await self.start()

    async def _keep_log(self, said: asyncio.StreamReader | None) -> None:
        """Write what it says to its file, and note the line that tells where the API listens."""
        with self.log.open("ab", buffering=0) as log:
            while said is not None and (line := await said.readline()):
                log.write(line)
                if not line.startswith(b"{"):
                    continue  # a traceback
                event = json.loads(line)
                if self._port is not None and not self._port.done() and event["event"] == "daemon.ready":
                    self._port.set_result(int(event["port"]))
                self._heard(event)

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_LOG_TAIL:])

    async def end(self) -> None:
        """Ask it to end, wait, and insist in the end."""
        self._ending = True
        process, reading = self._process, self._reading
        if process is None or reading is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
                await reading
        except TimeoutError:
            process.kill()
            await process.wait()

    async def status(self) -> dict[str, Any]:
        """Return what `clerkd status` prints; raise `aiohttp.ClientError`, `OSError`, `TimeoutError`."""
        return await self._ask("GET", "/v1/status")

    async def keep_contact(self, name: str, number: str, tags: list[str]) -> None:
        """Have it know who is behind a number; raise as `status` does."""
        await self._ask("POST", "/v1/contacts", {"name": name, "numbers": [number], "tags": tags})

    async def send(self, number: str, text: str, line: str) -> None:
        """Have it send a text through a line; raise as `status` does."""
        await self._ask("POST", "/v1/messages", {"to": number, "text": text, "line": line})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        connector = aiohttp.UnixConnector(str(self._state_dir / _SOCKET))
        timeout = aiohttp.ClientTimeout(total=2)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.request(method, f"http://localhost{path}", json=body) as answer,
        ):
            answer.raise_for_status()
            said: dict[str, Any] = await answer.json()
            return said
