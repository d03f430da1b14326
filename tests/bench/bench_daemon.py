"""The whole daemon against the figures of docs/performance.md: shipped defaults, durable queue on disk.

The daemon is the real `clerkd run` in a process of its own. The virtual modem and the stand-in for Slack run in this
process, so that both ends of a latency are read from one clock.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.rig import PEER, Cpu, TimedModem, World, floor_rate, rig
from fakes.facts import fact
from fakes.world import LINE_NUMBER

Row = dict[str, Any]


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


async def start(w: World) -> None:
    """Start the daemon and wait until its line is in service."""
    await w.daemon.start()
    await w.daemon.ready()
    async with asyncio.timeout(20):
        while (await w.daemon.get("/v1/lines"))["lines"][0]["state"] not in {"ready", "absent"}:
            await asyncio.sleep(0.02)


async def throughput(directory: Path, delay_s: float, count: int) -> list[Row]:
    """Queue first, plug the modem in, and take the time from the first AT+CMGS to the last acceptance."""
    async with rig(directory, submit_delay_s=delay_s, plugged=False) as w:
        await start(w)
        for n in range(count):
            await w.daemon.send(PEER, f"message {n} " + "x" * 100)
        assert w.daemon.process is not None
        async with w.modem as modem:
            assert isinstance(modem, TimedModem)
            await fact(lambda: modem.times_of(b"AT+CMGS"), 20)
            cpu = Cpu(w.daemon.process.pid)
            done: list[float] = []
            w.network.listen(lambda _event: done.append(time.monotonic()))
            await fact(lambda: len(w.network.air.records) >= count, 60 + 2 * count * max(delay_s, 0.01))
            took = time.monotonic() - modem.times_of(b"AT+CMGS")[0]
            cpu_ms = 1000 * cpu.seconds / count
    rate = count / took
    floor = await floor_rate(directory / "floor", delay_s, min(count, 500))
    rows = [
        {
            "name": f"one modem, submit delay {delay_s:g} s",
            "value": rate,
            "unit": "msg/s",
            "floor": floor,
            "ratio": rate / floor,
        }
    ]
    if delay_s:
        efficiency = rate * delay_s
        goal = {0.1: 0.96, 0.6: 0.985, 3: 0.997}.get(delay_s)
        rows.append(
            {
                "name": f"efficiency at {delay_s:g} s",
                "value": efficiency,
                "unit": "",
                "goal": goal,
                "better": ">=",
                "floor": floor * delay_s,
                "ratio": efficiency / (floor * delay_s),
            }
        )
    else:
        rows[0] |= {"goal": 400, "better": ">="}
    rows.append({"name": f"CPU a message at {delay_s:g} s", "value": cpu_ms, "unit": "ms", "goal": 1.5, "better": "<="})
    return rows


async def outbound_latency(directory: Path, count: int = 200) -> list[Row]:
    """From the answer of POST (after its commit) to the first octet of AT+CMGS, daemon idle in between."""
    async with rig(directory) as w:
        await start(w)
        modem = w.modem
        assert isinstance(modem, TimedModem)
        waits = []
        for n in range(count):
            seen = len(modem.times_of(b"AT+CMGS"))
            message = await w.daemon.send(PEER, f"message {n}")
            committed = time.monotonic()
            await fact(lambda seen=seen: len(modem.times_of(b"AT+CMGS")) > seen)  # type: ignore[misc]
            waits.append(1000 * max(0.0, modem.times_of(b"AT+CMGS")[-1] - committed))
            await w.daemon.becomes(message, {"submitted", "delivered"})
    return [
        {
            "name": "commit to AT+CMGS, median",
            "value": statistics.median(waits),
            "unit": "ms",
            "goal": 4,
            "better": "<=",
        },
        {"name": "commit to AT+CMGS, p99", "value": percentile(waits, 0.99), "unit": "ms", "goal": 20, "better": "<="},
    ]


async def inbound_latency(directory: Path, count: int = 60) -> list[Row]:
    """From +CMTI on the wire to the Slack request at the stand-in, in a conversation that exists.

    One text every 1.2 s: Slack takes about one message a second and channel, and the daemon holds itself to that.
    """
    async with rig(directory, slack=True) as w:
        await start(w)
        modem = w.modem
        assert isinstance(modem, TimedModem)
        posted: list[float] = []
        w.slack.workspace.listen(lambda change: posted.append(time.monotonic()) if change.what == "message" else None)
        phone = w.phone(PEER)
        phone.send(LINE_NUMBER, "the first one makes the card")
        card = await w.card_of()
        await fact(lambda: w.thread(card["ts"]))
        waits = []
        for n in range(count):
            before, announced = len(posted), len(modem.announced_at)
            phone.send(LINE_NUMBER, f"text {n}")
            await fact(lambda before=before: len(posted) > before)  # type: ignore[misc]
            waits.append(1000 * (posted[before] - modem.announced_at[announced]))
            await asyncio.sleep(1.2)
    return [
        {"name": "+CMTI to Slack, median", "value": statistics.median(waits), "unit": "ms", "goal": 15, "better": "<="},
        {"name": "+CMTI to Slack, p99", "value": percentile(waits, 0.99), "unit": "ms", "goal": 50, "better": "<="},
    ]


async def burst(directory: Path, count: int = 200) -> list[Row]:
    """200 texts wait in the network for 20 slots."""
    async with rig(directory, slots=20) as w:
        await start(w)
        began = time.monotonic()
        for n in range(count):
            w.phone(f"+4477009001{n % 50:02}").send(LINE_NUMBER, f"text {n}")
        async with asyncio.timeout(60):
            while len(got := await w.daemon.all_messages()) < count:
                await asyncio.sleep(0.02)
        took = time.monotonic() - began
        assert len({m["text"] for m in got}) == count
    floor = (count / 20 - 1) * 0.2  # the network pages again 0.2 s after a slot is freed
    return [
        {
            "name": "200 inbound into 20 slots",
            "value": took,
            "unit": "s",
            "goal": 3,
            "better": "<=",
            "floor": floor,
            "ratio": took / floor,
        }
    ]


async def idle(directory: Path, seconds: float = 120) -> list[Row]:
    """Nothing to do, Slack and HTTP on."""
    async with rig(directory, slack=True) as w:
        await start(w)
        modem = w.modem
        assert isinstance(modem, TimedModem)
        assert w.daemon.process is not None
        await asyncio.sleep(5)
        lines, cpu = len(modem.lines_in), Cpu(w.daemon.process.pid)
        await asyncio.sleep(seconds)
        return [
            {"name": "idle CPU", "value": cpu.share, "unit": "% of a core", "goal": 0.1, "better": "<="},
            {
                "name": "idle AT lines a minute",
                "value": (len(modem.lines_in) - lines) * 60 / seconds,
                "unit": "",
                "goal": 2,
                "better": "<=",
            },
            {
                "name": "resident memory, Slack and HTTP on",
                "value": cpu.rss_mb,
                "unit": "MB",
                "goal": 60,
                "better": "<=",
            },
        ]


async def start_up(directory: Path, times: int = 7) -> list[Row]:
    """From exec to the first octet at the modem."""
    waits, floors = [], []
    for n in range(times):
        async with rig(directory / str(n), slack=True) as w:
            began = time.monotonic()
            await w.daemon.start()
            modem = w.modem
            assert isinstance(modem, TimedModem)
            await fact(lambda modem=modem: modem.first_octet_at)  # type: ignore[misc]
            assert modem.first_octet_at is not None
            waits.append(modem.first_octet_at - began)
            began = time.monotonic()
            nothing = await asyncio.create_subprocess_exec(sys.executable, "-c", "import asyncio, sqlite3")
            await nothing.wait()
            floors.append(time.monotonic() - began)
    value, floor = statistics.median(waits), statistics.median(floors)
    return [
        {
            "name": "clerkd run to the first AT",
            "value": value,
            "unit": "s",
            "goal": 1,
            "better": "<=",
            "floor": floor,
            "ratio": value / floor,
        }
    ]


ROWS: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    "throughput-0": lambda directory: throughput(directory, 0, 1500),
    "throughput-0.1": lambda directory: throughput(directory, 0.1, 100),
    "throughput-0.6": lambda directory: throughput(directory, 0.6, 40),
    "throughput-3": lambda directory: throughput(directory, 3, 12),
    "outbound-latency": outbound_latency,
    "inbound-latency": inbound_latency,
    "burst": burst,
    "start-up": start_up,
    "idle": idle,
}


def run(names: list[str] | None = None) -> dict[str, Any]:
    """Measure the named rows, or all."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="clerkd-bench-") as directory:
        for name in names or list(ROWS):
            rows += asyncio.run(ROWS[name](Path(directory) / name))
            print(".", end="", file=sys.stderr, flush=True)
    return {"name": "daemon", "rows": rows}
