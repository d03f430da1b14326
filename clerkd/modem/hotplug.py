"""Hears of devices that come and go: inotify on the directories where they appear, no polling.

`udev` makes and removes the nodes and links, and changes their owner a moment after it made them; all of that is told
by inotify(7). A directory that is not there, as /dev/serial/by-id while nothing is plugged in, is waited for by
its nearest parent.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SAFETY_S = 30.0  # a look without a cause, so seldom that it costs nothing

_EVENTS = 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400  # ATTRIB MOVED_FROM MOVED_TO CREATE DELETE DELETE_SELF
_ONLYDIR = 0x1000000  # IN_ONLYDIR
_BUFFER_OCTETS = 65536


class Hotplug:
    """Counts the changes in `directories`; `run` keeps it listening, without it only time passes."""

    def __init__(self, directories: Iterable[Path]) -> None:
        self._directories = sorted(set(directories))
        self._changed = asyncio.Event()
        self._descriptor = -1
        self.changes = 0  # to be read before a look, and given to `wait` after it

    async def run(self) -> None:
        """Listen until cancelled; raise `OSError` if the kernel has no more inotify instances."""
        loop = asyncio.get_running_loop()
        self._descriptor = _CALLS.instance()
        loop.add_reader(self._descriptor, self._told)
        try:
            self._listen()
            self._count()  # what came before may have been missed
            await loop.create_future()
        finally:
            loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    async def wait(self, seen: int, within_s: float = SAFETY_S) -> None:
        """Return when there were changes after `seen`, and after `within_s` in any case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.changes == seen:
                    await self._changed.wait()

    def nudge(self) -> None:
        """Let everybody who waits look again."""
        self._count()

    def _told(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._descriptor, _BUFFER_OCTETS):
                continue
        self._listen()
        self._count()

    def _count(self) -> None:
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _listen(self) -> None:
        """Watch each directory, or its nearest parent; doing so again changes nothing."""
        for directory in self._directories:
            self._watch(directory)

    def _watch(self, directory: Path) -> None:
        for place in (directory, *directory.parents):
            if not _CALLS.watch(self._descriptor, place):
                continue
            # The step below may have appeared between the two calls.
            if place == directory or not _next_step(place, directory).is_dir():
                return
            self._watch(directory)
            return


def _next_step(place: Path, directory: Path) -> Path:
    return place / directory.relative_to(place).parts[0]


class _Calls:
    """The two calls of the C library that Python's has no name for."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)

    def instance(self) -> int:
        descriptor: int = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        return descriptor

    def watch(self, descriptor: int, directory: Path) -> bool:
        watch: int = self._library.inotify_add_watch(descriptor, os.fsencode(directory), _EVENTS | _ONLYDIR)
        return watch >= 0


_CALLS = _Calls()
