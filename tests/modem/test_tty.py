"""The serial link on a pseudo-terminal: peers that vanish, do not read, or hold the port."""

import asyncio
import fcntl
import os
import subprocess
import sys
import termios
import time
import tty
from pathlib import Path
from subprocess import PIPE

import pytest

from clerkd.errors import Held
from clerkd.modem.link import PortAbsent
from clerkd.modem.tty import open_tty, take_alone

DEADLINE_S = 5


@pytest.fixture
def pair():
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    os.set_blocking(master, False)
    yield master, path
    os.close(master)


class Ear:
    def __init__(self):
        self.heard = b""
        self.lost = []
        self.changed = asyncio.Event()

    def received(self, octets):
        self.heard += octets
        self.changed.set()

    def ended(self, reason):
        self.lost.append(reason)
        self.changed.set()


async def listen(path):
    link = await open_tty(path, 115200)
    ear = Ear()
    link.start(ear.received, ear.ended)
    return link, ear


async def test_octets_go_both_ways_as_they_are(pair):
    master, path = pair
    link, ear = await listen(path)
    everything = bytes(range(256))

    link.write(everything)
    os.write(master, everything)
    async with asyncio.timeout(DEADLINE_S):
        while len(ear.heard) < 256:
            ear.changed.clear()
            await ear.changed.wait()

    assert ear.heard == everything
    assert os.read(master, 1000) == everything
    assert link.port == path
    link.abort()
    await link.closed()


async def test_what_a_slow_reader_does_not_take_is_kept_in_order(pair):
    master, path = pair
    link, _ear = await listen(path)
    pieces = [bytes([number % 256]) * 3000 for number in range(20)]

    for piece in pieces:
        link.write(piece)
    taken = b""
    async with asyncio.timeout(DEADLINE_S):
        while len(taken) < 60000:
            await asyncio.sleep(0)
            try:
                taken += os.read(master, 1000)
            except BlockingIOError:
                continue

    assert taken == b"".join(pieces)
    link.abort()
    await link.closed()


async def test_closing_does_not_wait_for_a_peer_that_does_not_read(pair):
    _master, path = pair
    link, ear = await listen(path)
    link.write(b"x" * 100_000)

    began = time.monotonic()
    link.abort()
    link.abort()
    link.write(b"too late")
    assert time.monotonic() - began < 0.1
    async with asyncio.timeout(DEADLINE_S):
        await link.closed()
    assert ear.lost == []


async def test_a_vanished_peer_is_told_once():
    master, slave = os.openpty()
    path = os.ttyname(slave)
    os.close(slave)
    link, ear = await listen(path)

    os.close(master)
    async with asyncio.timeout(DEADLINE_S):
        await ear.changed.wait()
    link.write(b"anybody?")
    await asyncio.sleep(0)

    assert len(ear.lost) == 1
    await link.closed()


async def test_a_port_is_for_one_alone_and_free_afterwards(pair):
    _master, path = pair
    link, _ear = await listen(path)

    with pytest.raises(Held):
        await open_tty(path, 115200)
    link.abort()
    await link.closed()
    again = await open_tty(path, 115200)
    again.abort()
    await again.closed()


async def test_a_port_that_is_not_there_is_absent():
    with pytest.raises(PortAbsent, match="no port"):
        await open_tty("/dev/clerkd-has-no-such-port", 115200)


def test_a_port_that_was_taken_alone_is_closed_to_other_users_programs_too(pair):
    _master, path = pair
    with Path(path).open("r+b", buffering=0) as device:
        take_alone(device.fileno())
        try:
            script = (
                "import errno, os, sys\n"
                "if os.getuid() == 0:\n"
                "    os.chmod(sys.argv[1], 0o666)\n"
                "    os.setuid(65534)\n"
                "try:\n"
                "    os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)\n"
                "except OSError as reason:\n"
                "    sys.exit(0 if reason.errno == errno.EBUSY else 2)\n"
                "sys.exit(1)\n"
            )
            assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 0
        finally:
            fcntl.ioctl(device.fileno(), termios.TIOCNXCL)


async def test_whoever_has_a_port_is_named(pair):
    _master, path = pair
    script = "import fcntl, sys; p = open(sys.argv[1], 'r+b', 0); fcntl.flock(p, 2); print(flush=True); input()"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, path, stdin=PIPE, stdout=PIPE)
    await other.stdout.readline()
    with pytest.raises(Held, match=rf"{path} is in use by \S+ \(pid {other.pid}\): stop it"):
        await open_tty(path, 115200)
    await other.communicate(b"\n")
