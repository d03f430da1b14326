"""close(2) of a hung USB port may wait for half a minute: nobody else does."""

import asyncio
import os
import threading

from clerkd.modem.tty import TtyLink

MORE_THAN_THE_POOL_HAS = 40


class HungDevice:
    """A port whose close waits for `release`."""

    def __init__(self, release):
        self._release = release
        self._ours, self._other = os.pipe()
        self.closed = False

    def fileno(self):
        return self._ours

    def close(self):
        self._release.wait(30)
        os.close(self._ours)
        os.close(self._other)
        self.closed = True


async def test_ports_that_do_not_close_hold_nothing_else_up():
    release = threading.Event()
    devices = [HungDevice(release) for _ in range(MORE_THAN_THE_POOL_HAS)]
    links = [TtyLink(f"/dev/ttyUSB{number}", device) for number, device in enumerate(devices)]
    for link in links:
        link.start(lambda _octets: None, lambda _reason: None)
        link.abort()
        link.abort()

    try:
        async with asyncio.timeout(15):
            assert await asyncio.to_thread(lambda: "another line's work") == "another line's work"
        assert not any(device.closed for device in devices)
    finally:
        release.set()
    async with asyncio.timeout(15):
        await asyncio.gather(*(link.closed() for link in links))
    assert all(device.closed for device in devices)
