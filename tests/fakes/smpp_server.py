"""An SMSC that nobody here wrote: the server of the npm package `smpp`, run by node (tests/smpp)."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.facts import fact
from fakes.typescript import toolchain

DESCRIPTION = Path(__file__).parent.parent / "smpp"
HAVE_NODE = shutil.which("node") is not None and shutil.which("npm") is not None


class SmppServer:
    """What it took and what it still keeps, by its own events."""

    def __init__(self, process: asyncio.subprocess.Process, faults: Path) -> None:
        self._process = process
        self._faults = faults
        self.port = 0
        self.submitted: list[dict[str, Any]] = []
        self.waiting = 0
        self._listening = 0
        self._stopped = 0

    def do(self, what: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")

    def fault(self, kind: str) -> None:
        """Say what becomes of the next submission: refused, throttled, lost."""
        with self._faults.open("a") as file:
            file.write(f"{kind}\n")

    def deliver(self, sender: str, recipient: str, text: str) -> None:
        self.waiting += 1
        self.do("deliver", **{"from": sender.removeprefix("+"), "to": recipient.removeprefix("+"), "text": text})

    async def stop(self) -> None:
        before = self._stopped
        self.do("stop")
        await fact(lambda: self._stopped > before)

    async def start(self) -> None:
        before = self._listening
        self.do("start")
        await fact(lambda: self._listening > before)

    async def listening(self) -> None:
        await fact(lambda: self._listening, 30)

    def texts(self, recipient: str) -> list[str]:
        """The texts that reached a phone, whole ones only, in the order of their first parts."""
        found: dict[object, dict[int, str]] = {}
        totals: dict[object, int] = {}
        for number, one in enumerate(self.submitted):
            if one["to"] != recipient.removeprefix("+"):
                continue
            key: object = number
            total, sequence = 1, 1
            for element in one["udh"]:
                octets = bytes.fromhex(element)
                if octets[:2] == b"\x00\x03":
                    key, total, sequence = ("ref", octets[2]), octets[3], octets[4]
            found.setdefault(key, {})[sequence] = one["text"]
            totals[key] = total
        return ["".join(text for _, text in sorted(parts.items())) for key, parts in found.items()
                if len(parts) == totals[key]]  # fmt: skip

    async def read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            event = json.loads(line)
            match event["event"]:
                case "listening":
                    self.port = event["port"]
                    self._listening += 1
                case "submit":
                    self.submitted.append(event)
                case "kept":
                    self.waiting -= 1
                case "stopped":
                    self._stopped += 1


@asynccontextmanager
async def smpp_server() -> AsyncIterator[SmppServer]:
    """Run it; the package is installed once into the user's cache."""
    home = await asyncio.to_thread(toolchain, DESCRIPTION)
    with tempfile.NamedTemporaryFile("w", suffix=".faults", delete=False) as file:
        faults = Path(file.name)
    process = await asyncio.create_subprocess_exec(
        "node", str(DESCRIPTION / "server.js"), str(home), str(faults),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    server = SmppServer(process, faults)
    reading = asyncio.create_task(server.read(), name="smpp server")
    try:
        await server.listening()
        yield server
    finally:
        process.kill()
        await process.wait()
        faults.unlink()
        reading.cancel()
        await asyncio.wait({reading})
