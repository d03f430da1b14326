"""Room on the disk: refuse early, and keep something to let go of when it is too late.

On a full disk even a `DELETE` fails, so a file of a known size lies beside the database: giving it up makes room
for the writes that end what is under way.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from clerkd.clock import Clock
from clerkd.errors import StoreFull

MINIMUM = 64 << 20  # octets that must stay free
MINIMUM_SHARE = 0.02  # or this share of the file system
SHARE_CAP = 1 << 30  # where two hundredths of a large disk would be gigabytes: enough is enough
BALLAST_SIZE = 16 << 20
BALLAST_NAME = "ballast"
_RECHECK_S = 1.0

log = structlog.get_logger()


class FreeSpace:
    """Tell whether the disk has room for new messages; asks the file system at most once a second."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._checked_at = float("-inf")
        self._free = 0
        self._needed = 0

    def require(self) -> None:
        """Return when there is room; raise `StoreFull` with `free` and `needed` in octets."""
        now = self._clock.monotonic()
        if now - self._checked_at >= _RECHECK_S:
            self._checked_at = now
            self._look()
        if self._free < self._needed:
            raise StoreFull("the disk is nearly full", free=self._free, needed=self._needed)

    def _look(self) -> None:
        figures = os.statvfs(self._directory)
        self._free = figures.f_bavail * figures.f_frsize
        self._needed = max(MINIMUM, min(round(figures.f_blocks * figures.f_frsize * MINIMUM_SHARE), SHARE_CAP))


class Ballast:
    """A file of `size` octets that is worth nothing."""

    def __init__(self, directory: Path, size: int = BALLAST_SIZE) -> None:
        self._path = directory / BALLAST_NAME
        self._size = size

    def lay(self) -> bool:
        """Make sure that the file is there and really occupies the disk; False if there is no room for it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._size)
        except OSError as reason:
            log.warning("store.no-room-for-ballast", error=str(reason))
            self._path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)
        return True

    def release(self) -> None:
        """Give the room back to the file system."""
        if self._path.exists():
            self._path.unlink(missing_ok=True)
            log.warning("store.ballast-released", octets=self._size)
