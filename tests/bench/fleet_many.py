"""Many modems in one daemon: what it sends, and what it costs when there is nothing to do."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from bench.modem_farm import link_of, number_of
from bench.rig import PEER, Cpu, floor_rate
from fakes.world import Daemon

Row = dict[str, Any]

FARM = Path(__file__).parent / "modem_farm.py"
AT_ONCE = 16  # requests to the API
IDLE_S = 120.0


class Farm:
    """Processes with modems in them."""

    def __init__(self, directory: Path, count: int, delay_s: float, each: int, processes: int) -> None:
        self._arguments = [
            (directory, first, count // processes, delay_s, each * (count // processes))
            for first in range(0, count, count // processes)
        ]
        self._children: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        """Plug all modems in."""
        for arguments in self._arguments:
            command = [sys.executable, str(FARM), *map(str, arguments)]
            self._children.append(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**26))
        await self.say("ready", 60)

    async def say(self, word: str, within_s: float) -> None:
        """Wait until each process has said so."""
        async with asyncio.timeout(within_s):
            for child in self._children:
                assert child.stdout is not None
                said = (await child.stdout.readline()).decode().strip()
                assert said == word, said

    async def end(self) -> list[dict[str, Any]]:
        """Unplug all modems and return what each process saw."""
        seen = [json.loads((await child.communicate(b""))[0].splitlines()[-1]) for child in self._children]
        self._children.clear()
        return seen


@asynccontextmanager
async def fleet(directory: Path, count: int) -> AsyncIterator[Daemon]:
    """Start a daemon with so many lines, as shipped; the modems are not there yet."""
    directory.mkdir(parents=True)
    daemon = Daemon(directory / "clerkd.yaml", directory / "state")
    daemon.state_dir.mkdir(mode=0o700)
    names = [f"line{index}" for index in range(count)]
    settings = {
        "modems": {name: {"port": str(link_of(directory, index))} for index, name in enumerate(names)},
        "lines": {
            name: {"number": number_of(index), "modem": name, "countries": ["US", "GB"]}
            for index, name in enumerate(names)
        },
        "http": {"listen": "127.0.0.1:0"},
    }
    daemon.config.write_text(yaml.safe_dump(settings))
    await daemon.start()
    try:
        await daemon.ready(60)
        yield daemon
    finally:
        await daemon.kill()


async def queue(daemon: Daemon, count: int, each: int) -> None:
    """Accept so many messages for each line."""
    wishes = [
        {"to": PEER, "line": f"line{index}", "text": f"message {n} of {index} " + "x" * 100}
        for n in range(each)
        for index in range(count)
    ]
    gate = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.UnixConnector(path=str(daemon.state_dir / "api.sock"))
    async with aiohttp.ClientSession("http://clerkd", connector=connector) as session:

        async def accept(wish: dict[str, Any]) -> None:
            async with gate, session.post("/v1/messages", json=wish) as answer:
                assert answer.status == 202, await answer.text()

        await asyncio.gather(*map(accept, wishes))


async def sending(directory: Path, count: int, delay_s: float, each: int, processes: int) -> dict[str, float]:
    """Queue first, plug all modems in, and measure from the first AT+CMGS to the last acceptance."""
    farm = Farm(directory, count, delay_s, each, processes)
    async with fleet(directory, count) as daemon:
        await queue(daemon, count, each)
        assert daemon.process is not None
        await farm.start()
        cpu = Cpu(daemon.process.pid)
        await farm.say("done", 60 + 2 * each * max(delay_s, 0.05 * count))
        used, share = cpu.seconds, cpu.share
        seen = await farm.end()
    total = count * each
    began, ended = min(one["began"] for one in seen), max(one["times"][-1] for one in seen)
    return {
        "rate": total / (ended - began),
        "cpu_ms": 1000 * used / total,
        "share": share,
        "twice": sum(one["twice"] for one in seen),
    }


async def eight_slow(directory: Path) -> list[Row]:
    """Eight modems that take 0.6 s for a text."""
    found = await sending(directory, 8, 0.6, 40, 1)
    allowed = 8 / 0.6
    return [
        {"name": "8 modems, 0.6 s", "value": found["rate"], "unit": "msg/s", "goal": 13, "better": ">=",
         "floor": allowed, "ratio": found["rate"] / allowed},
    ]  # fmt: skip


async def eight_fast(directory: Path) -> list[Row]:
    """Eight modems that take no time."""
    found = await sending(directory, 8, 0, 400, 2)
    floor = await floor_rate(directory / "floor", 0, 500)
    return [
        {"name": "8 modems, 0 s", "value": found["rate"], "unit": "msg/s", "goal": 600, "better": ">=",
         "floor": floor, "ratio": found["rate"] / floor},
        {"name": "8 modems, 0 s: CPU a message", "value": found["cpu_ms"], "unit": "ms"},
    ]  # fmt: skip


async def sixty_four(directory: Path) -> list[Row]:
    """Sixty-four modems that take 3 s: what real ones take."""
    found = await sending(directory, 64, 3, 20, 1)
    allowed = 64 / 3
    return [
        {"name": "64 modems, 3 s, of what they allow", "value": found["rate"] / allowed, "unit": "", "goal": 0.98,
         "better": ">=", "floor": allowed, "ratio": found["rate"] / allowed},
        {"name": "64 modems, 3 s: CPU", "value": found["share"], "unit": "% of a core", "goal": 10, "better": "<="},
        {"name": "64 modems, 3 s: CPU a message", "value": found["cpu_ms"], "unit": "ms"},
    ]  # fmt: skip


async def idle(directory: Path) -> list[Row]:
    """Eight modems and nothing to do."""
    farm = Farm(directory, 8, 0, 1, 1)
    async with fleet(directory, 8) as daemon:
        await farm.start()
        async with asyncio.timeout(60):
            while any(line["state"] != "ready" for line in (await daemon.get("/v1/lines"))["lines"]):
                await asyncio.sleep(0.1)
        await asyncio.sleep(10)  # what belongs to the start
        assert daemon.process is not None
        cpu, began = Cpu(daemon.process.pid), time.monotonic()
        await asyncio.sleep(IDLE_S)
        share, ended = cpu.share, time.monotonic()
        (seen,) = await farm.end()
    said = max(sum(began < at < ended for at in lines) for lines in seen["lines"])
    return [
        {"name": "idle with 8 modems: CPU", "value": share, "unit": "% of a core", "goal": 0.15, "better": "<="},
        {"name": "idle with 8 modems: AT lines a minute, most", "value": said * 60 / IDLE_S, "unit": "", "goal": 2,
         "better": "<="},
    ]  # fmt: skip


ROWS = {"many-8-slow": eight_slow, "many-8-fast": eight_fast, "many-64": sixty_four, "idle-8": idle}
