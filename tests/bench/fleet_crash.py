"""`kill -9` while texts go out and come in, a port that comes back under another name, and refusals."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from bench.fleet_faults import start
from bench.modem_farm import imei_of
from bench.rig import PEER, TimedModem, World, rig
from fakes.facts import fact
from fakes.usb_tree import UsbTree
from fakes.world import LINE_NUMBER, Daemon

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Habits
from clerkd.simulate.network import Network

Row = dict[str, Any]

KILLS = 10
MESSAGES = 100
SETTLED = {"submitted", "delivered", "unknown"}


async def _kills(w: World, modem: TimedModem, chance: random.Random) -> tuple[list[float], list[float]]:
    """Kill and start again; return how long each start took to the next AT+CMGS, whole and from the first octet on."""
    took, asked = [], []
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(2.0, 6.0))
        await w.daemon.kill()
        heard, seen, began = len(modem.lines_in), len(modem.times_of(b"AT+CMGS")), time.monotonic()
        await w.daemon.start()
        try:
            await fact(lambda seen=seen: len(modem.times_of(b"AT+CMGS")) > seen, 8)  # type: ignore[misc]
        except TimeoutError:
            continue  # everything was sent
        took.append(modem.times_of(b"AT+CMGS")[seen] - began)
        asked.append(modem.times_of(b"AT+CMGS")[seen] - modem.lines_in[heard][0])
    await w.daemon.ready(60)
    return took, asked


async def kill_sending(directory: Path) -> list[Row]:
    """A hundred texts at 0.6 s each, and ten times `kill -9`."""
    async with rig(directory, submit_delay_s=0.6) as w:
        modem = await start(w)
        for n in range(MESSAGES):
            await w.daemon.send(PEER, f"out {n}")
        took, asked = await _kills(w, modem, random.Random(1))
        async with asyncio.timeout(180):
            while True:
                messages = await w.daemon.all_messages()
                if all(message["state"] in SETTLED for message in messages):
                    break
                await asyncio.sleep(0.5)
        air = Counter(record.submit.user_data.text for record in w.network.air.records)
    unknown = {message["text"] for message in messages if message["state"] == "unknown"}
    lost = sum(message["text"] not in unknown and not air[message["text"]] for message in messages)
    return [
        {"name": "kill -9 × 10 while sending 100: lost", "value": lost, "unit": "", "goal": 0, "better": "<="},
        {"name": "kill -9 × 10 while sending 100: sent twice", "value": sum(n > 1 for n in air.values()), "unit": "",
         "goal": 0, "better": "<="},
        {"name": "kill -9 × 10 while sending 100: held as unknown", "value": len(unknown), "unit": ""},
        {"name": "kill -9 while sending: start of the process to its first AT+CMGS, median",
         "value": statistics.median(took), "unit": "s", "goal": 1},
        {"name": "kill -9 while sending: first octet at the modem to the first AT+CMGS, worst", "value": max(asked),
         "unit": "s"},
    ]  # fmt: skip


async def kill_receiving(directory: Path) -> list[Row]:
    """A hundred texts come in, and ten times `kill -9`."""
    async with rig(directory) as w:
        await start(w)

        async def texts() -> None:
            for n in range(MESSAGES):
                w.phone(PEER).send(LINE_NUMBER, f"in {n}")
                await asyncio.sleep(0.2)

        async def kills() -> None:
            chance = random.Random(2)
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.5, 2.5))
                await w.daemon.kill()
                await w.daemon.start()

        await asyncio.gather(texts(), kills())
        await w.daemon.ready(60)
        async with asyncio.timeout(90):
            got = await w.daemon.all_messages()
            while len({message["text"] for message in got}) < MESSAGES:
                await asyncio.sleep(0.5)
                got = await w.daemon.all_messages()
    found = Counter(message["text"] for message in got)
    return [
        {"name": "kill -9 × 10 while receiving 100: lost", "value": MESSAGES - len(found), "unit": "", "goal": 0,
         "better": "<="},
        {"name": "kill -9 × 10 while receiving 100: kept twice", "value": sum(n > 1 for n in found.values()),
         "unit": "", "goal": 0, "better": "<="},
    ]  # fmt: skip


class _Machine(Daemon):
    """A daemon on a machine with a USB bus."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "clerkd.yaml", directory / "state")
        self.state_dir.mkdir(mode=0o700)
        self.tree = UsbTree(directory / "machine")

    def environment(self) -> dict[str, str]:
        """Let it look at that bus."""
        return {**super().environment(), "CLERKD_DEVICE_ROOT": str(self.tree.root)}


async def renamed(directory: Path, times: int = 5) -> list[Row]:
    """A port goes for ten seconds and comes back under another name: until the line is in service."""
    directory.mkdir(parents=True)
    daemon = _Machine(directory)
    names = [daemon.tree.modem(f"1-1.{n}", f"ttyUSB{n}")[0] for n in range(times + 1)]
    line = {"number": LINE_NUMBER, "modem": "front", "countries": ["US", "GB"]}
    modems = {"front": {"port": "auto", "imei": imei_of(0)}}
    daemon.config.write_text(
        yaml.safe_dump({"modems": modems, "lines": {"support": line}, "http": {"listen": "127.0.0.1:0"}})
    )
    network = Network(SystemClock())
    took = []
    async with TimedModem(names[0], network, LINE_NUMBER, habits=Habits(model="EC25"), imei=imei_of(0)) as modem:
        await daemon.start()
        try:
            await daemon.ready(60)
            await _in_service(daemon, names[0])
            for name in names[1:]:
                modem.gone(10, name)
                back = time.monotonic() + 10
                await _in_service(daemon, name)
                took.append(time.monotonic() - back)
        finally:
            await daemon.kill()
            network.close()
    return [{"name": "gone 10 s, back under another name: in service, worst of 5", "value": max(took), "unit": "s",
             "goal": 0.7}]  # fmt: skip


async def _in_service(daemon: Daemon, port: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            (line,) = (await daemon.get("/v1/status"))["lines"]
            if line["state"] == "ready" and line["port"] == str(port):
                return
            await asyncio.sleep(0.02)


async def refused(directory: Path) -> list[Row]:
    """The network refuses one text in five once, with 38 and with 500: until all twenty arrived."""
    return [row for code in (38, 500) for row in await _refused(directory / str(code), code)]


async def _refused(directory: Path, code: int) -> list[Row]:
    async with rig(directory) as w:
        modem = await start(w)
        modem.faults.apply("cms_code", code)
        texts = [f"text {number}" for number in range(20)]
        inbox = w.phone(PEER).inbox
        began = time.monotonic()
        for number, text in enumerate(texts):
            if number % 5 == 0:
                modem.faults.apply("cms_error", "next:1")
            await w.daemon.send(PEER, text)
            await asyncio.sleep(0.05)
        await fact(lambda: {text.text for text in inbox} >= set(texts), 120)
        took = time.monotonic() - began
    name = f"CMS {code} on 4 of 20"
    return [
        {"name": f"{name}: all arrived", "value": took, "unit": "s", "goal": 6},
        {"name": f"{name}: arrived twice", "value": len(inbox) - len(texts), "unit": "", "goal": 0, "better": "<="},
    ]


ROWS = {
    "kill-sending": kill_sending,
    "kill-receiving": kill_receiving,
    "renamed": renamed,
    "refused": refused,
}
