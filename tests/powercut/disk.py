"""A disk that loses what was not flushed when the power goes, in whole or in part, and a SQLite VFS on it.

What is written stays in the machine's memory until the file is flushed. A cut keeps some of it: the first writes in
their order, the last of them torn at a sector (`Loss.ORDERED`), or any sectors of any writes (`Loss.ANY`), as disks
with caches do. A lying disk (`honest=False`) treats a flush as nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from itertools import count

import apsw

SECTOR = 512


class Loss(Enum):
    """Which unflushed writes a cut may keep."""

    ORDERED = "ordered"
    ANY = "any"


@dataclass(slots=True)
class _Write:
    number: int  # across files
    offset: int
    octets: bytes | None  # None: the file is cut to `offset`


@dataclass(slots=True)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    current: bytearray = field(default_factory=bytearray)
    pending: list[_Write] = field(default_factory=list)


def _apply(target: bytearray, write: _Write) -> None:
    if write.octets is None:
        del target[write.offset :]
        return
    if len(target) < write.offset:
        target.extend(bytes(write.offset - len(target)))
    target[write.offset : write.offset + len(write.octets)] = write.octets


class Disk:
    """Files by name."""

    def __init__(self, files: dict[str, bytes] | None = None, *, honest: bool = True) -> None:
        self.files = {name: _File(bytearray(octets), bytearray(octets)) for name, octets in (files or {}).items()}
        self.honest = honest
        self.events = 0  # writes and flushes so far: the moments at which the power may go
        self._numbers = count()

    def file(self, name: str) -> _File:
        """Return a file, a new one if need be."""
        return self.files.setdefault(name, _File())

    def write(self, file: _File, offset: int, octets: bytes | None) -> None:
        """Write, or with None cut the file; nothing of it is safe yet."""
        self.events += 1
        write = _Write(next(self._numbers), offset, octets)
        _apply(file.current, write)
        file.pending.append(write)

    def flush(self, file: _File) -> None:
        """Make what was written to a file safe."""
        self.events += 1
        if self.honest:
            for write in file.pending:
                _apply(file.durable, write)
            file.pending.clear()

    def after_cut(self, loss: Loss, chance: random.Random) -> dict[str, bytes]:
        """Return what the files hold when the power comes back, if it went now."""
        left = {name: bytearray(file.durable) for name, file in self.files.items()}
        unsafe = sorted(
            ((write, name) for name, file in self.files.items() for write in file.pending),
            key=lambda one: one[0].number,
        )
        if loss is Loss.ORDERED:
            whole = chance.randint(0, len(unsafe))
            for write, name in unsafe[:whole]:
                _apply(left[name], write)
            torn_at = chance.random()
            for write, name in unsafe[whole : whole + 1]:
                _keep_sectors(left[name], write, lambda place: place < torn_at)
        else:
            for write, name in unsafe:
                _keep_sectors(left[name], write, lambda _place: chance.random() < 0.5)
        return {name: bytes(octets) for name, octets in left.items()}


def _keep_sectors(target: bytearray, write: _Write, kept: Callable[[float], bool]) -> None:
    if write.octets is None:
        if kept(0.5):
            _apply(target, write)
        return
    for start in range(0, len(write.octets), SECTOR):
        if kept(start / len(write.octets)):
            _apply(target, _Write(0, write.offset + start, write.octets[start : start + SECTOR]))


class DiskVfs(apsw.VFS):
    """SQLite's view of a disk, for one connection in exclusive locking mode: there is no memory to share."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.name = name
        self.disk = disk
        super().__init__(name, base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> DiskFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        return DiskFile(self.disk, path or f"temporary-{id(flags)}")

    def xDelete(self, name: str, _sync: bool) -> None:  # noqa: N802
        self.disk.files.pop(name, None)

    def xAccess(self, name: str, _flags: int) -> bool:  # noqa: N802
        return name in self.disk.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class DiskFile:
    """One open file."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        self._file = disk.file(name)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.current[offset : offset + amount])

    def xWrite(self, octets: bytes, offset: int) -> None:  # noqa: N802
        self._disk.write(self._file, offset, bytes(octets))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.write(self._file, size, None)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        self._disk.flush(self._file)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.current)

    def xLock(self, _level: int) -> None:  # noqa: N802
        return

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        return

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _op: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return int(apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE)  # what SQLite assumes of every disk on Linux

    def xClose(self) -> None:  # noqa: N802
        return
