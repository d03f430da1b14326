"""Before the daemon starts: does another program hold one of the serial ports?

Later a port that is taken only makes its line absent. At the start it is most often a second gateway or
ModemManager, and saying so at once is kinder than a line that never comes up.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from clerkd.errors import Held

_TAKEN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY}  # flock(2); TIOCEXCL, ioctl_tty(2)
_UUCP_LOCKS = Path("/var/lock")


def require_free(paths: Iterable[str]) -> None:
    """Return when nobody holds any of the ports; raise `Held` with the holder where it can be seen.

    Nothing is written to a port. One that is not there, or may not be opened, is the modem's affair, not this one's.
    """
    for path in paths:
        if _is_taken(path):
            holder = _holder(path)
            words = f"{path} is in use by {holder}" if holder else f"another program uses {path}"
            cure = "install hardware/udev" if holder and holder.startswith("ModemManager") else "stop it"
            raise Held(f"{words}: {cure}, or take the port out of the configuration", path=path)


def _is_taken(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as reason:
        return reason.errno == errno.EBUSY
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as reason:
        return reason.errno in _TAKEN
    finally:
        os.close(descriptor)
    return _has_living_uucp_lock(path)


def _has_living_uucp_lock(path: str, locks: Path = _UUCP_LOCKS) -> bool:
    """Tell whether `LCK..ttyUSB0` names a process that lives, as gammu, minicom and pppd leave it (FHS 3.0 §5.9)."""
    try:
        owner = int((locks / f"LCK..{Path(path).resolve().name}").read_text(encoding="ascii").split()[0])
        os.kill(owner, 0)
    except PermissionError:
        return True  # it lives, as another user
    except (OSError, ValueError, IndexError):
        return False
    return owner != os.getpid()


def _holder(path: str) -> str | None:
    """Return name and pid of a process that has the port open, of those whose files may be seen."""
    try:
        wanted = Path(path).stat().st_rdev
    except OSError:
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid() and _has_open(process, wanted):
            name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
            return f"{name} (pid {process.name})"
    return None


def _has_open(process: Path, device: int) -> bool:
    try:
        return any(_device(descriptor) == device for descriptor in (process / "fd").iterdir())
    except OSError:  # another user's, or gone
        return False


def _device(descriptor: Path) -> int | None:
    try:
        return descriptor.stat().st_rdev
    except OSError:
        return None
