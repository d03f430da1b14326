"""A pseudo-terminal behind a name in the file system: the modem's side of the cable.

The slave side is open only while a client has it open. The master then reports a hang-up, level-triggered, so its
reader is taken out of the loop until somebody opens the slave again; that, and a client that closes and reopens
between two turns of the loop, is learnt from inotify, which delivers opens and closes in order. What the modem says
while nobody listens is dropped, and what a client left unread is flushed when it closes.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import select
import struct
import termios
import tty
from collections.abc import Callable
from pathlib import Path

READ_OCTETS = 4096
BACKLOG_OCTETS = 1 << 20  # a client that never reads loses what comes after this

_IN_CLOSE = 0x8 | 0x10  # IN_CLOSE_WRITE, IN_CLOSE_NOWRITE: inotify(7)
_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class Port:
    """One pty with a symbolic link to its slave. Everything happens in the running loop's thread."""

    def __init__(
        self,
        link: Path,
        *,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        closed: Callable[[], None],
        baud: int = 0,
    ) -> None:
        self._link = link
        self._received = received
        self._opened = opened
        self._closed = closed
        self._octet_s = 10 / baud if baud else 0.0  # start bit, eight data bits, stop bit
        self._dribble = 0
        self._pause = 0.0
        self._loop = asyncio.get_running_loop()
        self._backlog = bytearray()
        self._writing: asyncio.TimerHandle | None = None
        self._writer_added = False
        self._is_open = False
        self._is_heard = False  # open, and not about to be found closed
        self._slave_name = ""
        self._master = -1
        self._watch = -1

    @property
    def link(self) -> Path:
        """The name under which clients find the port."""
        return self._link

    @property
    def is_open(self) -> bool:
        """Whether a client has it open."""
        return self._is_open

    def plug(self, link: Path | None = None) -> None:
        """Make the pty and its link appear; raise `OSError` if the link's name is taken by something else."""
        if link is not None:
            self._link = link
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)  # until the client sets its own, nothing that the modem says is echoed to it
            self._slave_name = os.ttyname(slave)
            os.set_blocking(self._master, False)
            self._watch = _watch_opens(self._slave_name)
        finally:
            os.close(slave)
        self._loop.add_reader(self._watch, self._look)
        if self._link.is_symlink():
            self._link.unlink()
        self._link.symlink_to(self._slave_name)

    def unplug(self) -> None:
        """Make the port vanish: the link goes, and a client that has it open is hung up."""
        if self._master < 0:
            return
        if self._link.is_symlink() and str(self._link.readlink()) == self._slave_name:
            self._link.unlink()
        self._loop.remove_reader(self._watch)
        self._set_open(is_open=False)
        os.close(self._watch)
        os.close(self._master)
        self._master = self._watch = -1

    def pace(self, dribble: int, pause: float) -> None:
        """From now on write at most `dribble` octets at a time, `pause` seconds apart; 0 for as fast as can be."""
        self._dribble, self._pause = dribble, pause

    # Reading -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Follow the opens and closes since the last look; only the last of several clients is still there."""
        closed = False
        for mask in _read_events(self._watch):
            if mask & _IN_CLOSE:
                closed = True
            elif mask & _IN_OPEN:
                if closed and self._is_open:
                    # What is still unread is taken for the new client's: the old one's was read when it came.
                    self._set_open(is_open=False)
                self._set_open(is_open=True)
        if self._is_open and self._hung_up():
            self._is_heard = False
            while octets := self._read():
                self._received(octets)
            self._set_open(is_open=False)

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return any(mask & select.POLLHUP for _, mask in poll.poll(0))

    def _set_open(self, *, is_open: bool) -> None:
        if is_open == self._is_open:
            return
        self._is_open = self._is_heard = is_open
        if is_open:
            self._loop.add_reader(self._master, self._on_octets)
            self._opened()
            return
        self._loop.remove_reader(self._master)
        self._stop_writing()
        self._backlog.clear()
        # Unread octets are on their way to the slave's line discipline, or already there. The second call acts on
        # the slave: Linux applies a pty master's termios requests to its other end.
        termios.tcflush(self._master, termios.TCOFLUSH)
        termios.tcsetattr(self._master, termios.TCSAFLUSH, termios.tcgetattr(self._master))
        self._closed()

    def _on_octets(self) -> None:
        self._look()
        if self._is_open and (octets := self._read()):
            self._received(octets)

    def _read(self) -> bytes:
        """Return what is there; nothing when there is nothing, or the port was unplugged meanwhile."""
        if self._master < 0:
            return b""
        try:
            return os.read(self._master, READ_OCTETS)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    # Writing -------------------------------------------------------------------------------------------------

    def write(self, octets: bytes) -> None:
        """Say something; never waits. Nobody hears it while the port is closed."""
        if not self._is_heard:
            return
        if self._backlog or self._dribble or self._octet_s:
            if len(self._backlog) < BACKLOG_OCTETS:
                self._backlog += octets
            self._write_some()
            return
        try:
            written = os.write(self._master, octets)
        except BlockingIOError:
            written = 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
        if written < len(octets):
            self._backlog += octets[written:]
            self._write_some()

    def _write_some(self) -> None:
        if self._writing is None and not self._writer_added:
            self._writer_added = True
            self._loop.add_writer(self._master, self._on_writable)

    def _on_writable(self) -> None:
        size = self._dribble or (max(1, round(0.001 / self._octet_s)) if self._octet_s else len(self._backlog))
        try:
            written = os.write(self._master, self._backlog[:size])
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._backlog.clear()
            written = 0
        del self._backlog[:written]
        self._loop.remove_writer(self._master)
        self._writer_added = False
        pause = max(self._pause if self._dribble else 0.0, written * self._octet_s)
        if pause:
            self._writing = self._loop.call_later(pause, self._after_pause)
        elif self._backlog:
            self._write_some()

    def _after_pause(self) -> None:
        self._writing = None
        if self._backlog:
            self._write_some()

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self._writer_added:
            self._loop.remove_writer(self._master)
            self._writer_added = False


def _watch_opens(path: str) -> int:
    """Return an inotify descriptor that tells every open and close of `path`."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0 or libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_OPEN | _IN_CLOSE) < 0:
        raise OSError(ctypes.get_errno(), "inotify", path)
    return descriptor


def _read_events(descriptor: int) -> list[int]:
    """Return the masks of the events since the last call."""
    try:
        octets = os.read(descriptor, READ_OCTETS)
    except BlockingIOError:
        return []
    masks = []
    position = 0
    while position < len(octets):
        _, mask, _, name_octets = _EVENT.unpack_from(octets, position)
        masks.append(mask)
        position += _EVENT.size + name_octets
    return masks
