"""One real daemon process with a virtual modem and a stand-in for Slack in this process, both with a stop-watch."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml
from fakes.world import CHANNEL, LINE_NUMBER, World, configuration

from clerkd.clock import SystemClock
from clerkd.codec import pdu, segment
from clerkd.codec.address import Address
from clerkd.codec.tpdu import Submit
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.network import Network
from clerkd.simulate.slack import SlackStandIn

PEER = "+447700900123"
UNIT = Path(__file__).parents[2] / "systemd" / "clerkd.service"


def unit_environment() -> dict[str, str]:
    """Return what the unit's `Environment=` lines give the daemon."""
    lines = UNIT.read_text().splitlines()
    given = [line.removeprefix("Environment=") for line in lines if line.startswith("Environment=")]
    assert given, "the unit sets nothing: the figures are those of the daemon as shipped"
    return dict(one.split("=", 1) for one in given)


class TimedModem(VirtualModem):
    """A virtual modem that notes when what arrived and when it said what."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines_in: list[tuple[float, bytes]] = []
        self.first_octet_at: float | None = None
        self.announced_at: list[float] = []

    def _received(self, octets: bytes) -> None:
        now = time.monotonic()
        self.first_octet_at = self.first_octet_at or now
        self.lines_in.append((now, octets))
        super()._received(octets)

    def _announce(self, *lines: str) -> None:
        if any(line.startswith("+CMTI") for line in lines):
            self.announced_at.append(time.monotonic())
        super()._announce(*lines)

    def times_of(self, start: bytes) -> list[float]:
        """Return when commands that begin so arrived."""
        return [at for at, octets in self.lines_in if octets.startswith(start)]


class Cpu:
    """CPU seconds of the daemon since this was made, by the scheduler's nanoseconds."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = self._now()
        self._began = time.monotonic()

    def _now(self) -> float:
        # The first field of schedstat is time on a processor; cpu_times() would count in ticks of 10 ms.
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    @property
    def seconds(self) -> float:
        """CPU seconds used."""
        return self._now() - self._before

    @property
    def share(self) -> float:
        """Percent of a core."""
        return 100 * self.seconds / (time.monotonic() - self._began)

    @property
    def rss_mb(self) -> float:
        """Resident memory, MB."""
        return float(psutil.Process(self._pid).memory_info().rss) / 1e6


@asynccontextmanager
async def rig(
    directory: Path, *, submit_delay_s: float = 0.0, slack: bool = False, plugged: bool = True, slots: int = 20
) -> AsyncIterator[World]:
    """Build it with the shipped defaults and the unit's environment; the daemon is not started.

    `plugged=False` leaves the modem out.
    """
    directory.mkdir(parents=True)
    (directory / "state").mkdir(mode=0o700)
    network = Network(SystemClock())
    link = directory / "modem"
    async with SlackStandIn(rate_limits=False) as stand_in:
        stand_in.workspace.add_user("dana")
        stand_in.workspace.add_channel(CHANNEL, "dana")
        modem = TimedModem(link, network, LINE_NUMBER, submit_delay_s=submit_delay_s, habits=Habits(sim_slots=slots))
        built = World(directory, network, modem, stand_in, unit_environment())
        settings = configuration(link, stand_in.api_url if slack else None, countries=["US", "GB"])
        del settings["log"]  # as shipped
        built.daemon.config.write_text(yaml.safe_dump(settings))
        async with AsyncExitStack() as stack:
            if plugged:
                await stack.enter_async_context(modem)
            try:
                yield built
            finally:
                if built.daemon.process is not None:
                    await built.daemon.kill()


FLOOR_CLIENT = """
import os, sqlite3, sys, termios, time, tty
port, database, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
tty.setraw(fd)
db = sqlite3.connect(database, isolation_level=None)
db.execute("PRAGMA journal_mode = WAL"); db.execute("PRAGMA synchronous = FULL")
db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
def say(octets, until):
    os.write(fd, octets)
    seen = b""
    while not seen.endswith(until):
        seen += os.read(fd, 4096)
say(b"ATE0\\r", b"OK\\r\\n"); say(b"AT+CMGF=0\\r", b"OK\\r\\n")
tpdu = sys.argv[4].encode()
start = time.monotonic()
for n in range(count):
    db.execute("INSERT INTO t (text) VALUES (?)", ("x" * 160,))
    say(b"AT+CMGS=%d\\r" % (len(tpdu) // 2 - 1), b"> ")
    say(tpdu + b"\\x1a", b"OK\\r\\n")
print(count / (time.monotonic() - start))
"""


async def floor_rate(directory: Path, submit_delay_s: float, count: int) -> float:
    """Return messages a second of a blocking client that knows nothing but CMGS and one durable commit a message."""
    directory.mkdir(parents=True, exist_ok=True)
    submit = Submit(Address.of(PEER), segment.split("x" * 150, reference=1).parts[0])
    async with TimedModem(directory / "floor", Network(SystemClock()), LINE_NUMBER, submit_delay_s=submit_delay_s):
        arguments = (
            str(directory / "floor"),
            str(directory / "floor.db"),
            str(count),
            pdu.encode(submit).hex().upper(),
        )
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FLOOR_CLIENT, *arguments, stdout=subprocess.PIPE
        )
        async with asyncio.timeout(120):
            out, _ = await client.communicate()
    return float(out)
