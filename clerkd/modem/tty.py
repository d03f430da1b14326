"""A serial port, USB or not, or a pseudo-terminal."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import serial

from clerkd.errors import Held
from clerkd.modem.holders import TAKEN, taken_words
from clerkd.modem.link import PortAbsent, PortBroken

_READ_OCTETS = 65536
_FAILING = {errno.EIO, errno.EPIPE, errno.EPROTO, errno.ETIMEDOUT}  # of a driver whose device does not do as it is told
_PTY_MAJORS = range(136, 144)  # Unix98 slaves, Linux Documentation/admin-guide/devices.txt


class TtyLink:
    """A port opened through pyserial and read from the event loop."""

    def __init__(self, port: str, device: serial.Serial) -> None:
        self._port = port
        self._device = device
        self._descriptor: int = device.fileno()
        self._loop = asyncio.get_running_loop()
        self._received: Callable[[bytes], None] | None = None
        self._lost: Callable[[str], None] | None = None
        self._unsent = b""
        self._open = True
        self._closing: asyncio.Future[None] | None = None

    @property
    def port(self) -> str:
        """The path."""
        return self._port

    def start(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Begin to read."""
        self._received, self._lost = received, lost
        self._loop.add_reader(self._descriptor, self._readable)

    def write(self, octets: bytes) -> None:
        """Write at once what the port takes, the rest when it is ready."""
        if not self._open:
            return
        if self._unsent:
            self._unsent += octets
            return
        written = self._try_write(octets)
        if written < len(octets) and self._open:
            self._unsent = octets[written:]
            self._loop.add_writer(self._descriptor, self._writable)

    def _try_write(self, octets: bytes) -> int:
        try:
            return os.write(self._descriptor, octets)
        except BlockingIOError:
            return 0
        except OSError as reason:
            self._end(os.strerror(reason.errno or errno.EIO))
            return 0

    def _writable(self) -> None:
        self._unsent = self._unsent[self._try_write(self._unsent) :]
        if not self._unsent and self._open:
            self._loop.remove_writer(self._descriptor)

    def _readable(self) -> None:
        try:
            octets = os.read(self._descriptor, _READ_OCTETS)
        except BlockingIOError:
            return
        except OSError as reason:  # EIO: unplugged, or the other side of a pty has closed
            self._end(os.strerror(reason.errno or errno.EIO))
            return
        if not octets:
            self._end("hung up")
        elif self._received is not None:
            self._received(octets)

    def _end(self, reason: str) -> None:
        if self._open:
            self.abort()
            if self._lost is not None:
                self._lost(reason)

    def abort(self) -> None:
        """Stop reading now and close in a thread: close(2) of a hung USB port can wait for half a minute."""
        if not self._open:
            return
        self._open = False
        self._unsent = b""
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        self._closing = self._loop.create_future()
        # A thread of its own: the loop's pool has a handful, and the ports of hung modems would fill it for everybody.
        threading.Thread(target=self._close, name=f"close {self._port}", daemon=True).start()

    def _close(self) -> None:
        _close(self._device)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._told_closed)

    def _told_closed(self) -> None:
        if self._closing is not None and not self._closing.done():
            self._closing.set_result(None)

    async def closed(self) -> None:
        """Return when close(2) has returned."""
        if self._closing is not None:
            await asyncio.shield(self._closing)


def _close(device: Any) -> None:
    with suppress(OSError, termios.error):  # the port may be gone, and with it what was unsent
        termios.tcflush(device.fileno(), termios.TCOFLUSH)  # else close waits for octets that nobody takes
    device.close()


async def open_tty(port: str, baud: int) -> TtyLink:
    """Open a port for us alone; raise `PortAbsent`, `PortBroken`, or `Held` when another program uses it."""
    if not os.path.exists(port):  # noqa: ASYNC240, PTH110  # a stat of a local path, many times while it is absent
        raise PortAbsent(f"there is no port {port}", port=port)
    return TtyLink(port, await asyncio.to_thread(_open, port, baud))


def _open(port: str, baud: int) -> serial.Serial:
    try:
        # exclusive=True is flock: it stops every program that asks, root included.
        device = serial.Serial(port, baud, timeout=0, write_timeout=0, exclusive=True)
    except serial.SerialException as reason:
        if reason.errno in TAKEN or "lock" in str(reason):
            raise Held(taken_words(port), path=port) from reason
        raise _unopened(port, reason) from reason
    except (OSError, ValueError, termios.error) as reason:
        raise _unopened(port, reason) from reason
    try:
        # On a pseudo-terminal TIOCEXCL outlives its owner as long as the other side is open, and a daemon that was
        # killed could not come back.
        if not _is_pseudo_terminal(device.fileno()):
            take_alone(device.fileno())
    except OSError as reason:
        device.close()
        raise _unopened(port, reason) from reason
    return device


def _unopened(port: str, reason: Exception) -> PortAbsent:
    """Return what a failed opening means: a port without rights or device is none, one that fails is broken."""
    number = reason.errno if isinstance(reason, OSError) else next(iter(reason.args), None)
    kind = PortBroken if number in _FAILING else PortAbsent
    return kind(f"cannot open {port}: {reason}", port=port)


def _is_pseudo_terminal(descriptor: int) -> bool:
    state = os.fstat(descriptor)
    return not stat.S_ISCHR(state.st_mode) or os.major(state.st_rdev) in _PTY_MAJORS


def take_alone(descriptor: int) -> None:
    """Set TIOCEXCL: programs that ask no lock cannot open the port either, unless they are root's, ioctl_tty(2)."""
    fcntl.ioctl(descriptor, termios.TIOCEXCL)
