"""Who has a serial port: the program, and what makes it let go.

Nothing is written to a port here. Another user's open files cannot be seen by everybody; then ModemManager is named
if it runs at all, because it is the one that takes modems without being asked to.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
UUCP_LOCKS = Path("/var/lock")
TAKEN = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY})  # flock(2); TIOCEXCL, ioctl_tty(2)
CGROUPS = Path("/sys/fs/cgroup/system.slice")  # shows a service's processes even where /proc hides other users'
UDEV_RULE = "hardware/udev/78-clerkd-modems.rules"

_MODEM_MANAGER = "ModemManager"


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has a port open; not `seen`: it runs, and most likely it is the one."""

    program: str
    pid: int
    seen: bool = True

    @property
    def words(self) -> str:
        """Return how it is called in a sentence."""
        return f"{self.program} (pid {self.pid}{'' if self.seen else ', most likely'})"

    @property
    def cure(self) -> str:
        """Return what makes it let go."""
        if self.program == _MODEM_MANAGER:
            return f"install {UDEV_RULE}, run udevadm control --reload, and plug the modem in again"
        return "stop it"


def holder_of(path: str | Path, proc: Path = PROC) -> Holder | None:
    """Return the other process that has the port open, of those whose files may be seen; else None."""
    try:
        wanted = Path(path).stat().st_rdev
    except OSError:
        return None
    for process in _processes(proc):
        if _has_open(process, wanted):
            return Holder(_program(process), int(process.name))
    owner = lock_file_owner(path)
    return Holder(_program(proc / str(owner)), owner) if owner is not None else None


def suspect(proc: Path = PROC, services: Path = CGROUPS) -> Holder | None:
    """Return ModemManager if it runs: who holds a port that nobody is seen to hold."""
    found = next((int(process.name) for process in _processes(proc) if _program(process) == _MODEM_MANAGER), None)
    if found is None:
        try:
            found = int((services / "ModemManager.service" / "cgroup.procs").read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return None
    return Holder(_MODEM_MANAGER, found, seen=False)


def is_taken(path: str | Path) -> bool:
    """Tell whether another open file has the port locked (flock), for itself alone (TIOCEXCL), or in a lock file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as reason:
        return reason.errno == errno.EBUSY
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as reason:
        return reason.errno in TAKEN
    finally:
        os.close(descriptor)
    return lock_file_owner(path) is not None


def taken_words(path: str, proc: Path = PROC) -> str:
    """Return in a sentence who has a taken port, and what to do about it."""
    holder = holder_of(path, proc) or suspect(proc)
    if holder is None:
        return f"another program uses {path}: sudo clerkd modem scan names it; stop it"
    return in_use(path, holder)


def in_use(path: str | Path, holder: Holder) -> str:
    """Return the sentence for a port and the program that has it."""
    return f"{path} is in use by {holder.words}: {holder.cure}"


def lock_file_owner(path: str | Path, locks: Path = UUCP_LOCKS) -> int | None:
    """Return the living process that `LCK..ttyUSB0` names, as gammu, minicom and pppd leave it (FHS 3.0 §5.9)."""
    try:
        owner = int((locks / f"LCK..{Path(path).resolve().name}").read_text(encoding="ascii").split()[0])
        os.kill(owner, 0)
    except PermissionError:
        return owner  # it lives, as another user
    except (OSError, ValueError, IndexError):
        return None
    return owner if owner != os.getpid() else None


def _processes(proc: Path) -> Iterator[Path]:
    for process in proc.iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            yield process


def _program(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"


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
